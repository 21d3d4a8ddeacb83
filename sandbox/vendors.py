"""The vendors that the sandbox emulates. A new one is one module and one line here."""

from sandbox.awork.vendor import VENDOR as AWORK
from sandbox.hellohq.vendor import VENDOR as HELLOHQ
from sandbox.hibob.vendor import VENDOR as HIBOB
from sandbox.personio.vendor import VENDOR as PERSONIO
from sandbox.travelperk.vendor import VENDOR as TRAVELPERK
from sandbox.world import Vendor

VENDORS: tuple[Vendor, ...] = (PERSONIO, HELLOHQ, AWORK, HIBOB, TRAVELPERK)
CONTROL_PORT = 9
"""Offset of the control app to the port base."""
