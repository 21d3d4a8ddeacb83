from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AbsencesConfig(AppConfig):
    name = "absences"
    verbose_name = _("Absences")

    def ready(self) -> None:
        from absences.kind import PersonioHelloHq
        from integrations import kinds

        kinds.register(PersonioHelloHq())
