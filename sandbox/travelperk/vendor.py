"""Registers TravelPerk with the sandbox."""

from sandbox.travelperk import SCIM_PATH
from sandbox.travelperk.app import TravelPerkApp
from sandbox.travelperk.collections import COLLECTIONS
from sandbox.travelperk.seed import credentials, seed
from sandbox.world import Vendor

VENDOR = Vendor(
    name="travelperk",
    port=4,
    seed=seed,
    app=TravelPerkApp,
    credentials=credentials,
    collections=COLLECTIONS,
    paths={"scim_base_url": SCIM_PATH},
)
