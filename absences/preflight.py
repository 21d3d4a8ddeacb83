"""The checklist of personio-hellohq (G3): people, types, start date, notices. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from absences.live import read_types
from absences.mapping import (
    LiveType,
    TypeMapping,
    candidates,
    check_mapping,
    current_mapping,
    entries,
    type_mapping,
)
from integrations.clients import Clients
from integrations.kinds import Check, CheckState
from integrations.models import Integration
from integrations.remote import Page
from integrations.vendors.hellohq.client import HelloHqClient
from integrations.vendors.personio.client import PersonioReader
from integrations.vendors.personio.records import Absence

T = TypeVar("T")

FAR_PAST = timedelta(days=366)
FAR_FUTURE = timedelta(days=92)
HORIZON = timedelta(days=2 * 366)
APPROVED = frozenset({"approved", "deletion_pending"})


def preflight(integration: Integration, clients: Clients) -> list[Check]:
    """All lines beyond the connection tests. Raises RemoteErrors."""
    today = timezone.localdate(timezone=integration.workspace.zone)
    start = sync_start(integration)
    live = read_types(clients.personio)
    unreadable: list[str] = []
    first = start or today
    absences = list(_absences(clients.personio, first, max(first, today) + HORIZON, unreadable))
    people = _people(clients, today, unreadable)
    return [
        *people,
        *check_types(integration, live),
        check_unmapped(type_mapping(integration, live), live, waiting(absences, start)),
        check_start(start, today),
        *check_notices(integration.notices_confirmed),
        *_unreadable(unreadable),
    ]


def sync_start(integration: Integration) -> date | None:
    """P1's date, None while it is not answered yet."""
    text = integration.settings.get("sync_start_date")
    return date.fromisoformat(text) if text else None


def _absences(
    personio: PersonioReader, first: date, last: date, unreadable: list[str]
) -> Iterator[Absence]:
    pages = chain(personio.day_absences(first, last), personio.hour_absences(first, last))
    return _records(pages, "Personio", unreadable)


def _records(pages: Iterable[Page[T]], system: str, unreadable: list[str]) -> Iterator[T]:
    for page in pages:
        unreadable += [f"{one.id} ({system}): {one.detail}" for one in page.malformed]
        yield from page.records


# -- people -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    id: str
    email: str
    name: str
    active: bool

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


@dataclass
class PeopleOverview:
    """Every active employee falls into one of the first four; `only_right` are active users."""

    matched: list[tuple[Person, Person]] = field(default_factory=list)
    inactive: list[tuple[Person, Person]] = field(default_factory=list)
    ambiguous: list[tuple[list[Person], list[Person]]] = field(default_factory=list)
    unmatched: list[Person] = field(default_factory=list)
    only_right: list[Person] = field(default_factory=list)


def compare_people(employees: Sequence[Person], users: Sequence[Person]) -> PeopleOverview:
    """Match by e-mail, trimmed and case-folded, active people first (G4). Pure."""
    overview = PeopleOverview()
    left, right = _by_email(employees), _by_email(users)
    for email, found in left.items():
        _place(
            overview, [one for one in found if one.active], right.get(email, []) if email else []
        )
    overview.only_right = [
        one
        for email, found in right.items()
        if not (email and any(other.active for other in left.get(email, [])))
        for one in found
        if one.active
    ]
    return overview


def _by_email(people: Iterable[Person]) -> dict[str, list[Person]]:
    found = defaultdict(list)
    for person in people:
        found[person.email.strip().casefold()].append(person)
    return found


def _place(overview: PeopleOverview, employees: list[Person], users: list[Person]) -> None:
    candidates = [user for user in users if user.active] or users
    if not candidates:
        overview.unmatched += employees
    elif len(employees) > 1 or (employees and len(candidates) > 1):
        overview.ambiguous.append((employees, candidates))
    elif employees:
        target = overview.matched if candidates[0].active else overview.inactive
        target.append((employees[0], candidates[0]))


def _people(clients: Clients, today: date, unreadable: list[str]) -> list[Check]:
    employees = [
        Person(one.id, one.email, one.name, one.active)
        for one in _records(clients.personio.employees(), "Personio", unreadable)
    ]
    return check_people(employees, _users(clients.hellohq, today, unreadable))


def _users(hellohq: HelloHqClient, today: date, unreadable: list[str]) -> list[Person]:
    """helloHQ has no flag: active are those listed without the deactivated, until they leave."""
    active = {user.id for page in hellohq.users(False) for user in page.records}
    return [
        Person(
            one.id,
            one.email,
            one.name,
            one.id in active and (one.leaving_date is None or one.leaving_date >= today),
        )
        for one in _records(hellohq.users(True), "helloHQ", unreadable)
    ]


def check_people(employees: Sequence[Person], users: Sequence[Person]) -> list[Check]:
    if employees and not any(one.email for one in employees):
        return [_no_email()]
    overview = compare_people(employees, users)
    return [
        _matched(overview),
        _unmatched(overview.unmatched),
        _ambiguous(overview.ambiguous),
        _inactive(overview.inactive),
        _only_hellohq(overview.only_right),
    ]


def _no_email() -> Check:
    return Check(
        "attribute_missing",
        CheckState.FAILED,
        _("Personio shows no e-mail address of anybody"),
        _("Allow the attribute “email” for the API credentials in Personio."),
        1,
        ["email"],
    )


def _attention(code: str, title: str, action: str, names: Sequence[str]) -> Check:
    """A line that is fine while it names nobody and nothing."""
    state = CheckState.ATTENTION if names else CheckState.OK
    return Check(code, state, title, action if names else "", len(names), names)


def _matched(overview: PeopleOverview) -> Check:
    names = [f"{left} – {right.name}" for left, right in overview.matched]
    state = CheckState.OK if names else CheckState.ATTENTION
    action = "" if names else _("Enter the same e-mail addresses in both systems.")
    title = _("People matched by e-mail address")
    return Check("people_matched", state, title, action, len(names), names)


def _unmatched(people: Sequence[Person]) -> Check:
    return _attention(
        "people_unmatched",
        _("People in Personio without a helloHQ user of that e-mail address"),
        _("Enter the same work e-mail address in helloHQ, or ignore them: they are skipped."),
        list(map(str, people)),
    )


def _ambiguous(groups: Sequence[tuple[list[Person], list[Person]]]) -> Check:
    names = [
        f"{left[0].email}: {_names(left)} (Personio) – {_names(right)} (helloHQ)"
        for left, right in groups
    ]
    return _attention(
        "people_ambiguous",
        _("E-mail addresses of several people"),
        _("Leave the address with one active person in each system; until then they are skipped."),
        names,
    )


def _names(people: Iterable[Person]) -> str:
    return ", ".join(person.name for person in people)


def _inactive(pairs: Sequence[tuple[Person, Person]]) -> Check:
    return _attention(
        "people_inactive",
        _("People who are active in Personio and inactive in helloHQ"),
        _("Reactivate the user in helloHQ, or ignore it: their absences stay as they are."),
        [f"{left} – {right.name} (helloHQ)" for left, right in pairs],
    )


def _only_hellohq(people: Sequence[Person]) -> Check:
    """No reason for attention: freelancers and technical users are in no personnel file."""
    title = _("helloHQ users without a person in Personio (nothing is entered for them)")
    names = list(map(str, people))
    return Check("people_only_hellohq", CheckState.OK, title, "", len(names), names)


# -- absence types ------------------------------------------------------------------------------


def check_types(integration: Integration, live: Sequence[LiveType]) -> list[Check]:
    stored = {entry.key: entry for entry in entries(integration)}
    report = check_mapping(current_mapping(integration), live, stored)
    return [
        _mapping_given(len(stored)),
        _attention(
            "mapping_conflict",
            _("Names in the mapping that cannot be decided"),
            _("Correct them on the mapping page; absences of these types wait."),
            [error.message for error in report.errors],
        ),
        _attention(
            "mapping_unknown",
            _("Names in the mapping that Personio does not know"),
            _("Check their spelling on the mapping page."),
            [one.name for one in report.resolved if live and not candidates(one, live)],
        ),
    ]


def _mapping_given(number: int) -> Check:
    state = CheckState.OK if number else CheckState.ATTENTION
    action = "" if number else _("Assign Personio's absence types on the mapping page.")
    return Check("mapping", state, _("Mapped absence types"), action, number)


def waiting(absences: Iterable[Absence], start: date | None) -> list[Absence]:
    """The absences that would be entered if their type were mapped (P1, P7)."""
    return [
        one for one in absences if one.status in APPROVED and (start is None or one.first >= start)
    ]


def check_unmapped(
    mapping: TypeMapping, live: Iterable[LiveType], absences: Iterable[Absence]
) -> Check:
    """Types that nothing is mapped to; what waits for them is counted in brackets (P4)."""
    live = list(live)
    counts = _unmapped_absences(mapping, live, absences)
    idle = (one.name for one in live if mapping.hq_absence(one.id, one.id_v2, one.name) is None)
    names = [_with_count(name, counts[name]) for name in dict.fromkeys([*counts, *idle])]
    number = counts.total()
    state = CheckState.ATTENTION if number else CheckState.OK
    title = ngettext(
        "Absence types that are not mapped; %(number)d absence waits",
        "Absence types that are not mapped; %(number)d absences wait",
        number,
    ) % {"number": number}
    action = _("Map the types on the mapping page; what waits is entered with the next run.")
    return Check("unmapped_types", state, title, action if number else "", len(names), names)


def _with_count(name: str, number: int) -> str:
    return f"{name} ({number})"


def _unmapped_absences(
    mapping: TypeMapping, live: Iterable[LiveType], absences: Iterable[Absence]
) -> Counter[str]:
    names = {id: one.name for one in live for id in (one.id, one.id_v2) if id}
    return Counter(
        names.get(one.type_id) or one.type_name or one.type_id
        for one in absences
        if mapping.hq_absence(one.type_id, one.type_id_v2, one.type_name) is None
    )


# -- start date, notices ------------------------------------------------------------------------


def check_start(start: date | None, today: date) -> Check:
    title = _("Absences are synced that begin on or after the sync start date")
    names = [start.isoformat()] if start else []
    action = _start_action(start, today)
    state = CheckState.ATTENTION if action else CheckState.OK
    return Check("sync_start_date", state, title, action, len(names), names)


def _start_action(start: date | None, today: date) -> str:
    if start is None:
        return _("Enter the sync start date.")
    if start > today + FAR_FUTURE:
        return _("The date is far ahead: nothing before it is entered. Check it.")
    if start < today - FAR_PAST:
        return _("The date is long ago: old absences are entered, too. Check it.")
    return ""


def check_notices(confirmed: bool) -> list[Check]:
    """P9: settings of helloHQ that its API does not show; a person must look."""
    state = CheckState.OK if confirmed else CheckState.TO_CONFIRM
    return [
        Check(code, state, title, "" if confirmed else action)
        for code, (title, action) in _notices().items()
    ]


def _notices() -> Mapping[str, tuple[str, str]]:
    return {
        "absences_read_only": (
            _("Absences are read-only in helloHQ, those from before included"),
            _("Take the right to edit absences from everybody in helloHQ, and confirm it here."),
        ),
        "vacation_requests_off": (
            _("Vacation requests and vacation accounts are off in helloHQ"),
            _("Switch off both in helloHQ's settings, and confirm it here."),
        ),
        "own_integration_off": (
            _("helloHQ's own Personio integration is off"),
            _("Switch it off in helloHQ, else absences are entered twice; and confirm it here."),
        ),
    }


def _unreadable(names: Sequence[str]) -> list[Check]:
    title = _("Records that could not be read")
    action = _("Correct the record in its system; until then it is left out.")
    return [_attention("unreadable_records", title, action, names)] if names else []
