"""Which Personio absence type becomes which helloHQ absence (P3)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models import Integration


class HqAbsence(models.TextChoices):
    """helloHQ's 14 absences: API value and label, in the order of the settings page."""

    SICK_LEAVE = "SickLeave", _("Sickness")
    CHILD_SICK = "ChildSick", _("Child sick")
    SICK_LEAVE_UNPAID = "SickLeaveUnpaid", _("Unpaid illness (>6 weeks)")
    OVERTIME_COMPENSATION = "OvertimeCompensation", _("Overtime compensation")
    REMOTE_WORK = "RemoteWork", _("Remote work")
    COMPANY_ABSENCE = "CompanyAbsence", _("Corporate reasons")
    PRIVATE_ABSENCE = "PrivateAbsence", _("Personal reasons")
    PROFESSIONAL_EDUCATION = "ProfessionalEducation", _("Advanced education")
    TRADE_SCHOOL = "TradeSchool", _("Trade school")
    MATERNITY_LEAVE = "MaternityLeave", _("Maternity leave")
    PARENTAL_LEAVE = "ParentalLeave", _("Parental leave")
    VACATION = "Vacation", _("Holiday")
    VACATION_UNPAID = "VacationUnpaid", _("Unpaid leave")
    SPECIAL_LEAVE = "SpecialLeave", _("Special leave")


class MappedType(models.Model):
    """A Personio absence type and the helloHQ absence it is entered as.

    `name` is what was typed, `name_key` the same trimmed and case-folded. Once a live type of
    that name was seen, its ids (v1 and v2) count and the name no longer does.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="mapped_types")
    hq_absence = models.CharField(_("helloHQ absence"), max_length=40, choices=HqAbsence.choices)
    name = models.CharField(_("Personio absence"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    type_id = models.CharField(max_length=64, blank=True, editable=False)
    type_id_v2 = models.CharField(max_length=64, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("mapped absence type")
        verbose_name_plural = _("mapped absence types")
        ordering = ["hq_absence", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "name_key"], name="one_helloHQ_absence_per_type"
            ),
            models.UniqueConstraint(
                fields=["integration", "type_id"],
                condition=~models.Q(type_id=""),
                name="one_helloHQ_absence_per_type_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} → {self.get_hq_absence_display()}"
