"""The client for helloHQ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from integrations.remote import (
    BadAnswer,
    CallCounter,
    Forbidden,
    Gate,
    InconsistentList,
    Malformed,
    OutcomeUnknown,
    Page,
    Rejected,
)
from integrations.vendors.budget import Budget, LocalBudget
from integrations.vendors.hellohq import odata
from integrations.vendors.hellohq.decode import (
    AbsenceCodec,
    decode_subsystem,
    decode_user,
    decode_working_hours,
    row_id,
)
from integrations.vendors.hellohq.deletions import deletions, unreadable
from integrations.vendors.hellohq.odata import VENDOR
from integrations.vendors.hellohq.project_records import Deletion
from integrations.vendors.hellohq.projects import Projects
from integrations.vendors.hellohq.records import (
    ABSENCE_KINDS,
    FULL_DAY_KINDS,
    HOUR_BASED_KINDS,
    Absence,
    AbsenceDraft,
    Subsystem,
    User,
    UserWithAbsences,
    WorkingHours,
)
from integrations.vendors.hellohq.reportings import Reportings
from integrations.vendors.hellohq.sets import EntitySets, number, readable
from integrations.vendors.hellohq.spans import (
    ENCODINGS,
    SAME_DAY,
    Days,
    decode_hours,
    encode_days,
    missed_days_unexpected,
)
from integrations.vendors.hellohq.tasks import Tasks
from integrations.vendors.http import Clock, Transport
from integrations.vendors.lists import Batch, decode_all
from integrations.vendors.values import zone_of

RATE, BURST = 15.0, 30
"""Requests per second. The limit published for v2 is 1000 a minute; v1 has none published."""

BASE_URL = "https://api.hellohq.io"

_USERS = "/v1/Users"
_USER_FIELDS = "Id,FirstName,LastName,EMailWork,LeavingDate,UpdatedOn"


class HelloHqClient:
    """One tenant. Every method raises RemoteErrors.

    The lists go on after `cursor`, an opaque text of an earlier page of the same list, and end
    only when the list is complete; else they raise.
    """

    def __init__(self, transport: Transport, codec: AbsenceCodec) -> None:
        self._transport, self._codec = transport, codec
        self._sets = EntitySets(transport)
        self.projects = Projects(self._sets)
        self.tasks = Tasks(self._sets)
        self.reportings = Reportings(self._sets)

    def users(self, include_deactivated: bool, cursor: str = "") -> Iterator[Page[User]]:
        """All users, or the active ones. There is no flag: a user is active who is in both."""
        options = {"$select": _USER_FIELDS, "$orderby": "Id"}
        if include_deactivated:
            options["includedeactivated"] = "true"
        return odata.pages(self._get(_USERS), options, 500, row_id, decode_user, cursor)

    def users_with_absences(self, cursor: str = "") -> Iterator[Page[UserWithAbsences]]:
        """The active users with all their absences.

        An absence that cannot be read is among the page's malformed ones, with its own id.
        """
        options = {"$expand": "Absences", "$orderby": "Id"}
        seen: set[str] = set()
        rows = odata.pages(self._get(_USERS), options, 100, row_id, dict[str, Any], cursor)
        for page in rows:
            yield self._expanded(page, seen)

    def working_hours(self, user_id: str) -> list[WorkingHours]:
        data = self._get(f"{_USERS}({number(user_id)})/UserWorkingHours")("")
        try:
            found = [decode_working_hours(row) for row in odata.rows_of(data)[0]]
        except ValueError as error:
            raise BadAnswer(VENDOR, f"UserWorkingHours: {error}") from None
        return [hours for hours in found if hours]

    def subsystems(self) -> list[Subsystem]:
        rows, _ = odata.rows_of(self._get("/v1/Subsystem")(""))
        batch = decode_all(VENDOR, rows, row_id, decode_subsystem)
        return batch.records

    def me(self) -> str:
        """The id of the user whom the token belongs to."""
        try:
            return row_id(odata.object_of(self._get("/v1/Me")("")))
        except ValueError as error:
            raise BadAnswer(VENDOR, f"Me: {error}") from None

    def check(self) -> list[str]:
        """What the token may not read (`Users`, `Absences`, `EMailWork`), nothing if [].

        Reads a sample of every list that a sync needs. Raises AuthFailed, Unavailable …
        """
        probes: dict[str, Callable[[], Any]] = {
            "Users": lambda: self._sample({"$select": _USER_FIELDS}),
            "Absences": lambda: self._sample({"$expand": "Absences"}),
        }
        found: dict[str, Any] = {}
        missing = []
        for name, probe in probes.items():
            try:
                found[name] = probe()
            except Forbidden:
                missing.append(name)
        fields = {"Users": "EMailWork", "Absences": "Absences"}
        samples = [(found.get(name), field) for name, field in fields.items()]
        return missing + [
            field for rows, field in samples if rows and all(field not in row for row in rows)
        ]

    def absence(self, user_id: str, absence_id: str) -> Absence:
        """Raises NotFound when helloHQ says that it is missing, or says nothing and does not
        list it."""
        path = f"{_USERS}({number(user_id)})/Absences"
        return readable(self._codec.decode, self._sets.row(path, absence_id))

    def create_absence(self, draft: AbsenceDraft) -> Absence:
        """Create an approved absence, with one request. Returns what helloHQ made of it.

        Raises Rejected, and sends nothing, for a draft that cannot be written.
        """
        body = self._body(draft)
        path = f"{_USERS}({number(draft.user_id)})/Absences"
        answer = self._transport.write("POST", path, json=body)
        absence = self._created(body, answer.data)
        if draft.kind in HOUR_BASED_KINDS:
            return absence
        unexpected = missed_days_unexpected(_days(draft), absence.missed_days)
        return replace(absence, missed_days_unexpected=unexpected)

    def delete_absence(self, user_id: str, absence_id: str) -> None:
        """Delete an absence, with one unsafe request. One that does not exist is deleted already.

        A 404 that does not say that the record is missing is checked against the user's list.
        """
        path = f"{_USERS}({number(user_id)})/Absences"
        self._sets.delete(path, path, absence_id)

    def deletions(self, since: str = "", cursor: str = "") -> Iterator[Page[Deletion]]:
        """What was deleted since a UTC time and shortly before it; see Deletion."""
        return deletions(self._sets, since, cursor)

    def check_projects(self) -> list[str]:
        """The sets that a sync of projects needs and the token may not read; nothing if []."""
        return unreadable(self._sets)

    def _get(self, path: str) -> Callable[[str], Any]:
        return lambda query: self._transport.read("GET", path, params=query or None).data

    def _sample(self, options: Mapping[str, str]) -> list[Any]:
        rows, _ = odata.rows_of(self._get(_USERS)(odata.query({**options, "$top": "5"})))
        return list(rows)

    def _expanded(self, page: Page[dict[str, Any]], seen: set[str]) -> Page[UserWithAbsences]:
        records: list[UserWithAbsences] = []
        malformed: list[Malformed] = list(page.malformed)
        for row in page.records:
            absences = self._absences(row)
            if seen.intersection(absences.ids):
                raise InconsistentList(VENDOR, "an absence id comes twice")
            seen.update(absences.ids)
            malformed += absences.malformed
            try:
                records.append(UserWithAbsences(decode_user(row), absences.records))
            except ValueError as error:
                malformed.append(Malformed(row_id(row), str(error)))
        return Page(tuple(records), page.cursor, page.total, tuple(malformed))

    def _absences(self, row: Mapping[str, Any]) -> Batch[Absence]:
        """The absences inside a user's row; read on their own where the row holds only some.

        Raises BadAnswer when there are none at all, not even an empty list: an expansion that was
        ignored would look as if every absence were deleted.
        """
        rows = row.get("Absences")
        if not isinstance(rows, list):
            raise BadAnswer(VENDOR, "Users came without their Absences")
        if "Absences@odata.nextLink" in row:
            return self._all_absences(row_id(row))
        batch = decode_all(VENDOR, rows, row_id, self._codec.decode)
        if len(batch.ids) != len(rows):
            raise InconsistentList(VENDOR, "an absence id comes twice")
        return batch

    def _all_absences(self, user_id: str) -> Batch[Absence]:
        fetch = self._get(f"{_USERS}({number(user_id)})/Absences")
        batch: Batch[Absence] = Batch()
        for page in odata.pages(fetch, {"$orderby": "Id"}, 500, row_id, self._codec.decode):
            batch.records += page.records
            batch.malformed += page.malformed
        batch.ids = [*(each.id for each in batch.records), *(each.id for each in batch.malformed)]
        return batch

    def _body(self, draft: AbsenceDraft) -> dict[str, Any]:
        try:
            start, end = self._boundaries(draft)
        except ValueError as error:
            raise Rejected(VENDOR, str(error)) from None
        return {
            "UserId": number(draft.user_id),
            "Type": draft.kind,
            "Start": start,
            "End": end,
            "Note": draft.note,
            "IsApproved": True,
        }

    def _boundaries(self, draft: AbsenceDraft) -> tuple[str, str]:
        if draft.kind not in ABSENCE_KINDS:
            raise ValueError(f"unknown kind {draft.kind}")
        if draft.kind in HOUR_BASED_KINDS:
            return decode_hours(draft.starts_at, draft.ends_at)
        if draft.kind in FULL_DAY_KINDS and (draft.half_first or draft.half_last):
            raise ValueError(f"{draft.kind} takes full days only")
        return encode_days(_days(draft), self._codec.encoding)

    def _created(self, body: Mapping[str, Any], answer: Any) -> Absence:
        """The record that was returned; fields that it leaves out are those that were sent."""
        try:
            row = odata.object_of(answer)
            return self._codec.decode({**body, **row})
        except (ValueError, BadAnswer) as error:
            detail = str(error)
        raise OutcomeUnknown(VENDOR, f"created, but the answer is unusable: {detail}")


def _days(draft: AbsenceDraft) -> Days:
    if draft.first is None or draft.last is None:
        raise ValueError("a day-based absence without days")
    return Days(draft.first, draft.last, draft.half_first, draft.half_last)


def open_hellohq(
    api_token: str,
    base_url: str = BASE_URL,
    time_zone: str = "Europe/Berlin",
    half_day_encoding: str = SAME_DAY,
    *,
    gate: Gate,
    count: CallCounter,
    budget: Budget | None = None,
    allow_private: bool = False,
    clock: Clock | None = None,
) -> HelloHqClient:
    """A client for one tenant; the token decides which.

    `half_day_encoding` is "sameDay" or "published". Raises ValueError for another one or an
    unknown time zone. Without a `budget` one of this process is used; workers that share a
    tenant share theirs.
    """
    if half_day_encoding not in ENCODINGS:
        raise ValueError(f"unknown half-day encoding {half_day_encoding!r}")
    codec = AbsenceCodec(half_day_encoding, zone_of(time_zone))
    transport = Transport(
        VENDOR,
        base_url,
        gate=gate,
        count=count,
        budget=budget or LocalBudget(RATE, BURST, vendor=VENDOR),
        allow_private=allow_private,
        headers={"Authorization": f"Bearer {api_token}"},
        secrets=(api_token,),
        refusal=odata.refusal,
        clock=clock,
    )
    return HelloHqClient(transport, codec)
