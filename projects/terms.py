"""Task types and statuses of both systems, for reading and for writing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from integrations.engine.stream import Reads
from integrations.vendors.awork.client import AworkClient
from integrations.vendors.awork.records import TaskStatus, TypeOfWork
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.hellohq.project_records import TaskType
from projects.config import Config
from projects.lexicon import Lexicon
from projects.words import AW_TASK_STATUSES, AW_TYPES, HQ_TYPES


class Terms:
    """What a run has read of them; a write in a run that goes on elsewhere asks for the rest.

    Safe to use from several threads.
    """

    def __init__(self, config: Config, hellohq: HelloHqClient, awork: AworkClient) -> None:
        self.config, self.hellohq, self.awork = config, hellohq, awork
        self._types: dict[str, TaskType] = {}
        self._activities: dict[str, TypeOfWork] = {}
        self._statuses: dict[str, Sequence[TaskStatus]] = {}
        self._lock = threading.Lock()

    def learn(self, reads: Reads) -> Lexicon:
        """What was read, also for writing."""
        with self._lock:
            if HQ_TYPES in reads:
                self._types = {one.id: one for one in reads[HQ_TYPES].records}
            if AW_TYPES in reads:
                self._activities = {one.id: one for one in reads[AW_TYPES].records}
            for name, listing in reads.items():
                if name.startswith(AW_TASK_STATUSES):
                    project = name.removeprefix(AW_TASK_STATUSES)
                    self._statuses[project] = _in_order(listing.records)
        return self._lexicon()

    def of_project(self, awork_project: str) -> Lexicon:
        """With everything that a write into this project may need. Raises RemoteErrors."""
        with self._lock:
            if not self._types:
                self._types = {one.id: one for one in self.hellohq.tasks.types()}
            if not self._activities:
                pages = self.awork.directory.types_of_work()
                self._activities = {one.id: one for page in pages for one in page.records}
            if awork_project and awork_project not in self._statuses:
                found = self.awork.projects.task_statuses(awork_project)
                rows = [one for page in found for one in page.records]
                self._statuses[awork_project] = _in_order(rows)
        return self._lexicon()

    def _lexicon(self) -> Lexicon:
        answers = self.config.answers
        return Lexicon(
            self._types, self._activities, dict(self._statuses),
            answers.task_type_mapping, answers.task_status_mapping,
        )  # fmt: skip


def _in_order(statuses: Sequence[TaskStatus]) -> list[TaskStatus]:
    return sorted(statuses, key=lambda one: (one.order, one.id))
