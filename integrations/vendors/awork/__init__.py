"""awork: projects, lists, tasks, time entries, absences and webhooks, through the API v1."""
