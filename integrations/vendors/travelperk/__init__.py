"""TravelPerk: people through SCIM 2.0; cost centers, companies and approval groups through REST.

The records are our own dataclasses, not those of scim2-models: pages of them are staged as JSON,
answers are read tolerantly and one by one, and a PATCH holds exactly what we want to say. Of SCIM
that leaves one filter, three operations and a table of paths (scim.py), which the tests hold
against scim2-models.

Facts marked [contract] or [inferred] are in no public document of the vendor: scim.COMPANY,
all of groups.py and companies.py, and what the comments name. They can be corrected there alone.
"""
