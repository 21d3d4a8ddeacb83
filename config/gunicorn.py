"""gunicorn's settings: `gunicorn -c config/gunicorn.py config.wsgi`. Options override them."""

import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
timeout = 120
"""Seconds: a preflight asks both systems while the browser waits."""
graceful_timeout = 20
max_requests = 2000
max_requests_jitter = 200
control_socket_disable = True
errorlog = "-"
accesslog = os.environ.get("WEB_ACCESS_LOG") or None
