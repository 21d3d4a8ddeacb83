"""What every stable reason and error code means, and what to do next.

The codes are part of the product's interface (history, downloads, `sync --json`); the texts are
for people and may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with its title and next step, both translated when they are shown."""

    code: str
    title: _StrPromise
    next_step: _StrPromise


def describe(code: str) -> Reason:
    """The catalogue's entry; an unknown code describes itself."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    return Reason(code, lazystr(code), lazystr(""))


def codes() -> list[str]:
    return list(CATALOGUE)


_texts: dict[str, tuple[_StrPromise, _StrPromise]] = {
    # People
    "no_match": (
        _("No person with this e-mail address"),
        _("Enter the same e-mail address in both systems; the record then syncs by itself."),
    ),
    "ambiguous_match": (
        _("Several people have this e-mail address"),
        _("Leave the address with one active person and remove it from the others."),
    ),
    "inactive_person": (
        _("The person is inactive in helloHQ"),
        _("Nothing to do: the records stay as they are. Reactivate the person to sync again."),
    ),
    # Absences
    "unmapped_type": (
        _("This type is not mapped"),
        _("Assign the type on the mapping page; what waits for it syncs by itself."),
    ),
    "unmapped_status": (
        _("This status is not mapped"),
        _("Assign the status on the mapping page; the other fields were synced."),
    ),
    "not_approved": (
        _("Not approved yet"),
        _("Approve the absence in the source system; only approved absences are entered."),
    ),
    "starts_before_sync_start": (
        _("Begins before the sync start date"),
        _("Nothing to do. Choose an earlier start date if the record is to be synced."),
    ),
    "not_full_day": (
        _("Not a full-day absence"),
        _("Only full-day absences can be entered there; enter this one by hand if needed."),
    ),
    "kind_not_synced": (
        _("This kind of absence is not synced"),
        _("Nothing to do: remote work and personal reasons stay in helloHQ."),
    ),
    "covered": (
        _("Covered by another absence of the same days"),
        _("Nothing to do: it is written as soon as the other absence goes."),
    ),
    "widened": (
        _("Half day entered as a full day"),
        _("Nothing to do: helloHQ holds this kind of absence as full days only."),
    ),
    "withdrawn": (
        _("Withdrawn, rejected or deleted at the source"),
        _("Nothing to do: the copy was removed. Approve the absence again to bring it back."),
    ),
    "hours_from_days": (
        _("Hours calculated from days"),
        _("Check the hours in helloHQ if the person does not work full days."),
    ),
    "half_day_unexpected": (
        _("A half day where none can be"),
        _("Check the first and last day of the absence in Personio and save it again."),
    ),
    # Projects, tasks and times
    "no_administration_task": (
        _("The project has no administration task"),
        _("Create the administration task in the helloHQ project; the times then follow."),
    ),
    "timer_running": (
        _("The timer is still running"),
        _("Nothing to do: the time entry follows once the timer is stopped."),
    ),
    "changed_in_hq": (
        _("Changed or deleted in helloHQ"),
        _("Nothing to do: helloHQ’s version stays until the time entry changes in awork again."),
    ),
    "entry_detached": (
        _("The time entry lost its task or project"),
        _("Check the time entry in awork; its reporting in helloHQ was kept."),
    ),
    "level_changed": (
        _("Moved to another level or project"),
        _("Move the task back, or delete it in one system and let the other one create it anew."),
    ),
    "moved_away": (
        _("Not listed with its project any more, but still there"),
        _("Nothing is deleted. If it was moved to a project that is not synced, move it back."),
    ),
    "flattened": (
        _("Deeper level entered as a sub-task"),
        _("Nothing to do: awork holds two levels of tasks, so the path is part of the name."),
    ),
    "template_missing": (
        _("awork has no project template of this name"),
        _("Create an awork project template with the name of the helloHQ template."),
    ),
    "project_not_running": (
        _("The project is not running"),
        _("Set the helloHQ project to a running status if its times are to be transferred."),
    ),
    "multi_assignment_off": (
        _("awork allows one person per task"),
        _("Switch on multiple assignments in awork to transfer all people."),
    ),
    "closed_not_deleted": (
        _("Closed instead of deleted"),
        _("The task has reportings. Delete it in helloHQ by hand if it is really to go."),
    ),
    "percent_assignment": (
        _("Assigned by percentage"),
        _("Enter the person’s part in hours in helloHQ if it is to be synced."),
    ),
    "note_shortened": (
        _("The note was too long and was cut"),
        _("Nothing to do: the whole note stays in awork."),
    ),
    # Directory
    "manager_cycle": (
        _("The line managers form a circle"),
        _("Correct “reports to” of these people in HiBob."),
    ),
    "manager_not_available": (
        _("The line manager is not an active TravelPerk user"),
        _("Check whether the manager has left, lacks an e-mail address or is not selected."),
    ),
    "out_of_scope": (
        _("Outside the selected sites"),
        _("Nothing to do: the profile stays. Select the site to keep it up to date again."),
    ),
    "unknown_company": (
        _("TravelPerk has no company of this name"),
        _("Create the company in TravelPerk with exactly this name, or allow creating it."),
    ),
    "leavers_invisible": (
        _("HiBob shows no inactive people"),
        _("Give the service user the HiBob permission to see inactive employees."),
    ),
    # Records
    "missing_field": (
        _("A required field is empty"),
        _("Fill in the field in the source system; the detail names it."),
    ),
    "malformed_record": (
        _("The record cannot be read"),
        _("Open and save the record in its system. If it stays, tell support its id."),
    ),
    "locked": (
        _("The record is closed for edits"),
        _("Release it in the target system (approval, billing); the next run tries again."),
    ),
    "rejected_by_remote": (
        _("The target system refused the change"),
        _("Read the detail, correct the record at its source, then sync again."),
    ),
    "stale": (
        _("The record was changed while it was being written"),
        _("Nothing to do: nothing was overwritten, and the next run compares again."),
    ),
    "not_found": (
        _("The record no longer exists"),
        _("Nothing to do: the next full run sorts it out."),
    ),
    "target_missing": (
        _("The copy is missing in the target system"),
        _("Nothing to do: every run tries to create it again."),
    ),
    "drift_restored": (
        _("Changed by hand in the target system and restored"),
        _("Make such changes in the leading system: there they stay."),
    ),
    "cascade": (
        _("Goes with its parent"),
        _("Nothing to do: it was removed because what it belongs to was removed."),
    ),
    # Conflicts
    "conflict": (
        _("Changed in both systems"),
        _(
            "Decide it on the integration's page of conflicts, or enter the same value in both "
            "systems."
        ),
    ),
    "conflict_resolved": (
        _("Changed in both systems; one edit won"),
        _("Nothing to do: the history holds both values."),
    ),
    "adopted_differs": (
        _("An existing record was adopted and differs"),
        _("Check the record: the leading system’s values were entered."),
    ),
    "edit_wins": (
        _("Deleted on one side, edited on the other"),
        _("Nothing to do: the edit wins. Delete the record again if it is to go."),
    ),
    "parent_missing": (
        _("What the record belongs to is missing"),
        _("Nothing to do: it follows once its parent is synced."),
    ),
    # Deletions
    "still_there": (
        _("The record still exists at the source"),
        _("Nothing to do: it is not deleted."),
    ),
    "guard": (
        _("More deletions than the guard allows"),
        _("Look at the pending deletions, then approve or reject them."),
    ),
    "empty_read": (
        _("The source returned nothing at all"),
        _("Check the source system and its permissions before you approve any deletion."),
    ),
    "delete_unconfirmed": (
        _("It is not certain that the record is gone"),
        _("Nothing to do: it is deleted once a complete read confirms it."),
    ),
    "vanished": (
        _("Disappeared at the source without a reason"),
        _("Check the record at its source, then approve or reject the deletion."),
    ),
    # Runs and connections
    "auth_failed": (
        _("The credentials are not accepted"),
        _("Create new credentials in the system and enter them in the connection."),
    ),
    "missing_credential": (
        _("Credentials are missing"),
        _("Enter the missing credentials in the connection, then test it."),
    ),
    "permission_missing": (
        _("A permission is missing"),
        _("Give the credentials the permission named in the detail, then test the connection."),
    ),
    "remote_unavailable": (
        _("The system cannot be reached"),
        _("Nothing to do: the next run tries again. Tell support if it lasts."),
    ),
    "rate_limited": (
        _("The system asks us to wait"),
        _("Nothing to do: the run goes on by itself."),
    ),
    "bad_answer": (
        _("The system’s answer cannot be understood"),
        _("Nothing was deleted. Try again later; tell support if it lasts."),
    ),
    "remote_error": (
        _("The system reported an error"),
        _("Try again later; tell support if it lasts."),
    ),
    "endpoint_not_found": (
        _("The address of the system seems to be wrong"),
        _("Ask support to check the connection’s address."),
    ),
    "inconsistent_list": (
        _("The system’s list contradicts itself"),
        _("Nothing was deleted. The next run reads again; tell support if it lasts."),
    ),
    "read_incomplete": (
        _("The records could not be read completely"),
        _("Nothing was deleted. The next run reads again; check the connection if it lasts."),
    ),
    "outcome_unknown": (
        _("It is not known whether the change arrived"),
        _("Nothing to do: the next run looks it up and creates no duplicate."),
    ),
    "address_refused": (
        _("This address may not be called"),
        _("Ask support to check the connection’s address."),
    ),
    "secret_unreadable": (
        _("The stored credentials cannot be decrypted"),
        _("Support: restore the encryption key. Do not enter the credentials anew before."),
    ),
    "account_changed": (
        _("The credentials belong to another account"),
        _("Enter credentials of the account that was connected first, or ask support."),
    ),
    "enabled_by_inactive": (
        _("The person who enabled the integration is no longer active"),
        _("An administrator of the workspace has to resume the integration."),
    ),
    "paused_by_user": (
        _("Paused by hand"),
        _("Resume the integration when it is to go on."),
    ),
    "disabled": (
        _("The integration is disabled"),
        _("Ask support to activate it again; what was synced is adopted, not duplicated."),
    ),
    "run_active": (
        _("A run is already under way"),
        _("Wait until it is finished."),
    ),
    "internal_error": (
        _("The program made a mistake with this record"),
        _("The other records were synced. Tell support the number of the run."),
    ),
    "lease_lost": (
        _("Another worker took over the run"),
        _("Nothing to do: the run was continued from where it stood."),
    ),
    "crashed": (
        _("The run stopped unexpectedly"),
        _("Nothing is lost: start the run again. Tell support if it happens twice."),
    ),
}

CATALOGUE: dict[str, Reason] = {
    code: Reason(code, title, next_step) for code, (title, next_step) in _texts.items()
}
