"""Reading and writing imports, their rows, and layouts."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.bank_statements.csv_files.rules import check_layout
from stronghold_core.bank_statements.models import StatementImport, StatementLayout, StatementRow
from stronghold_core.bank_statements.records import ImportRecord, SavedLayout
from stronghold_core.currencies import get_currency
from stronghold_core.db import FixedStatement, Id, table_of
from stronghold_core.db.bulk import BulkInsert
from stronghold_core.db.lists import rows_of_list, where_listed
from stronghold_core.errors import ImportRevertedError, NotFoundError
from stronghold_core.ids import AccountId, ImportId, PrincipalId, TransactionId
from stronghold_core.ledger.tables import account as _account
from stronghold_core.money import Money
from stronghold_core.pagination import Page, decode_position, encode_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from stronghold_core.db import AnyRow, Unit

_import, _row, _layout = table_of(StatementImport), table_of(StatementRow), table_of(StatementLayout)

_ROWS: Final = BulkInsert(_row, ["digest", "occurrence", "transaction_id"], ["tenant_id", "account_id", "import_id"])
_LAYOUTS: Final = BulkInsert(
    _layout,
    ["account_id", "layout", "account_number"],
    ["tenant_id", "saved_at"],
    "ON CONFLICT (tenant_id, account_id) DO UPDATE SET layout = excluded.layout,"
    " account_number = excluded.account_number, saved_at = excluded.saved_at",
)
_WITH_CURRENCY: Final = select(_import, _account.c.currency).join(
    _account, (_account.c.tenant_id == _import.c.tenant_id) & (_account.c.id == _import.c.account_id)
)

Known = dict[tuple[bytes, int], TransactionId]
"""Rows that are in the books, by their digest and the number of times it was said."""


# ------------------------------------------------------------------ rows


def find_rows(unit: Unit, account_id: AccountId, digests: Sequence[bytes]) -> Known:
    """Look up which rows of an account are in the books."""
    statement = _statements(unit.backend.name)["rows"]
    parameters = {"tenant": unit.tenant_id, "account": account_id}
    rows = rows_of_list(unit.connection, statement, digests, parameters)
    return {(bytes(row.digest), row.occurrence): TransactionId(row.transaction_id) for row in rows}


def add_rows(
    unit: Unit, account_id: AccountId, import_id: ImportId, rows: Sequence[tuple[bytes, int, TransactionId]]
) -> None:
    """Remember rows, so that saying them again posts nothing."""
    columns: dict[str, list[Any]] = {
        "digest": [digest for digest, _, _ in rows],
        "occurrence": [occurrence for _, occurrence, _ in rows],
        "transaction_id": [transaction_id for _, _, transaction_id in rows],
    }
    _ROWS.run(unit.connection, columns, {"tenant_id": unit.tenant_id, "account_id": account_id, "import_id": import_id})


def last_transactions(
    unit: Unit, import_id: ImportId, *, before: TransactionId | None, limit: int
) -> list[TransactionId]:
    """Return some of an import's transactions, the last one first."""
    query = select(_row.c.transaction_id).where(_row.c.tenant_id == unit.tenant_id, _row.c.import_id == import_id)
    if before is not None:
        query = query.where(_row.c.transaction_id < before)
    found = unit.connection.execute(query.order_by(_row.c.transaction_id.desc()).limit(limit)).scalars()
    return [TransactionId(transaction_id) for transaction_id in found]


def forget_rows(unit: Unit, import_id: ImportId) -> None:
    """Forget what an import brought, so that the same file can be imported again."""
    unit.connection.execute(delete(_row).where(_row.c.tenant_id == unit.tenant_id, _row.c.import_id == import_id))


# ------------------------------------------------------------------ what was imported


def add_import(unit: Unit, import_id: ImportId, columns: Mapping[str, Any]) -> None:
    """Write a new import down."""
    unit.connection.execute(_import.insert(), {"tenant_id": unit.tenant_id, "id": import_id, **columns})


def count_import(unit: Unit, import_id: ImportId, columns: Mapping[str, Any]) -> None:
    """Write down what an import came to in the end."""
    unit.connection.execute(
        update(_import).where(_import.c.tenant_id == unit.tenant_id, _import.c.id == import_id).values(**columns)
    )


def mark_reverted(unit: Unit, import_id: ImportId, at: datetime) -> None:
    """Mark an import as taken back, which can happen once.

    Raises:
        ImportRevertedError: If it was before.
    """
    changed = unit.connection.execute(
        update(_import)
        .where(_import.c.tenant_id == unit.tenant_id, _import.c.id == import_id, _import.c.reverted_at.is_(None))
        .values(reverted_at=at, reverted_by=unit.context.principal)
    )
    if not changed.rowcount:
        raise ImportRevertedError(import_id=import_id, reverted_at=get_import(unit, import_id).reverted_at)


def get_import(unit: Unit, import_id: ImportId) -> ImportRecord:
    """Return one import.

    Raises:
        NotFoundError: If the tenant has none with that id.
    """
    query = _WITH_CURRENCY.where(_import.c.tenant_id == unit.tenant_id, _import.c.id == import_id)
    row = unit.connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(kind="import", key=import_id)
    return _record(row)


def list_imports(unit: Unit, account_id: AccountId | None, *, limit: int, after: str | None) -> Page[ImportRecord]:
    """Return one page of imports, the latest first."""
    scope = ("imports", unit.tenant_id, account_id)
    query = _WITH_CURRENCY.where(_import.c.tenant_id == unit.tenant_id).order_by(_import.c.id.desc()).limit(limit + 1)
    if account_id is not None:
        query = query.where(_import.c.account_id == account_id)
    if after is not None:
        query = query.where(_import.c.id < decode_position(after, UUID, scope=scope)[0])
    rows = unit.connection.execute(query).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    cursor = encode_cursor([str(rows[-1].id)], scope=scope) if has_more else None
    return Page(items=tuple(_record(row) for row in rows), next_cursor=cursor)


def _record(row: AnyRow) -> ImportRecord:
    currency = get_currency(row.currency)
    return ImportRecord(
        id=ImportId(row.id),
        account_id=AccountId(row.account_id),
        source=row.source,
        imported_at=row.imported_at,
        imported_by=PrincipalId(row.imported_by),
        posted=row.posted,
        already_there=row.already_there,
        without_amount=row.without_amount,
        refused=row.refused,
        first=row.first_date,
        last=row.last_date,
        incoming=Money(row.incoming_minor, currency),
        outgoing=Money(row.outgoing_minor, currency),
        reverted_at=row.reverted_at,
        reverted_by=None if row.reverted_by is None else PrincipalId(row.reverted_by),
    )


# ------------------------------------------------------------------ layouts


def find_layout(unit: Unit, account_id: AccountId) -> SavedLayout | None:
    """Return what is kept of an account's files; none if there is nothing."""
    query = select(_layout).where(_layout.c.tenant_id == unit.tenant_id, _layout.c.account_id == account_id)
    row = unit.connection.execute(query).one_or_none()
    if row is None:
        return None
    return SavedLayout(
        account_id=AccountId(row.account_id),
        layout=stored_layout(row.layout),
        account_number=row.account_number,
        saved_at=row.saved_at,
    )


def stored_layout(text: str) -> CsvLayout:
    """Read a layout as it is stored.

    Raises:
        ValueError: If it is none.
        InvalidInputError: If it can't be meant.
    """
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError(text)  # noqa: TRY004 - what is wrong is the value
    layout = CsvLayout(**said)
    check_layout(layout)
    return layout


def keep_layout(unit: Unit, saved: SavedLayout) -> None:
    """Keep a layout in the place of an earlier one."""
    columns: dict[str, list[Any]] = {
        "account_id": [saved.account_id],
        "layout": [json.dumps(saved.layout.model_dump(mode="json", exclude_defaults=True), sort_keys=True)],
        "account_number": [saved.account_number],
    }
    _LAYOUTS.run(unit.connection, columns, {"tenant_id": unit.tenant_id, "saved_at": saved.saved_at})


def drop_layout(unit: Unit, account_id: AccountId) -> bool:
    """Forget an account's layout; tell whether there was one."""
    statement = delete(_layout).where(_layout.c.tenant_id == unit.tenant_id, _layout.c.account_id == account_id)
    return unit.connection.execute(statement).rowcount > 0


@cache
def _statements(dialect: str) -> dict[str, FixedStatement]:
    rows = where_listed(
        select(_row.c.digest, _row.c.occurrence, _row.c.transaction_id),
        _row.c.digest,
        dialect,
        _row.c.tenant_id == bindparam("tenant", type_=Id),
        _row.c.account_id == bindparam("account", type_=Id),
    )
    return {"rows": FixedStatement(rows)}
