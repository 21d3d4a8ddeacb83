"""Registers Personio with the sandbox."""

from sandbox.personio.app import PersonioApp
from sandbox.personio.edit import COLLECTIONS
from sandbox.personio.seed import credentials, seed
from sandbox.world import Vendor

VENDOR = Vendor(
    name="personio",
    port=0,
    seed=seed,
    app=PersonioApp,
    credentials=credentials,
    collections=COLLECTIONS,
)
