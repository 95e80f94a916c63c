"""What the values of a restored row must be, beyond what the database sees to: those that a verb could have written.

Any other one would end its reading in an error that is none of ours, or change what others mean.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String

from stronghold_core.capabilities import checked_switches
from stronghold_core.currencies import get_currency
from stronghold_core.db.lanes import LANES
from stronghold_core.errors import StrongholdError
from stronghold_core.ids import parse_principal
from stronghold_core.ledger import TransactionKind
from stronghold_core.permissions import checked_patterns
from stronghold_core.rbac.rules import Role, checked_inherited, checked_role_name
from stronghold_core.tenancy import TenantKind
from stronghold_core.tenancy.rules import checked_days_ahead, checked_time_zone
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Table


def _nothing_held(minor: int) -> None:
    if minor:
        raise ValueError(minor)


def _lane(lane: int) -> None:
    if not 0 <= lane < LANES:
        raise ValueError(lane)


def _counted(count: int) -> None:
    if count < 0:
        raise ValueError(count)


def _counted_from_one(count: int) -> None:
    if count < 1:
        raise ValueError(count)


def _object(text: str) -> None:
    if not isinstance(json.loads(text), dict):
        raise ValueError(text)  # noqa: TRY004 - what is wrong is the value


def _switches(text: str) -> None:
    checked_switches(json.loads(text))


def _role(name: str) -> None:
    if name not in set(Role):
        checked_role_name(name)


def _list_of(check: Callable[[Any], tuple[str, ...]]) -> Callable[[str], None]:
    def check_list(text: str) -> None:
        names = json.loads(text)
        if not isinstance(names, list) or [*check(names)] != names:
            raise ValueError(text)

    return check_list


CHECKS: Final[dict[str, dict[str, Callable[[Any], object]]]] = {
    "tenant": {
        "kind": TenantKind,
        "base_currency": get_currency,
        "time_zone": checked_time_zone,
        "days_ahead": checked_days_ahead,
        "capabilities": _switches,
    },
    "membership": {"role": _role, "principal_id": parse_principal},
    "role": {
        "name": checked_role_name,
        "permissions": _list_of(checked_patterns),
        "inherits": _list_of(checked_inherited),
    },
    "admission": {"role": _role, "principal_id": parse_principal, "admitted_by": parse_principal},
    "transaction": {"kind": TransactionKind},
    "account": {"currency": get_currency, "held_minor": _nothing_held},
    "audit_event": {"actor": parse_principal, "on_behalf_of": parse_principal, "payload": _object},
    "audit_batch": {"number": _counted_from_one},
    "audit_head": {"batches": _counted},
    "revision": {"lane": _lane},
    "day_total": {"lane": _lane},
    "month_total": {"lane": _lane},
    "idempotency_key": {"principal_id": parse_principal},
    "statement_row": {"occurrence": _counted_from_one},
    "statement_import": {
        "imported_by": parse_principal,
        "reverted_by": parse_principal,
        **dict.fromkeys(("posted", "already_there", "without_amount", "refused"), _counted),
    },
}
"""The checks of values by their tables and columns; a value that may be missing is not checked where it is."""


class RowChecks:
    """Checks the rows of one table."""

    def __init__(self, table: Table, checks: Mapping[str, Callable[[Any], object]]) -> None:
        self._checks = dict(checks)
        self._texts = {
            column.name: (column.type.length, optional_text if column.nullable else checked_text)
            for column in table.columns
            if isinstance(column.type, String) and column.type.length is not None
        }

    def wrong(self, row: Mapping[str, Any]) -> str | None:
        """Return the name of the first column whose value no verb would have written; none if there is none."""
        given = {name: value for name, value in row.items() if value is not None}
        return next((name for name, value in given.items() if not self._is_right(name, value)), None)

    def _is_right(self, name: str, value: Any) -> bool:  # noqa: ANN401 - a column of any type
        try:
            if name in self._texts:
                length, read_text = self._texts[name]
                read_text(value, field=name, max_length=length)
                # The database counts the spaces around it, too.
                _counted(length - len(value))
            if name in self._checks:
                self._checks[name](value)
        except (ValueError, RecursionError, StrongholdError):
            return False
        return True
