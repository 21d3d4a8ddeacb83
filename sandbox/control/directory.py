"""The directory page: HiBob's people beside TravelPerk's users, and a form to edit the former."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.control import directory_html as html
from sandbox.control.html import SCRIPT, STYLE
from sandbox.control.parts import SHOWN, options, tenant_links, views
from sandbox.hibob import edit as hibob
from sandbox.hibob.state import Employee, HiBobState
from sandbox.travelperk import edit as travelperk
from sandbox.travelperk.state import Group, TravelPerkState, User
from sandbox.world import Tenant, World

SCOPES = {"all": "alle", "employed": "nur Angestellte", "nobody": "niemand"}
PLANS = {"starter": "Starter", "premium": "Premium", "pro": "Pro"}
FIELDS = {
    "first_name": "root.firstName", "surname": "root.surname", "email": "root.email",
    "phone": "work.workPhone", "start": "work.startDate", "last_day": "employee.lastDayOfWork",
    "left": "internal.terminationDate",
}  # fmt: skip
"""The form's plain inputs, by their names in the markup."""


class Directory:
    def __init__(self, world: World) -> None:
        self.world = world

    def rules(self) -> list[Rule]:
        base = "/ui/<tenant>/directory"
        return [
            Rule(base, endpoint=self.page, methods=["GET"]),
            Rule(f"{base}/tables", endpoint=self.tables, methods=["GET"]),
            Rule(f"{base}/people", endpoint=self.save, methods=["POST"]),
            Rule(f"{base}/people/<id>/delete", endpoint=self.delete, methods=["POST"]),
            Rule(f"{base}/settings", endpoint=self.settings, methods=["POST"]),
        ]

    def page(self, request: Request, tenant: str) -> Response:
        return self._page(request, self.world.tenants[tenant])

    def _page(self, request: Request, tenant: Tenant, error: str = "") -> Response:
        slug = tenant.agency.slug
        with tenant.lock:
            state = tenant.state(HiBobState)
            body = html.PAGE.format(
                style=STYLE,
                script=SCRIPT,
                name=tenant.agency.name,
                slug=slug,
                tenants=tenant_links(self.world, slug, "/directory"),
                views=views(self.world, slug, "directory"),
                filter=options({"": "Alle Standorte", **_sites(state)}, site_of(request)),
                error=Markup('<p class="error">{}</p>').format(error) if error else "",
                form=_form(state, request, keep=bool(error)),
                settings=_settings(tenant, request),
                tables=_tables(tenant, site_of(request)),
            )
        return Response(body, status=400 if error else 200, mimetype="text/html")

    def tables(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        with found.lock:
            return Response(_tables(found, site_of(request)), mimetype="text/html")

    def save(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        given = {name: value for name, value in request.form.items() if "." in name}
        try:
            with found.lock:
                _save(found.state(HiBobState), request.form.get("id", ""), given)
                _hide(found.state(HiBobState), request)
        except ValueError as problem:
            return self._page(request, found, f"Nicht gespeichert: {problem}")
        return redirect(_back(request, tenant), 303)

    def delete(self, request: Request, tenant: str, id: str) -> Response:
        found = self.world.tenants[tenant]
        with found.lock:
            hibob.delete_person(found.state(HiBobState), id)
        return redirect(_back(request, tenant), 303)

    def settings(self, request: Request, tenant: str) -> Response:
        """Whom the service user sees, and TravelPerk's plan. Raises ValueError."""
        found, scope = self.world.tenants[tenant], request.form.get("scope", "")
        if scope not in SCOPES:
            raise ValueError(f"scope is one of {', '.join(SCOPES)}")
        with found.lock:
            travelperk.set_plan(found.state(TravelPerkState), _plan(request))
            state = found.state(HiBobState)
            hibob.hide_leavers(state, hidden=scope == "employed")
            hibob.hide_everybody(state, hidden=scope == "nobody")
        return redirect(_back(request, tenant), 303)


def _plan(request: Request) -> Any:
    return request.form.get("plan", "")


def site_of(request: Request) -> str:
    """The id of the site to show; "": all."""
    return request.values.get("site", "")


def _back(request: Request, tenant: str) -> str:
    site = site_of(request)
    return f"/ui/{tenant}/directory" + (f"?{urlencode({'site': site})}" if site else "")


def _save(state: HiBobState, id: str, given: dict[str, Any]) -> None:
    if id:
        hibob.change(state, id, **given)
        return
    leave = given.pop("internal.lifecycleStatus", "employed")
    first, last, email = (given.pop(f"root.{n}", "") for n in ("firstName", "surname", "email"))
    new = hibob.hire(state, first, last, email, start=given.pop("work.startDate"), **given)
    hibob.change(state, new, **{"internal.lifecycleStatus": leave})


def _hide(state: HiBobState, request: Request) -> None:
    if id := request.form.get("id", ""):
        hibob.hide_person(state, id, hidden="hidden" in request.form)


def _items(state: HiBobState, list_name: str) -> dict[str, str]:
    return {str(item.id): item.name for item in state.items(list_name)}


def _sites(state: HiBobState) -> dict[str, str]:
    return _items(state, "site")


def _leaves(state: HiBobState) -> dict[str, str]:
    names = {**_items(state, "lifecycleStatus"), **html.LIFECYCLE}
    kinds = {id: name for id, name in names.items() if id not in hibob.OF_STATUS}
    return {"employed": "nein", **{id: n for id, n in kinds.items() if id != "employed"}}


def _form(state: HiBobState, request: Request, *, keep: bool) -> Markup:
    id, values = _form_values(state, request, keep=keep)
    people = sorted(state.employees.values(), key=lambda e: e.name)
    nobody = {"": "–"}

    def choice(list_name: str, field: str) -> Markup:
        return options({**nobody, **_items(state, list_name)}, values.get(field) or "")

    return html.FORM.format(
        slug=state.slug,
        title="Person bearbeiten" if id else "Person einstellen",
        id=id,
        site=site_of(request),
        back=_back(request, state.slug),
        sites=choice("site", "work.siteId"),
        departments=choice("department", "work.department"),
        titles=choice("title", "work.title"),
        managers=options({**nobody, **{e.id: e.name for e in people}}, values.get("work.manager")),
        leaves=options(_leaves(state), values.get("internal.lifecycleStatus")),
        hidden=Markup("checked") if id in state.user.hidden_people else "",
        **{name: values.get(field) or "" for name, field in FIELDS.items()},
    )


def _form_values(
    state: HiBobState, request: Request, *, keep: bool
) -> tuple[str, Mapping[str, Any]]:
    """The person's id ("": a new one) and the values by field."""
    if keep:
        return request.form.get("id", ""), request.form
    if "edit" not in request.args:
        return "", {"work.startDate": state.clock.today().isoformat()}
    employee = state.employees[request.args["edit"]]
    leave = employee.leave or "employed"
    return employee.id, {**employee.values, "internal.lifecycleStatus": leave}


def _settings(tenant: Tenant, request: Request) -> Markup:
    user = tenant.state(HiBobState).user
    scope = "nobody" if user.nobody else "employed" if user.employed_only else "all"
    return html.SETTINGS.format(
        slug=tenant.agency.slug,
        site=site_of(request),
        scopes=options(SCOPES, scope),
        plans=options(PLANS, tenant.state(TravelPerkState).account.plan),
    )


def _tables(tenant: Tenant, site: str) -> Markup:
    bob, perk = tenant.state(HiBobState), tenant.state(TravelPerkState)
    people = [e for e in bob.employees.values() if site in ("", str(e.get("work.siteId")))]
    people.sort(key=lambda e: (e.get("root.surname") or "", e.name))
    users = [*perk.users.values()] if not site else list(_profiles(perk, people))
    users.sort(key=lambda user: (user.last_name, user.first_name))
    groups = sorted(perk.groups.values(), key=lambda group: (group.archived, group.name))
    return html.TABLES.format(
        people_count=len(people),
        user_count=len(users),
        people=_joined(_person_row(bob, person, site) for person in people[:SHOWN]),
        users=_joined(_user_row(perk, user) for user in users[:SHOWN]),
        centers=_joined(_center_rows(perk)),
        groups=_joined(_group_row(perk, group) for group in groups[:SHOWN]),
    )


def _joined(rows: Iterable[Markup]) -> Markup:
    return Markup("").join(rows)


def _profiles(perk: TravelPerkState, people: list[Employee]) -> Iterable[User]:
    """The users with these people's ids or addresses."""
    ids = {person.id for person in people}
    mails = {(person.get("root.email") or "").lower() for person in people}
    for user in perk.users.values():
        if user.external_id in ids or user.user_name.lower() in mails:
            yield user


def _person_row(state: HiBobState, person: Employee, chosen: str) -> Markup:
    manager = state.employees.get(person.get("work.manager") or "")
    lifecycle = state.lifecycle(person)
    return html.PERSON_ROW.format(
        slug=state.slug,
        id=person.id,
        chosen=chosen,
        name=person.name,
        email=person.get("root.email") or "keine E-Mail",
        site=_label(state, "site", person.get("work.siteId")),
        department=_label(state, "department", person.get("work.department")),
        title=_label(state, "title", person.get("work.title")),
        manager=manager.name if manager else "",
        css="approved" if lifecycle == "employed" else "pending",
        status=html.LIFECYCLE.get(lifecycle) or state.label("lifecycleStatus", lifecycle),
        dates=_dates(state, person),
    )


def _label(state: HiBobState, list_name: str, id: Any) -> str:
    return "" if id is None else state.label(list_name, id)


def _dates(state: HiBobState, person: Employee) -> Markup:
    """The days that matter, and whether the service user sees the person."""
    notes = []
    if state.lifecycle(person) == "hired":
        notes.append(f"ab {_day(person.get('work.startDate'))}")
    if last := person.get("employee.lastDayOfWork") or person.get("internal.terminationDate"):
        notes.append(f"bis {_day(last)}")
    if not state.may_see(person):
        notes.append("unsichtbar")
    return Markup("<br><small>{}</small>").format(", ".join(notes)) if notes else Markup("")


def _day(given: str) -> str:
    return f"{date.fromisoformat(given):%d.%m.%Y}"


def _user_row(state: TravelPerkState, user: User) -> Markup:
    center = state.cost_centers.get(user.cost_center or 0)
    manager = state.users.get(user.manager or 0)
    return html.USER_ROW.format(
        id=user.id,
        name=user.name,
        email=user.user_name,
        company=state.companies[user.company].name,
        center=center.name if center else "",
        manager=manager.name if manager else "",
        css="approved" if user.active else "pending",
        status="aktiv" if user.active else "archiviert",
        external_id=user.external_id or "",
    )


def _center_rows(state: TravelPerkState) -> Iterable[Markup]:
    for center in state.cost_centers.values():
        count, note = len(state.members(center)), "archiviert" if center.archived else ""
        yield html.CENTER_ROW.format(kind="Kostenstelle", name=center.name, count=count, note=note)
    for company in state.companies.values():
        count = sum(user.company == company.id for user in state.users.values())
        note = "Standard" if company.is_default else "archiviert" if company.archived else ""
        yield html.CENTER_ROW.format(kind="Firma", name=company.name, count=count, note=note)


def _group_row(state: TravelPerkState, group: Group) -> Markup:
    approver = state.users.get(group.approver_id or 0)
    return html.GROUP_ROW.format(
        name=group.name,
        origin=html.ORIGINS[group.origin],
        method=html.METHODS[group.method],
        approver=approver.name if approver else "",
        count=len(group.user_ids),
        note="archiviert" if group.archived else "",
    )
