"""TravelPerk's SCIM and REST API, as far as provisioning needs it."""

SCIM_PATH = "/api/v2/scim"
"""Below the emulator's address; together they are a connection's `scim_base_url`."""
