"""500 random edits on both sides at once between two runs, 20 times: equal after each.

    python -m bench.awork_convergence [--edits 500] [--rounds 20] [--seed 1] [--size medium]

People rename, move, re-parent, re-assign, re-plan, delete, close and make tasks, often the same
one on both sides. After each run both systems must say the same, every value that lost must be in
the history, nothing outside the sync may have changed, and another run must write nothing.
Exit 0 when that holds for every round; the first round that breaks it is told, with its edits.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random
from typing import Any

from bench import awork_scene, scene


def main() -> int:
    options = arguments()
    folder = scene.new_installation()
    from sandbox.server import Sandbox

    began = time.monotonic()
    with Sandbox(size=options.size, seed=options.seed) as sandbox:
        awork_scene.activate(sandbox, folder, guard=awork_scene.FREE)
        awork_scene.sync_here()
        wrong = awork_scene.differences(sandbox)
        played = 0 if wrong else rounds(sandbox, options, wrong)
    scene.figures(
        {
            "edits per round": options.edits,
            "rounds that held": played,
            "seconds": round(time.monotonic() - began),
            "wrong": len(wrong),
        }
    )
    awork_scene.complain(wrong)
    return 0 if not wrong and played == options.rounds else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="medium")
    return parser.parse_args()


def rounds(sandbox: Any, options: argparse.Namespace, wrong: list[str]) -> int:
    """How many rounds held; what was wrong with the next one goes into `wrong`."""
    from tests.projects.edits import Editor
    from tests.projects.laws import pairs_of, retired
    from tests.projects.rounds import play, sprinkle

    systems, chance = awork_scene.systems(sandbox), Random(options.seed)
    integration = awork_scene.integration()
    sprinkle(systems, chance)
    editor = Editor(systems, chance, lambda: pairs_of(integration), lambda: retired(integration))
    for number in range(options.rounds):
        editor.log.clear()
        wrong += play(editor, integration, options.edits, awork_scene.sync_here)
        if wrong:
            sys.stdout.write(f"round {number} of seed {options.seed}\n")
            awork_scene.complain(editor.log, most=10_000)
            return number
    return int(options.rounds)


if __name__ == "__main__":
    sys.exit(main())
