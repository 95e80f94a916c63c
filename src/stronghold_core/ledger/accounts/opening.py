"""The row of an account that a caller opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.ids import new_id
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.records import Purpose
from stronghold_core.ledger.accounts.rules import CHAINED, MAX_NAME_LENGTH, MAX_REFERENCE_LENGTH, checked_subtype
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from stronghold_core.currencies import Currency
    from stronghold_core.db import Unit
    from stronghold_core.ledger.accounts.records import AccountType


def new_account(
    unit: Unit,
    kind: AccountType,
    currency: Currency,
    limits: tuple[int | None, int | None],
    *,
    name: str,
    subtype: str,
    reference: str | None,
) -> Account:
    """Make an account of *kind*, not written yet; *limits* are the lowest and the highest balance in minor units.

    Raises:
        InvalidInputError: If the name, the subtype or the external *reference* can't be so.
    """
    low, high = limits
    return Account(
        tenant_id=unit.tenant_id,
        id=new_id(),
        name=checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
        type=kind.value,
        subtype=checked_subtype(subtype, kind),
        purpose=Purpose.OWN.value,
        currency=currency.code,
        is_chained=kind in CHAINED,
        category_id=None,
        external_reference=optional_text(reference, field="external_reference", max_length=MAX_REFERENCE_LENGTH),
        min_balance_minor=low,
        max_balance_minor=high,
        created_at=unit.clock.now(),
    )
