"""The projects page: a plan in helloHQ beside the one in awork, with forms to edit both."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.awork import edit as awork_edit
from sandbox.awork.state import AworkState
from sandbox.awork.times import start_of
from sandbox.clock import BERLIN
from sandbox.control import plans_html as html
from sandbox.control.html import SCRIPT, STYLE
from sandbox.control.parts import SHOWN, options, tenant_links, views
from sandbox.control.plan_sides import AworkSide, HqSide, Line
from sandbox.hellohq import edit_plan as hq_edit
from sandbox.hellohq.state import HqState
from sandbox.odata.model import Row
from sandbox.world import Tenant, World


class Plans:
    def __init__(self, world: World) -> None:
        self.world = world

    def rules(self) -> list[Rule]:
        base = "/ui/<tenant>/plan"
        return [
            Rule(base, endpoint=self.page, methods=["GET"]),
            Rule(f"{base}/tables", endpoint=self.tables, methods=["GET"]),
            Rule(f"{base}/tasks", endpoint=self.save_task, methods=["POST"]),
            Rule(f"{base}/times", endpoint=self.save_time, methods=["POST"]),
            Rule(f"{base}/<side>/<id>/<action>", endpoint=self.act, methods=["POST"]),
        ]

    def page(self, request: Request, tenant: str) -> Response:
        return self._page(request, self.world.tenants[tenant])

    def _page(self, request: Request, tenant: Tenant, error: str = "") -> Response:
        slug = tenant.agency.slug
        with tenant.lock:
            view = View(tenant, request)
            body = html.PAGE.format(
                style=STYLE,
                script=SCRIPT,
                name=tenant.agency.name,
                slug=slug,
                tenants=tenant_links(self.world, slug, "/plan"),
                views=views(self.world, slug, "plan"),
                filter=options(view.projects(), view.key),
                error=Markup('<p class="error">{}</p>').format(error) if error else "",
                forms=view.forms(keep=bool(error)),
                tables=view.tables(),
            )
        return Response(body, status=400 if error else 200, mimetype="text/html")

    def tables(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        with found.lock:
            return Response(View(found, request).tables(), mimetype="text/html")

    def save_task(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        try:
            with found.lock:
                view = View(found, request)
                side = view.sides[request.form["side"]]
                known = {line.id: line for line in side.lines()}
                id = request.form.get("id", "")
                side.save(known[id] if id else None, _line(request))
        except ValueError as problem:
            return self._page(request, found, f"Nicht gespeichert: {problem}")
        return redirect(_back(request, tenant), 303)

    def save_time(self, request: Request, tenant: str) -> Response:
        found = self.world.tenants[tenant]
        try:
            with found.lock:
                _save_time(View(found, request), request)
        except ValueError as problem:
            return self._page(request, found, f"Nicht gespeichert: {problem}")
        return redirect(_back(request, tenant), 303)

    def act(self, request: Request, tenant: str, side: str, id: str, action: str) -> Response:
        """close, open or delete a task; delete a time or reporting; stop a timer."""
        found = self.world.tenants[tenant]
        try:
            with found.lock:
                _act(View(found, request), side, id, action)
        except ValueError as problem:
            return self._page(request, found, f"Nicht möglich: {problem}")
        return redirect(_back(request, tenant), 303)


def _back(request: Request, tenant: str) -> str:
    project = request.values.get("project", "")
    return f"/ui/{tenant}/plan?{urlencode({'project': project})}"


def _act(view: View, side: str, id: str, action: str) -> None:
    if side == "times":
        (awork_edit.stop_timer if action == "stop" else awork_edit.delete_time)(view.awork, id)
    elif side == "reportings":
        hq_edit.delete_reporting(view.hq, id)
    elif action == "delete":
        view.sides[side].delete(id)
    else:
        view.sides[side].close(id, action == "close")


def _line(request: Request) -> Line:
    form = request.form
    first, last = (date.fromisoformat(form[n]) if form[n] else None for n in ("first", "last"))
    return Line(
        form.get("id", ""), form["name"], 0, form["place"], form["kind"], form["status"], first,
        last, float(form["hours"]) if form["hours"] else None,
        dict.fromkeys(form.getlist("people"), 0.0),
    )  # fmt: skip


def _save_time(view: View, request: Request) -> None:
    form = request.form
    given: dict[str, Any] = {"userId": form["user"], "note": form.get("note") or None,
                             "isBillable": "billable" in form}  # fmt: skip
    project = view.sides["awork"].project
    if form.get("task"):
        given["taskId"] = form["task"]
    elif project:
        given["projectId"] = project["id"]
    if form.get("timer"):
        awork_edit.start_timer(view.awork, given)
        return
    start = datetime.combine(date.fromisoformat(form["day"]), time.fromisoformat(form["begin"]))
    given |= {"startDateLocal": start.isoformat(), "duration": 60 * int(form["minutes"])}
    if form.get("id"):
        given.setdefault("taskId", None)
        awork_edit.update_time(view.awork, form["id"], given)
    else:
        awork_edit.create_time(view.awork, given)


class View:
    """What a request wants to see. `project` is an id of helloHQ's, or of awork's for a project
    that only awork has."""

    def __init__(self, tenant: Tenant, request: Request) -> None:
        self.slug = tenant.agency.slug
        self.request = request
        self.hq, self.awork = tenant.state(HqState), tenant.state(AworkState)
        self.today = self.hq.clock.today()
        wanted = request.values.get("project", "")
        self.key = wanted if wanted in self.projects() else next(iter(self.projects()), "")
        hq = self.hq.tables["Projects"].get(int(self.key)) if self.key.isdecimal() else None
        awork = self._twin(hq) if hq else self.awork.projects.get(self.key)
        self.sides: dict[str, HqSide | AworkSide] = {
            "hellohq": HqSide(self.hq, hq), "awork": AworkSide(self.awork, awork)
        }  # fmt: skip

    def _twin(self, hq: Row) -> Row | None:
        """By awork's id in helloHQ, else by name."""
        linked = self.awork.projects.get(hq["AworkSyncId"])
        names = (hq["Name"], f"{hq['Number']} {hq['Name']}")
        return linked or next((p for p in self.awork.projects if p["name"] in names), None)

    def projects(self) -> dict[str, str]:
        rows = list(self.hq.tables["Projects"])
        both = {str(row["Id"]): f"{row['Number']} {row['Name']}" for row in rows}
        twins = [self._twin(row) for row in rows]
        known = {twin["id"] for twin in twins if twin}
        alone = (p for p in self.awork.projects if p["id"] not in known)
        return both | {p["id"]: f"{p['name']} (nur awork)" for p in alone}

    # -- forms

    def forms(self, *, keep: bool) -> Markup:
        """For a new task on each side and a new time; or for what is being edited."""
        kind, _, id = self.request.args.get("edit", "").partition(" ")
        forms = [
            self._task_form(side, id if kind == side.name else "", keep=keep)
            for side in self.sides.values()
            if side.project and kind in ("", side.name)
        ]
        if self.sides["awork"].project and kind in ("", "time"):
            forms.append(self._time_form(id, keep=keep))
        return Markup("").join(forms)

    def _task_form(self, side: HqSide | AworkSide, id: str, *, keep: bool) -> Markup:
        known = {line.id: line for line in side.lines()}
        line = known[id] if id else Line("", "", 2)
        form = self.request.form
        if keep and form.get("side") == side.name:
            line = _line(self.request)
        people = side.people()
        return html.TASK_FORM.format(
            open=Markup("open") if line.name else "",
            title=f"{'Aufgabe ändern' if line.id else 'Neue Aufgabe'} in {side.label}",
            slug=self.slug, side=side.name, id=line.id, project=self.key, name=line.name,
            places=options(side.places(), line.place), kinds=options(side.kinds(), line.kind),
            statuses=options(side.statuses(), line.status), first=line.first or "",
            last=line.last or "", hours="" if line.hours is None else f"{line.hours:g}",
            people=Markup("").join(
                options({user: name}, user if user in line.shares else None)
                for user, name in people.items()
            ),
            back=_back(self.request, self.slug),
        )  # fmt: skip

    def _time_form(self, id: str, *, keep: bool) -> Markup:
        side = self.sides["awork"]
        row = self.awork.times.get(id) or {}
        start = start_of(row).astimezone(BERLIN) if row else None
        tasks = {line.id: line.name for line in side.lines() if not line.is_list}
        values: dict[str, Any] = {
            "id": id, "user": row.get("userId"), "task": row.get("taskId"),
            "day": start.date() if start else self.today, "begin": f"{start or time(9):%H:%M}",
            "minutes": row.get("duration", 3600) // 60 or 60, "note": row.get("note") or "",
        }  # fmt: skip
        if keep and "user" in self.request.form:
            values |= self.request.form.to_dict()
        return html.TIME_FORM.format(
            open=Markup("open") if id or (keep and "user" in self.request.form) else "",
            title="Zeit in awork ändern" if id else "Neue Zeit in awork",
            slug=self.slug, project=self.key, back=_back(self.request, self.slug),
            people=options(side.people(), values["user"]),
            tasks=options({"": "(ohne Aufgabe)", **tasks}, values["task"]),
            billable=Markup("checked") if row.get("isBillable", True) else "",
            **{name: values[name] for name in ("id", "day", "begin", "minutes", "note")},
        )  # fmt: skip

    # -- tables

    def tables(self) -> Markup:
        hq, awork = self.sides["hellohq"], self.sides["awork"]
        times, reportings = self._times(), self._reportings()
        counts = {side.name: side.lines() for side in (hq, awork)}
        return html.TABLES.format(
            head=html.HEAD,
            hq_count=len(counts["hellohq"]),
            hq_note="" if hq.project else "– das Projekt gibt es hier nicht",
            awork_count=len(counts["awork"]),
            awork_note="" if awork.project else "– das Projekt gibt es hier nicht",
            hq=self._rows(hq, counts["hellohq"]),
            awork=self._rows(awork, counts["awork"]),
            time_count=len(times),
            times=Markup("").join(map(self._time_row, times[:SHOWN])),
            reporting_count=len(reportings),
            reportings=Markup("").join(map(self._reporting_row, reportings[:SHOWN])),
        )

    def _rows(self, side: HqSide | AworkSide, lines: list[Line]) -> Markup:
        kinds, statuses, people = side.kinds(), side.statuses(), side.people()
        shown = []
        for line in lines[:SHOWN]:
            days = (f"{day:%d.%m.}" if day else "?" for day in (line.first, line.last))
            shares = (f"{people.get(u, '?')} ({h:g})" for u, h in line.shares.items())
            shown.append(html.ROW.format(
                css=f"{'phase' if line.level == 1 else ''} {'done' if line.done else ''}",
                level=min(line.level, 4), name=line.name, kind=kinds.get(line.kind, ""),
                status=str(statuses.get(line.status, "")).rpartition(": ")[2],
                span=" – ".join(days) if line.first or line.last else "",
                hours="" if line.hours is None or line.is_list else f"{line.hours:g}",
                people=", ".join(shares), actions=self._actions(side, line),
            ))  # fmt: skip
        return Markup("").join(shown)

    def _actions(self, side: HqSide | AworkSide, line: Line) -> Markup:
        delete = self._act(side.name, line.id, "delete", "Löschen", "danger")
        if line.is_list:
            return delete
        toggle = ("open", "Öffnen") if line.done else ("close", "Erledigt")
        edit = html.EDIT.format(slug=self.slug, project=self.key, key=f"{side.name}+{line.id}")
        return edit + self._act(side.name, line.id, *toggle) + delete

    def _act(self, side: str, id: Any, action: str, label: str, css: str = "") -> Markup:
        return html.ACT.format(
            slug=self.slug, side=side, id=id, action=action, project=self.key, label=label, css=css
        )

    def _times(self) -> list[Row]:
        project = self.sides["awork"].project
        rows = self.awork.times.where("projectId", project["id"]) if project else []
        return sorted(rows, key=start_of, reverse=True)

    def _time_row(self, row: Row) -> Markup:
        running = row["duration"] == 0
        task = self.awork.tasks.get(row["taskId"])
        user = self.awork.users.get(row["userId"])
        flags = [] if row["isBillable"] else ["nicht abrechenbar"]
        actions = self._act("times", row["id"], "delete", "Löschen", "danger")
        if running:
            actions = self._act("times", row["id"], "stop", "Stoppen") + actions
        edit = html.EDIT.format(slug=self.slug, project=self.key, key=f"time+{row['id']}")
        return html.TIME_ROW.format(
            day=f"{start_of(row).astimezone(BERLIN):%d.%m. %H:%M}",
            name=user["firstName"] if user else "?", task=task["name"] if task else "–",
            length="läuft" if running else f"{row['duration'] // 60} Min.",
            note=row.get("note") or "", flags=", ".join(flags), actions=edit + actions,
        )  # fmt: skip

    def _reportings(self) -> list[Row]:
        project = self.sides["hellohq"].project
        table = self.hq.tables["UserReportings"]
        rows = table.where("ProjectId", project["Id"]) if project else []
        return sorted(rows, key=lambda row: row["StartOn"], reverse=True)

    def _reporting_row(self, row: Row) -> Markup:
        task = self.hq.tables["ProjectTasks"].get(row["TaskId"])
        user = self.hq.users.get(row["UserId"])
        return html.TIME_ROW.format(
            day=f"{row['StartOn'].astimezone(BERLIN):%d.%m. %H:%M}",
            name=user["FirstName"] if user else "?", task=task["Name"] if task else "–",
            length=f"{row['Duration'] // 60} Min.", note=row.get("Note") or "",
            flags="angenommen" if row["IsApproved"] else "",
            actions=self._act("reportings", row["Id"], "delete", "Löschen", "danger"),
        )  # fmt: skip
