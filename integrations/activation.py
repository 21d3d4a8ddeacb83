"""Activation from a file (G1): one JSON document, judged and saved as a whole or not at all.

A file states every part that it names completely: an optional key that is left out means its
default, also on an update. Parts that it does not name stay as they are. Activating makes no
remote call (G2).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from integrations.activation_file import CommonAnswers, Guard, read_file
from integrations.answers import Finding, InvalidAnswersError, findings, findings_error, problem
from integrations.documents import parse_object
from integrations.saving import Outcome, check_against_database, save

__all__ = [
    "CommonAnswers",
    "Finding",
    "Guard",
    "InvalidAnswersError",
    "Outcome",
    "activate",
    "findings",
    "findings_error",
    "problem",
]


def activate(document: bytes, now: datetime) -> Outcome:
    """Create or update what `document` names, in one transaction.

    Integrations are active afterwards; one that was not gets its next run at `now` (aware).
    Raises InvalidAnswersError with every finding; nothing is saved then.
    """
    raw = parse_object(document)
    plan, found = read_file(raw)
    with transaction.atomic():
        found += check_against_database(plan, raw)
        if found:
            raise InvalidAnswersError(found)
        return save(plan, now)
