"""Employees and TravelPerk users (D2–D4, D8–D12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from directory.companies import existing
from directory.config import Config
from directory.employees import Employee, Employment, text
from directory.world import (
    CENTER_STREAM,
    COMPANY_STREAM,
    PEOPLE,
    USER_STREAM,
    USERS,
    Directory,
    Names,
)
from integrations.engine.references import ref
from integrations.engine.stream import (
    Item,
    Outcome,
    Reads,
    Recipe,
    Severity,
    Snapshot,
    Step,
    Trouble,
    Which,
    World,
    Write,
)
from integrations.vendors.hibob.client import HiBobClient
from integrations.vendors.travelperk.client import TravelPerkClient
from integrations.vendors.travelperk.records import ScimUser, UserDraft
from integrations.vendors.travelperk.refusals import AlreadyExists

ATTRIBUTES = {
    "job_title": "title",
    "phone": "phone",
    "birth_date": "birth_date",
    "gender": "gender",
}
"""Details that are plain attributes of a TravelPerk user."""
MANDATORY = ("external_id", "user_name", "given_name", "family_name", "active")
FIELDS = (*MANDATORY, *ATTRIBUTES.values(), "cost_center", "company", "manager")
REFS = frozenset({"cost_center", "company", "manager"})


def mapped(config: Config) -> frozenset[str]:
    """The fields that a workspace chose: no other is looked at or kept."""
    of_detail = {**ATTRIBUTES, "cost_center": "cost_center", "line_manager": "manager"}
    chosen = frozenset(of_detail[detail] for detail in config.details)
    return chosen.union(MANDATORY, {"company"} if config.companies else ())


@dataclass(frozen=True)
class Employees:
    """Left: everybody in HiBob, as TravelPerk should know them."""

    client: HiBobClient
    config: Config
    today: date
    vendor: str = "hibob"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        directory = Directory.of(self.config, self.today, reads, world)
        items = {e.id: _Provision(directory, e).item() for e in directory.everybody.values()}
        complete = reads[PEOPLE].complete and all(
            listing.complete for name, listing in reads.items() if name.startswith("hibob list")
        )
        return Snapshot(
            items,
            complete=complete,
            usable=complete,
            unreadable=frozenset(bad.id for bad in reads[PEOPLE].malformed),
            notices={
                f"detail-{name}": Trouble("permission_missing", Severity.FAIL, {"field": name})
                for name in directory.unpermitted
            },
        )

    def recipe(self, write: Write) -> Recipe:
        raise NotImplementedError("HiBob is only read")

    def confirm_gone(self, id: str, alias: str) -> bool:
        """Only an approved removal gets here: the person must still be invisible."""
        return self.client.person(id, ("root.id",)) is None


@dataclass
class _Provision:
    """One employee's item."""

    directory: Directory
    employee: Employee

    def item(self) -> Item:
        e = self.employee
        base = Item(e.id, None, label=e.name or e.email or e.id, key=self._key())
        if e.employment is Employment.LEFT and not self._may_be_ours():
            return base
        if e.employment is Employment.LEFT:
            return Item(
                e.id, {"active": False}, label=base.label, key=e.key, rank=1, withdrawn=True,
                adopt_only=True,
            )  # fmt: skip
        if e.employment is Employment.FUTURE:
            return base
        if not e.in_scope:
            linked = self.directory.is_active_link(e.id)
            return _with(base, Trouble("out_of_scope")) if linked else base
        if e.missing:
            return _with(base, _missing_field(e.missing[0]))
        if e.id in self.directory.rivals:
            return _with(base, Trouble("ambiguous_match", detail={"key": e.key}))
        fields, notes = self._fields()
        return Item(e.id, fields, label=base.label, key=base.key, notes=notes)

    def _key(self) -> str:
        """A profile that carries the person's id already is theirs, whatever its address."""
        e = self.employee
        return f"id:{e.id}" if e.id in self.directory.known else e.key

    def _may_be_ours(self) -> bool:
        """Outside the selection only a profile that we had is ours to archive (D8)."""
        e, directory = self.employee, self.directory
        return e.in_scope or e.id in directory.links or e.id in directory.known

    def _fields(self) -> tuple[dict[str, Any], list[Trouble]]:
        e = self.employee
        fields: dict[str, Any] = {
            "external_id": e.id,
            "user_name": e.email,
            "given_name": e.first_name,
            "family_name": e.last_name,
            "active": True,
        }
        notes: list[Trouble] = []
        for detail, attribute in ATTRIBUTES.items():
            self._detail(detail, attribute, e.details.get(detail), fields, notes)
        self._center(fields, notes)
        self._company(fields, notes)
        self._manager(fields, notes)
        return fields, notes

    def _detail(
        self,
        detail: str,
        field: str,
        value: str | None,
        fields: dict[str, Any],
        notes: list[Trouble],
    ) -> None:
        """D4: a listed detail must not be empty; an empty one of `full` clears what we wrote."""
        config = self.directory.config
        if detail not in config.details or detail in self.directory.unpermitted:
            return
        if value:
            fields[field] = value
        elif detail in config.listed:
            notes.append(_missing_field(detail))
        elif value is not None and self._written(field):
            fields[field] = _empty(field)

    def _written(self, field: str) -> bool:
        link = self.directory.links.get(self.employee.id)
        return link is not None and bool(link.base.get(field))

    def _center(self, fields: dict[str, Any], notes: list[Trouble]) -> None:
        e = self.employee
        delivered = "cost_center" in e.details
        value = ref(CENTER_STREAM, Which.LEFT, e.department_id) if e.department_id else ""
        self._detail("cost_center", "cost_center", value if delivered else None, fields, notes)

    def _company(self, fields: dict[str, Any], notes: list[Trouble]) -> None:
        company, config = self.employee.company, self.directory.config
        if not company:
            return
        if config.create_companies or self._company_exists(company):
            fields["company"] = ref(COMPANY_STREAM, Which.LEFT, company)
        else:
            notes.append(Trouble("unknown_company", detail={"company": company}))

    def _company_exists(self, company: str) -> bool:
        return company in existing(self.directory.reads)

    def _manager(self, fields: dict[str, Any], notes: list[Trouble]) -> None:
        """D6: the line manager, if that profile is ours and active; else what we wrote goes."""
        e, directory = self.employee, self.directory
        if "line_manager" not in directory.config.details or "line_manager" not in e.details:
            return
        manager = directory.manager_of(e)
        if manager:
            fields["manager"] = ref(USER_STREAM, Which.LEFT, manager)
            return
        if e.manager_id:
            cycle = e.id in directory.in_cycle and e.manager_id in directory.in_cycle
            code = "manager_cycle" if cycle else "manager_not_available"
            notes.append(Trouble(code, detail={"manager": e.manager_id}))
        if self._written("manager"):
            fields["manager"] = None


def _with(item: Item, trouble: Trouble) -> Item:
    return Item(item.id, None, label=item.label, key=item.key, trouble=trouble)


def _missing_field(name: str) -> Trouble:
    return Trouble("missing_field", Severity.FAIL, {"field": name}, key=name)


def _empty(field: str) -> Any:
    return None if field in REFS else ""


@dataclass(frozen=True)
class TravelPerkUsers:
    """Right: all users, archived ones too."""

    client: TravelPerkClient
    config: Config
    today: date
    names: Names
    vendor: str = "travelperk"

    def snapshot(self, reads: Reads, world: World) -> Snapshot:
        self.names.learn(reads)
        directory = Directory.of(self.config, self.today, reads, world)
        listing = reads[USERS]
        return Snapshot(
            {user.id: self._item(user, directory) for user in listing.records},
            complete=listing.complete,
            usable=listing.complete,
            unreadable=frozenset(bad.id for bad in listing.malformed),
        )

    def _item(self, user: ScimUser, directory: Directory) -> Item:
        owner = directory.everybody.get(user.external_id)
        ours = owner is not None and owner.employment is Employment.EMPLOYED
        return Item(
            id=user.id,
            fields=self.fields(user),
            version=user.last_modified,
            label=f"{user.given_name} {user.family_name}".strip() or user.user_name,
            key=f"id:{user.external_id}" if ours else user.user_name.strip().casefold(),
            marker="",
        )

    def fields(self, user: ScimUser) -> dict[str, Any]:
        """The mapped attributes; names of cost centers and companies as references."""
        fields = {
            "external_id": user.external_id,
            "user_name": user.user_name,
            "given_name": user.given_name,
            "family_name": user.family_name,
            "active": user.active,
            "title": user.title,
            "phone": user.phone,
            "birth_date": user.birth_date,
            "gender": user.gender,
            "cost_center": _by_name(CENTER_STREAM, self.names.centers, user.cost_center),
            "company": _by_name(COMPANY_STREAM, self.names.companies, user.company),
            "manager": ref(USER_STREAM, Which.RIGHT, user.manager_id) if user.manager_id else None,
        }
        return {name: fields[name] for name in fields.keys() & mapped(self.config)}

    def recipe(self, write: Write) -> Recipe:
        """PATCH only; nothing is ever replaced as a whole or deleted."""
        if write.action == "create":
            return Recipe([Step("create", lambda: self._create(write.want), creates=True)])
        return Recipe([Step("patch", lambda: self._patch(write))])

    def _create(self, want: Mapping[str, Any]) -> Outcome:
        """A user whom the list did not show is looked up and adopted."""
        draft, client = UserDraft(**self._attributes(want, frozenset(want))), self.client
        try:
            return self._outcome(client.create_user(draft))
        except AlreadyExists:
            name, id = draft.user_name, draft.external_id
            found = client.find_user(name) or client.find_user_by_external_id(id)
            if found is None:
                raise
            if not found.active and found.external_id in ("", id):
                found = client.unarchive_user(found.id)  # lists may leave archived ones out
            return self._outcome(found, adopted=True)

    def _patch(self, write: Write) -> Outcome:
        changes = self._attributes(write.want, write.changed)
        return self._outcome(self.client.patch_user(write.id or "", changes))

    def _outcome(self, user: ScimUser, *, adopted: bool = False) -> Outcome:
        return Outcome(user.id, self.fields(user), user.last_modified, adopted=adopted)

    def _attributes(self, want: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
        """Fields as attributes of TravelPerk's, ids of cost centers and companies as names."""
        attributes = {n: want[n] for n in names if n in FIELDS and n not in REFS and n in want}
        if "cost_center" in names:
            id, read = want["cost_center"], self.client.cost_center
            attributes["cost_center"] = _name(self.names.centers, id, read)
        if "company" in names:
            id, read_company = want["company"], self.client.company
            attributes["company"] = _name(self.names.companies, id, read_company)
        if "manager" in names:
            attributes["manager_id"] = want["manager"] or ""
        return attributes

    def confirm_gone(self, id: str, alias: str) -> bool:
        return False


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def _name(known: dict[str, str], id: str | None, read: Callable[[str], _Named]) -> str:
    """The name of an id. Raises RemoteErrors when it has to be asked for."""
    if id and id not in known:
        known[id] = read(id).name
    return known[id] if id else ""


def _by_name(stream: str, names: Mapping[str, str], name: str) -> str | None:
    """Composed and decomposed characters are the same."""
    if not name:
        return None
    id = next((id for id, known in names.items() if text(known) == text(name)), f"name:{name}")
    return ref(stream, Which.RIGHT, id)
