"""The demo page: Personio's absences beside helloHQ's, and a form to edit the former."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup, escape
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.control import html
from sandbox.control.parts import SHOWN, options, tenant_links, views
from sandbox.hellohq.state import HqState
from sandbox.hellohq.tables import HOURLY
from sandbox.odata.model import Row
from sandbox.personio import edit
from sandbox.personio.state import Absence, Employee, PersonioState
from sandbox.world import Tenant, World


class Pages:
    def __init__(self, world: World) -> None:
        self.world = world

    def rules(self) -> list[Rule]:
        return [
            Rule("/", endpoint=self.home, methods=["GET"]),
            Rule("/ui/<tenant>", endpoint=self.page, methods=["GET"]),
            Rule("/ui/<tenant>/tables", endpoint=self.tables, methods=["GET"]),
            Rule("/ui/<tenant>/absences", endpoint=self.save, methods=["POST"]),
            Rule("/ui/<tenant>/absences/<id>/<action>", endpoint=self.act, methods=["POST"]),
        ]

    def home(self, request: Request) -> Response:
        return redirect(f"/ui/{next(iter(self.world.tenants))}")

    def page(self, request: Request, tenant: str) -> Response:
        return self._page(request, self.world.tenants[tenant], "")

    def _page(self, request: Request, tenant: Tenant, error: str, status: int = 200) -> Response:
        with tenant.lock:
            body = html.PAGE.format(
                style=html.STYLE,
                script=html.SCRIPT,
                name=tenant.agency.name,
                slug=tenant.agency.slug,
                tenants=tenant_links(self.world, tenant.agency.slug),
                views=views(self.world, tenant.agency.slug, ""),
                error=Markup('<p class="error">{}</p>').format(error) if error else "",
                filter=_person_filter(tenant, person_of(request)),
                form=_form(tenant, request, keep=bool(error)),
                tables=_tables(tenant, person_of(request)),
            )
        return Response(body, status=status, mimetype="text/html")

    def tables(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        with found.lock:
            return Response(_tables(found, person_of(request)), mimetype="text/html")

    def save(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        halves = ("half_start", "half_end")
        given: dict[str, Any] = {
            n: v for n, v in request.form.items() if n not in ("id", "person", *halves)
        }
        given |= {name: name in request.form for name in halves}
        state = found.state(PersonioState)
        try:
            with found.lock:
                _save(state, request.form.get("id", ""), given)
        except ValueError as problem:
            return self._page(request, found, f"Nicht gespeichert: {problem}", 400)
        return redirect(_back(request, tenant), 303)

    def act(self, request: Request, tenant: str, id: str, action: str) -> Response:
        """approve, or delete (which is also what rejecting means)."""
        found = self.world.tenants[tenant]
        state = found.state(PersonioState)
        with found.lock:
            if action == "approve":
                edit.update_absence(state, id, {"status": "APPROVED"})
            elif action == "delete":
                edit.delete_absence(state, id)
            else:
                raise KeyError(action)
        return redirect(_back(request, tenant), 303)


def person_of(request: Request) -> int:
    """The Personio id of the person to show; 0: all."""
    given = request.values.get("person", "")
    return int(given) if given.isdecimal() else 0


def _back(request: Request, tenant: str) -> str:
    person = person_of(request)
    return f"/ui/{tenant}" + (f"?{urlencode({'person': person})}" if person else "")


def _save(state: PersonioState, id: str, given: dict[str, Any]) -> None:
    """Hours come as a beginning (HH:MM) and a number of minutes."""
    begin = given.pop("begin", "") or "00:00"
    hourly = _is_hourly(state, str(given.get("type_id", "")))
    clock = datetime.strptime(begin, "%H:%M")
    given["minute"] = clock.hour * 60 + clock.minute if hourly else 0
    given["minutes"] = (given.get("minutes") or 60) if hourly else 0
    if hourly:
        given["last"] = given["first"]
    if id:
        edit.update_absence(state, id, given)
    else:
        edit.create_absence(state, given)


def _is_hourly(state: PersonioState, type_id: str) -> bool:
    kind = state.types.get(int(type_id)) if type_id.isdecimal() else None
    return kind is not None and kind.unit == "hour"


def _people(tenant: Tenant) -> dict[Any, str]:
    people = tenant.state(PersonioState).employees.values()
    return {p.id: p.name for p in sorted(people, key=lambda p: (p.last_name, p.first_name))}


def _person_filter(tenant: Tenant, person: int) -> Markup:
    return options({"": "Alle Personen", **_people(tenant)}, person or "")


def _form(tenant: Tenant, request: Request, *, keep: bool) -> Markup:
    state = tenant.state(PersonioState)
    values = _form_values(state, request, keep=keep)
    types = {kind.id: kind.name for kind in state.types.values()}
    statuses = dict(html.STATUSES)
    if values["status"] and values["status"] not in statuses:
        statuses[values["status"]] = values["status"]
    return html.FORM.format(
        slug=tenant.agency.slug,
        title="Abwesenheit bearbeiten" if values["id"] else "Neue Abwesenheit",
        person=person_of(request) or "",
        back=_back(request, tenant.agency.slug),
        people=options(_people(tenant), values["employee_id"]),
        types=options(types, values["type_id"]),
        statuses=options(statuses, values["status"]),
        half_start=Markup("checked") if values["half_start"] else "",
        half_end=Markup("checked") if values["half_end"] else "",
        **{name: values[name] for name in ("id", "first", "last", "begin", "minutes", "comment")},
    )


def _form_values(state: PersonioState, request: Request, *, keep: bool) -> dict[str, Any]:
    today = state.clock.today().isoformat()
    blank = {
        "id": "", "employee_id": person_of(request), "type_id": "", "status": "APPROVED",
        "first": today, "last": today, "half_start": False, "half_end": False,
        "begin": "09:00", "minutes": 60, "comment": "",
    }  # fmt: skip
    if keep:
        return {**blank, "half_start": False, "half_end": False, **request.form.to_dict()}
    if "edit" not in request.args:
        return blank
    absence = edit.find_absence(state, request.args["edit"])
    return {
        **blank,
        **edit.as_json(absence),
        "last": absence.last.isoformat() if absence.last else "",
        "begin": f"{absence.minute // 60:02}:{absence.minute % 60:02}",
        "minutes": absence.minutes or 60,
    }


def _tables(tenant: Tenant, person: int) -> Markup:
    state, hq = tenant.state(PersonioState), tenant.state(HqState)
    absences = [a for a in state.absences.values() if person in (0, a.employee_id)]
    absences.sort(key=lambda a: a.first, reverse=True)
    users = _users_of(hq, state.employees.values() if not person else [state.employees[person]])
    rows = [row for row in hq.absences if row["UserId"] in users]
    rows.sort(key=lambda row: _day(row["Start"]), reverse=True)
    return html.TABLES.format(
        personio_count=len(absences),
        hq_count=len(rows),
        personio=Markup("").join(_personio_row(state, a, person) for a in absences[:SHOWN]),
        hq=Markup("").join(_hq_row(users, row) for row in rows[:SHOWN]),
    )


def _users_of(hq: HqState, people: Any) -> dict[int, Row]:
    """HQ's users with the addresses of these people."""
    emails = {person.email.strip().lower() for person in people}
    return {row["Id"]: row for row in hq.users if row["EMailWork"].strip().lower() in emails}


def _personio_row(state: PersonioState, absence: Absence, person: int) -> Markup:
    employee: Employee = state.employees[absence.employee_id]
    approve = html.APPROVE if absence.status == "PENDING" else ""
    return html.PERSONIO_ROW.format(
        slug=state.slug,
        id=absence.id_v2,
        person=person or "",
        name=employee.name,
        kind=state.type_of(absence).name,
        days=_days(absence),
        status=html.STATUSES.get(absence.status, absence.status),
        css=absence.status.lower(),
        approve=approve.format(slug=state.slug, id=absence.id_v2, person=person or "")
        if approve
        else "",
    )


def _days(absence: Absence) -> str:
    if absence.minutes:
        return f"{absence.starts_at():%d.%m.%Y %H:%M}, {absence.minutes / 60:g} Std."
    first = f"{absence.first:%d.%m.%Y}"
    if absence.first == absence.last:
        half = ", nachmittags" if absence.half_start else ", vormittags"
        return first + (half if absence.half_start or absence.half_end else "")
    last = f"{absence.last:%d.%m.%Y}" if absence.last else "offen"
    noon_start = " mittags" if absence.half_start else ""
    noon_end = " mittags" if absence.half_end else ""
    return f"{first}{noon_start} – {last}{noon_end}"


def _hq_row(users: dict[int, Row], row: Row) -> Markup:
    user = users[row["UserId"]]
    return html.HQ_ROW.format(
        id=row["Id"],
        name=f"{user.get('FirstName') or ''} {user.get('LastName') or ''}",
        kind=row["Type"],
        days=_hq_days(row),
        missed=f"{row['MissedDays']:g}".replace(".", ","),
        note=escape(row["Note"]),
        author="Sync" if row["CreatedBy"] == 1 else "von Hand",
    )


def _day(moment: datetime) -> date:
    return moment.date()


def _hq_days(row: Row) -> str:
    start, end = row["Start"], row["End"]
    if row["Type"] in HOURLY:
        return f"{start:%d.%m.%Y %H:%M} – {end:%d.%m. %H:%M} UTC"
    last = end - timedelta(microseconds=1)
    noon_start = " 12 Uhr" if start.hour else ""
    noon_end = " 12 Uhr" if end.hour else ""
    if start.date() == last.date() and not noon_start and not noon_end:
        return f"{start:%d.%m.%Y}"
    return f"{start:%d.%m.%Y}{noon_start} – {last:%d.%m.%Y}{noon_end}"
