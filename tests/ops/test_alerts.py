"""G11: one mail for each cause when it begins, one when it is over, and nothing personal in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from integrations import alerts
from integrations.models import Incident, Integration, RunEntry, SyncRun
from tests.ops.conftest import NOW

pytestmark = pytest.mark.django_db
Make = Callable[..., Integration]


@pytest.fixture
def integration(make_integration: Make) -> Integration:
    return make_integration()


def end(
    integration: Integration, status: str = "succeeded", *, mode: str = "sync", **fields: Any
) -> list[str]:
    """Finish a run and return the subjects of the mails it caused."""
    run = SyncRun.objects.create(
        integration=integration, trigger="schedule", mode=mode, status=status, finished_at=NOW,
        **fields,
    )  # fmt: skip
    before = len(mail.outbox)
    alerts.after_run(run)
    return [message.subject for message in mail.outbox[before:]]


FAILED = "[Agentur nordlicht] The synchronisation failed"
HELD = "[Agentur nordlicht] Deletions wait for your approval"
UNMAPPED = "[Agentur nordlicht] Absence types are not mapped yet"
ERRORS = "[Agentur nordlicht] Some records could not be written"
RECOVERED = "[Agentur nordlicht] The synchronisation works again"


@pytest.fixture
def english(integration: Integration) -> Integration:
    integration.workspace.language = "en"
    integration.workspace.save()
    return integration


def test_g11_a_failure_is_told_once_and_its_end_once(english: Integration) -> None:
    assert end(english) == []
    assert end(english, "failed", error_code="unauthorized") == [FAILED]
    assert end(english, "failed", error_code="unauthorized") == []
    assert end(english) == [RECOVERED]
    assert end(english) == []
    assert end(english, "failed") == [FAILED]


@pytest.mark.parametrize(
    ("figures", "subject", "goodbye"),
    [
        ({"status": "held", "counts": {"held": 7}}, HELD, []),
        ({"reasons": {"unmapped_type": 2}}, UNMAPPED, []),
        ({"status": "succeeded_with_errors", "counts": {"failed": 1}}, ERRORS, [RECOVERED]),
    ],
)
def test_g11_every_cause_is_told_once(
    english: Integration, figures: dict[str, Any], subject: str, goodbye: list[str]
) -> None:
    assert end(english, **figures) == [subject]
    assert end(english, **figures) == []
    assert end(english) == goodbye
    assert not Incident.objects.filter(closed_at=None).exists()


def test_g11_two_causes_are_two_mails(english: Integration) -> None:
    told = end(english, "held", counts={"held": 6}, reasons={"unmapped_type": 1})
    assert sorted(told) == sorted([HELD, UNMAPPED])


def test_g11_a_failed_run_says_nothing_about_other_causes(english: Integration) -> None:
    end(english, reasons={"unmapped_type": 1})
    end(english, "failed")
    assert end(english, reasons={"unmapped_type": 1}) == [RECOVERED]


def test_g6_a_dry_run_alerts_nobody(english: Integration) -> None:
    assert end(english, "failed", mode="dry_run") == []
    end(english, "failed")
    assert end(english, mode="dry_run") == []


def test_a_mail_that_could_not_be_sent_is_sent_after_the_next_run(
    english: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(alerts, "send_mail", refuse)
        assert end(english, "failed") == []
    assert end(english, "failed") == [FAILED]


def test_mails_go_to_the_workspaces_administrators_else_to_support(
    integration: Integration, make_integration: Make
) -> None:
    User.objects.create_superuser("support", "support@hq.example")
    make_integration("isarwerk")
    end(integration, "failed")
    assert mail.outbox[-1].to == ["admin@nordlicht.example"]
    integration.workspace.memberships.all().delete()
    end(integration)
    assert mail.outbox[-1].to == ["support@hq.example"]


def test_mails_speak_the_workspaces_language(integration: Integration) -> None:
    integration.workspace.language = "de"
    integration.workspace.save()
    end(integration, "failed", error_code="unauthorized")
    german = mail.outbox[-1]
    assert german.subject.startswith("[Agentur nordlicht] ")
    assert german.subject != FAILED
    assert "Workspace:" not in german.body


def test_privacy_no_person_absence_or_answer_of_a_vendor_in_a_mail(english: Integration) -> None:
    run = SyncRun.objects.create(
        integration=english, trigger="schedule", status="failed", finished_at=NOW,
        counts={"failed": 1}, error_code="unauthorized",
        error_detail="Erika Mustermann, Krankheit, token abc",
    )  # fmt: skip
    RunEntry.objects.create(
        run=run, stream="absences", action="fail", state="failed", label="Erika Mustermann",
        after={"kind": "SickLeave"},
    )  # fmt: skip
    alerts.after_run(run)
    (message,) = mail.outbox
    text = message.subject + message.body
    assert f"/integrations/syncrun/{run.pk}/" in text
    for personal in ("Erika", "Krankheit", "SickLeave", "abc"):
        assert personal not in text


def test_g11_a_failed_runs_mail_names_the_system(english: Integration) -> None:
    end(english, "failed", error_code="remote_unavailable", error_detail="personio: no answer")
    assert "System: Personio\n" in mail.outbox[-1].body
    assert "no answer" not in mail.outbox[-1].body
