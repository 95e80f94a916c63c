"""A tenant that moves to another database takes along what its banks have said."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from stronghold_core import CsvLayout, Stronghold
from tests.support.ledger import open_account

if TYPE_CHECKING:
    from pathlib import Path

    from stronghold_core import ManualClock
    from tests.support.stronghold import Desk

ROWS = "Date,Text,Amount\n" + "".join(f"03/04/2026,Row {number % 700},1.00\n" for number in range(2_500))


def test_what_was_imported_is_known_and_can_be_taken_back_elsewhere(
    acme: Desk, tmp_path: Path, migrated_file: Path, clock: ManualClock
) -> None:
    """The rows, the layout that was asked for, and the import; more rows than are written at a time."""
    bank = open_account(acme)
    with acme.books() as books:
        layout = CsvLayout(date_format="%d/%m/%Y")
        books.bank_statements.import_csv(io.BytesIO(ROWS.encode()), account=bank.id, layout=layout)
    file = io.BytesIO()
    acme.stronghold.tenants.export(acme.tenant.id, file)
    copy = tmp_path / "elsewhere.db"
    copy.write_bytes(migrated_file.read_bytes())
    file.seek(0)
    with closing(Stronghold(f"sqlite:///{copy}", clock=clock)) as elsewhere:
        elsewhere.tenants.restore(file)
        with elsewhere.books(acme.tenant.id, principal=acme.principal) as books:
            again = books.bank_statements.import_csv(io.BytesIO(ROWS.encode()), account=bank.id)
            assert (again.posted, again.already_there) == (0, 2_500)
            (record,) = books.bank_statements.list()
            assert record.first == date(2026, 4, 3)
            assert books.bank_statements.revert(record.id).reversed == 2_500
            assert books.verify().is_sound
