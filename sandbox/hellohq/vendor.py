"""Registers helloHQ with the sandbox."""

from sandbox.hellohq.app import HelloHqApp
from sandbox.hellohq.edit import COLLECTIONS
from sandbox.hellohq.seed import credentials, seed
from sandbox.world import Vendor

VENDOR = Vendor(
    name="hellohq",
    port=1,
    seed=seed,
    app=HelloHqApp,
    credentials=credentials,
    collections=COLLECTIONS,
)
