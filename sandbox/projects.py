"""The demo agencies' projects, told without any vendor: plans, people on them, tracked times.

helloHQ and awork make their own records from this, so that both tell one story. Counting from 1,
project 1 and every third after it exist in helloHQ only; the others are in awork as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache, partial
from random import Random
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from sandbox.company import Agency, Person, Size

NUMBERS: dict[Size, tuple[int, int, int]] = {
    "small": (3, 60, 60),
    "medium": (10, 800, 3_000),
    "large": (40, 5_000, 20_000),
}
"""Projects that take part in a sync, lines in all their plans, time entries."""

ADMINISTRATION = "Administration"
TYPES = ("Konzeption", "Design", "Entwicklung", "Projektmanagement")
ONLY_HQ_TYPE, ONLY_AWORK_TYPE = "Reinzeichnung", "Recherche"
STATUSES = ("Offen", "In Arbeit", "Abnahme", "Fertig")
"""The last one is done."""
ONLY_AWORK_STATUS = "Blockiert"
TEMPLATES: dict[str, dict[str, tuple[str, ...]]] = {
    "Website": {"Konzeption": ("Kick-off", "Briefing"), "Launch": ("Abnahme durch den Kunden",)},
    "Kampagne": {"Strategie": ("Briefing",), "Umsetzung": ("Reinzeichnung prüfen",)},
}
"""In both systems: phase or list → its tasks."""
ONLY_HQ_TEMPLATE, ONLY_AWORK_TEMPLATE = "Internes Projekt", "Onboarding"
ONLY_AWORK_TEMPLATE_TASK = "Datenschutz prüfen"
"""What awork's copy of every template has beyond helloHQ's, in its first list."""
CLIENTS = (
    "Hafenkontor GmbH", "Fördewind Reederei", "Küstenkraft eG", "Müller & Söhne KG",
    "Deichgraf Versicherung", "Alsterquell", "Möwe Verlag", "Stadtwerke Süderelbe",
)  # fmt: skip
TITLES = (
    "Website-Relaunch", "Herbstkampagne", "Markenauftritt", "Onlineshop", "Messestand",
    "Imagefilm", "Karriereseite", "Geschäftsbericht",
)  # fmt: skip
PHASES = ("Konzeption", "Design", "Umsetzung", "Launch")
VERBS = (
    "Briefing", "Wettbewerb sichten", "Wireframes", "Screendesign", "Texte", "Prototyp",
    "Templates bauen", "Bildrecherche", "Barrierefreiheit prüfen", "Schulung", "Redirects & SEO",
)  # fmt: skip
PARTS = ("Startseite", "Unterseiten", "Mobil", "Größen & Formate")
TEXTS = ("", "", "Siehe Angebot.", "Drei Varianten\n\n- hell\n- dunkel\n- „bunt & laut“")
NOTES = ("Layout", "Abstimmung mit Kunde", "Korrektur", "Übergabe", "")
ONLY_HQ_PERSON = 5
"""Number of the person who has no account in awork."""

Flavour = Literal["", "date_only", "running", "night", "no_task", "private", "freelancer"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan. `key` and `parent` are unique in the project; level 1 is a phase.

    `people`: each with the hours planned by hand, or None for an equal share. `only` names the
    single system that has the line.
    """

    key: int
    name: str
    level: int
    parent: int = 0
    kind: str = ""
    status: str = STATUSES[0]
    hours: float | None = None
    first: date | None = None
    last: date | None = None
    people: tuple[tuple[Person, float | None], ...] = ()
    text: str = ""
    only: Literal["", "hq", "awork"] = ""

    @property
    def is_administration(self) -> bool:
        return self.name == ADMINISTRATION


@dataclass(frozen=True, slots=True)
class Project:
    """`number` counts from 1. `in_awork`: exists there too and is linked."""

    number: int
    label: str
    name: str
    client: str
    template: str
    first: date
    last: date
    lines: list[Line]
    in_awork: bool = True
    running: bool = True


@dataclass(frozen=True, slots=True)
class Tracked:
    """A time entry. `minute` of the day in Berlin at which it begins. `line` 0: none.
    `in_hq`: somebody has typed it into HQ already."""

    person: Person | None
    project: Project | None
    line: int
    day: date
    minute: int
    minutes: int
    note: str = ""
    billable: bool = True
    flavour: Flavour = ""
    in_hq: bool = False


@dataclass
class Story:
    projects: list[Project]
    times: list[Tracked] = field(default_factory=list)


def awork_id(agency: Agency, project: Project, key: int = 0) -> str:
    """The id in awork of a project, or of one of its lines; helloHQ refers to it."""
    return _guid(agency.seed, agency.slug, project.number, key)


@lru_cache(maxsize=20_000)
def _guid(seed: int, slug: str, project: int, line: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"{seed}:{slug}:{project}:{line}"))


def has_awork_account(person: Person) -> bool:
    return person.number != ONLY_HQ_PERSON and person.oddity != "hr_only"


def build_story(agency: Agency, *, all_times: bool = True) -> Story:
    """The same agency gives the same story; without `all_times` only the set pieces' times."""
    chance = agency.random("projects")
    number, lines, times = NUMBERS[agency.size]
    staff = [p for p in agency.people if not p.oddity or p.oddity in ("spelled", "part_time")]
    story = Story([])
    for position in range(number):
        share = lines * (position + 1) // number - lines * position // number
        story.projects.append(_project(agency, chance, position + 1, share, staff))
    story.projects += _outsiders(agency, staff)
    story.times = [*_set_pieces(agency, story, staff)]
    if all_times:
        story.times += _ordinary(agency, chance, story, staff, times - len(story.times))
    return story


def _project(
    agency: Agency, chance: Random, number: int, share: int, staff: list[Person]
) -> Project:
    first = agency.today - timedelta(days=50 + chance.randint(0, 20))
    project = Project(
        number=number,
        label=f"{agency.slug[:2].upper()}-{agency.today.year}-{number:03}",
        name=TITLES[(number - 1) % len(TITLES)] + (f" {number}" if number > len(TITLES) else ""),
        client=CLIENTS[(number - 1) % len(CLIENTS)],
        template=list(TEMPLATES)[(number - 1) % 2],
        first=first,
        last=first + timedelta(days=150),
        lines=[],
        in_awork=number % 3 != 1,
    )
    project.lines.extend(_plan(chance, project, share, staff))
    return project


def _plan(chance: Random, project: Project, share: int, staff: list[Person]) -> list[Line]:
    """`share` lines: phases, tasks, sub-tasks, the administration, and what is special."""
    lines = [
        Line(key + 1, name, 1, first=project.first + timedelta(weeks=4 * key),
             last=project.first + timedelta(weeks=4 * key + 4))
        for key, name in enumerate(PHASES)
    ]  # fmt: skip
    lines.append(Line(5, ADMINISTRATION, 1))
    lines.append(Line(6, ADMINISTRATION, 2, parent=5))
    lines += _special(project, lines, staff)
    turn = 0
    while len(lines) < share:
        phase = lines[turn % len(PHASES)]
        task = _task(chance, lines, phase, staff, 2)
        lines.append(task)
        children = min(2 if turn % 3 == 1 else 0, share - len(lines))
        for _ in range(children):
            lines.append(_task(chance, lines, task, staff, 3))
        turn += 1
    return lines


def _task(chance: Random, lines: list[Line], parent: Line, staff: list[Person], level: int) -> Line:
    key = len(lines) + 1
    first = (parent.first or date.min) + timedelta(days=chance.randint(0, 6 if level == 3 else 12))
    names = VERBS if level == 2 else PARTS
    suffix = f" {key}" if key > 30 else ""
    people = chance.sample(staff, chance.choice((0, 1, 1, 1, 2)))
    return Line(
        key=key,
        name=names[chance.randrange(len(names))] + suffix,
        level=level,
        parent=parent.key,
        kind=TYPES[chance.randrange(len(TYPES))],
        status=chance.choices(STATUSES, (5, 3, 1, 2))[0],
        hours=chance.choice((None, 2.0, 4.0, 7.5, 8.0, 12.5, 16.0)),
        first=first,
        last=first + timedelta(days=chance.randint(0, 9)),
        people=tuple((person, None) for person in people),
        text=chance.choice(TEXTS),
    )


def _special(project: Project, phases: list[Line], staff: list[Person]) -> Iterator[Line]:
    """What a sync must cope with, whatever the seed, in the first two projects."""
    key = len(phases)
    line = partial(Line, first=phases[0].first, last=phases[0].last)
    if project.number == 1:
        yield line(key + 1, "Screens & Flows", 2, 1, "Design", hours=40.0)
        yield line(key + 2, "Startseite", 3, key + 1, "Design", hours=16.0)
        alone = ((staff[0], None),)
        yield line(key + 3, "Kopfbereich", 4, key + 2, "Design", hours=6.0, people=alone)
        yield line(key + 4, "Korrekturschleife", 2, 2, "Design", hours=4.0)
        yield line(key + 5, "Korrekturschleife", 2, 2, "Design", hours=4.0)
        yield line(key + 6, "Druckdaten", 2, 3, ONLY_HQ_TYPE, hours=3.0)
        yield Line(key + 7, "Ohne Termin und Typ", 2, 3)
    if project.number == 2:
        shares = ((staff[0], 10.0), (staff[1], 2.0))
        yield line(key + 1, "Moodboards", 2, 2, "Design", hours=12.0, people=shares)
        pair = ((staff[0], None), (staff[2], None))
        yield line(key + 2, "Claim entwickeln", 2, 1, "Konzeption", hours=9.0, people=pair)
        yield line(key + 3, "Nur in awork angelegt", 2, 1, ONLY_AWORK_TYPE, ONLY_AWORK_STATUS,
                   hours=2.0, only="awork")  # fmt: skip
        yield line(key + 4, "Nur in HQ angelegt", 2, 1, "Konzeption", hours=5.0, only="hq")


def _outsiders(agency: Agency, staff: list[Person]) -> Iterator[Project]:
    """One that is finished and one whose template awork lacks; neither takes part."""
    today = agency.today
    span = (today - timedelta(days=300), today - timedelta(days=30))
    lines = [
        Line(1, "Umsetzung", 1),
        Line(2, "Anzeigen", 2, 1, "Design", STATUSES[-1], 8.0, *span, ((staff[1], None),)),
    ]
    year, prefix = today.year, agency.slug[:2].upper()
    yield Project(901, f"{prefix}-{year - 1}-901", "Frühjahrskampagne", CLIENTS[0], "Kampagne",
                  *span, lines, running=False)  # fmt: skip
    yield Project(902, f"{prefix}-{year}-902", "Interne Weiterbildung", "", ONLY_HQ_TEMPLATE,
                  *span, lines[:1], in_awork=False)  # fmt: skip


def _set_pieces(agency: Agency, story: Story, staff: list[Person]) -> Iterator[Tracked]:
    second, third = story.projects[1], story.projects[2]
    ended = story.projects[-2]
    task = next(line.key for line in second.lines if line.name == "Moodboards")
    first, other = staff[0], staff[1]

    def ago(days: int) -> date:
        day = agency.today - timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    yield Tracked(first, second, task, ago(3), 540, 90, "Layout", in_hq=True)
    yield Tracked(first, second, task, ago(3), 660, 45, "Abstimmung", billable=False)
    yield Tracked(first, second, task, agency.today, 5, 0, "läuft", flavour="running")
    yield Tracked(other, second, task, ago(4), 0, 120, "ohne Uhrzeit", flavour="date_only")
    yield Tracked(other, second, task, ago(5), 30, 60, "nach Mitternacht", flavour="night")
    yield Tracked(other, second, task, ago(6), 1380, 120, "über Mitternacht", flavour="night")
    yield Tracked(first, second, 0, ago(6), 600, 30, "ohne Aufgabe", flavour="no_task")
    yield Tracked(first, third, 0, ago(7), 600, 15, "ohne Aufgabe", flavour="no_task")
    yield Tracked(first, None, 0, ago(7), 720, 60, "privat", flavour="private")
    yield Tracked(None, second, task, ago(8), 600, 240, "Illustration", flavour="freelancer")
    yield Tracked(other, ended, 2, ago(2), 600, 30, "Nachtrag")


def _ordinary(
    agency: Agency, chance: Random, story: Story, staff: list[Person], number: int
) -> Iterator[Tracked]:
    """Spread over the last eight weeks and the projects that are in awork too."""
    projects = [p for p in story.projects if p.in_awork and p.running]
    trackers = [person for person in staff if has_awork_account(person)]
    tasks = {
        p.number: [n.key for n in p.lines if n.level > 1 and n.only != "hq" and n.kind]
        for p in projects
    }
    for position in range(number):
        project = projects[position % len(projects)]
        keys = tasks[project.number]
        toss = chance.getrandbits(60)
        day = agency.today - timedelta(days=1 + toss % 55)
        day -= timedelta(days=max(0, day.weekday() - 4))
        yield Tracked(
            trackers[(toss >> 6) % len(trackers)],
            project,
            keys[(toss >> 16) % len(keys)],
            day,
            15 * (28 + (toss >> 30) % 41),
            15 * (1 + (toss >> 36) % 16),
            NOTES[(toss >> 42) % len(NOTES)],
            billable=(toss >> 46) % 5 > 0,
        )
