"""Keeping all processes on one database in agreement about the currencies that hosts register themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.currencies import register_currency
from stronghold_core.db import table_of
from stronghold_core.db.bulk import BulkInsert
from stronghold_core.errors import ConfigurationError, CurrencyConflictError
from stronghold_core.tenancy.models import RegisteredCurrency

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.currencies import Currency

_currency = table_of(RegisteredCurrency)
_INSERT = BulkInsert(_currency, ["code", "exponent", "name"], [], "ON CONFLICT DO NOTHING")


def pin_currency(connection: Connection, currency: Currency) -> None:
    """Store the exponent of a host's own currency, or see that it is the stored one.

    Raises:
        CurrencyConflictError: If money of that code is stored with another exponent.
    """
    if currency.is_iso:
        return
    _INSERT.run(connection, {"code": [currency.code], "exponent": [currency.exponent], "name": [currency.name]}, {})
    query = select(_currency.c.exponent).where(_currency.c.code == currency.code)
    stored = connection.execute(query).scalar_one()
    if stored != currency.exponent:
        raise CurrencyConflictError(currency=currency.code, existing_exponent=stored, exponent=currency.exponent)


def learn_currencies(connection: Connection) -> int:
    """Register the currencies that other processes have pinned; return how many there are.

    Raises:
        ConfigurationError: If this process registered one with another exponent.
    """
    rows = connection.execute(select(_currency)).all()
    for row in rows:
        try:
            register_currency(row.code, exponent=row.exponent, name=row.name)
        except CurrencyConflictError as error:
            raise ConfigurationError(
                reason=f"This database holds {row.code} with {row.exponent} decimals, this program registered another: "
                f"register_currency({row.code!r}, exponent={row.exponent})."
            ) from error
    return len(rows)
