"""personio-hellohq: Personio's absences into helloHQ (P1–P10)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel

from absences.describe import describe
from absences.mapping import TypeMapping, bound_mapping, entries, resolve_ids, store_mapping
from absences.people import (
    ACTIVE_USERS,
    ALL_USERS,
    EMPLOYEES,
    PEOPLE,
    active_users,
    email_key,
    people_stream,
)
from absences.preflight import preflight
from absences.settings import PersonioHelloHqSettings
from absences.sides import (
    ABSENCES,
    DAY_BASED,
    HOUR_BASED,
    HOURS,
    ME,
    TYPES,
    HqAbsences,
    PersonioAbsences,
    links_by_id,
    live_types,
    personio_absences,
)
from absences.translate import FIELDS, LOOK_BACK, Calendar, rolls_on, target_kind, version
from integrations.clients import Clients
from integrations.engine.blueprint import Account, Blueprint
from integrations.engine.stream import (
    Flow,
    LinkState,
    Reads,
    Rule,
    Source,
    Stream,
    Trouble,
    Which,
    World,
)
from integrations.kinds import Check, IntegrationKind, Page
from integrations.models import Integration
from integrations.remote import EndpointNotFound, Forbidden, NotFound
from integrations.remote import Page as RemotePage
from integrations.vendors.hellohq.records import (
    HOUR_BASED_KINDS,
    Subsystem,
    User,
    UserWithAbsences,
    WorkingHours,
)
from integrations.vendors.personio.records import Absence, AbsenceType, Employee

log = logging.getLogger(__name__)

SUBSYSTEMS = "hellohq subsystems"
LOOK_AHEAD = timedelta(days=10 * 366)


class PersonioHelloHq(IntegrationKind):
    slug = "personio-hellohq"
    title = gettext_lazy("Personio → helloHQ: absences")
    left_vendor = "personio"
    right_vendor = "hellohq"
    interval = timedelta(hours=2)
    settings_model = PersonioHelloHqSettings
    pages = (
        Page("admin:absences_mapping", gettext_lazy("Absence mapping")),
        Page("admin:absences_settings", gettext_lazy("Settings")),
    )

    def unready(self, integration: Integration) -> str:
        if integration.settings.get("sync_start_date"):
            return ""
        return _("Enter the sync start date on the settings page first.")

    def configure(self, integration: Integration, answers: BaseModel) -> None:
        assert isinstance(answers, PersonioHelloHqSettings)
        integration.settings = {
            **integration.settings, "sync_start_date": answers.sync_start_date.isoformat()
        }  # fmt: skip
        integration.save(update_fields=["settings"])
        store_mapping(integration, answers.mapping, [])

    def preflight(self, integration: Integration, clients: Clients) -> Sequence[Check]:
        return preflight(integration, clients)

    def blueprint(
        self, integration: Integration, clients: Clients, *, full: bool, brief: bool, dry: bool
    ) -> Blueprint:
        """Every run reads both sides whole: Personio never tells what was deleted."""
        return _Run(integration, clients).blueprint()

    def admin_urls(self, wrap: Callable[[Any], Any]) -> Sequence[URLPattern]:
        from absences import views

        return [
            path("<int:pk>/mapping/", wrap(views.mapping), name="absences_mapping"),
            path("<int:pk>/absence-settings/", wrap(views.settings), name="absences_settings"),
        ]

    def describe_fields(self, stream: str, fields: Mapping[str, Any]) -> dict[str, str]:
        return describe(fields)


class _Run:
    """One run's blueprint."""

    def __init__(self, integration: Integration, clients: Clients) -> None:
        self.integration = integration
        self.personio, self.hellohq = clients.personio, clients.hellohq
        self.names = entries(integration)
        self.start = date.fromisoformat(integration.settings["sync_start_date"])
        zone = integration.workspace.zone
        self.calendar = Calendar(timezone.localdate(timezone=zone), zone, {})
        self.active: set[str] | None = None

    def blueprint(self) -> Blueprint:
        return Blueprint(
            streams=[people_stream(self.calendar.today), self._absences()],
            sources=self.sources,
            more_sources=self.working_hours,
            account=self.account,
            admit=self.admit,
            learn=lambda reads, _changes: resolve_ids(self.integration, live_types(reads)),
        )

    def _absences(self) -> Stream:
        return Stream(
            name=ABSENCES,
            left=PersonioAbsences(self.personio, self.start, self.names, self.calendar),
            right=HqAbsences(self.hellohq),
            rules=[Rule(name, owner=Which.LEFT) for name in FIELDS],
            flow=Flow.TO_RIGHT,
            sticky=True,
            pairs_equals=True,
            removal_first=True,
            frozen=self.frozen,
        )

    def frozen(self, link: LinkState) -> Trouble | None:
        """Records of somebody who became inactive in helloHQ stay as they are (G4)."""
        inactive = self.active is not None and link.base.get("user") not in self.active
        return Trouble("inactive_person") if inactive else None

    def admit(self) -> list[str]:
        return [*self.personio.check(), *self.hellohq.check()]

    # -- what is read ----------------------------------------------------------------------

    def sources(self, stale: bool) -> list[Source]:
        """All lists, whole: Personio never reports deletions, so every run compares everything."""
        window = self.start - LOOK_BACK, max(self.start, self.calendar.today) + LOOK_AHEAD
        personio, hellohq = self.personio, self.hellohq
        sources = [
            _source(TYPES, "personio", AbsenceType, personio.absence_types),
            _source(EMPLOYEES, "personio", Employee, personio.employees),
            _source(DAY_BASED, "personio", Absence, lambda c: personio.day_absences(*window, c)),
            _source(HOUR_BASED, "personio", Absence, lambda c: personio.hour_absences(*window, c)),
            _source(SUBSYSTEMS, "hellohq", Subsystem, _single(hellohq.subsystems)),
            _source(ALL_USERS, "hellohq", User, lambda c: hellohq.users(True, c)),
            _source(ACTIVE_USERS, "hellohq", UserWithAbsences, hellohq.users_with_absences),
        ]
        if stale:
            me = Source(ME, "hellohq", str, _single(lambda: [hellohq.me()]), str)
            sources.append(me)
        return sources

    def working_hours(self, reads: Reads, world: World) -> list[Source]:
        """Working hours of the people whose whole-day or open-ended absences need times now."""
        self.active = active_users(reads, self.calendar.today)
        mapping, links = bound_mapping(self.names, live_types(reads)), links_by_id(world)
        users = {
            world.partner(PEOPLE, Which.LEFT, absence.employee_id)
            for absence in personio_absences(reads)
            if self._needs_hours(
                absence, links.get(absence.id) or links.get(absence.id_v2), mapping
            )
        }
        return [self._hours_of(user) for user in sorted(u for u in users if u in self.active)]

    def _needs_hours(self, absence: Absence, link: LinkState | None, mapping: TypeMapping) -> bool:
        """Whether an absence without times of its own is about to be written by the hour."""
        if absence.starts_at is not None and absence.ends_at is not None:
            return False
        if link is not None and link.left_version == version(absence):
            return rolls_on(absence, link.base, self.calendar)
        return _is_hour_based(target_kind(absence, self.start, mapping))

    def _hours_of(self, user: str) -> Source:
        pages = _single(lambda: self.hellohq.working_hours(user))
        return Source(HOURS + user, "hellohq", WorkingHours, pages, repr)

    # -- whose account it is ---------------------------------------------------------------

    def account(self, reads: Reads, world: World) -> Account:
        """helloHQ names its subsystems; Personio is known by the employees that are linked."""
        systems = sorted((one.id, one.name) for one in reads[SUBSYSTEMS].records)
        links = world.links(PEOPLE)
        return Account(
            identities={
                "personio": "",
                "hellohq": "; ".join(f"{id} {name}" for id, name in systems),
            },
            evidence={
                "personio": _found({link.left_id for link in links}, reads, EMPLOYEES),
                "hellohq": _same_people(links, reads),
            },
        )


def _is_hour_based(kind: str | Trouble) -> bool:
    return isinstance(kind, str) and kind in HOUR_BASED_KINDS


def _same_people(links: Sequence[LinkState], reads: Reads) -> bool | None:
    """helloHQ's ids are small numbers that any tenant has: the addresses must fit too."""
    addresses = {user.id: email_key(user.email) for user in reads[ALL_USERS].records}
    if any(addresses.get(link.right_id or "") == link.base.get("key") for link in links):
        return True
    return (
        None if reads[SUBSYSTEMS].records else _found({k.right_id for k in links}, reads, ALL_USERS)
    )


def _found(linked: set[str | None], reads: Reads, name: str) -> bool | None:
    """Whether linked people are found again; None when that proves nothing."""
    listing = reads[name]
    ids = {one.id for one in listing.records}
    if not linked or not ids or not listing.complete:
        return None
    return bool(linked & ids)


def _source(
    name: str, vendor: str, record: Any, pages: Callable[[str], Iterator[RemotePage[Any]]]
) -> Source:
    return Source(name, vendor, record, pages, lambda one: one.id)


def _single(read: Callable[[], Sequence[Any]]) -> Callable[[str], Iterator[RemotePage[Any]]]:
    """A short list that helps and is not needed: a tenant that does not deliver it has none."""

    def pages(cursor: str) -> Iterator[RemotePage[Any]]:
        try:
            yield RemotePage(read())
        except (EndpointNotFound, NotFound, Forbidden) as error:
            log.info("helloHQ does not tell: %s", error)
            yield RemotePage(())

    return pages
