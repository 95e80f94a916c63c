"""Whatever somebody does to a sealed log by hand is found, and the first number is named that can't be relied upon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from stronghold_core.audit.merkle import Frontier, leaf_hash, root_of
from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.rules import commitment
from stronghold_core.audit.sealing.models import AuditBatch, AuditHead
from stronghold_core.audit.sealing.queries import checkpoint_of
from stronghold_core.audit.sealing.rules import entry, header_of, statement
from stronghold_core.db import table_of
from stronghold_core.errors import PermissionDeniedError
from stronghold_core.ids import new_id
from tests.support.sealed import Keys, Sealed, forge, sealed
from tests.support.signing import TestKey

if TYPE_CHECKING:
    from stronghold_core import LogVerification
    from tests.support.rows import Vault

__all__ = ["sealed"]

EVENTS, BATCHES, HEADS = table_of(AuditEvent), table_of(AuditBatch), table_of(AuditHead)

EVENT = "UPDATE stronghold_audit_event SET {0} WHERE tenant_id = :acme AND seq = {1}"
GONE = "DELETE FROM stronghold_audit_event WHERE tenant_id = :acme AND seq {0}"
BATCH = "UPDATE stronghold_audit_batch SET {0} WHERE tenant_id = :acme AND number = {1}"
NO_BATCH = "DELETE FROM stronghold_audit_batch WHERE tenant_id = :acme AND number = {0}"
HEAD = "UPDATE stronghold_audit_head SET {0} WHERE tenant_id = :acme"

TAMPERINGS: dict[str, tuple[list[str], str, int]] = {
    "who acted": ([EVENT.format("actor = 'user:eve'", 6)], "changed", 6),
    "what was done": ([EVENT.format("action = 'tenant.create'", 11)], "changed", 11),
    "when": ([EVENT.format("at = '2026-11-21T13:00:00.000000+00:00'", 1)], "changed", 1),
    "whether it was done": ([EVENT.format("outcome = 'denied'", 3)], "changed", 3),
    "on whose behalf": ([EVENT.format("on_behalf_of = 'user:eve'", 3)], "changed", 3),
    "an object": ([EVENT.format("object_id = id", 5)], "changed", 5),
    "a request": ([EVENT.format("request_id = 'r'", 5)], "changed", 5),
    "a leaf": ([EVENT.format("leaf = commitment", 7)], "changed", 7),
    "a payload": ([EVENT.format("payload = '{}'", 8)], "payload", 8),
    "a salt": ([EVENT.format("salt = NULL", 8)], "payload", 8),
    "a commitment": ([EVENT.format("commitment = leaf", 8)], "changed", 8),
    "one event deleted": ([GONE.format("= 4")], "missing", 4),
    "the first deleted": ([GONE.format("= 1")], "missing", 1),
    "the end cut off": ([GONE.format("> 9")], "missing", 10),
    "a number taken back": ([EVENT.format("seq = NULL, leaf = NULL", 5)], "missing", 5),
    "an event inserted": ([EVENT.format("seq = 12", 11)], "missing", 11),
    "an event added": (
        [
            (
                "INSERT INTO stronghold_audit_event (tenant_id, id, at, kind, actor, action, object_type, outcome,"
                " version, commitment, seq, leaf) SELECT tenant_id, object_id, at, kind, actor, action, object_type,"
                " outcome, version, commitment, 12, leaf FROM stronghold_audit_event WHERE tenant_id = :acme"
                " AND seq = 11"
            )
        ],
        "added",
        12,
    ),
    "two exchanged": (
        [EVENT.format("seq = 99", 6), EVENT.format("seq = 6", 8), EVENT.format("seq = 8", 99)],
        "changed",
        6,
    ),
    "taken to another tenant": (
        ["UPDATE stronghold_audit_event SET tenant_id = :rival, seq = 3 WHERE tenant_id = :acme AND seq = 11"],
        "missing",
        11,
    ),
    "a batch deleted": ([NO_BATCH.format(2)], "missing", 2),
    "the last batch deleted": (
        ["DELETE FROM stronghold_audit_batch WHERE tenant_id = :acme AND number = 4"],
        "head",
        10,
    ),
    "the last batch deleted with its events": (
        [NO_BATCH.format(4), GONE.format("> 9")],
        "head",
        10,
    ),
    "a batch's root": ([BATCH.format("root = previous", 3)], "batch", 5),
    "a batch's time": ([BATCH.format("sealed_at = '2026-11-21T13:00:00.000000+00:00'", 3)], "log", 5),
    "a batch's beginning": ([BATCH.format("first_seq = 4", 3)], "batch", 5),
    "a batch's end": ([BATCH.format("last_seq = 8", 3)], "batch", 5),
    "a batch's chain": ([BATCH.format("previous = root", 3)], "batch", 5),
    "the root of the log": ([BATCH.format("log_root = root", 3)], "log", 5),
    "a signature": ([BATCH.format("signature = root", 3)], "signature", 5),
    "a signature taken away": ([BATCH.format("signature = NULL, key_id = NULL", 4)], "signature", 10),
    "a signature by another": ([BATCH.format("key_id = 'other'", 2)], "signature", 2),
    "the head's count": ([HEAD.format("events = 12")], "head", 12),
    "the head": (["DELETE FROM stronghold_audit_head WHERE tenant_id = :acme"], "head", 12),
}


def verified(sealed: Sealed, **options: Any) -> LogVerification:  # noqa: ANN401 - as the verb has them
    """Verify Acme's log with its key."""
    return sealed.stronghold.verify_log(sealed.acme.tenant.id, keys=sealed.keys, **options)


def test_an_honest_log_is_sound(sealed: Sealed) -> None:
    """Whole, and from each checkpoint that was kept."""
    found = verified(sealed)
    assert (found.finding, found.batches, found.events) == (None, 4, 11)
    looked_at = [verified(sealed, since=kept) for kept in sealed.checkpoints]
    assert [(one.is_sound, one.events) for one in looked_at] == [(True, 10), (True, 7), (True, 2), (True, 0)]
    with sealed.acme.books() as books:
        assert books.audit.verify(since=sealed.checkpoints[0], keys=sealed.keys).is_sound
        assert books.verify().is_sound


def test_a_log_that_was_never_sealed_is_sound(sealed: Sealed) -> None:
    """There is nothing to be seen."""
    tenant = sealed.stronghold.tenants.create(kind="user", name="New", base_currency="USD", owner="user:new")
    assert sealed.stronghold.verify_log(tenant.id, keys=sealed.keys).is_sound


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_done_by_hand_is_named_by_the_first_number(sealed: Sealed, vault: Vault, name: str) -> None:
    """And the books as a whole say so, unless it takes a key, or a payload, to see it."""
    statements, rule, seq = TAMPERINGS[name]
    forge(vault, statements, acme=sealed.acme.tenant.id, rival=sealed.rival.tenant.id)
    finding = verified(sealed).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == (rule, seq)
    assert finding.fact
    findings = {one.rule for one in sealed.stronghold.verify(sealed.acme.tenant.id).findings}
    assert findings or rule in {"signature", "payload"}
    rivals = sealed.stronghold.verify_log(sealed.rival.tenant.id).finding
    assert (rivals is None) == (name != "taken to another tenant")


# --- a forger who can write everything


def forged(sealed: Sealed, vault: Vault, key: TestKey | None = None) -> None:
    """Make all hashes of Acme's log agree again, from whatever its events say now; sign with *key*, if there is one."""
    tenant = sealed.acme.tenant.id
    with vault.engine.begin() as connection:
        log, previous = Frontier(), bytes(32)
        batches = select(BATCHES).where(BATCHES.c.tenant_id == tenant).order_by(BATCHES.c.number)
        for batch in connection.execute(batches).all():
            within = EVENTS.c.seq.between(batch.first_seq, batch.last_seq)
            mine = (EVENTS.c.tenant_id == tenant) & within
            events = connection.execute(select(EVENTS).where(mine).order_by(EVENTS.c.seq)).all()
            leaves = [leaf_hash(entry(event, event.seq)) for event in events]
            for event, leaf in zip(events, leaves, strict=True):
                connection.execute(update(EVENTS).where(mine, EVENTS.c.id == event.id).values(leaf=leaf))
            this = (BATCHES.c.tenant_id == tenant) & (BATCHES.c.number == batch.number)
            connection.execute(update(BATCHES).where(this).values(root=root_of(leaves), previous=previous))
            now = connection.execute(select(BATCHES).where(this)).one()
            previous = leaf_hash(header_of(now))
            log.append(previous)
            connection.execute(update(BATCHES).where(this).values(log_root=log.root))
            if key is not None:
                connection.execute(update(BATCHES).where(this).values(key_id=key.kid))
                now = connection.execute(select(BATCHES).where(this)).one()
                signature = key.sign(statement(checkpoint_of(now)))
                connection.execute(update(BATCHES).where(this).values(signature=signature))
        connection.execute(
            update(HEADS).where(HEADS.c.tenant_id == tenant).values(header=previous, frontier=log.written())
        )


def rewrite(sealed: Sealed, vault: Vault) -> None:
    """Change an event's payload and its commitment, as only a forger does."""
    text = json.dumps({"name": "Fraud"})
    forge(
        vault,
        [EVENT.format("payload = :text, commitment = :made, salt = :salt", 6)],
        acme=sealed.acme.tenant.id,
        text=text,
        made=commitment(bytes(16), text),
        salt=bytes(16),
    )


def test_a_forgery_in_which_everything_agrees_is_found_by_the_signature(sealed: Sealed, vault: Vault) -> None:
    """Without a key it is not; that is what the key is for."""
    rewrite(sealed, vault)
    forged(sealed, vault)
    assert sealed.stronghold.verify_log(sealed.acme.tenant.id).is_sound
    finding = verified(sealed).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == ("signature", 5)


def test_a_forgery_that_is_signed_by_another_key_is_found(sealed: Sealed, vault: Vault) -> None:
    """Under its own name it is unknown, and under ours it does not fit."""
    for name in ("other", sealed.key.kid):
        rewrite(sealed, vault)
        forged(sealed, vault, TestKey(name))
        finding = verified(sealed).finding
        assert finding is not None
        assert (finding.rule, finding.seq) == ("signature", 1)


def test_whoever_has_the_key_as_well_is_found_by_a_kept_checkpoint(sealed: Sealed, vault: Vault) -> None:
    """Only by that: it is why checkpoints are exported."""
    rewrite(sealed, vault)
    forged(sealed, vault, sealed.key)
    assert verified(sealed).is_sound
    assert verified(sealed, since=sealed.checkpoints[1]).is_sound
    for kept in sealed.checkpoints[2:]:
        finding = verified(sealed, since=kept).finding
        assert finding is not None
        assert finding.rule == "checkpoint"


def test_an_end_that_was_cut_off_neatly_is_found_by_a_kept_checkpoint(sealed: Sealed, vault: Vault) -> None:
    """Nothing in the database tells of it."""
    statements = [
        GONE.format("> 9"),
        "DELETE FROM stronghold_audit_batch WHERE tenant_id = :acme AND number = 4",
        HEAD.format("batches = 3, events = 9"),
    ]
    forge(vault, statements, acme=sealed.acme.tenant.id)
    forged(sealed, vault, sealed.key)
    assert verified(sealed).is_sound
    assert verified(sealed, since=sealed.checkpoints[2]).is_sound
    finding = verified(sealed, since=sealed.checkpoints[3]).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == ("checkpoint", 10)


def test_a_checkpoint_of_another_log_is_no_beginning_of_this(sealed: Sealed) -> None:
    """Be it as honest as it may."""
    with sealed.rival.books() as books:
        (theirs,) = books.audit.checkpoints()
    finding = verified(sealed, since=theirs).finding
    assert finding is not None
    assert finding.rule == "checkpoint"


def test_an_unsigned_beginning_is_covered_by_the_first_signature(sealed: Sealed, vault: Vault) -> None:
    """A key may come later; each checkpoint stands for all before it."""
    unsigned = (
        "UPDATE stronghold_audit_batch SET signature = NULL, key_id = NULL WHERE tenant_id = :acme AND number < 4"
    )
    forge(vault, [unsigned], acme=sealed.acme.tenant.id)
    assert verified(sealed).is_sound
    assert verified(sealed, since=sealed.checkpoints[0]).is_sound


def test_an_unknown_key_is_a_finding(sealed: Sealed) -> None:
    """Nobody can say whose signature it is."""
    finding = sealed.stronghold.verify_log(sealed.acme.tenant.id, keys=Keys()).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == ("signature", 1)


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_who_may_not_verify_books_may_not_verify_their_log(sealed: Sealed, role: str) -> None:
    """It is the same permission."""
    desk = sealed.acme.seat(f"user:{new_id()}", role)
    with pytest.raises(PermissionDeniedError), desk.books() as books:
        books.audit.verify()
