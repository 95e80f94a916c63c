"""Finding the accounts behind categories and exchanges, and opening those that are needed for the first time.

One nominal account stands behind each (category, currency), one trading and one opening account behind each currency.
Two units may need the same new one at once: both insert, the keys let one row in, and both read that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from stronghold_core.db import AnyRow, table_of
from stronghold_core.db.bulk import BulkInsert
from stronghold_core.errors import CategoryArchivedError, NotFoundError, RetryableConflictError, StrongholdError
from stronghold_core.ids import AccountId, CategoryId, new_id
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.queries import facts_of
from stronghold_core.ledger.accounts.records import AccountFacts, AccountType, Purpose
from stronghold_core.ledger.categories.models import Category
from stronghold_core.ledger.categories.records import CategoryKind, CategoryStatus
from stronghold_core.ledger.categories.rules import UNCATEGORISED
from stronghold_core.ledger.posting.batch import HeadsFound
from stronghold_core.ledger.posting.rules import Head

if TYPE_CHECKING:
    from uuid import UUID

    from stronghold_core.currencies import Currency
    from stronghold_core.db import Unit

_account, _category = table_of(Account), table_of(Category)

_INSERT_ACCOUNTS: Final = BulkInsert(
    _account,
    ["id", "name", "type", "purpose", "currency", "category_id"],
    ["tenant_id", "subtype", "is_chained", "status", "balance_minor", "version", "held_minor", "created_at"],
    "ON CONFLICT DO NOTHING",
)
# Whoever has made a category of that name meant this one.
_INSERT_DEFAULTS: Final = BulkInsert(
    _category,
    ["id", "name", "kind"],
    ["tenant_id", "status", "is_default", "created_at"],
    "ON CONFLICT (tenant_id, kind, name) WHERE parent_id IS NULL DO UPDATE SET is_default = excluded.is_default",
)


def resolve_heads(unit: Unit, wanted: set[Head]) -> HeadsFound:
    """Return the account behind each head, opened now if need be, or why there is none.

    A head is refused if the tenant has no such category, or if it is archived without an account in that currency.
    """
    defaults = _default_categories(unit, {h.category for h in wanted if isinstance(h.category, CategoryKind)})
    by_name = {head: _named(head, defaults) for head in wanted}
    found = _find(unit)
    missing = {head for head in by_name.values() if head not in found}
    refused: dict[Head, StrongholdError] = {}
    if missing:
        refused = _open(unit, missing)
        found = _find(unit)
    if missing - refused.keys() - found.keys():
        # Under REPEATABLE READ (a host's choice) the row another unit just made is there, but can't be seen.
        raise RetryableConflictError
    return HeadsFound(
        found={head: found[named] for head, named in by_name.items() if named in found},
        refused={head: refused[named] for head, named in by_name.items() if named in refused},
    )


def _named(head: Head, defaults: dict[CategoryKind, CategoryId]) -> Head:
    return head._replace(category=defaults[head.category]) if isinstance(head.category, CategoryKind) else head


def _find(unit: Unit) -> dict[Head, AccountFacts]:
    """Read all accounts behind heads of this tenant: as many as it has categories, whatever the batch."""
    query = select(
        _account.c.id,
        _account.c.type,
        _account.c.purpose,
        _account.c.currency,
        _account.c.is_chained,
        _account.c.category_id,
    ).where(_account.c.tenant_id == unit.tenant_id, _account.c.purpose != Purpose.OWN.value)
    facts = (facts_of(row) for row in unit.connection.execute(query))
    return {Head(fact.purpose, fact.category_id, fact.currency): fact for fact in facts}


def _open(unit: Unit, heads: set[Head]) -> dict[Head, StrongholdError]:
    """Open the accounts of *heads*; return those that may not have one, and why."""
    categories = _categories(unit, {head.category for head in heads if head.purpose is Purpose.CATEGORY})
    refused = {head: error for head in heads if (error := _refusal(head, categories)) is not None}
    ordered = sorted(heads - refused.keys(), key=lambda head: (head.purpose, str(head.category), head.currency.code))
    rows = [_row(head, categories) for head in ordered]
    names = ("id", "name", "type", "purpose", "currency", "category_id")
    _INSERT_ACCOUNTS.run(
        unit.connection,
        {name: [row[number] for row in rows] for number, name in enumerate(names)},
        {
            "tenant_id": unit.tenant_id,
            "subtype": "system",
            "is_chained": False,
            "status": "open",
            "balance_minor": 0,
            "version": 0,
            "held_minor": 0,
            "created_at": unit.clock.now(),
        },
    )
    return refused


def _refusal(head: Head, categories: dict[UUID, AnyRow]) -> StrongholdError | None:
    if head.purpose is not Purpose.CATEGORY:
        return None
    category = categories.get(head.category)  # type: ignore[arg-type]
    if category is None:
        return NotFoundError(kind="category", key=head.category)
    return None if category.status == CategoryStatus.OPEN else CategoryArchivedError(name=category.name)


def _row(head: Head, categories: dict[UUID, AnyRow]) -> tuple[AccountId, str, str, str, str, CategoryId | None]:
    new, currency = AccountId(new_id()), head.currency
    if head.purpose is not Purpose.CATEGORY:
        return (
            new,
            _system_name(head.purpose, currency),
            AccountType.EQUITY.value,
            head.purpose.value,
            currency.code,
            None,
        )
    category = categories[head.category]  # type: ignore[index]
    return new, category.name, category.kind, head.purpose.value, currency.code, CategoryId(category.id)


def _system_name(purpose: Purpose, currency: Currency) -> str:
    return f"{'Trading' if purpose is Purpose.TRADING else 'Opening balances'} {currency.code}"


def _categories(unit: Unit, ids: set[object]) -> dict[UUID, AnyRow]:
    """Read the categories that accounts are about to be opened for, and let nobody archive or rename them meanwhile.

    Whoever does that changes the accounts behind them, too, and could not see those that are opened here.
    """
    query = (
        select(_category.c.id, _category.c.name, _category.c.kind, _category.c.status)
        .where(_category.c.tenant_id == unit.tenant_id, _category.c.id.in_(ids))
        .order_by(_category.c.id)
        .with_for_update(read=True)
    )
    return {row.id: row for row in unit.connection.execute(query)}


def _default_categories(unit: Unit, kinds: set[CategoryKind]) -> dict[CategoryKind, CategoryId]:
    if not kinds:
        return {}
    found = _find_defaults(unit)
    missing = sorted(kinds - found.keys())
    if missing:
        _INSERT_DEFAULTS.run(
            unit.connection,
            {"id": [new_id() for _ in missing], "name": [UNCATEGORISED] * len(missing), "kind": [*missing]},
            {"tenant_id": unit.tenant_id, "status": "open", "is_default": True, "created_at": unit.clock.now()},
        )
        found = _find_defaults(unit)
    if kinds - found.keys():
        raise RetryableConflictError
    return found


def _find_defaults(unit: Unit) -> dict[CategoryKind, CategoryId]:
    query = select(_category.c.id, _category.c.kind).where(
        _category.c.tenant_id == unit.tenant_id, _category.c.is_default
    )
    return {CategoryKind(row.kind): CategoryId(row.id) for row in unit.connection.execute(query)}
