"""Reading accounts: their facts, their standing under a lock, their records."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, bindparam, select

from stronghold_core.currencies import get_currency
from stronghold_core.db import AnyRow, FixedStatement, Id, table_of
from stronghold_core.db.lists import is_listed, rows_of_list
from stronghold_core.db.search import mentions
from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.ids import AccountId, CategoryId
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.records import (
    AccountFacts,
    AccountFilter,
    AccountRecord,
    AccountStatus,
    AccountType,
    Purpose,
)
from stronghold_core.ledger.accounts.rules import NATURAL_SIGN, may_leave_minor
from stronghold_core.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from stronghold_core.db import Unit

account = table_of(Account)


def load_facts(unit: Unit, ids: Iterable[AccountId]) -> dict[AccountId, AccountFacts]:
    """Read the facts of those accounts among *ids* that the tenant has."""
    return {row.id: facts_of(row) for row in _rows(unit, "facts", set(ids))}


_FACTS = select(
    account.c.id,
    account.c.type,
    account.c.purpose,
    account.c.currency,
    account.c.is_chained,
    account.c.category_id,
)
_STANDING = select(
    account.c.id,
    account.c.name,
    account.c.status,
    account.c.balance_minor,
    account.c.version,
    account.c.held_minor,
    account.c.min_balance_minor,
    account.c.max_balance_minor,
    account.c.last_recorded_at,
)


def account_names(unit: Unit, ids: Iterable[AccountId]) -> dict[AccountId, str]:
    """Read what those accounts among *ids* that the tenant has are called."""
    return {AccountId(row.id): row.name for row in _rows(unit, "names", set(ids))}


def currencies_in_use(unit: Unit) -> set[str]:
    """Read which currencies the tenant's accounts are in."""
    query = select(account.c.currency).where(account.c.tenant_id == unit.tenant_id).distinct()
    return set(unit.connection.execute(query).scalars())


def load_standings(unit: Unit, ids: Iterable[AccountId], *, lock: bool) -> list[AnyRow]:
    """Read how accounts stand; with *lock* also keep everybody else from changing them until this unit ends.

    Locks are taken in the order of the ids, everywhere, so that two units never wait for each other in a circle. They
    are `FOR NO KEY UPDATE`: entries of other units may go on referring to the account. Without *lock* they are
    `FOR KEY SHARE`, which new entries take anyway: taken here, it waits for a unit that closes the account, and sees
    that it is closed.
    """
    return _rows(unit, "lock" if lock else "standing", ids)


def read_standings(unit: Unit, ids: Iterable[AccountId]) -> list[AnyRow]:
    """Read how accounts stand, in a unit that may only read; they may change at any time."""
    return _rows(unit, "read", ids)


def _rows(unit: Unit, purpose: str, ids: Iterable[UUID]) -> list[AnyRow]:
    statement = _statements(unit.backend.name)[purpose]
    return rows_of_list(unit.connection, statement, sorted(ids), {"tenant": unit.tenant_id})


@cache
def _statements(dialect: str) -> dict[str, FixedStatement]:
    chosen = (account.c.tenant_id == bindparam("tenant", type_=Id), is_listed(account.c.id, dialect))
    standing = _STANDING.where(*chosen).order_by(account.c.id)
    made = {
        "facts": _FACTS.where(*chosen),
        "names": select(account.c.id, account.c.name).where(*chosen),
        "read": standing,
        "standing": standing.with_for_update(read=True, key_share=True),
        "lock": standing.with_for_update(key_share=True),
    }
    return {purpose: FixedStatement(statement) for purpose, statement in made.items()}


def load_chained(unit: Unit, ids: Iterable[UUID]) -> tuple[AccountId, ...]:
    """Return *ids* if all are asset or liability accounts of the tenant.

    Raises:
        NotFoundError: If there is no such account.
        InvalidInputError: If one is of another type.
    """
    found = load_facts(unit, [AccountId(one) for one in ids])
    for one in ids:
        facts = found.get(AccountId(one))
        if facts is None:
            raise NotFoundError(kind="account", key=one)
        if not facts.is_chained:
            reason = f"{one} is an {facts.type.value} account; choose asset and liability accounts."
            raise InvalidInputError(field="accounts", reason=reason)
    return tuple(AccountId(one) for one in ids)


def chained_among(unit: Unit, ids: Iterable[AccountId]) -> tuple[AccountId, ...]:
    """Return those of *ids* that are asset or liability accounts of the tenant, in order."""
    return tuple(sorted(facts.id for facts in load_facts(unit, ids).values() if facts.is_chained))


def facts_of(row: AnyRow | Account) -> AccountFacts:
    """Make facts of a row that has their columns."""
    return AccountFacts(
        id=AccountId(row.id),
        type=AccountType(row.type),
        purpose=Purpose(row.purpose),
        currency=get_currency(row.currency),
        is_chained=bool(row.is_chained),
        category_id=None if row.category_id is None else CategoryId(row.category_id),
    )


def conditions_of(wanted: AccountFilter, dialect: str) -> list[ColumnElement[bool]]:
    """Say in SQL which of the accounts that callers opened are wanted."""
    conditions = [Account.purpose == Purpose.OWN.value]
    for column, value in (
        (Account.type, wanted.type),
        (Account.subtype, wanted.subtype),
        (Account.currency, wanted.currency),
        (Account.status, wanted.status),
    ):
        if value is not None:
            conditions.append(column == str(value))
    if wanted.text is not None:
        conditions.append(mentions((account.c.name, account.c.external_reference), wanted.text, dialect))
    return conditions


def account_record(row: AnyRow | Account, balance_minor: int) -> AccountRecord:
    """Make the record of *row*; a nominal account's balance comes from its totals."""
    currency = get_currency(row.currency)

    def limit(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    status, available = AccountStatus(row.status), balance_minor - row.held_minor
    return AccountRecord(
        id=AccountId(row.id),
        name=row.name,
        type=AccountType(row.type),
        subtype=row.subtype,
        purpose=Purpose(row.purpose),
        currency=currency.code,
        balance=Money(balance_minor, currency),
        natural_balance=Money(balance_minor * NATURAL_SIGN[AccountType(row.type)], currency),
        held=Money(row.held_minor, currency),
        available=Money(available, currency),
        headroom=limit(may_leave_minor(status, available, row.min_balance_minor)),
        min_balance=limit(row.min_balance_minor),
        max_balance=limit(row.max_balance_minor),
        status=status,
        external_reference=row.external_reference,
        category_id=None if row.category_id is None else CategoryId(row.category_id),
        created_at=row.created_at,
    )
