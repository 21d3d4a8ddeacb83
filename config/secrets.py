"""Keys of the embedded default, made once and kept under VAR_DIR."""

import contextlib
import os
import secrets
from pathlib import Path


def kept_key(path: Path) -> str:
    """The key in `path`; made and stored (mode 0600) when the file does not exist yet.

    Two processes that start at once agree: the file is linked into place, never overwritten.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
