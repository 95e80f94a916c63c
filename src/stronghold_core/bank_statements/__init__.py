"""Bank statements: files from a bank, read into the books."""

from __future__ import annotations

from stronghold_core.bank_statements.csv_file import read_csv
from stronghold_core.bank_statements.records import CsvLayout, ImportResult, RefusedRow, StatementLine
from stronghold_core.bank_statements.service import BATCH_SIZE, BankStatements

__all__ = [
    "BATCH_SIZE",
    "BankStatements",
    "CsvLayout",
    "ImportResult",
    "RefusedRow",
    "StatementLine",
    "read_csv",
]
