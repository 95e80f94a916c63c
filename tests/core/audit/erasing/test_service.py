"""What may go from the log goes without a trace of its words, and what stays proves itself as before."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import Origin, verify_consistency, verify_inclusion
from stronghold_core.errors import (
    AlreadyRedactedError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ReadOnlyUnitError,
)
from stronghold_core.ids import new_id
from tests.support.sealed import Sealed, forge, sealed

if TYPE_CHECKING:
    from stronghold_core import AuditEventRecord
    from tests.support.rows import Vault

__all__ = ["sealed"]

SECRET = "Zaphod Beeblebrox of 42 Betelgeuse"
BASIS = "GDPR Art. 17, request 7"


def events(sealed: Sealed) -> list[AuditEventRecord]:
    """List Acme's events, the first first."""
    with sealed.acme.books() as books:
        return [*reversed(books.audit.list(limit=500))]


def personal(sealed: Sealed) -> Any:  # noqa: ANN401 - an id
    """Have something personal recorded, and return the id of the event."""
    origin = Origin(ip="203.0.113.99", user_agent="Marvin/1")
    desk = sealed.acme
    with desk.stronghold.books(desk.tenant.id, principal=desk.principal, origin=origin) as books:
        books.tenant.update(name=SECRET)
        books.tenant.update(name="Acme")
    first, second = events(sealed)[-2:]
    with desk.books() as books:
        books.audit.redact(second.id, legal_basis=BASIS)
    return first.id


def is_sound(sealed: Sealed) -> bool:
    """Verify Acme's log and books."""
    tenant = sealed.acme.tenant.id
    log = sealed.stronghold.verify_log(tenant, keys=sealed.keys, since=None)
    assert log.finding is None
    assert sealed.stronghold.verify(tenant).findings == ()
    return True


# --- redaction


def test_a_redacted_event_has_no_payload_and_the_log_is_sound(sealed: Sealed) -> None:
    """What was done stays, and who did it; an event tells of the erasure."""
    event_id = sealed.event(5)
    with sealed.acme.books() as books:
        books.audit.redact(event_id, legal_basis=BASIS)
    found = {event.id: event for event in events(sealed)}
    assert (found[event_id].payload, found[event_id].action) == (None, "tenant.update")
    told = events(sealed)[-1]
    assert (told.action, told.kind, told.object_id) == ("audit.redact", "change", event_id)
    assert (told.payload or {}) == {"legal_basis": BASIS, "seq": 5}
    assert is_sound(sealed)
    sealed.stronghold.seal(sealed.acme.tenant.id)
    assert is_sound(sealed)
    with sealed.acme.books() as books:
        assert verify_inclusion(books.audit.prove(event_id, with_payload=True), keys=sealed.keys).opening is None


def test_an_event_is_redacted_before_it_is_sealed(sealed: Sealed) -> None:
    """Its commitment is what is sealed, so that nothing has to wait."""
    event_id = personal(sealed)
    with sealed.acme.books() as books:
        books.audit.redact(event_id, legal_basis=BASIS)
    sealed.stronghold.seal(sealed.acme.tenant.id)
    assert is_sound(sealed)


def test_the_words_of_a_redacted_event_are_gone_from_the_file(sealed: Sealed) -> None:
    """From SQLite's file and its write-ahead log, byte by byte; and from every row on PostgreSQL."""
    event_id = personal(sealed)
    url = sealed.stronghold.database.engine.url
    if url.get_backend_name() == "sqlite":
        assert SECRET.encode() in contents(Path(str(url.database)))
    with sealed.acme.books() as books:
        books.audit.redact(event_id, legal_basis=BASIS)
    if url.get_backend_name() == "sqlite":
        for word in (SECRET, "203.0.113.99", "Marvin/1"):
            assert word.encode() not in contents(Path(str(url.database)))
    assert all(SECRET not in str(event) for event in events(sealed))


def contents(path: Path) -> bytes:
    """Read a database's file, and all that lies beside it."""
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


@pytest.mark.parametrize("basis", ["", "  ", "x" * 501, "a\x00b", None, 7])
def test_nothing_is_redacted_without_a_legal_basis(sealed: Sealed, vault: Vault, basis: Any) -> None:  # noqa: ANN401
    """It is what whoever asks later has to read."""
    event_id, before = sealed.event(5), vault.rows()
    with sealed.acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.audit.redact(event_id, legal_basis=basis)
    assert caught.value.field == "legal_basis"
    assert vault.rows() == before


def test_an_event_is_redacted_once(sealed: Sealed, vault: Vault) -> None:
    """The second time nothing is left; what is no event, or another tenant's, is missing."""
    event_id = sealed.event(5)
    with sealed.acme.books() as books:
        books.audit.redact(event_id, legal_basis=BASIS)
    before = vault.rows()
    with sealed.acme.books() as books:
        with pytest.raises(AlreadyRedactedError):
            books.audit.redact(event_id, legal_basis=BASIS)
        with pytest.raises(NotFoundError):
            books.audit.redact(new_id(), legal_basis=BASIS)
    with sealed.rival.books() as books, pytest.raises(NotFoundError):
        books.audit.redact(event_id, legal_basis=BASIS)
    assert vault.rows() == before


def test_what_tells_of_an_erasure_is_not_erased(sealed: Sealed) -> None:
    """Else nobody could tell it from a crime."""
    with sealed.acme.books() as books:
        books.audit.redact(books.audit.list(limit=500).items[-1].id, legal_basis=BASIS)
        told = books.audit.list(limit=1).items[0]
        with pytest.raises(InvalidInputError, match="not erased itself"):
            books.audit.redact(told.id, legal_basis=BASIS)


def test_several_at_once_redact_an_event_once(sealed: Sealed) -> None:
    """One does, the others are told."""
    event_id, start, told = sealed.event(5), Barrier(4), list[str]()

    def work() -> None:
        start.wait()
        try:
            sealed.stronghold.run(
                sealed.acme.tenant.id,
                principal=sealed.acme.principal,
                do=lambda books: books.audit.redact(event_id, legal_basis=BASIS),
            )
            told.append("done")
        except AlreadyRedactedError:
            told.append("late")

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "late", "late", "late"]
    assert [event.action for event in events(sealed)].count("audit.redact") == 1
    assert is_sound(sealed)


@pytest.mark.parametrize("role", ["admin", "auditor", "accountant"])
def test_only_an_owner_lets_anything_go(sealed: Sealed, vault: Vault, role: str) -> None:
    """Or whoever is given it; in a unit that reads nobody does."""
    event_id = sealed.event(5)
    desk = sealed.acme.seat(f"user:{new_id()}", role)
    before = vault.rows(without={"stronghold_audit_event"})
    with desk.books() as books:
        with pytest.raises(PermissionDeniedError):
            books.audit.redact(event_id, legal_basis=BASIS)
        with pytest.raises(PermissionDeniedError):
            books.audit.expire(sealed_before="2027-01-01T00:00:00Z", legal_basis=BASIS)
    with sealed.acme.books(read_only=True) as books, pytest.raises(ReadOnlyUnitError):
        books.audit.redact(event_id, legal_basis=BASIS)
    assert vault.rows(without={"stronghold_audit_event"}) == before
    assert [event.action for event in events(sealed)][-2:] == ["audit:redact", "audit:expire"]


# --- retention


def expired(sealed: Sealed) -> Any:  # noqa: ANN401 - what the verb returns
    """Post something, seal it, and drop all that is sealed by then."""
    with sealed.acme.books() as books:
        bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
        paid = books.transactions.record(account=bank.id, amount="-5.00")
        books.transactions.record(account=bank.id, amount="-7.00", idempotency_key="k")
        food = books.categories.create(name="Food", kind="expense")
        books.transactions.recategorise(paid.id, category=food.id)
    sealed.stronghold.seal(sealed.acme.tenant.id, export=sealed.checkpoints.append)
    with sealed.acme.books() as books:
        return books.audit.expire(sealed_before="2027-01-01T00:00:00Z", legal_basis="ten years are over")


def test_a_sealed_prefix_is_dropped_and_the_rest_is_proved(sealed: Sealed) -> None:
    """Books and log are sound; whoever kept an old checkpoint gets a proof that this is its continuation."""
    dropped = expired(sealed)
    assert (dropped.until, dropped.events) == (16, 16)
    (told,) = events(sealed)
    assert (told.action, told.payload) == (
        "audit.expire",
        {"events": 16, "legal_basis": "ten years are over", "until": 16},
    )
    assert is_sound(sealed)
    sealed.rename(sealed.acme, 2)
    sealed.stronghold.seal(sealed.acme.tenant.id)
    assert [event.seq for event in events(sealed)] == [17, 18, 19]
    assert is_sound(sealed)
    for kept in sealed.checkpoints:
        assert sealed.stronghold.verify_log(sealed.acme.tenant.id, since=kept, keys=sealed.keys).is_sound
        with sealed.acme.books() as books:
            verify_consistency(books.audit.prove_growth(kept), kept=kept, keys=sealed.keys)
    with sealed.acme.books() as books:
        assert verify_inclusion(books.audit.prove(told.id), keys=sealed.keys).entry["seq"] == 17


def test_what_is_not_sealed_or_not_old_enough_stays(sealed: Sealed) -> None:
    """Nothing went, so no event tells of it."""
    sealed.rename(sealed.acme, 1)
    before = events(sealed)
    with sealed.acme.books() as books:
        nothing = books.audit.expire(sealed_before="2026-11-21T12:00:00Z", legal_basis="none")
    assert (nothing.until, nothing.events) == (0, 0)
    assert events(sealed) == before
    expired(sealed)
    with sealed.acme.books() as books:
        again = books.audit.expire(sealed_before="2027-01-01T00:00:00Z", legal_basis="none")
    assert (again.until, again.events) == (17, 0)


@pytest.mark.parametrize("wrong", [{"sealed_before": "soon"}, {"sealed_before": "2027-01-01"}, {"legal_basis": ""}])
def test_a_retention_that_says_nothing_is_refused(sealed: Sealed, vault: Vault, wrong: dict[str, str]) -> None:
    """An instant has a time zone; a basis is text."""
    before = vault.rows()
    with sealed.acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.audit.expire(**{"sealed_before": "2027-01-01T00:00:00Z", "legal_basis": BASIS, **wrong})
    assert [caught.value.field] == [*wrong]
    assert vault.rows() == before


def test_events_that_are_gone_without_a_word_of_it_are_found(sealed: Sealed, vault: Vault) -> None:
    """To forge how far the log was dropped is not enough."""
    statements = [
        "UPDATE stronghold_audit_head SET dropped = 1 WHERE tenant_id = :acme",
        "DELETE FROM stronghold_audit_event WHERE tenant_id = :acme AND seq = 1",
    ]
    forge(vault, statements, acme=sealed.acme.tenant.id)
    finding = sealed.stronghold.verify_log(sealed.acme.tenant.id).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == ("head", 1)


def test_an_event_that_is_missing_later_is_found_though_earlier_ones_were_dropped(sealed: Sealed, vault: Vault) -> None:
    """Books that lost an event after what was dropped are not sound."""
    expired(sealed)
    sealed.rename(sealed.acme, 1)
    sealed.stronghold.seal(sealed.acme.tenant.id)
    gone = "DELETE FROM stronghold_audit_event WHERE tenant_id = :acme AND seq = 18"
    forge(vault, [gone], acme=sealed.acme.tenant.id)
    finding = sealed.stronghold.verify_log(sealed.acme.tenant.id).finding
    assert finding is not None
    assert (finding.rule, finding.seq) == ("missing", 18)
