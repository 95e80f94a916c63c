"""Files that somebody sent and has not decided about: kept in the data folder between preview and import.

Each has a folder of its own that nobody else can read, named by a random id, with the file and what is known of it. The
name that it had is shown, and no path is made of it. Whoever asks for another's gets the same answer as for none.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

from stronghold_core import AccountId, CsvLayout, ImportResult, NotFoundError, TenantId

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_KEPT_SECONDS: Final = 24 * 60 * 60
_ID: Final = re.compile(r"[\w-]{22}", re.ASCII)
_FACTS: Final = "upload.json"
_FILE: Final = "statement.csv"


class Upload(BaseModel):
    """A file, and what is known of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    principal: str
    tenant_id: TenantId
    account_id: AccountId
    name: str
    answers: dict[str, Any] = {}
    """What its reader said about its layout where the file left it open."""
    result: ImportResult | None = None
    """What became of it; none as long as nobody imported it."""

    @property
    def layout(self) -> CsvLayout | None:
        """The layout to read it by; none if the file says it all."""
        return CsvLayout(**self.answers) if self.answers else None


class Uploads:
    """The files of everybody.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, file: BinaryIO, name: str, *, principal: str, tenant: TenantId, account: AccountId) -> Upload:
        """Keep a file that was sent, and drop those that nobody came back for."""
        self._prune()
        upload = Upload(
            id=secrets.token_urlsafe(16),
            principal=principal,
            tenant_id=tenant,
            account_id=account,
            name=_shown_name(name),
        )
        home = self._folder / upload.id
        home.mkdir(mode=0o700, parents=True)
        with self.path_of(upload).open("wb") as kept:
            shutil.copyfileobj(file, kept)
        self.note(upload)
        return upload

    def find(self, upload_id: str, *, principal: str, tenant: TenantId) -> Upload:
        """Return what *principal* sent for *tenant*.

        Raises:
            NotFoundError: If there is no such file, or somebody else sent it, or for other books.
        """
        facts = self._folder / upload_id / _FACTS
        if _ID.fullmatch(upload_id) and facts.is_file():
            upload = Upload.model_validate_json(facts.read_bytes())
            if (upload.principal, upload.tenant_id) == (principal, tenant):
                return upload
        raise NotFoundError(kind="uploaded file", key=upload_id[:40])

    def note(self, upload: Upload) -> None:
        """Write down what is known of an upload by now."""
        facts = self._folder / upload.id / _FACTS
        facts.write_text(json.dumps(upload.model_dump(mode="json")), encoding="utf-8")

    def path_of(self, upload: Upload) -> Path:
        """Say where the file is."""
        return self._folder / upload.id / _FILE

    def _prune(self) -> None:
        if self._folder.is_dir():
            for home in self._folder.iterdir():
                if time.time() - home.stat().st_mtime > _KEPT_SECONDS:
                    shutil.rmtree(home, ignore_errors=True)


def _shown_name(name: str) -> str:
    r"""Leave of a file's name what can be shown in a line.

    >>> _shown_name("../../etc/passwd"), _shown_name("C:\\bank\\March.csv"), _shown_name("")
    ('passwd', 'March.csv', 'statement.csv')
    """
    last = re.split(r"[/\\]", name)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-100:] or _FILE
