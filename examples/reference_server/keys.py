"""The demo's secrets: the password to sign in with, and the key that cookies are signed with.

Both are random, made on the first start, and kept in the data folder in a file that only its owner can read.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

FILE = "keys.json"


class Keys(NamedTuple):
    """What the server must know and nobody else may."""

    password: str
    cookie_key: str


class FolderError(Exception):
    """The data folder can't be used."""


def load_keys(folder: Path) -> Keys:
    """Read the keys of a data folder; make it, and them, first if there are none.

    Raises:
        FolderError: If that can't be done.
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Keys(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else _make_keys(path)
    except OSError as error:
        raise FolderError(f"The folder {folder} can't be used: {error.strerror}.") from error
    except (TypeError, ValueError) as error:
        raise FolderError(f"{path} holds no keys: delete it, and the next start makes new ones.") from error


def _make_keys(path: Path) -> Keys:
    keys = Keys(password=secrets.token_urlsafe(12), cookie_key=secrets.token_hex(32))
    # Open for nobody else from its first moment on, not only after a chmod.
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(keys._asdict(), file)
    return keys
