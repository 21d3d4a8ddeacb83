"""TravelPerk's SCIM and REST API, as far as provisioning needs it."""
