from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "directory"
    verbose_name = _("Employee directory")

    def ready(self) -> None:
        from directory.kind import HiBobTravelPerk
        from integrations import kinds

        kinds.register(HiBobTravelPerk())
