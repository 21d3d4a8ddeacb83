"""Registers HiBob with the sandbox."""

from sandbox.hibob.app import HiBobApp
from sandbox.hibob.collections import COLLECTIONS
from sandbox.hibob.seed import credentials, seed
from sandbox.world import Vendor

VENDOR = Vendor(
    name="hibob",
    port=3,
    seed=seed,
    app=HiBobApp,
    credentials=credentials,
    collections=COLLECTIONS,
)
