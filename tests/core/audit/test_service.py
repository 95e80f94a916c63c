"""The log says who did what, and only who may read it does."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from stronghold_core import Books, Origin
from stronghold_core.audit.models import AuditEvent
from stronghold_core.audit.rules import commitment
from stronghold_core.db.base import table_of
from stronghold_core.errors import InvalidCursorError, InvalidInputError, PermissionDeniedError, StrongholdError
from stronghold_core.ids import PrincipalId, new_id
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from stronghold_core import ManualClock
    from stronghold_core.audit import AuditEventRecord
    from tests.support.rows import Vault


def latest(desk: Desk) -> AuditEventRecord:
    """Read the newest event."""
    with desk.books() as books:
        return books.audit.list(limit=1).items[0]


def actions(desk: Desk) -> list[str]:
    """Name what was done, in its order."""
    with desk.books() as books:
        return [event.action for event in reversed(books.audit.list(limit=500).items)]


def rename(desk: Desk, count: int) -> None:
    """Do something *count* times."""
    for n in range(count):
        with desk.books() as books:
            books.tenant.update(name=f"Acme {n}")


# --- what an event says


def test_an_event_says_who_did_what_when_and_from_where(acme: Desk, clock: ManualClock) -> None:
    """Everything that the host told about the request is there; what is personal stands in the payload."""
    acme.seat("user:bob", "accountant")
    clock.advance(timedelta(hours=1))
    origin = Origin(
        request_id="r-1", ip="203.0.113.7", user_agent="curl/8", on_behalf_of=PrincipalId("user:bob"), cause="rule:7"
    )
    with acme.stronghold.books(acme.tenant.id, principal=ADA, origin=origin) as books:
        account = books.accounts.open(name="Bank", type="asset")
    event = latest(acme)
    assert (event.tenant_id, event.actor, event.action) == (acme.tenant.id, ADA, "account.open")
    assert (event.object_type, event.object_id, event.at) == ("account", account.id, NOW + timedelta(hours=1))
    assert (event.kind, event.outcome) == ("change", "done")
    assert (event.request_id, event.on_behalf_of, event.cause) == ("r-1", "user:bob", "rule:7")
    assert event.payload is not None
    assert (event.payload["name"], event.payload["ip"], event.payload["user_agent"]) == (
        "Bank",
        "203.0.113.7",
        "curl/8",
    )


def test_an_event_without_an_origin_says_nothing_of_one(acme: Desk) -> None:
    """Nothing is made up."""
    event = latest(acme)
    assert (event.request_id, event.on_behalf_of, event.cause) == (None, None, None)
    assert event.payload is not None
    assert not event.payload.keys() & {"ip", "user_agent"}


def test_an_event_commits_to_its_payload(acme: Desk) -> None:
    """With a salt of its own each time, so that equal payloads can't be told from their commitments."""
    rename(acme, 2)
    with acme.books() as books:
        rows = list(books._unit.session.scalars(select(AuditEvent)))
    assert len(rows) == 3
    for row in rows:
        assert row.salt is not None
        assert row.payload is not None
        assert row.commitment == commitment(row.salt, row.payload)
    assert len({row.salt for row in rows}) == 3


def test_an_event_whose_payload_was_erased_is_still_listed(acme: Desk, vault: Vault) -> None:
    """Who did what stays; the words are gone."""
    rename(acme, 1)
    table = table_of(AuditEvent)
    with vault.engine.begin() as connection:
        connection.execute(update(table).where(table.c.tenant_id == acme.tenant.id).values(payload=None, salt=None))
    event = latest(acme)
    assert (event.action, event.payload) == ("tenant.update", None)


@pytest.mark.parametrize(
    "refused",
    [
        lambda books: books.tenant.update(name=""),
        lambda books: books.accounts.open(name="Bank", type="nonsense"),
        lambda books: books.accounts.close(new_id()),
    ],
    ids=["a bad name", "a bad type", "nothing there"],
)
def test_a_refused_command_writes_no_event(acme: Desk, refused: Callable[[Books], object]) -> None:
    """Though the unit is committed."""
    before = actions(acme)
    with acme.books() as books, suppress(StrongholdError):
        refused(books)
    assert actions(acme) == before


def test_a_refused_change_of_rights_is_an_event_of_its_own(acme: Desk) -> None:
    """Nothing was done, and that somebody tried is worth knowing."""
    with acme.books() as books, suppress(StrongholdError):
        books.members.remove(ADA)
    event = latest(acme)
    assert (event.action, event.kind, event.outcome) == ("member.remove", "security", "denied")


def test_a_rolled_back_unit_leaves_no_event(acme: Desk) -> None:
    """An event is part of what it tells of."""
    before = actions(acme)
    with suppress(LookupError), acme.books() as books:
        books.tenant.update(name="Other")
        raise LookupError
    assert actions(acme) == before


# --- who may read it


@pytest.mark.parametrize("role", ["owner", "admin", "auditor"])
def test_who_may_read_the_log_reads_it(acme: Desk, role: str) -> None:
    """Three roles."""
    desk = acme.seat("user:bob", role)
    with desk.books(read_only=True) as books:
        assert books.audit.list().items


@pytest.mark.parametrize("role", ["accountant", "member", "viewer"])
def test_who_may_not_read_the_log_is_denied(acme: Desk, role: str) -> None:
    """And that stands in the log."""
    desk = acme.seat("user:bob", role)
    with pytest.raises(PermissionDeniedError), desk.books(read_only=True) as books:
        books.audit.list()
    event = latest(acme)
    assert (event.actor, event.action, event.kind, event.outcome) == ("user:bob", "audit:read", "security", "denied")


def test_a_tenant_reads_its_own_log(acme: Desk, rival: Desk) -> None:
    """Of another one's there is no trace."""
    rename(acme, 2)
    for desk in (acme, rival):
        with desk.books() as books:
            assert {event.tenant_id for event in books.audit.list().items} == {desk.tenant.id}
    assert actions(rival) == ["tenant.create"]


# --- finding and paging


def test_events_are_found_by_actor_action_and_object(acme: Desk) -> None:
    """Each by itself, and together."""
    bob = acme.seat("user:bob", "owner")
    with bob.books() as books:
        account = books.accounts.open(name="Bank", type="asset")
        books.accounts.rename(account.id, name="Other bank")
        books.accounts.open(name="Cash", type="asset")
        found = books.audit.list(actor="user:bob").items
        assert [event.action for event in found] == ["account.open", "account.rename", "account.open"]
        assert [event.actor for event in books.audit.list(action="tenant.create").items] == [ADA]
        for written in (account.id, str(account.id)):
            found = books.audit.list(object_id=written).items
            assert [event.action for event in found] == ["account.rename", "account.open"]
        assert len(books.audit.list(actor="user:bob", action="account.open", object_id=account.id).items) == 1
        assert books.audit.list(actor=ADA, object_id=account.id).items == ()


@pytest.mark.parametrize("wrong", ["", "a\x00b", "\ud800", "x" * 201, 7, [ADA]], ids=ascii)
@pytest.mark.parametrize("field", ["actor", "action"])
def test_an_actor_and_an_action_that_none_can_be_are_refused(acme: Desk, field: str, wrong: Any) -> None:  # noqa: ANN401
    """Before they reach a database that would choke on them."""
    with acme.books() as books:
        with pytest.raises(InvalidInputError) as caught:
            books.audit.list(**{field: wrong})
        assert caught.value.field == field
        assert books.verify().is_sound


def test_an_object_that_is_no_id_is_refused(acme: Desk) -> None:
    """By the argument's name."""
    with acme.books() as books, pytest.raises(InvalidInputError) as caught:
        books.audit.list(object_id="bank")
    assert caught.value.field == "object_id"


def test_pages_lead_from_the_latest_to_the_first(acme: Desk) -> None:
    """Each event once, though more are written meanwhile."""
    rename(acme, 6)
    seen: list[UUID] = []
    after = None
    for page_number in range(4):
        with acme.books() as books:
            page = books.audit.list(limit=2, after=after)
        seen += [event.id for event in page.items]
        after = page.next_cursor
        assert (after is None) == (page_number == 3)
        rename(acme, 1)
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 7


def test_a_page_that_is_just_full_is_the_last(acme: Desk) -> None:
    """No cursor leads to an empty page."""
    rename(acme, 1)
    with acme.books() as books:
        assert books.audit.list(limit=2).next_cursor is None
        assert books.audit.list(limit=1).next_cursor is not None


@pytest.mark.parametrize("limit", [0, 501])
def test_a_page_has_a_size_that_is_allowed(acme: Desk, limit: int) -> None:
    """As everywhere."""
    with acme.books() as books, pytest.raises(InvalidInputError):
        books.audit.list(limit=limit)


def test_a_cursor_belongs_to_its_list(acme: Desk, rival: Desk) -> None:
    """Not to another filter, nor to another tenant; a made-up position in the right list is refused as well."""
    rename(acme, 3)
    with acme.books() as books:
        cursor = books.audit.list(limit=1).next_cursor
        assert cursor is not None
        with pytest.raises(InvalidCursorError):
            books.audit.list(limit=1, after=cursor, actor=ADA)
        content = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_"))
        for position in ([], ["no id"], [1, 2], [None]):
            forged = base64.urlsafe_b64encode(json.dumps([*content[:2], *position]).encode()).decode().rstrip("=")
            with pytest.raises(InvalidCursorError):
                books.audit.list(limit=1, after=forged)
    with rival.books() as books, pytest.raises(InvalidCursorError):
        books.audit.list(limit=1, after=cursor)
