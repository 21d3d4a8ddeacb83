"""Personio's API, v1 and v2, as far as absences and people need it."""
