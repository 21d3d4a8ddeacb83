"""The checklist of hibob-travelperk (G3, D1, D6). Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from directory.config import Config
from directory.employees import Employment
from directory.settings import HiBobTravelPerkSettings
from directory.world import LIST, PEOPLE, Directory
from integrations.clients import Clients
from integrations.engine.ledger import link_state
from integrations.engine.stream import Listing
from integrations.kinds import Check, CheckState
from integrations.models import Integration
from integrations.remote import Page
from integrations.vendors.travelperk.records import AUTOMATED, MANUAL, ApprovalGroup

T = TypeVar("T")


def preflight(
    answers: HiBobTravelPerkSettings, integration: Integration, clients: Clients
) -> list[Check]:
    """All lines beyond the connection tests. Raises RemoteErrors."""
    config = Config.of(answers)
    directory = _directory(config, integration, clients)
    checks = [
        *_permissions(config, clients),
        *_people(directory),
        *_sites(config, clients),
        *_managers(directory),
        *_companies(config, directory, clients),
        *_approvals(answers, config, clients),
    ]
    return [*checks, _notices(integration.notices_confirmed)]


def _directory(config: Config, integration: Integration, clients: Clients) -> Directory:
    today = timezone.localdate(timezone=integration.workspace.zone)
    reads = {PEOPLE: Listing(_all(clients.hibob.people(config.fields)), True)}
    for name in config.lists:
        reads[LIST + name] = Listing(_all(clients.hibob.list_items(name)), True)
    links = integration.links.filter(stream="users").exclude(left_id=None)
    return Directory(config, today, reads, {link.left_id or "": link_state(link) for link in links})


def _all(pages: Iterator[Page[T]]) -> list[T]:
    return [record for page in pages for record in page.records]


def _line(
    code: str, title: str, names: Iterable[str], action: str, bad: CheckState = CheckState.ATTENTION
) -> Check:
    """A line that is fine when it names nobody."""
    found = sorted(names)
    state = bad if found else CheckState.OK
    return Check(code, state, title, action if found else "", len(found), found)


def _permissions(config: Config, clients: Clients) -> list[Check]:
    missing = clients.hibob.check(config.fields)
    invisible = [name for name in missing if "leavers_invisible" in name]
    others = [name for name in missing if name not in invisible]
    return [
        _line(
            "permission_missing",
            _("HiBob shows every field that is needed"),
            others,
            _("Give the service user's permission group the right to view these sections."),
        ),
        _line(
            "leavers_invisible",
            _("HiBob shows people who have left"),
            invisible,
            _("Extend “Access data for” of the permission group to former employees; without "
              "that nobody can be archived."),
        ),
    ]  # fmt: skip


def _people(directory: Directory) -> list[Check]:
    employed = [e for e in directory.everybody.values() if e.employment is Employment.EMPLOYED]
    selected = [e for e in employed if e.in_scope]
    return [
        Check("people_selected", CheckState.OK, _("People to provision"),
              count=len(directory.provisioned)),
        _line(
            "missing_field",
            _("Everybody has a first name, last name and e-mail address"),
            [f"{e.name or e.id}: {', '.join(e.missing)}" for e in selected if e.missing],
            _("Complete these people in HiBob; until then they are not provisioned."),
        ),
        _line(
            "ambiguous_match",
            _("Every e-mail address belongs to one person"),
            [f"{e.name} <{e.email}>" for e in selected if e.id in directory.rivals],
            _("Give each active person an address of their own in HiBob."),
        ),
    ]  # fmt: skip


def _sites(config: Config, clients: Clients) -> list[Check]:
    if config.sites is None:
        return []
    known = set(clients.hibob.sites().names().values())
    return [
        _line(
            "unknown_site",
            _("The selected sites exist in HiBob"),
            config.sites - known,
            _("Choose the sites again; nobody belongs to a site of this name."),
        )
    ]


def _managers(directory: Directory) -> list[Check]:
    if "line_manager" not in directory.config.details:
        return []
    people = directory.provisioned.values()
    lost = [e.name for e in people if e.manager_id and not directory.manager_of(e)]
    return [
        _line(
            "manager_cycle",
            _("Nobody reports to themselves"),
            [directory.everybody[id].name for id in directory.in_cycle],
            _("Correct “reports to” of these people in HiBob."),
        ),
        _line(
            "manager_not_available",
            _("Every line manager can be written"),
            lost,
            _("Their manager has left, is outside the selection or has no e-mail address; they "
              "are provisioned without one."),
        ),
    ]  # fmt: skip


def _companies(config: Config, directory: Directory, clients: Clients) -> list[Check]:
    if not config.companies:
        return []
    known = {row.name for row in _all(clients.travelperk.companies()) if not row.archived}
    needed = {e.company for e in directory.provisioned.values() if e.company}
    state = CheckState.OK if config.create_companies else CheckState.ATTENTION
    action = (
        _("They are created with the first sync.")
        if config.create_companies
        else _("Create them in TravelPerk under exactly these names, or switch creating on.")
    )
    title = _("The companies exist in TravelPerk")
    return [_line("unknown_company", title, needed - known, action, state)]


def _approvals(answers: HiBobTravelPerkSettings, config: Config, clients: Clients) -> list[Check]:
    if not answers.approvals.enabled:
        return []
    if not config.approval_method:
        text = _("Approval groups need the Pro plan; they rest, everything else syncs.")
        title = _("The plan includes approval groups")
        return [Check("approvals_need_pro", CheckState.ATTENTION, title, text)]
    groups = _all(clients.travelperk.approval_groups())
    return [_manual(groups), _foreign(groups)]


def _manual(groups: Sequence[ApprovalGroup]) -> Check:
    return _line(
        "manual_groups",
        _("No manual approval groups take precedence"),
        [g.name for g in groups if g.origin == MANUAL and not g.archived],
        _("Manual groups go before ours in TravelPerk. Archive them there if they should not."),
    )


def _foreign(groups: Sequence[ApprovalGroup]) -> Check:
    return _line(
        "foreign_groups",
        _("Automated approval groups that are overridden"),
        [g.name for g in groups
         if g.origin == AUTOMATED and not g.archived and not g.name.startswith("HiBob · ")],
        _("They are archived with the first sync, as was confirmed."),
    )  # fmt: skip


def _notices(confirmed: bool) -> Check:
    title = _("TravelPerk's own HiBob integration and its automatic approval processes are off")
    action = _("Switch them off in TravelPerk under Settings › Integrations, then confirm here.")
    state = CheckState.OK if confirmed else CheckState.TO_CONFIRM
    return Check("own_integration_off", state, title, "" if confirmed else action)
