"""No tenant reaches another's rows, by any verb and by any path to any table; and the kit that says so can see."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table

from stronghold_core import Stronghold
from stronghold_core.db import Base, Id
from stronghold_core.testing.isolation import check_isolation
from stronghold_core.testing.isolation.kit import Kit
from stronghold_core.testing.isolation.verbs import ATTEMPTS, public_verbs

if TYPE_CHECKING:
    from stronghold_core import Books
    from stronghold_core.testing.isolation.tenants import Belongings


def test_no_way_leads_from_one_tenant_to_another(hosted: Stronghold) -> None:
    """Every table of ours and the host's by every path, every verb, and the door."""
    report = check_isolation(hosted)
    assert report.faults == []
    tables = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.c}
    assert set(report.targets) >= {*tables, "host_shelf", "host_book", *(f"books.{verb}" for verb in public_verbs())}
    assert str(report) == f"{report.attempts} attempts on {len(report.targets)} tables and verbs: 0 leaks, 0 gaps"
    assert report.attempts > 1_000


# --- the kit sees


@pytest.fixture
def siege(sqlite_url: str) -> Any:  # noqa: ANN401 - a generator of a kit
    """Begin a run on a database without tables of a host's."""
    with closing(Stronghold(sqlite_url)) as stronghold:
        yield Kit(stronghold, {})


def test_a_verb_that_the_kit_does_not_know_is_a_gap(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever adds a verb adds an attempt."""
    monkeypatch.delitem(ATTEMPTS, "accounts.rename")
    with closing(Stronghold(sqlite_url)) as stronghold:
        assert check_isolation(stronghold).faults == ["no attempt for verb accounts.rename"]


def test_every_attempt_is_of_a_verb_that_there_is() -> None:
    """None is left behind by a verb that went."""
    assert set(ATTEMPTS) == set(public_verbs())


def test_a_verb_that_returns_theirs_is_seen(siege: Kit) -> None:
    """However deep in its answer, and whichever it is: an id, a name in a text, an id as text."""
    for secret in (lambda t: t.account, lambda t: f"the {t.word} bank, closed", lambda t: str(t.tenant)):
        siege.call("leaky", lambda _, theirs, own, secret=secret: [{"a": (secret(theirs), own)}])  # type: ignore[misc]
    assert [leak.what.split()[0] for leak in siege.result().leaks] == ["returned"] * 3


def test_a_verb_that_changes_theirs_is_seen(siege: Kit) -> None:
    """Though it returns nothing."""

    def write(_books: Books, theirs: Belongings, _own: Belongings) -> None:
        if theirs == siege.theirs:
            stronghold = siege._stronghold
            with stronghold.books(theirs.tenant, principal=theirs.principal) as broken:
                broken.accounts.rename(theirs.account, name="stolen")

    # The attempt's own unit holds SQLite's lock: it writes after that.
    with siege.watched("books.leaky", "a verb"):
        siege.call("leaky", lambda b, t, o: b.on_commit(lambda: write(b, t, o)))
    changed = {leak.what for leak in siege.result().leaks}
    assert "changed their rows in stronghold_account" in changed


def test_a_verb_that_answers_otherwise_to_theirs_than_to_nobodys_is_seen(siege: Kit) -> None:
    """Else it would tell which ids there are."""
    siege.call("leaky", lambda books, theirs, _: books.accounts.get(theirs.account))
    assert siege.result().leaks == ()
    siege.call("leaky", lambda b, t, o: b.accounts.get(t.account if t == siege.theirs else o.account))
    (leak,) = siege.result().leaks
    assert leak.what.startswith("answered 'NotFoundError: There is no account … here")
    assert leak.what.endswith("for their ids, and 'an answer' for nobody's")


# --- a host's rows

METADATA = MetaData()
DOUBLES = Table(
    "host_double",
    METADATA,
    Column("tenant_id", Id, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("even", Integer, CheckConstraint("even % 2 = 0"), nullable=False),
    Column("words", String(30)),
    info={"stronghold": "tenant"},
)


@pytest.fixture
def doubles(sqlite_url: str) -> Any:  # noqa: ANN401 - a generator of a stronghold
    """Open a database with a table whose rows can't be made up."""
    with closing(Stronghold(sqlite_url)) as stronghold:
        METADATA.create_all(stronghold.database.engine)
        stronghold.register_tables(METADATA)
        yield stronghold


def test_a_row_that_can_not_be_made_up_is_asked_for(doubles: Stronghold) -> None:
    """A table that was not attacked must not seem sound."""
    faults = check_isolation(doubles).faults
    assert [fault.partition(",")[0] for fault in faults] == [
        "no row for host_double could be made up",
        "no row for host_double could be made up",
        "no row in host_double to attack",
    ]


def test_a_host_may_give_what_can_not_be_made_up(doubles: Stronghold) -> None:
    """The rest of the row is made up all the same."""
    report = check_isolation(doubles, rows={"host_double": {"even": 2}})
    assert report.faults == []
    assert "host_double" in report.targets
