"""How PostgreSQL looks a bank's rows up, of which it knows nothing yet: by what it did, not by what it planned."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from stronghold_core import ManualClock, StatementLine, Stronghold
from tests.support.ledger import TODAY
from tests.support.plans import explaining, gather_statistics
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from sqlalchemy import Engine

pytestmark = pytest.mark.postgres

IMPORTED: Final = 2_000
LOOKED_UP: Final = 100


@pytest.mark.parametrize("are_tables_known", [False, True])
def test_a_banks_rows_are_looked_up_one_by_one_by_their_index(
    superuser_engine: Engine,
    are_tables_known: bool,  # noqa: FBT001 - a case
) -> None:
    """Whether statistics were never gathered, or before the unit that fills the table and looks into it."""
    lines = [StatementLine(line=row, on=TODAY, amount=f"{row}.00") for row in range(1, IMPORTED + 1)]
    with closing(Stronghold(superuser_engine, clock=ManualClock(NOW))) as stronghold:
        tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        if are_tables_known:
            gather_statistics(superuser_engine)
        with stronghold.books(tenant.id, principal=ADA) as books:
            bank = books.accounts.open(name="Bank", type="asset").id
            books.bank_statements.import_rows(lines, account=bank)
            with (
                explaining(superuser_engine) as found,
                books.bank_statements.preview_rows(lines[-LOOKED_UP:], account=bank) as preview,
            ):
                assert {row.verdict for row in preview} == {"duplicate"}
    looked_up = [one.rows for one in found if "stronghold_statement_row" in one.statement]
    assert looked_up
    assert max(looked_up) <= LOOKED_UP
