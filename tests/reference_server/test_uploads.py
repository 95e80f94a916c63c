"""Files between preview and import: who gets them back, and for how long."""

from __future__ import annotations

import os
import stat
import time
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from examples.reference_server.uploads import Upload, Uploads
from stronghold_core import AccountId, NotFoundError, TenantId
from tests.support.stronghold import ADA, EVE

if TYPE_CHECKING:
    from pathlib import Path

TENANT, ACCOUNT = TenantId(uuid4()), AccountId(uuid4())


def kept_in(folder: Path) -> tuple[Uploads, Upload]:
    """Keep a file of Ada's."""
    uploads = Uploads(folder)
    return uploads, uploads.keep(BytesIO(b"rows"), "march.csv", principal=ADA, tenant=TENANT, account=ACCOUNT)


def test_whoever_sent_a_file_gets_it_back(tmp_path: Path) -> None:
    """With its name, and nobody else on the machine can read it."""
    uploads, upload = kept_in(tmp_path)
    assert uploads.find(upload.id, principal=ADA, tenant=TENANT) == upload
    path = uploads.path_of(upload)
    assert (upload.name, path.read_bytes()) == ("march.csv", b"rows")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("principal", "tenant"), [(EVE, TENANT), (ADA, TenantId(uuid4()))], ids=["person", "books"])
def test_a_file_of_somebody_else_or_for_other_books_is_not_there(
    tmp_path: Path, principal: str, tenant: TenantId
) -> None:
    """Even if they know its id."""
    uploads, upload = kept_in(tmp_path)
    with pytest.raises(NotFoundError):
        uploads.find(upload.id, principal=principal, tenant=tenant)


@pytest.mark.parametrize("upload_id", ["", ".", "..", "../..", "x" * 22, "ä" * 22])
def test_an_id_that_nobody_got_leads_nowhere(tmp_path: Path, upload_id: str) -> None:
    """Least of all to another folder."""
    uploads, _ = kept_in(tmp_path / "uploads")
    (tmp_path / "upload.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NotFoundError):
        uploads.find(upload_id, principal=ADA, tenant=TENANT)


def test_a_file_that_nobody_came_back_for_goes(tmp_path: Path) -> None:
    """After a day, when the next one is sent."""
    _, old = kept_in(tmp_path)
    long_ago = time.time() - 25 * 60 * 60
    os.utime(tmp_path / old.id, (long_ago, long_ago))
    _, new = kept_in(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [new.id]
