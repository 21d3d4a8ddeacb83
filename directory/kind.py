"""hibob-travelperk: HiBob's employees into TravelPerk (D1–D12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from directory.companies import (
    CostCenters,
    Departments,
    HiBobCompanies,
    TravelPerkCompanies,
    center_needs_detail,
)
from directory.config import PERSONAL, Config
from directory.groups import FIELDS as GROUP_FIELDS
from directory.groups import ApprovalGroups, LineManagers, is_foreign, needs_detail
from directory.preflight import preflight
from directory.settings import HiBobTravelPerkSettings
from directory.users import FIELDS as USER_FIELDS
from directory.users import REFS, Employees, TravelPerkUsers
from directory.world import (
    CENTER,
    CENTER_STREAM,
    CENTERS,
    COMPANIES,
    COMPANY_STREAM,
    GROUP,
    GROUP_STREAM,
    GROUPS,
    LIST,
    PEOPLE,
    USER_STREAM,
    USERS,
    Directory,
    Names,
    required_missing,
)
from integrations.clients import Clients
from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.stream import Flow, Reads, Rule, Source, Stream, Which, World
from integrations.kinds import Check, IntegrationKind, Page
from integrations.models import Integration
from integrations.remote import Page as RemotePage
from integrations.vendors.hibob.fields import COMPANY_ID, DEPARTMENT, LISTS
from integrations.vendors.hibob.records import ListItem, Person
from integrations.vendors.travelperk.records import (
    ApprovalGroup,
    Company,
    CostCenter,
    ScimUser,
)


class HiBobTravelPerk(IntegrationKind):
    slug = "hibob-travelperk"
    title = gettext_lazy("HiBob → TravelPerk: employee directory")
    left_vendor = "hibob"
    right_vendor = "travelperk"
    interval = timedelta(days=1)
    settings_model = HiBobTravelPerkSettings
    pages = (
        Page("admin:directory_settings", gettext_lazy("Settings")),
        Page("admin:directory_groups", gettext_lazy("Approval groups")),
    )

    def schedule(self, integration: Integration) -> timedelta | None:
        """Daily if switched on, else by button only (D2)."""
        return self.interval if answers(integration).daily else None

    def configure(self, integration: Integration, answers: BaseModel) -> None:
        assert isinstance(answers, HiBobTravelPerkSettings)
        own = answers.model_dump(
            mode="json", by_alias=True, exclude={"enabled_by", "notices_confirmed", "guard"}
        )
        integration.settings = {**integration.settings, **own}
        integration.save(update_fields=["settings"])

    def preflight(self, integration: Integration, clients: Clients) -> Sequence[Check]:
        return preflight(answers(integration), integration, clients)

    def blueprint(
        self, integration: Integration, clients: Clients, *, full: bool, brief: bool, dry: bool
    ) -> Blueprint:
        return _Run(integration, clients, full).blueprint()

    def admin_urls(self, wrap: Callable[[Any], Any]) -> Sequence[URLPattern]:
        from directory import views

        return [
            path("<int:pk>/directory-settings/", wrap(views.settings), name="directory_settings"),
            path("<int:pk>/approval-groups/", wrap(views.groups), name="directory_groups"),
        ]

    def describe_fields(self, stream: str, fields: Mapping[str, Any]) -> dict[str, str]:
        return {str(LABELS.get(n, n)): _readable(v) for n, v in fields.items()}


LABELS = {
    "external_id": gettext_lazy("HiBob id"),
    "user_name": gettext_lazy("e-mail address"),
    "given_name": gettext_lazy("first name"),
    "family_name": gettext_lazy("last name"),
    "active": gettext_lazy("active"),
    "title": gettext_lazy("job title"),
    "phone": gettext_lazy("phone"),
    "birth_date": gettext_lazy("birth date"),
    "gender": gettext_lazy("gender"),
    "cost_center": gettext_lazy("cost center"),
    "company": gettext_lazy("company"),
    "manager": gettext_lazy("line manager"),
    "name": gettext_lazy("name"),
    "archived": gettext_lazy("archived"),
    "approver": gettext_lazy("approver"),
    "method": gettext_lazy("approval method"),
    "members": gettext_lazy("members"),
}


def _readable(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_readable(part) for part in value)
    if isinstance(value, str) and value.startswith("@"):
        return value.rpartition("|")[2]
    return str(value or "–")


def answers(integration: Integration) -> HiBobTravelPerkSettings:
    own = HiBobTravelPerkSettings.model_fields.keys() | {"from"}
    stored = {name: value for name, value in integration.settings.items() if name in own}
    return HiBobTravelPerkSettings.model_validate(stored, strict=False)


class _Run:
    """One run's blueprint."""

    def __init__(self, integration: Integration, clients: Clients, full: bool) -> None:
        self.config = Config.of(answers(integration))
        self.full = full
        self.hibob, self.travelperk = clients.hibob, clients.travelperk
        self.today = timezone.localdate(timezone=integration.workspace.zone)
        self.names = Names()

    def blueprint(self) -> Blueprint:
        streams = [self._users()]
        if self.config.cost_centers:
            streams.insert(0, self._cost_centers())
        if self.config.companies:
            streams.insert(0, self._companies())
        if self.config.approval_method:
            streams.append(self._groups())
        return Blueprint(
            streams=streams,
            sources=self.sources,
            more_sources=self.details,
            account=self.account,
            admit=self.admit,
            require=lambda reads: required_missing(reads, self.config.required),
        )

    # -- streams, in the order of writing ----------------------------------------------------

    def _companies(self) -> Stream:
        return Stream(
            COMPANY_STREAM,
            HiBobCompanies(self.config, self.today),
            TravelPerkCompanies(self.travelperk, self.names),
            rules=[],
            flow=Flow.TO_RIGHT,
            keeps=True,
        )

    def _cost_centers(self) -> Stream:
        return Stream(
            CENTER_STREAM,
            Departments(self.config, self.today),
            CostCenters(self.travelperk, self.names),
            rules=[Rule("name", Which.LEFT), Rule("archived", Which.LEFT)],
            flow=Flow.TO_RIGHT,
            keeps=True,
        )

    def _users(self) -> Stream:
        return Stream(
            USER_STREAM,
            Employees(self.hibob, self.config, self.today),
            TravelPerkUsers(self.travelperk, self.config, self.today, self.names),
            rules=[Rule(name, Which.LEFT) for name in USER_FIELDS],
            flow=Flow.TO_RIGHT,
            archive=("active", False),
            hold_vanished=True,
            takes_over=True,
            removal_in_order=True,
            refs=REFS,
            parent="manager",
            optional=REFS,
        )

    def _groups(self) -> Stream:
        return Stream(
            GROUP_STREAM,
            LineManagers(self.config, self.today),
            ApprovalGroups(self.travelperk),
            rules=[Rule(name, Which.LEFT) for name in GROUP_FIELDS],
            flow=Flow.TO_RIGHT,
            archive=("archived", True),
            foreign=is_foreign,
            removal_in_order=True,
            refs=frozenset({"approver", "members"}),
            optional=frozenset({"members"}),
        )

    # -- what is read ------------------------------------------------------------------------

    def sources(self, stale: bool) -> list[Source]:
        config, hibob, travelperk = self.config, self.hibob, self.travelperk
        sources = [
            _source(PEOPLE, "hibob", Person, lambda c: hibob.people(config.fields, c)),
            *(self._list(name) for name in config.lists),
            _source(USERS, "travelperk", ScimUser, self._all_users),
        ]
        if config.cost_centers:
            sources.append(_source(CENTERS, "travelperk", CostCenter, travelperk.cost_centers))
        if config.companies:
            sources.append(_source(COMPANIES, "travelperk", Company, travelperk.companies))
        if config.approval_method:
            groups = travelperk.approval_groups
            sources.append(_source(GROUPS, "travelperk", ApprovalGroup, groups))
        return sources

    def _all_users(self, cursor: str) -> Iterator[RemotePage[ScimUser]]:
        return self.travelperk.users(cursor, without=PERSONAL - self.config.details)

    def _list(self, name: str) -> Source:
        pages = lambda c: self.hibob.list_items(name, c)  # noqa: E731
        return _source(LIST + name, "hibob", ListItem, pages)

    def details(self, reads: Reads, world: World) -> list[Source]:
        return [*self._center_details(reads, world), *self._group_details(reads, world)]

    def _center_details(self, reads: Reads, world: World) -> list[Source]:
        if CENTERS not in reads:
            return []
        links = world.links(CENTER_STREAM)
        open_ones = {link.right_id for link in links if link.base.get("archived") is False}
        directory = Directory.of(self.config, self.today, reads, world)
        needed = set(directory.lists[LISTS[DEPARTMENT]].values())
        read = self.travelperk.cost_center
        return [
            _source(CENTER + row.id, "travelperk", CostCenter, _one(read, row.id))
            for row in reads[CENTERS].records
            if center_needs_detail(row, needed, row.id in open_ones, self.full)
        ]

    def _group_details(self, reads: Reads, world: World) -> list[Source]:
        if GROUPS not in reads:
            return []
        links = {link.right_id: link for link in world.links(GROUP_STREAM)}
        read = self.travelperk.approval_group
        return [
            _source(GROUP + row.id, "travelperk", ApprovalGroup, _one(read, row.id))
            for row in reads[GROUPS].records
            if needs_detail(row, links.get(row.id), self.full)
        ]

    # -- whose account it is -----------------------------------------------------------------

    def admit(self) -> list[str]:
        """What a run cannot do without. Details that are not permitted are reported in the run,
        invisible leavers by preflight."""
        missing = self.hibob.check(self.config.required)
        missing += self.travelperk.check(
            companies=bool(self.config.companies),
            approval_groups=bool(self.config.approval_method),
        )
        return [name for name in missing if "leavers_invisible" not in name]

    def account(self, reads: Reads, world: World) -> Account:
        """HiBob names its company; TravelPerk is known by the users that are linked."""
        companies = sorted({p.values.get(COMPANY_ID) or "" for p in reads[PEOPLE].records} - {""})
        links = world.links(USER_STREAM)
        ids = {user.id for user in reads[USERS].records}
        linked = {link.right_id for link in links if link.right_id}
        known = bool(linked & ids) if linked and ids and reads[USERS].complete else None
        return Account(
            identities={"hibob": companies[0] if len(companies) == 1 else "", "travelperk": ""},
            evidence={"hibob": None, "travelperk": known},
        )


def _one(read: Callable[[str], Any], id: str) -> Callable[[str], Iterator[RemotePage[Any]]]:
    """The detail of one record as a list of one."""

    def pages(cursor: str) -> Iterator[RemotePage[Any]]:
        yield RemotePage([read(id)])

    return pages


def _source(
    name: str, vendor: str, record: Any, pages: Callable[[str], Iterator[RemotePage[Any]]]
) -> Source:
    return Source(name, vendor, record, pages, lambda one: one.id)
