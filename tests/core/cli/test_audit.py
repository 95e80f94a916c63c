"""`stronghold seal` and `stronghold audit …`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from stronghold_core import CheckpointFile, InclusionProof, verify_inclusion
from stronghold_core.keys import read_keys
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.shell import Shell
    from tests.support.stronghold import Desk

WHO = ("--tenant", "acme", "--as", ADA)


@pytest.fixture(autouse=True)
def renamed(acme: Desk) -> None:
    """Let the log of Acme have three events."""
    for name in ("One", "Two"):
        with acme.books() as books:
            books.tenant.update(name=name)


@pytest.fixture
def keys(shell: Shell, tmp_path: Path) -> str:
    """Make a key."""
    path = str(tmp_path / "keys.json")
    assert shell("keys", "new", path).code == 0
    return path


def test_logs_are_sealed_signed_exported_and_verified(shell: Shell, keys: str, tmp_path: Path, acme: Desk) -> None:
    """By a key from a file; what is exported is what a later verification goes on from."""
    kept = tmp_path / "checkpoints.jsonl"
    outcome = shell("seal", "--keys", keys, "--checkpoints", str(kept))
    assert (outcome.code, outcome.out) == (0, "Sealed 3 events of 1 tenant.\n")
    (checkpoint,) = CheckpointFile(kept)
    assert (checkpoint.events, checkpoint.key_id) == (3, read_keys(keys).active.kid)
    again = shell("seal", "--tenant", "acme", "--json")
    assert json.loads(again.out) == {"tenants": 1, "batches": 0, "events": 0}
    verified = shell("audit", "verify", "--keys", keys)
    assert (verified.code, verified.out) == (0, "As sealed: 1 tenant, 3 events.\n")
    resumed = shell("audit", "verify", "--tenant", "acme", "--keys", keys, "--checkpoints", str(kept), "--json")
    assert json.loads(resumed.out)["logs"] == [
        {"tenant_id": str(acme.tenant.id), "batches": 1, "events": 0, "finding": None}
    ]


def test_a_log_that_is_sealed_without_a_key_says_so(shell: Shell) -> None:
    """It is no failure."""
    outcome = shell("seal")
    assert outcome.code == 0
    assert "not signed" in outcome.err


def test_a_key_that_others_can_read_signs_nothing(shell: Shell, keys: str, tmp_path: Path) -> None:
    """Nothing is sealed by it."""
    (tmp_path / "keys.json").chmod(0o644)
    outcome = shell("seal", "--keys", keys)
    assert outcome.code == 4
    assert "chmod" in outcome.err
    assert json.loads(shell("audit", "checkpoints", *WHO, "--json").out)["items"] == []


def test_checkpoints_are_signed_by_ed25519_alone(shell: Shell, tmp_path: Path) -> None:
    """Whoever can verify by a shared secret could sign as well."""
    path = str(tmp_path / "shared.json")
    assert shell("keys", "new", path, "--algorithm", "HS256").code == 0
    outcome = shell("seal", "--keys", path)
    assert (outcome.code, "EdDSA" in outcome.err) == (4, True)


def test_what_somebody_changed_is_named(shell: Shell, tmp_path: Path, acme: Desk) -> None:
    """With the first number, and a code that a script sees."""
    shell("seal")
    with closing(sqlite3.connect(tmp_path / "books.db")) as connection, connection:
        connection.execute("DROP TRIGGER stronghold_audit_event_keep")
        connection.execute("UPDATE stronghold_audit_event SET actor = 'user:eve' WHERE seq = 2")
    outcome = shell("audit", "verify")
    assert outcome.code == 1
    assert f"{acme.tenant.id}  changed  event 2" in outcome.out
    assert "Not as sealed: 1 tenant, 1 event." in outcome.out
    assert json.loads(shell("audit", "verify", "--json").out)["is_sound"] is False
    assert shell("verify").code == 1


def test_events_are_listed_by_what_is_asked(shell: Shell) -> None:
    """For people and for programs."""
    shell("seal")
    page = json.loads(shell("audit", "list", *WHO, "--action", "tenant.update", "--kind", "change", "--json").out)
    assert [one["seq"] for one in page["items"]] == [3, 2]
    text = shell("audit", "list", *WHO, "--object-type", "tenant", "--since", "2020-01-01T00:00:00Z").out
    assert "tenant.create" in text
    assert json.loads(shell("audit", "list", *WHO, "--until", "2020-01-01T00:00:00Z", "--json").out)["items"] == []
    assert shell("audit", "list", *WHO, "--limit", "1").err.startswith("There is more: --after ")
    assert shell("audit", "list", *WHO, "--kind", "gossip").code == 2


def test_a_proof_is_a_document(shell: Shell, keys: str) -> None:
    """That is checked without the database."""
    shell("seal", "--keys", keys)
    event = json.loads(shell("audit", "list", *WHO, "--limit", "1", "--json").out)["items"][0]
    outcome = shell("audit", "proof", event["id"], *WHO, "--with-payload")
    proof = verify_inclusion(outcome.out, keys=read_keys(keys))
    assert isinstance(proof, InclusionProof)
    assert proof.entry["id"] == event["id"]
    assert "1 " in shell("audit", "checkpoints", *WHO).out


def test_an_event_is_redacted_and_old_ones_expire(shell: Shell) -> None:
    """Each with its reason; the log is as sealed all the same."""
    shell("seal")
    event = json.loads(shell("audit", "list", *WHO, "--limit", "1", "--json").out)["items"][0]["id"]
    outcome = shell("audit", "redact", event, *WHO, "--legal-basis", "GDPR Art. 17")
    assert (outcome.code, outcome.out) == (0, f"The payload of event {event} is erased.\n")
    assert shell("audit", "redact", event, *WHO, "--legal-basis", "GDPR Art. 17", "--json").code == 3
    expiry = ("--sealed-before", "2100-01-01T00:00:00Z", "--legal-basis", "ten years")
    outcome = shell("audit", "expire", *WHO, *expiry)
    assert (outcome.code, outcome.out) == (0, "3 events dropped; the log begins after number 3.\n")
    assert shell("audit", "verify").code == 0
    assert shell("verify").code == 0
