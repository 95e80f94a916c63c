"""The database's own wall between people: raw SQL of the app role sees the rows of the one person that it named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from stronghold_core.db import Base, Scope, own_transaction
from stronghold_core.db.expected import DELETABLE, UPDATABLE
from stronghold_core.ids import new_id
from tests.support.sign_ins import PASSWORD, Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Table

    from stronghold_core import ManualClock, Stronghold
    from stronghold_core.ids import UserId
    from tests.support.stronghold import Desk

OF_PEOPLE: Final = {
    table.name: table for table in Base.metadata.sorted_tables if table.info.get("scope") is Scope.PERSON
}

pytestmark = [
    pytest.mark.parametrize(
        "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True, ids=["postgresql"]
    )
]


def settled(stronghold: Stronghold, clock: ManualClock) -> Person:
    """Give somebody a row in every table of people."""
    import pyotp  # noqa: PLC0415 - of the extra

    user = stronghold.identity.users.create(f"{new_id()}", password=PASSWORD)
    person = Person(stronghold.identity, user, PASSWORD)
    person.sign_in()
    enrolment = stronghold.identity.second_factor.begin(user.id, issuer="Acme")
    stronghold.identity.second_factor.confirm(user.id, code=pyotp.TOTP(enrolment.secret).at(clock.now()))
    return person


def bound(stronghold: Stronghold, user: UserId | None) -> AbstractContextManager[Connection]:
    """Open a transaction as the library does; about somebody, or about nobody yet."""
    people = stronghold.identity._people
    return people.transaction(read_only=False) if user is None else people.about(user)


def counts(connection: Connection) -> Iterator[tuple[str, int]]:
    """Count the rows that can be seen, table by table."""
    for name, table in OF_PEOPLE.items():
        yield name, connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_without_a_condition_one_person_is_seen(stronghold: Stronghold, clock: ManualClock) -> None:
    """In every table; and without a person nothing, also within a tenant."""
    ada, bob = settled(stronghold, clock), settled(stronghold, clock)
    for person in (ada, bob):
        with bound(stronghold, person.user.id) as connection:
            assert all(count > 0 for _, count in counts(connection))
            for name, table in OF_PEOPLE.items():
                owners = set(connection.execute(select(table.c.user_id)).scalars())
                assert owners == {person.user.id}, name
    with bound(stronghold, None) as connection:
        assert [count for _, count in counts(connection)] == [0] * len(OF_PEOPLE)


def test_a_unit_of_a_tenant_sees_nobody(stronghold: Stronghold, clock: ManualClock, acme: Desk) -> None:
    """Neither through its session nor by raw SQL."""
    settled(stronghold, clock)
    database = stronghold.database
    with own_transaction(database.engine, database.backend, acme.tenant.id, read_only=False) as connection:
        assert [count for _, count in counts(connection)] == [0] * len(OF_PEOPLE)


def test_a_login_name_shows_who_has_it_and_none_of_their_secrets(stronghold: Stronghold, clock: ManualClock) -> None:
    """What is looked up before it is known who it is."""
    ada = settled(stronghold, clock)
    settled(stronghold, clock)
    with bound(stronghold, None) as connection:
        connection.execute(text("SELECT set_config('stronghold.login_name', :n, true)"), {"n": ada.user.login_name})
        assert {name: count for name, count in counts(connection) if count} == {"stronghold_user": 1}


def test_the_platforms_view_shows_no_secret(stronghold: Stronghold, clock: ManualClock) -> None:
    """Who there is, and what happened; no hash, token or code."""
    settled(stronghold, clock)
    with stronghold.identity._people.about_all() as connection:
        seen = {name for name, count in counts(connection) if count}
    assert seen == {"stronghold_user", "stronghold_security_event"}


@pytest.mark.parametrize("name", sorted(OF_PEOPLE))
def test_nothing_of_somebody_else_is_changed_or_added(stronghold: Stronghold, clock: ManualClock, name: str) -> None:
    """Updates and deletions of everything meet one's own rows; a row for another is refused."""
    ada, eve = settled(stronghold, clock), settled(stronghold, clock)
    table: Table = OF_PEOPLE[name]
    with bound(stronghold, ada.user.id) as connection:
        theirs = dict(connection.execute(select(table).limit(1)).mappings().one())
    with bound(stronghold, eve.user.id) as connection:
        for column in UPDATABLE.get(name, ()):
            of_ada = update(table).where(table.c.user_id == ada.user.id)
            assert connection.execute(of_ada.values({column: table.c[column]})).rowcount == 0
        if name in DELETABLE:
            assert connection.execute(delete(table).where(table.c.user_id == ada.user.id)).rowcount == 0
        savepoint = connection.begin_nested()
        with pytest.raises(DBAPIError, match="row-level security"):
            connection.execute(insert(table).values(theirs))
        savepoint.rollback()
