"""Sealing gives each event one number, without a gap, and leaves nothing behind when it is cut short."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from stronghold_core import Checkpoint, Origin, Stronghold
from stronghold_core.audit import seal_batch
from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.sealing import service
from stronghold_core.audit.sealing.models import AuditBatch, AuditHead
from stronghold_core.audit.sealing.rules import HEADER_FIELDS, entry, header
from stronghold_core.context import Context
from stronghold_core.db import table_of
from stronghold_core.errors import IntegrityFaultError, InvalidInputError, NotFoundError
from stronghold_core.ids import PrincipalId, new_id
from tests.support.signing import TestKey
from tests.support.transparency import canonical, statement, tree_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import ManualClock
    from stronghold_core.audit import SealedBatch
    from stronghold_core.db import AnyRow
    from tests.support.rows import Vault
    from tests.support.stronghold import Desk

EVENTS, BATCHES, HEADS = table_of(AuditEvent), table_of(AuditBatch), table_of(AuditHead)


def rename(desk: Desk, count: int) -> None:
    """Do something *count* times."""
    for number in range(count):
        with desk.books() as books:
            books.tenant.update(name=f"{desk.principal} {number}")


def seal(desk: Desk, *, limit: int = 1_000) -> SealedBatch | None:
    """Seal one batch, of *limit* events at most."""
    context = Context(
        tenant_id=desk.tenant.id, principal=PrincipalId("system:seal"), permissions=frozenset(), origin=Origin()
    )
    with desk.stronghold._units.platform(context) as unit:
        return seal_batch(unit, None, limit=limit)


def rows(desk: Desk, vault: Vault, table: Any) -> list[AnyRow]:  # noqa: ANN401 - a table
    """Read a table's rows of the tenant, in the order of their numbers."""
    order = table.c.seq if "seq" in table.c else table.c.number
    with vault.engine.connect() as connection:
        return list(connection.execute(select(table).where(table.c.tenant_id == desk.tenant.id).order_by(order)))


def head(desk: Desk, vault: Vault) -> AnyRow:
    """Read the head."""
    with vault.engine.connect() as connection:
        return connection.execute(select(HEADS).where(HEADS.c.tenant_id == desk.tenant.id)).one()


# --- what is sealed


def test_events_get_numbers_without_a_gap_in_the_order_in_which_they_were_made(acme: Desk, vault: Vault) -> None:
    """From 1, over all batches."""
    rename(acme, 4)
    assert seal(acme, limit=2)
    rename(acme, 2)
    sealed = acme.stronghold.seal(acme.tenant.id)
    assert (sealed.tenants, sealed.batches, sealed.events) == (1, 1, 5)
    events = rows(acme, vault, EVENTS)
    assert [event.seq for event in events] == [*range(1, 8)]
    assert [event.id for event in events] == sorted(event.id for event in events)
    with acme.books() as books:
        assert [event.seq for event in books.audit.list()] == [*range(7, 0, -1)]


def test_nothing_waiting_is_nothing_to_seal(acme: Desk, vault: Vault) -> None:
    """No batch is empty."""
    assert acme.stronghold.seal(acme.tenant.id).events == 1
    before = vault.rows()
    assert acme.stronghold.seal(acme.tenant.id).batches == 0
    assert seal(acme) is None
    assert vault.rows() == before


def test_a_leaf_is_the_header_and_the_commitment_never_the_payload(acme: Desk, vault: Vault) -> None:
    """Written down again by somebody else; what is personal is not in it."""
    origin = Origin(request_id="r-1", ip="203.0.113.7", user_agent="curl/8", cause="rule:7")
    with acme.stronghold.books(acme.tenant.id, principal=acme.principal, origin=origin) as books:
        books.tenant.update(name="Café")
    seal(acme)
    event = rows(acme, vault, EVENTS)[-1]
    written = json.loads(entry(event, event.seq))
    assert canonical(written) == entry(event, event.seq)
    assert written == {
        "tenant_id": str(acme.tenant.id),
        "id": str(event.id),
        "seq": 2,
        "at": "2026-11-21T12:00:00+00:00",
        "kind": "change",
        "actor": acme.principal,
        "action": "tenant.update",
        "object_type": "tenant",
        "object_id": str(acme.tenant.id),
        "outcome": "done",
        "cause": "rule:7",
        "request_id": "r-1",
        "version": 1,
        "commitment": event.commitment.hex(),
    }
    assert not {"payload", "salt", "ip", "user_agent"} & {*HEADER_FIELDS}


def test_a_batch_is_a_tree_over_its_events_and_the_log_one_over_its_batches(acme: Desk, vault: Vault) -> None:
    """Both as the RFC has them; each batch names the header of the one before."""
    rename(acme, 6)
    while seal(acme, limit=3):
        pass
    events, batches = rows(acme, vault, EVENTS), rows(acme, vault, BATCHES)
    assert [(batch.number, batch.first_seq, batch.last_seq) for batch in batches] == [(1, 1, 3), (2, 4, 6), (3, 7, 7)]
    headers: list[bytes] = []
    previous = bytes(32)
    for batch in batches:
        own = events[batch.first_seq - 1 : batch.last_seq]
        assert batch.root == tree_hash([entry(event, event.seq) for event in own])
        assert batch.previous == previous
        columns = ("tenant_id", "number", "first_seq", "last_seq", "root", "previous", "sealed_at")
        headers.append(header(**{name: getattr(batch, name) for name in columns}))
        previous = tree_hash(headers[-1:])
        assert batch.log_root == tree_hash(headers)
    assert (head(acme, vault).batches, head(acme, vault).events, head(acme, vault).header) == (3, 7, previous)


def test_a_tenant_is_sealed_by_itself(acme: Desk, rival: Desk, vault: Vault) -> None:
    """Each has numbers of its own."""
    assert acme.stronghold.seal(acme.tenant.id).events == 1
    assert [event.seq for event in rows(rival, vault, EVENTS)] == [None]
    seal(rival)
    assert [event.seq for event in rows(rival, vault, EVENTS)] == [1]


def test_an_unknown_tenant_has_nothing_to_seal(acme: Desk) -> None:
    """It answers as everywhere."""
    with pytest.raises(NotFoundError):
        acme.stronghold.seal(new_id())


# --- checkpoints


def test_a_checkpoint_is_signed_over_everything_it_says(database_url: str, clock: ManualClock) -> None:
    """By a statement that says what it is; without a key it says that it is not."""
    key, kept = TestKey("k-7"), list[Checkpoint]()
    with Stronghold(database_url, clock=clock, signer=key) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
        assert stronghold.seal(tenant.id, export=kept.append).events == 1
        with stronghold.books(tenant.id, principal="user:ada") as books:
            (stored,) = books.audit.checkpoints()
    assert stored == kept[0]
    assert stored.is_signed
    assert (stored.key_id, stored.batches, stored.events) == ("k-7", 1, 1)
    written = stored.model_dump(mode="json")
    assert key.verify(bytes.fromhex(written["signature"]), statement(written))
    for name, other in [
        ("events", 2),
        ("batches", 2),
        ("root", "0" * 64),
        ("key_id", "k"),
        ("tenant_id", str(new_id())),
    ]:
        assert not key.verify(bytes.fromhex(written["signature"]), statement({**written, name: other}))


def test_without_a_key_a_checkpoint_is_not_signed(acme: Desk) -> None:
    """It still tells what the log was."""
    kept: list[Checkpoint] = []
    acme.stronghold.seal(acme.tenant.id, export=kept.append)
    assert [(one.is_signed, one.key_id, one.signature) for one in kept] == [(False, None, None)]


def test_checkpoints_are_listed_in_pages_the_latest_first(acme: Desk) -> None:
    """As everywhere."""
    rename(acme, 4)
    while seal(acme, limit=1):
        pass
    with acme.books() as books:
        first = books.audit.checkpoints(limit=3)
        second = books.audit.checkpoints(limit=3, after=first.next_cursor)
    assert [one.batches for one in (*first, *second)] == [5, 4, 3, 2, 1]
    assert second.next_cursor is None


# --- one at a time, and cut short at any step


def test_several_sealers_give_each_number_once(acme: Desk, vault: Vault) -> None:
    """They wait for the head's row."""
    rename(acme, 20)
    start = Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(10):
            seal(acme, limit=1)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in rows(acme, vault, EVENTS)] == [*range(1, 22)]
    assert len(rows(acme, vault, BATCHES)) == 21


class Cut(Exception):  # noqa: N818 - it is no error of anybody's
    """The sealer was cut short."""


STEPS = ["locked_head", "unsealed", "number_events", "add_batch", "move_head"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_sealer_that_is_cut_short_leaves_nothing_behind(acme: Desk, vault: Vault, step: str, when: str) -> None:
    """Not one number; and the next one seals as if it had never been."""
    rename(acme, 3)
    before = vault.rows()
    done: Callable[..., Any] = getattr(service, step)

    def cut(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as the step has them
        if when == "after":
            done(*arguments, **named)
        raise Cut

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(service, step, cut)
        with pytest.raises(Cut):
            seal(acme)
    assert vault.rows() == before
    assert seal(acme)
    assert [event.seq for event in rows(acme, vault, EVENTS)] == [1, 2, 3, 4]


def test_a_slow_transaction_is_sealed_later_not_lost(postgresql_url: str) -> None:
    """Its event has a smaller id than those that are sealed already."""
    with Stronghold(postgresql_url) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner="user:ada")
        with stronghold.books(tenant.id, principal="user:ada") as slow:
            slow.accounts.open(name="Slow", type="asset")
            with stronghold.books(tenant.id, principal="user:ada") as fast:
                fast.accounts.open(name="Fast", type="asset")
            assert stronghold.seal(tenant.id).events == 2
        assert stronghold.seal(tenant.id).events == 1
        with stronghold.books(tenant.id, principal="user:ada") as books:
            names = {event.seq: (event.payload or {}).get("name") for event in books.audit.list()}
    assert (names[2], names[3]) == ("Fast", "Slow")


def test_a_head_that_cannot_be_is_reported_not_built_upon(acme: Desk, vault: Vault) -> None:
    """Somebody wrote it past this library."""
    seal(acme)
    rename(acme, 1)
    vault.tamper("UPDATE stronghold_audit_head SET batches = 3 WHERE tenant_id = :tenant", tenant=acme.tenant.id)
    with pytest.raises(IntegrityFaultError, match="head of the audit log"):
        seal(acme)
    vault.tamper("UPDATE stronghold_audit_head SET batches = 1 WHERE tenant_id = :t", t=acme.tenant.id)


def test_a_log_that_cannot_be_sealed_keeps_no_other_from_it(acme: Desk, rival: Desk, vault: Vault) -> None:
    """It is named in the end."""
    seal(acme)
    rename(acme, 1)
    vault.tamper("UPDATE stronghold_audit_head SET batches = 3 WHERE tenant_id = :t", t=acme.tenant.id)
    with pytest.raises(IntegrityFaultError):
        acme.stronghold.seal()
    assert [event.seq for event in rows(rival, vault, EVENTS)] == [1]
    vault.tamper("UPDATE stronghold_audit_head SET batches = 1 WHERE tenant_id = :t", t=acme.tenant.id)


# --- who may touch an event

TOUCHES = [
    update(EVENTS).values(actor="user:nobody"),
    update(EVENTS).values(seq=99),
    update(EVENTS).values(payload="{}"),
    delete(EVENTS),
    update(BATCHES).values(root=bytes(32)),
    delete(BATCHES),
]


@pytest.mark.parametrize("touch", TOUCHES, ids=str)
def test_a_sealed_event_is_touched_by_no_statement_of_a_unit(acme: Desk, vault: Vault, touch: Any) -> None:  # noqa: ANN401
    """By privileges and policies on PostgreSQL, by triggers on SQLite."""
    seal(acme)
    before = vault.rows()
    with suppress(LookupError), acme.books() as books:
        try:
            assert books._unit.connection.execute(touch).rowcount == 0
        except DBAPIError as refusal:
            assert re.search(r"append-only|permission denied", str(refusal))  # noqa: PT017 - or it met no row at all
        raise LookupError
    assert vault.rows() == before


def test_an_event_that_waits_is_touched_by_none_but_the_sealer(acme: Desk) -> None:
    """On PostgreSQL a unit has to say that it seals; SQLite knows no duties, and lets it have a number once."""
    touch = update(EVENTS).values(seq=1, leaf=bytes(32))
    with suppress(LookupError), acme.books() as books:
        touched = books._unit.connection.execute(touch).rowcount
        assert touched == (0 if books._unit.backend.has_row_level_security else 1)
        if touched:
            with pytest.raises(IntegrityError, match="append-only"):
                books._unit.connection.execute(touch)
        raise LookupError


# --- in the background


def keeping(desk: Desk, kept: list[Checkpoint]) -> Callable[[Checkpoint], None]:
    """Keep the checkpoints of one tenant; others share the database."""
    return lambda checkpoint: kept.append(checkpoint) if checkpoint.tenant_id == desk.tenant.id else None


def test_a_sealer_in_the_background_seals_what_comes(acme: Desk, vault: Vault) -> None:
    """Until it is stopped; then nothing waits that was there before."""
    kept: list[Checkpoint] = []
    sealer = acme.stronghold.sealer(interval_seconds=0.01, export=keeping(acme, kept))
    assert not sealer.is_running
    with sealer:
        sealer.start()
        assert sealer.is_running
        rename(acme, 5)
    assert not sealer.is_running
    assert all(event.seq for event in rows(acme, vault, EVENTS))
    assert kept[-1].events == 6
    sealer.start()
    rename(acme, 1)
    sealer.stop()
    assert kept[-1].events == 7


def test_a_sealer_goes_on_after_a_failure(acme: Desk, caplog: pytest.LogCaptureFixture, clock: ManualClock) -> None:
    """Of an export, for one: it is logged, and the next round exports the next checkpoint."""
    kept: list[Checkpoint] = []

    def export(checkpoint: Checkpoint) -> None:
        if "no space left" not in caplog.text:
            raise OSError("no space left")
        keeping(acme, kept)(checkpoint)

    clock.advance(timedelta(minutes=1))
    with acme.stronghold.sealer(interval_seconds=0.01, export=export):
        while "no space left" not in caplog.text:
            sleep(0.01)
        rename(acme, 1)
    assert "no space left" in caplog.text
    assert kept[-1].events == 2


@pytest.mark.parametrize("pause", [0, -1, float("nan")])
def test_a_sealer_pauses(acme: Desk, pause: float) -> None:
    """Else it would do nothing else."""
    with pytest.raises(InvalidInputError, match="interval_seconds"):
        acme.stronghold.sealer(interval_seconds=pause)
