"""The client for HiBob. Everything is a read; the search is a POST that changes nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from integrations.remote import (
    BadAnswer,
    CallCounter,
    EndpointNotFound,
    Forbidden,
    Gate,
    InconsistentList,
    NotFound,
    Page,
    RemoteError,
)
from integrations.vendors.answers import MAX_DETAIL, Answer, standard_refusal
from integrations.vendors.budget import Budget, LocalBudget
from integrations.vendors.hibob.decode import (
    decode_field,
    decode_list,
    decode_lists,
    decode_person,
    person_id,
)
from integrations.vendors.hibob.fields import (
    COMPANY_ID,
    ID,
    INACTIVE,
    LIFECYCLE_STATUS,
    LISTS,
    MANDATORY,
    SITE_ID,
    STATUS,
    STATUS_FIELDS,
    TERMINATED,
)
from integrations.vendors.hibob.records import (
    FieldInfo,
    ListItem,
    NamedList,
    Person,
    Probe,
    never_delivered,
)
from integrations.vendors.http import Clock, Transport
from integrations.vendors.lists import decode_all
from integrations.vendors.values import text

T = TypeVar("T")

VENDOR = "hibob"
BASE_URL = "https://api.hibob.com"

RATE, BURST = 0.65, 10
"""Requests per second: at most 50 in any minute, which is the limit of each of the endpoints."""

MAX_FIELDS = 400

PEOPLE_DATA = "People's data and Access data for"
LEAVERS_INVISIBLE = "leavers_invisible"

_SEARCH = "/v1/people/search"
_FIELDS = "/v1/company/people/fields"
_LISTS = "/v1/company/named-lists"
_ARCHIVED_TOO = {"includeArchived": "true"}


class HiBobClient:
    """One company, as far as the service user may see it. Every method raises RemoteErrors.

    A Forbidden names the permission of the service user's group, as far as it is known.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def people(self, fields: Sequence[str], cursor: str = "") -> Iterator[Page[Person]]:
        """Everybody who is visible: employed, hired for later, on leave, terminated.

        `fields` are field ids with dots; at most 400 (else ValueError). One search holds all:
        there is no paging. Raises InconsistentList when somebody is in it twice or has no id.
        """
        rows = self._search(_asked(fields))
        yield _page(rows, _asked(fields))

    def person(self, id: str, fields: Sequence[str]) -> Person | None:
        """One person, whatever the status; None when HiBob shows nobody of this id (any more)."""
        asked = _asked(fields)
        rows = self._search(asked, (id,))
        if not rows:
            return None
        try:
            found = decode_person(rows[0], asked)
        except ValueError as error:
            raise BadAnswer(VENDOR, str(error)) from None
        if len(rows) > 1 or found.id != id:
            raise BadAnswer(VENDOR, "one person was asked for and others came")
        return found

    def fields_metadata(self) -> list[FieldInfo]:
        """The fields of this tenant. Takes no permission, and grants none."""
        data = self._get(_FIELDS, "field metadata")
        return _readable(lambda: [decode_field(item) for item in _array(data)])

    def named_lists(self) -> dict[str, NamedList]:
        """All lists by name, archived items included."""
        data = self._get(_LISTS, "company lists", _ARCHIVED_TOO)
        return _readable(lambda: decode_lists(data))

    def named_list(self, name: str) -> NamedList:
        """One list, archived items included. Raises NotFound; the name is case-sensitive."""
        path = f"{_LISTS}/{quote(name, safe='')}"
        read = partial(self._transport.read, "GET", path, params=_ARCHIVED_TOO)
        data = _permitted(f"company list {name}", read).data
        return _readable(lambda: decode_list(data, name))

    def list_items(self, name: str, cursor: str = "") -> Iterator[Page[ListItem]]:
        """The items of `named_list` as the only page of a list."""
        items = self.named_list(name).items
        yield Page(tuple(items), total=len(items))

    def sites(self) -> NamedList:
        """The sites; `work.siteId` holds the ids."""
        return self.named_list(LISTS[SITE_ID])

    def company_id(self) -> str:
        """The tenant that the credentials belong to (G12), "" if it may not be read."""
        return self.probe(()).company_id

    def probe(self, fields: Collection[str]) -> Probe:
        """What can be read of these fields, by a search over everybody and the field metadata."""
        pages = list(self.people([*fields, STATUS, LIFECYCLE_STATUS, COMPANY_ID]))
        people = [person for page in pages for person in page.records]
        malformed = [bad for page in pages for bad in page.malformed]
        if malformed and not people:
            raise BadAnswer(VENDOR, f"nobody can be read: {malformed[0].detail}")
        return Probe(
            people=len(people) + len(malformed),
            missing=self._permissions(never_delivered(people, fields) if people else []),
            leavers_visible=_leavers_visible(people),
            company_id=_company_id(people),
        )

    def check(self, fields: Collection[str] = (*MANDATORY, *STATUS_FIELDS)) -> list[str]:
        """What is missing to read `fields` of everybody, leavers included; nothing if [].

        Names the permission with its fields ("Lifecycle (internal.status)"), "leavers_invisible"
        when no inactive person is delivered, PEOPLE_DATA when nobody is. Raises AuthFailed,
        Unavailable …
        """
        try:
            found = self.probe(fields)
        except Forbidden:
            return [PEOPLE_DATA]
        if not found.people:
            return [PEOPLE_DATA]
        missing = _by_permission(found.missing)
        return [*missing, LEAVERS_INVISIBLE] if found.leavers_visible is False else missing

    def _permissions(self, fields: Sequence[str]) -> dict[str, str]:
        if not fields:
            return {}
        known = {one.id: one.category or one.category_id for one in self.fields_metadata()}
        return {name: known.get(name, "") for name in fields}

    def _search(self, fields: Sequence[str], ids: Sequence[str] = ()) -> list[Any]:
        """The rows of everybody, or of the people with these ids."""
        body: dict[str, Any] = {"fields": list(fields), "showInactive": True}
        if any(name in LISTS for name in fields):
            body["humanReadable"] = "APPEND"
        if ids:  # an empty list of filters is refused
            one = {"fieldPath": ID, "operator": "equals", "values": list(ids)}
            body["filters"] = [one]
        read = partial(self._transport.read, "POST", _SEARCH, json=body)
        data = _collection(PEOPLE_DATA, read).data
        rows = data.get("employees") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise BadAnswer(VENDOR, "a search without employees")
        return rows

    def _get(self, path: str, what: str, params: Mapping[str, str] | None = None) -> Any:
        return _collection(what, partial(self._transport.read, "GET", path, params=params)).data


def _page(rows: Sequence[Any], fields: Sequence[str]) -> Page[Person]:
    batch = decode_all(VENDOR, rows, person_id, lambda row: decode_person(row, fields))
    if len(set(batch.ids)) != len(rows):
        detail = f"{len(set(batch.ids))} different people in {len(rows)} rows"
        raise InconsistentList(VENDOR, detail)
    return Page(tuple(batch.records), "", len(rows), tuple(batch.malformed))


def _asked(fields: Collection[str]) -> list[str]:
    asked = list(dict.fromkeys([ID, *fields]))
    if len(asked) > MAX_FIELDS:
        raise ValueError(f"more than {MAX_FIELDS} fields")
    return asked


def _leavers_visible(people: Sequence[Person]) -> bool | None:
    if len(never_delivered(people, (STATUS, LIFECYCLE_STATUS))) == 2:
        return None
    return any(
        _says(one, STATUS, INACTIVE) or _says(one, LIFECYCLE_STATUS, TERMINATED) for one in people
    )


def _says(person: Person, field: str, wanted: str) -> bool:
    return (person.values.get(field) or "").casefold() == wanted.casefold()


def _company_id(people: Sequence[Person]) -> str:
    """Raises BadAnswer when the people are of several companies."""
    ids = {person.values.get(COMPANY_ID) or "" for person in people} - {""}
    if len(ids) > 1:
        raise BadAnswer(VENDOR, "people of several companies")
    return next(iter(ids), "")


def _by_permission(missing: Mapping[str, str]) -> list[str]:
    fields: dict[str, list[str]] = {}
    for name, permission in missing.items():
        fields.setdefault(permission or "no such field", []).append(name)
    return [f"{permission} ({', '.join(names)})" for permission, names in fields.items()]


def _permitted(what: str, read: Callable[[], Answer]) -> Answer:
    """Let a refusal name the permission. An IP address that is not allowed looks the same."""
    try:
        return read()
    except (Forbidden, NotFound) as error:
        kind, detail, status = type(error), error.detail, error.status
    named = ": ".join(filter(None, (what, detail)))
    raise kind(VENDOR, named[:MAX_DETAIL], status=status)


def _collection(what: str, read: Callable[[], Answer]) -> Answer:
    """The same, for a path that names no record: a 404 is about the path."""
    try:
        return _permitted(what, read)
    except NotFound as error:
        detail = error.detail
    raise EndpointNotFound(VENDOR, detail, status=404)


def _readable(decode: Callable[[], T]) -> T:
    try:
        return decode()
    except ValueError as error:
        raise BadAnswer(VENDOR, str(error)) from None


def _array(data: Any) -> Sequence[Any]:
    if not isinstance(data, list):
        raise ValueError("not a list of fields")
    return data


def refusal(answer: Answer) -> RemoteError:
    """The error that a 4xx means.

    A list that does not exist is a 404 with an empty body; a wrong path mostly a 200 with HTML,
    which the transport refuses.
    """
    detail = (error_text(answer.data) or answer.text)[:MAX_DETAIL]
    if answer.status == 404 and answer.is_html:
        return EndpointNotFound(VENDOR, detail, status=404)
    return standard_refusal(VENDOR, answer.status, detail)


def error_text(data: Any) -> str:
    """The message in an error body of HiBob; "" if it is none."""
    if not isinstance(data, dict):
        return ""
    parts = [text(data.get(key)) for key in ("key", "error", "errorMessage")]
    return ": ".join(dict.fromkeys(filter(None, parts)))


def open_hibob(
    service_user_id: str,
    token: str,
    base_url: str = BASE_URL,
    *,
    gate: Gate,
    count: CallCounter,
    budget: Budget | None = None,
    allow_private: bool = False,
    clock: Clock | None = None,
) -> HiBobClient:
    """A client for one company; the service user decides which, and what of it.

    `base_url` is without the version. Without a `budget` one of this process is used; workers
    that share a company share theirs.
    """
    basic = base64.b64encode(f"{service_user_id}:{token}".encode()).decode()
    transport = Transport(
        VENDOR,
        base_url,
        gate=gate,
        count=count,
        budget=budget or LocalBudget(RATE, BURST, vendor=VENDOR),
        allow_private=allow_private,
        headers={"Authorization": f"Basic {basic}"},
        secrets=(token, basic),
        refusal=refusal,
        clock=clock,
    )
    return HiBobClient(transport)
