"""helloHQ's feed of deletions, and what the token may read of projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from integrations.remote import Forbidden, Page
from integrations.vendors.hellohq import odata
from integrations.vendors.hellohq.project_decode import decode_deletion
from integrations.vendors.hellohq.project_records import Deletion
from integrations.vendors.hellohq.projects import PROJECTS
from integrations.vendors.hellohq.reportings import REPORTINGS
from integrations.vendors.hellohq.sets import EntitySets
from integrations.vendors.hellohq.tasks import TASKS

FEED = "/v1/ConfigSystemEvents/do.GetDeleted()"

_NEEDED: Mapping[str, str] = {
    "Projects": PROJECTS,
    "ProjectTasks": TASKS,
    "UserReportings": REPORTINGS,
    "ProjectTemplates": "/v1/ProjectTemplates",
    "TaskTypes": "/v1/TaskTypes",
    "Companies": "/v1/Companies",
    "ConfigSystemEvents": FEED,
}


def deletions(sets: EntitySets, since: str = "", cursor: str = "") -> Iterator[Page[Deletion]]:
    """What was deleted since a UTC time and in the two minutes before it, oldest first.

    Other events of the feed are left out, so the pages have no total.
    """
    options = {"$orderby": "CreatedOn,Id"}
    events = sets.changed(
        FEED, decode_deletion, since, cursor, options=options, stamped="CreatedOn"
    )
    for page in events:
        found = tuple(one for one in page.records if one)
        yield Page(found, page.cursor, None, page.malformed)


def unreadable(sets: EntitySets) -> list[str]:
    """The sets that a sync of projects needs and the token may not read."""
    missing = []
    for name, path in _NEEDED.items():
        try:
            odata.rows_of(sets.get(path, odata.query({"$top": "1"})))
        except Forbidden:
            missing.append(name)
    return missing
