"""Personio: people, absence types and absences, read through API v1 or v2."""
