"""Bank statements: files from a bank, read into the books."""

from __future__ import annotations

from stronghold_core.bank_statements.csv_files.reader import CsvStatement, detect_layout, read_csv
from stronghold_core.bank_statements.csv_files.records import CsvLayout
from stronghold_core.bank_statements.preview import Preview
from stronghold_core.bank_statements.queries import stored_layout
from stronghold_core.bank_statements.records import (
    ImportRecord,
    ImportResult,
    PreviewRow,
    PreviewSummary,
    RefusedRow,
    RevertResult,
    SavedLayout,
    StatementLine,
    Verdict,
)
from stronghold_core.bank_statements.service import BATCH_SIZE, BankStatements, OnInvalid, OnMismatch

__all__ = [
    "BATCH_SIZE",
    "BankStatements",
    "CsvLayout",
    "CsvStatement",
    "ImportRecord",
    "ImportResult",
    "OnInvalid",
    "OnMismatch",
    "Preview",
    "PreviewRow",
    "PreviewSummary",
    "RefusedRow",
    "RevertResult",
    "SavedLayout",
    "StatementLine",
    "Verdict",
    "detect_layout",
    "read_csv",
    "stored_layout",
]
