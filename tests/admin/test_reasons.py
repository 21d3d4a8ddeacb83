"""The catalogue of reason codes is complete in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from integrations import reasons, remote

STABLE = [
    "no_match",
    "ambiguous_match",
    "unmapped_type",
    "not_approved",
    "starts_before_sync_start",
    "not_full_day",
    "kind_not_synced",
    "missing_field",
    "no_administration_task",
    "timer_running",
    "locked",
    "rejected_by_remote",
    "covered",
    "changed_in_hq",
    "entry_detached",
    "level_changed",
    "moved_away",
    "flattened",
    "template_missing",
    "project_not_running",
    "multi_assignment_off",
    "inactive_person",
    "account_changed",
    "target_missing",
    "manager_cycle",
    "manager_not_available",
    "out_of_scope",
    "unknown_company",
    "permission_missing",
    "closed_not_deleted",
    "unmapped_status",
    "leavers_invisible",
    "enabled_by_inactive",
    "guard",
    "empty_read",
    "read_incomplete",
    "malformed_record",
    "secret_unreadable",
    "delete_unconfirmed",
    "lease_lost",
    "crashed",
    "cascade",
    "drift_restored",
    "widened",
    "withdrawn",
    "hours_from_days",
    "half_day_unexpected",
    "paused_by_user",
    "disabled",
    "stale",
    "percent_assignment",
    "note_shortened",
]
VENDOR_ERRORS = [
    error.code for error in vars(remote).values() if isinstance(getattr(error, "code", None), str)
]


@pytest.mark.parametrize("code", sorted({*STABLE, *VENDOR_ERRORS}))
def test_every_stable_code_has_a_title_and_a_next_step(code: str) -> None:
    reason = reasons.describe(code)
    assert str(reason.title) != code
    assert str(reason.next_step)


@pytest.mark.parametrize("code", reasons.codes())
def test_every_code_is_translated(code: str) -> None:
    reason = reasons.describe(code)
    with translation.override("en"):
        english = str(reason.title), str(reason.next_step)
    with translation.override("de"):
        german = str(reason.title), str(reason.next_step)
    assert all(one != other for one, other in zip(english, german, strict=True))


def test_an_unknown_code_describes_itself() -> None:
    reason = reasons.describe("something_new")
    assert (str(reason.title), str(reason.next_step)) == ("something_new", "")


def test_the_german_catalogue_is_complete_and_compiled() -> None:
    folder = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES"
    text = (folder / "django.po").read_text(encoding="utf-8")
    assert "#, fuzzy" not in text
    entries = text.split("\n\n")[1:]
    empty = [entry for entry in entries if re.search(r'msgstr(\[\d\])? ""\s*(\n[^"]|$)', entry)]
    assert empty == []
    assert (folder / "django.mo").exists()
