"""What a tenant's settings may be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stronghold_core.currencies import get_currency
from stronghold_core.errors import InvalidInputError, WithdrawnCurrencyError
from stronghold_core.tenancy.records import TenantKind
from stronghold_core.text import in_short, word_among

if TYPE_CHECKING:
    from datetime import date

MAX_NAME_LENGTH = 200
MAX_REFERENCE_LENGTH = 200
MAX_DAYS_AHEAD = 366

_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory", "posix", "right"})
"""What stands among the zones of a machine without being one: its own choice, placeholders, copies that others lack."""


def checked_kind(kind: str) -> TenantKind:
    """Read a tenant's kind.

    >>> checked_kind("organization").value
    'organization'
    """
    found = word_among(TenantKind, kind)
    if found is None:
        raise InvalidInputError(field="kind", reason=f"{in_short(kind)!r} is neither 'user' nor 'organization'.")
    return found


def checked_time_zone(name: str) -> str:
    """Return *name* if it is a time zone of the IANA database: one and the same on every machine.

    >>> checked_time_zone("Europe/Berlin")
    'Europe/Berlin'
    """
    refusal = InvalidInputError(
        field="time_zone",
        reason=f"{in_short(name)!r} is no IANA time zone; write one such as 'Europe/Berlin' or 'UTC'.",
    )
    try:
        key = ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise refusal from error
    if key.partition("/")[0] in _OF_THE_MACHINE:
        raise refusal
    return key


def checked_base_currency(code: str, *, on: date) -> str:
    """Return the code of a currency that exists on that day.

    Raises:
        UnknownCurrencyError, WithdrawnCurrencyError: Otherwise.
    """
    currency = get_currency(code)
    if currency.withdrawn_on is not None and currency.is_withdrawn(on):
        raise WithdrawnCurrencyError(currency=code, withdrawn_on=currency.withdrawn_on)
    return currency.code


def checked_days_ahead(days: int) -> int:
    """Return *days* if it is a sensible number of days.

    >>> checked_days_ahead(7)
    7
    """
    if type(days) is not int or not 0 <= days <= MAX_DAYS_AHEAD:
        raise InvalidInputError(field="days_ahead", reason=f"give 0 to {MAX_DAYS_AHEAD} days.", value=days)
    return days
