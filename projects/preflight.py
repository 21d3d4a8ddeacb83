"""The checklist of hellohq-awork (G3, A9). Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.clients import Clients
from integrations.kinds import Check, CheckState
from integrations.models import Integration
from integrations.remote import BadAnswer, EndpointNotFound, Forbidden, NotFound
from integrations.vendors.awork.client import CORE
from integrations.vendors.awork.records import User as Account
from integrations.vendors.hellohq.project_records import Project, TaskType
from integrations.vendors.hellohq.records import User
from projects.config import Config
from projects.hq_plan import hq_plan
from projects.lexicon import Lexicon
from projects.overview import People, Scene, compare_people, read, records
from projects.store import config_of
from projects.words import folded

MOST_NAMES = 20
CLOSED_PROJECTS_RULE = "prevent-on-done-projects"


def preflight(integration: Integration, clients: Clients) -> Sequence[Check]:
    """All lines beyond the connection tests. Raises RemoteErrors."""
    config = config_of(integration)
    permissions = _permissions(config, clients)
    if any(check.state == CheckState.FAILED for check in permissions):
        return permissions
    scene = read(integration, config, clients)
    checks = [*permissions, *_people(scene), *_projects(scene)]
    if config.answers.tasks_and_time_entries:
        checks += [*_types(scene), *_statuses(scene), *_plans(scene, clients)]
    return [*checks, *_notices(integration, config, clients), *_unreadable(scene)]


def _line(
    code: str, title: str, names: Iterable[str], action: str, bad: CheckState = CheckState.ATTENTION
) -> Check:
    """A line that is fine when it names nobody and nothing."""
    found = sorted(names)
    state = bad if found else CheckState.OK
    return Check(code, state, title, action if found else "", len(found), found[:MOST_NAMES])


def _counted(found: Counter[str]) -> list[str]:
    return [f"{name} ({number})" for name, number in found.items()]


# -- permissions ------------------------------------------------------------------------------


def _permissions(config: Config, clients: Clients) -> list[Check]:
    areas = [*CORE, *(["absences"] if config.answers.absences else [])]
    checks = [
        _line(
            "hellohq_permissions",
            _("helloHQ shows every list that is needed"),
            clients.hellohq.check_projects(),
            _("Give the token's user the right to read these, or use a token of a sync user."),
            CheckState.FAILED,
        ),
        _line(
            "awork_permissions",
            _("awork shows every list that is needed"),
            clients.awork.check(areas),
            _("Give the API key the right to these; absences need a plan that includes them."),
            CheckState.FAILED,
        ),
    ]
    return [*checks, *_webhooks(clients)]


def _webhooks(clients: Clients) -> list[Check]:
    if not settings.PUBLIC_URL:
        return []
    missing = clients.awork.check(["webhooks"])
    title = _("awork may tell us of changes at once")
    action = _("Allow the API key to manage webhooks; until then awork is asked again and again.")
    return [_line("webhooks", title, missing, action)]


# -- people -----------------------------------------------------------------------------------


def _people(scene: Scene) -> list[Check]:
    people = compare_people(scene.users, scene.accounts)
    only = [one.name for one in people.only_awork]
    return [
        _matched(people),
        _line(
            "people_unmatched",
            _("People in helloHQ without an active awork user of that e-mail address"),
            [f"{one.name} <{one.email}>" for one in people.unmatched],
            _("Enter the same e-mail address in awork, or ignore them: their assignments stay in "
              "helloHQ."),
        ),
        _line(
            "people_ambiguous",
            _("E-mail addresses of several people"),
            [f"{found[0].email}: {_names(found)} (helloHQ) – {_names(candidates)} (awork)"
             for found, candidates in people.ambiguous],
            _("Leave the address with one active person in each system; until then they are "
              "skipped."),
        ),
        _line(
            "people_only_awork",
            _("awork users without a person in helloHQ (their times are not transferred)"),
            only,
            "",
            CheckState.OK,
        ),
    ]  # fmt: skip


def _names(people: Iterable[User | Account]) -> str:
    return ", ".join(one.name for one in people)


def _matched(people: People) -> Check:
    names = [f"{user.name} <{user.email}> – {account.name}" for user, account in people.matched]
    state = CheckState.OK if names else CheckState.ATTENTION
    action = "" if names else _("Enter the same e-mail addresses in both systems.")
    title = _("People matched by e-mail address")
    return Check("people_matched", state, title, action, len(names), sorted(names)[:MOST_NAMES])


# -- projects ---------------------------------------------------------------------------------


def _projects(scene: Scene) -> list[Check]:
    names = sorted(f"{one.number} {one.name}".strip() for one in scene.participating)
    state = CheckState.OK if names else CheckState.ATTENTION
    action = "" if names else _("Set a helloHQ project to a running status, or widen the choice.")
    title = _("Projects that take part")
    return [
        Check("projects", state, title, action, len(names), names[:MOST_NAMES]),
        *_templates(scene),
        _line(
            "multi_assignment_off",
            _("awork allows several people per task"),
            [one.name for one in scene.partners if not one.is_multi_assignment_allowed],
            _("Switch on multiple assignments in awork; until then one person per task is "
              "transferred to these projects."),
        ),
    ]  # fmt: skip


def _templates(scene: Scene) -> list[Check]:
    waiting = scene.waiting
    named = Counter(name for one in waiting if (name := scene.template_name(one)))
    return [
        _line(
            "templates_missing",
            _("awork has the templates of the projects"),
            _counted(named),
            _("Create awork project templates of exactly these names; the projects follow then."),
        ),
        _line(
            "projects_without_template",
            _("Projects are made from a template"),
            [f"{p.number} {p.name}".strip() for p in waiting if not scene.template_name(p)],
            _("Choose a template for these projects in helloHQ; until then they stay out."),
        ),
    ]


# -- types and statuses -----------------------------------------------------------------------


def _types(scene: Scene) -> list[Check]:
    lexicon = scene.lexicon
    current = [one for one in lexicon.activities.values() if not one.is_archived]
    return [
        _line(
            "unmapped_types",
            _("Task types have an activity in awork"),
            [one.name for one in lexicon.types.values() if not lexicon.activity_of(one.id)],
            _("Create activities of these names in awork, or assign them on the mapping page."),
        ),
        _line(
            "unmapped_activities",
            _("Activities of awork have a task type in helloHQ"),
            [one.name for one in current if not lexicon.types_of(one.id)],
            _("Create task types of these names in helloHQ, or assign them on the mapping page."),
        ),
    ]


def _statuses(scene: Scene) -> list[Check]:
    action = _("Create statuses of these names there, or assign them on the mapping page.")
    checks = [
        _line(
            "unmapped_awork_statuses",
            _("Statuses of awork have a status of the task type in helloHQ"),
            _unknown_to_hellohq(scene.lexicon),
            action,
        )
    ]
    if not scene.config.one_way:
        title = _("Statuses of helloHQ's task types exist in awork's projects")
        names = _counted(_unknown_to_awork(scene.lexicon))
        checks.insert(0, _line("unmapped_statuses", title, names, action))
    return checks


def _mapped_types(lexicon: Lexicon) -> list[TaskType]:
    """Types that awork has; of the others the type itself is reported."""
    return [one for one in lexicon.types.values() if lexicon.activity_of(one.id)]


def _unknown_to_awork(lexicon: Lexicon) -> Counter[str]:
    """ "type: status" → in how many awork projects it is missing."""
    return Counter(
        f"{type_.name}: {status.name}"
        for project in lexicon.statuses
        for known in [lexicon.awork_names(project)]
        for type_ in _mapped_types(lexicon)
        for status in type_.statuses
        if lexicon.status_name(type_.id, status.id) not in known
    )


def _unknown_to_hellohq(lexicon: Lexicon) -> list[str]:
    """The status, with the types that lack it unless all do."""
    types = _mapped_types(lexicon)
    names = {folded(s.name): s.name for found in lexicon.statuses.values() for s in found}
    lacking = {
        name: [one.name for one in types if not lexicon.statuses_named(one.id, key)]
        for key, name in names.items()
    }
    return [
        name if len(found) == len(types) else f"{name} ({', '.join(found)})"
        for name, found in lacking.items()
        if found
    ]


# -- plans ------------------------------------------------------------------------------------


def _plans(scene: Scene, clients: Clients) -> list[Check]:
    wanted = scene.config.answers.administration_task_name

    def has_place(project: Project) -> bool:
        tasks = records(clients.hellohq.tasks.of_project(project.id), "helloHQ", scene)
        return bool(hq_plan(list(tasks), wanted).administration)

    missing = [
        f"{one.number} {one.name}".strip() for one in scene.participating if not has_place(one)
    ]
    return [
        _line(
            "no_administration_task",
            _("Projects have an administration task for times without a task"),
            missing,
            _("Create the task “%(name)s” in these helloHQ projects.") % {"name": wanted},
        )
    ]


# -- settings of the vendors (A9) -------------------------------------------------------------


def _notices(integration: Integration, config: Config, clients: Clients) -> list[Check]:
    confirmed = integration.notices_confirmed
    title = _("helloHQ's own awork integration is off")
    action = _("Switch it off in helloHQ, else everything is transferred twice; confirm it here.")
    checks = [_notice("own_integration_off", title, action, confirmed)]
    if config.answers.tasks_and_time_entries:
        checks += [
            _closed_projects(clients, confirmed),
            _closed_tasks(confirmed),
            _auto_accepted(config, confirmed),
        ]
    return checks


def _notice(code: str, title: str, action: str, confirmed: bool) -> Check:
    state = CheckState.OK if confirmed else CheckState.TO_CONFIRM
    return Check(code, state, title, "" if confirmed else action)


def _closed_projects(clients: Clients, confirmed: bool) -> Check:
    code, title = "closed_projects", _("awork takes no times on closed projects")
    action = _("Switch on “Keine Reportings auf geschlossene Projekte” in awork.")
    enabled = _forbids_closed_projects(clients)
    if enabled is None:
        return _notice(code, title, action, confirmed)
    state = CheckState.OK if enabled else CheckState.ATTENTION
    return Check(code, state, title, "" if enabled else action)


def _forbids_closed_projects(clients: Clients) -> bool | None:
    """None where awork does not say."""
    try:
        rules = clients.awork.times.settings()
    except (Forbidden, NotFound, EndpointNotFound, BadAnswer):
        return None
    return next((one.enabled for one in rules if one.type == CLOSED_PROJECTS_RULE), None)


def _closed_tasks(confirmed: bool) -> Check:
    title = _("helloHQ takes times on closed tasks")
    action = _("Switch off “Reporting auf geschlossene Aufgaben unterbinden” in helloHQ, and "
               "confirm it here.")  # fmt: skip
    return _notice("closed_tasks", title, action, confirmed)


def _auto_accepted(config: Config, confirmed: bool) -> Check:
    if config.answers.reportings_auto_accepted:
        title = _("“Reportings automatisch angenommen” is on in helloHQ, as was answered")
        action = _("Switch it on in helloHQ and confirm it here, or change the answer: as long as "
                   "it is on, awork's billable flag is not transferred.")  # fmt: skip
    else:
        title = _("“Reportings automatisch angenommen” is off in helloHQ, as was answered")
        action = _("Switch it off in helloHQ and confirm it here, or change the answer: only "
                   "when it is off, awork's billable flag is transferred.")  # fmt: skip
    return _notice("auto_accepted", title, action, confirmed)


def _unreadable(scene: Scene) -> list[Check]:
    title = _("Records that could not be read")
    action = _("Correct the record in its system; until then it is left out.")
    names = scene.unreadable
    return [_line("unreadable_records", title, names, action)] if names else []
