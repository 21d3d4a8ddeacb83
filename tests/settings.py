"""The product's settings, with every file that a test writes in a temporary folder."""

import os
import tempfile
from pathlib import Path

OWN_FOLDER = not os.environ.get("VAR_DIR")
FOLDER = Path(os.environ.get("VAR_DIR") or tempfile.mkdtemp(prefix="hq-integrations-tests-"))
os.environ["VAR_DIR"] = str(FOLDER)
os.environ.setdefault("ALLOW_PRIVATE_ADDRESSES", "true")  # the sandbox is on loopback

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT = None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str] = {}
