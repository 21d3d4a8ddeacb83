"""awork's API v1: projects, lists, tasks, time entries, absences, webhooks."""
