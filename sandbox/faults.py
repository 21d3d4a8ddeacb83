"""Faults on demand: what goes wrong, for which requests, and how often."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Literal, get_args

Kind = Literal[
    "latency",  # answer `seconds` later
    "hang",  # no answer for `seconds`; then as usual
    "rate_limited",  # 429
    "server_error",  # `status`, default 503
    "forbidden",  # 403: the scope or permission is gone
    "unauthorized",  # 401
    "drop",  # the connection is closed without an answer
    "truncate",  # Content-Length promises more than comes
    "cut_json",  # a complete HTTP answer whose JSON ends in the middle
    "html",  # 200 with a HTML page
    "empty_list",  # lists are empty, totals 0
    "lose_row",  # lists miss their last row; totals are as they should be
    "repeat_page",  # every page is the first one; cursors repeat
]
KINDS: tuple[str, ...] = get_args(Kind)
LIST_KINDS = frozenset({"empty_list", "lose_row", "repeat_page"})
ANSWER_KINDS = frozenset({"truncate", "cut_json"})


@dataclass
class Fault:
    """One fault. Empty matchers match everything.

    `path` is a regular expression searched in the path (without the query). The fault lets
    `skip` matching requests pass, then hits `times` of them (0 = all until it is removed).
    `page` hits only requests for that page of a list (1-based). `after_commit` applies to hang,
    drop, html and the statuses: the request is carried out first. `seconds` is for latency and
    hang.
    """

    kind: Kind
    vendor: str = ""
    tenant: str = ""
    method: str = ""
    path: str = ""
    page: int = 0
    skip: int = 0
    times: int = 1
    after_commit: bool = False
    seconds: float = 0.0
    status: int = 503
    id: int = 0
    seen: int = field(default=0)
    hits: int = field(default=0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")
        re.compile(self.path)

    def matches(self, vendor: str, tenant: str, method: str, path: str) -> bool:
        return (
            self.vendor in ("", vendor)
            and self.tenant in ("", tenant)
            and self.method.upper() in ("", method)
            and re.search(self.path, path) is not None
        )

    def strike(self) -> bool:
        """Count one matching request; true if the fault hits it."""
        self.seen += 1
        if self.seen <= self.skip or (self.times and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The faults in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()
        self._last = 0

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._last += 1
            fault.id = self._last
            self._faults.append(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        with self._lock:
            before = len(self._faults)
            self._faults = [fault for fault in self._faults if fault.id != fault_id]
            return len(self._faults) < before

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def all(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def take(
        self, vendor: str, tenant: str, method: str, path: str, page: Callable[[], int]
    ) -> list[Fault]:
        """The faults that hit this request; each counts it. `page` is asked only if needed."""
        with self._lock:
            if not self._faults:
                return []
            hit = [f for f in self._faults if f.matches(vendor, tenant, method, path)]
            return [f for f in hit if (not f.page or f.page == page()) and f.strike()]
