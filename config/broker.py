"""Celery's filesystem transport, safe with several processes.

The original gives a file its final name before it fills it, and takes messages through the
system's temporary folder: a worker that looks in between reads an empty message and dies of it.
Here files appear only when complete, and taking one is a single rename in the same folder.
"""

# mypy: disable-error-code="no-untyped-call,override"

from __future__ import annotations

import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **options: Any) -> None:
        name = f"{round(monotonic() * 1000):015}_{uuid.uuid4()}.{queue}.msg"
        try:
            _write(Path(self.data_folder_out) / name, payload)
        except OSError as error:
            raise ChannelError(f"Cannot add {name!r} to the queue") from error

    def _get(self, queue: str) -> Any:
        """The oldest message; raises Empty."""
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            mine = path.with_suffix(".taken")
            try:
                path.rename(mine)
            except FileNotFoundError:  # another worker was faster
                continue
            payload = loads(mine.read_text())
            mine.unlink()
            return payload
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        table = self.get_table(exchange)
        if binding not in table:
            _write(self._exchange_file(exchange), [binding, *table])


def _write(path: Path, content: Any) -> None:
    draft = path.with_name(f"{path.name}.{uuid.uuid4()}.draft")
    draft.write_text(dumps(content))
    draft.replace(path)


class Transport(filesystem.Transport):
    Channel = Channel
