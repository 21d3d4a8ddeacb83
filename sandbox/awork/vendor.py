"""Registers awork with the sandbox."""

from sandbox.awork.app import AworkApp
from sandbox.awork.edit import COLLECTIONS
from sandbox.awork.seed import credentials, seed
from sandbox.world import Vendor

VENDOR = Vendor(
    name="awork",
    port=2,
    seed=seed,
    app=AworkApp,
    credentials=credentials,
    collections=COLLECTIONS,
)
