"""The answers of a `personio-hellohq` activation (P1, P3)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator

from absences.mapping import MappingError, check_mapping, hq_absence_of
from absences.models import HqAbsence
from integrations.activation import CommonAnswers, Finding, findings_error


def _check_mapping(answers: dict[str, str]) -> dict[str, str]:
    labels, findings = _labels(answers)
    report = check_mapping({one: answers[labels[one]] for one in labels}, [])
    findings += [_finding(labels, error) for error in report.errors]
    if findings:
        raise findings_error(findings)
    return answers


def _labels(answers: dict[str, str]) -> tuple[dict[HqAbsence, str], list[Finding]]:
    """Which label of the file stands for which absence, and the labels that stand for none."""
    labels: dict[HqAbsence, str] = {}
    findings = []
    for label in answers:
        absence = hq_absence_of(label)
        if absence is None:
            findings.append(_unknown(label))
        elif absence in labels:
            findings.append(_named_twice(label, labels[absence]))
        else:
            labels[absence] = label
    return labels, findings


def _finding(labels: dict[HqAbsence, str], error: MappingError) -> Finding:
    return _at(labels[HqAbsence(error.field)], error.code, error.message)


def _unknown(label: str) -> Finding:
    message = _("helloHQ has no absence of this name. It has: %(names)s")
    names = ", ".join(str(one.label) for one in HqAbsence)
    return _at(label, "unknown_hq_absence", message % {"names": names})


def _named_twice(label: str, first: str) -> Finding:
    message = _("This is the same helloHQ absence as “%(first)s”; name it once.")
    return _at(label, "hq_absence_named_twice", message % {"first": first})


def _at(label: str, code: str, message: str) -> Finding:
    return Finding((label,), code, message)


class PersonioHelloHqSettings(CommonAnswers):
    """One integration's part of an activation file.

    `sync_start_date` is inclusive (P1). `absence_mapping` has a helloHQ absence (API value,
    English or German label) as key and a comma-separated list of Personio types as value.
    """

    sync_start_date: date
    absence_mapping: Annotated[dict[str, str], AfterValidator(_check_mapping)] = {}

    @property
    def mapping(self) -> dict[str, str]:
        """The lists by HqAbsence value, as `store_mapping` takes them."""
        return {
            absence.value: text
            for label, text in self.absence_mapping.items()
            if (absence := hq_absence_of(label))
        }
