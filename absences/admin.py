"""The mapping is edited as a whole, on its own page; only its scope is told here."""

from absences.models import MappedType
from integrations import scope

scope.register(MappedType, "integration__workspace")
