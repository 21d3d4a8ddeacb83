"""helloHQ's absences in the words of people: labels in both languages, and usual type names."""

from __future__ import annotations

from collections.abc import Mapping

from absences.models import HqAbsence

LABELS: Mapping[HqAbsence, tuple[str, str]] = {
    HqAbsence.SICK_LEAVE: ("Sickness", "Krankheit"),
    HqAbsence.CHILD_SICK: ("Child sick", "Kind krank"),
    HqAbsence.SICK_LEAVE_UNPAID: (
        "Unpaid illness (>6 weeks)",
        "Unbezahlte Krankheit (>6 Wochen)",
    ),
    HqAbsence.OVERTIME_COMPENSATION: ("Overtime compensation", "Überstundenabbau"),
    HqAbsence.REMOTE_WORK: ("Remote work", "Remote Arbeit"),
    HqAbsence.COMPANY_ABSENCE: ("Corporate reasons", "Betriebliche Gründe"),
    HqAbsence.PRIVATE_ABSENCE: ("Personal reasons", "Persönliche Gründe"),
    HqAbsence.PROFESSIONAL_EDUCATION: ("Advanced education", "Fortbildung"),
    HqAbsence.TRADE_SCHOOL: ("Trade school", "Berufsschule"),
    HqAbsence.MATERNITY_LEAVE: ("Maternity leave", "Mutterschutz"),
    HqAbsence.PARENTAL_LEAVE: ("Parental leave", "Elternzeit"),
    HqAbsence.VACATION: ("Holiday", "Urlaub"),
    HqAbsence.VACATION_UNPAID: ("Unpaid leave", "Unbezahlter Urlaub"),
    HqAbsence.SPECIAL_LEAVE: ("Special leave", "Sonderurlaub"),
}
"""English and German label, as on helloHQ's settings page. Activation files may use either."""

USUAL_NAMES: Mapping[HqAbsence, tuple[str, ...]] = {
    HqAbsence.SICK_LEAVE: ("sick", "sick leave", "sick days", "illness", "krank", "krankmeldung"),
    HqAbsence.CHILD_SICK: ("child sickness", "sick child", "kinderkrank", "kinderkrankentage"),
    HqAbsence.SICK_LEAVE_UNPAID: (
        "unpaid illness",
        "unpaid sick leave",
        "unbezahlte krankheit",
        "krankheit ohne lohnfortzahlung",
    ),
    HqAbsence.OVERTIME_COMPENSATION: (
        "overtime reduction",
        "time off in lieu",
        "freizeitausgleich",
        "überstundenausgleich",
        "gleittag",
    ),
    HqAbsence.REMOTE_WORK: (
        "home office",
        "home-office",
        "homeoffice",
        "mobiles arbeiten",
        "workation",
    ),
    HqAbsence.COMPANY_ABSENCE: ("business trip", "dienstreise", "geschäftsreise"),
    HqAbsence.PRIVATE_ABSENCE: ("doctor's appointment", "arzttermin", "arztbesuch"),
    HqAbsence.PROFESSIONAL_EDUCATION: (
        "training",
        "further education",
        "weiterbildung",
        "bildungsurlaub",
        "schulung",
    ),
    HqAbsence.TRADE_SCHOOL: ("vocational school",),
    HqAbsence.MATERNITY_LEAVE: ("maternity protection", "mutterschaftsurlaub"),
    HqAbsence.PARENTAL_LEAVE: ("parental time",),
    HqAbsence.VACATION: (
        "vacation",
        "paid vacation",
        "annual leave",
        "bezahlter urlaub",
        "erholungsurlaub",
        "jahresurlaub",
    ),
    HqAbsence.VACATION_UNPAID: ("unpaid vacation", "unbezahlte freistellung"),
    HqAbsence.SPECIAL_LEAVE: ("special vacation", "sonderfreistellung"),
}

CATEGORIES: Mapping[str, HqAbsence] = {
    "sick_leave": HqAbsence.SICK_LEAVE,
    "child_care": HqAbsence.CHILD_SICK,
    "offsite_work": HqAbsence.REMOTE_WORK,
    "paid_vacation": HqAbsence.VACATION,
    "unpaid_vacation": HqAbsence.VACATION_UNPAID,
}
"""Personio's categories that mean one absence only (`maternity_parental_leave` means two)."""
