"""What people do in helloHQ, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sandbox.hellohq import edit as office
from sandbox.hellohq import edit_plan as hq
from sandbox.hellohq import plan
from sandbox.hellohq.projects import set_field
from sandbox.hellohq.state import OFFICE_MANAGER
from sandbox.odata.model import Row
from sandbox.projects import CLIENTS
from tests.projects.ground import ANNA, MACHINE, Ground, folded, moment_of, utc, with_hours


class HelloHq(Ground):
    """Ids are numbers."""

    # -- helloHQ: projects -----------------------------------------------------------------------

    def hq_id(self, table: str, name: str) -> int:
        """The id of what has a name in one of helloHQ's lists."""
        return next(
            int(r["Id"]) for r in self.hq.tables[table] if folded(r["Name"]) == folded(name)
        )

    def hq_project(
        self, name: str, number: str = "", *, template: str = "Website", client: str = CLIENTS[0],
        first: str = "2026-06-01", last: str | None = "2026-09-30", status: str = "In Umsetzung",
        **more: Any,
    ) -> int:  # fmt: skip
        """With the template's phases and tasks."""
        given = {
            "Name": name, "Number": number or None, "StartDate": first, "EndDate": last,
            "ProjectTemplateId": self.hq_id("ProjectTemplates", template),
            "ProjectStatusId": self.hq_id("ProjectStatuses", status),
        }  # fmt: skip
        found = self.hq.tables["ProjectTemplates"].get(given["ProjectTemplateId"])
        if found is not None and found["IsInternal"]:
            given["ResponsibleUserId"] = self.user(ANNA)
        else:
            given["CompanyId"] = self.hq_id("Companies", client)
        made = int(hq.create_project(self.hq, given)["Id"])
        if more:
            self.hq_edit_project(made, **more)
        return made

    def hq_edit_project(self, id: int, **given: Any) -> None:
        """In the API's names; `status` and `client` by name."""
        if "status" in given:
            given["ProjectStatusId"] = self.hq_id("ProjectStatuses", given.pop("status"))
        if "client" in given:
            given["CompanyId"] = self.hq_id("Companies", given.pop("client"))
        hq.update_project(self.hq, str(id), given)

    def hq_close_project(self, id: int) -> None:
        self.hq_edit_project(id, status="Abgeschlossen")

    def hq_delete_project(self, id: int) -> None:
        hq.delete_project(self.hq, str(id))

    def hq_set_field(self, project: int, field: str, value: str) -> None:
        """A custom field of a project."""
        definition = self.hq_id("CustomFieldDefinitions", field)
        row = self.hq.tables["Projects"].get(project)
        assert row is not None, project
        set_field(self.hq, row, definition, value, OFFICE_MANAGER)

    def hq_client(self, name: str) -> int:
        row = {"Id": self.hq.next_id("Companies", 301), "Name": name}
        return int(self.hq.tables["Companies"].add({**row, **self.hq.stamps(OFFICE_MANAGER)})["Id"])

    # -- helloHQ: tasks --------------------------------------------------------------------------

    def hq_task(self, project: int, name: str, under: int | None = None, **given: Any) -> int:
        """Without `under` it is a phase. See `_hq_values` for the rest."""
        values = self._hq_values(None, given)
        row = hq.create_task(
            self.hq, {"ProjectId": project, "Name": name, "ParentId": under, **values}
        )
        return int(row["Id"])

    def hq_edit(self, id: int, **given: Any) -> None:
        """What `_hq_values` takes; `name`; `under`, None making a phase of it."""
        values = self._hq_values(self.hq_row(id), given)
        if "name" in given:
            values["Name"] = given["name"]
        if "under" in given:
            values["ParentId"] = given["under"]
        hq.update_task(self.hq, str(id), values)

    def _hq_values(self, row: Row | None, given: Mapping[str, Any]) -> Row:
        """`text`, `first`, `last`, `hours`, `type` and `status` by name, `done`, `people`; names
        with a capital are the API's own."""
        values: Row = {name: value for name, value in given.items() if name[0].isupper()}
        plain = {"text": "Description", "hours": "PlannedEffort", "done": "IsDone"}
        values |= {to: given[name] for name, to in plain.items() if name in given}
        for name, to, hour in (("first", "StartOn", 9), ("last", "EndOn", 17)):
            if name in given:
                values[to] = moment_of(given[name], hour, row[to] if row else None)
        if "type" in given:
            values["TaskTypeId"] = self.hq_id("TaskTypes", given["type"]) if given["type"] else None
        if "status" in given:
            kind = values.get("TaskTypeId") or (row or {}).get("TaskTypeId")
            values["TaskTypeStatusId"] = self.hq_status(int(kind or 0), given["status"])
        if "people" in given:
            people = with_hours(given["people"])
            values["Assignments"] = {str(self.user(n)): hours for n, hours in people.items()}
        return values

    def hq_status(self, type_id: int, name: str) -> int:
        rows = self.hq.tables["TaskTypeStatuses"].where("TaskTypeId", type_id)
        return next(int(row["Id"]) for row in rows if folded(row["Name"]) == folded(name))

    def hq_row(self, id: int) -> Row:
        row = self.hq.tables["ProjectTasks"].get(id)
        assert row is not None, f"helloHQ has no task {id}"
        return row

    def hq_named(self, name: str, project: int | None = None) -> int:
        """The one task or phase of that name."""
        (found,) = self.hq_all(name, project)
        return found

    def hq_all(self, name: str, project: int | None = None) -> list[int]:
        return [
            int(row["Id"]) for row in self.hq.tables["ProjectTasks"]
            if row["Name"] == name and project in (None, row["ProjectId"])
        ]  # fmt: skip

    def hq_close(self, id: int, *, done: bool = True) -> None:
        self.hq_edit(id, done=done)

    def hq_delete(self, id: int) -> None:
        hq.delete_task(self.hq, str(id))

    def hq_shares(self, id: int) -> dict[int, float]:
        """Hours by helloHQ user, machines left out."""
        return {int(user): hours for user, hours in hq.shares(self.hq, self.hq_row(id)).items()}

    def hq_machine(self, task: int, hours: float = 3.0) -> int:
        """Put a machine on a task; the assignment's id."""
        given = {"ResourceId": MACHINE, "AssignmentValue": hours, "AssignmentUnit": "Hours"}
        return int(plan.add_assignment(self.hq, self.hq_row(task), given, OFFICE_MANAGER)["Id"])

    def hq_percent(self, task: int, person: int, percent: float = 50.0) -> int:
        """Somebody's share of capacity, which the API shows and does not take."""
        given = {"UserId": self.user(person), "AssignmentValue": percent}
        row = plan.add_assignment(self.hq, self.hq_row(task), given, OFFICE_MANAGER)
        return int(
            self.hq.tables["TaskAssignments"].add({**row, "AssignmentUnit": "Percent"})["Id"]
        )

    # -- helloHQ: times, absences ------------------------------------------------------------------

    def hq_reporting(
        self, task: int | None, start: str, minutes: int, *, who: int = ANNA, note: str = "",
        project: int | None = None, **more: Any,
    ) -> int:  # fmt: skip
        """`start` is local (2026-06-17T09:00)."""
        owner = self.hq_row(task)["ProjectId"] if task else project
        given = {
            "UserId": self.user(who), "ProjectId": owner, "TaskId": task, "StartOn": utc(start),
            "Duration": minutes * 60, "Note": note, **more,
        }  # fmt: skip
        return int(hq.create_reporting(self.hq, given)["Id"])

    def hq_edit_reporting(self, id: int, **given: Any) -> None:
        hq.update_reporting(self.hq, str(id), given)

    def hq_delete_reporting(self, id: int) -> None:
        hq.delete_reporting(self.hq, str(id))

    def hq_absence(
        self, first: str, last: str = "", *, who: int = ANNA, type: str = "Vacation", **more: Any
    ) -> int:
        """Whole days, `last` inclusive; other bounds by `Start` and `End`."""
        after = date.fromisoformat(last or first) + timedelta(days=1)
        given = {
            "UserId": self.user(who), "Type": type, "Start": f"{first}T00:00:00",
            "End": f"{after}T00:00:00", "Note": "", "IsApproved": True, **more,
        }  # fmt: skip
        return int(office.create_absence(self.hq, given)["Id"])

    def hq_delete_absence(self, id: int) -> None:
        office.delete_absence(self.hq, str(id))
