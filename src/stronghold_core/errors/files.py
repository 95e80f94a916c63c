"""Errors of files that go in and out: a bank's, and an exported tenant."""

from __future__ import annotations

from stronghold_core.errors.families import ConflictError, RuleError


class StatementFileError(RuleError):
    """A bank's file can't be read as a whole; nothing of it was posted."""

    code = "statement.file"
    template = "The bank's file can't be imported: {reason}"
    reason: str


class StatementColumnError(RuleError):
    """A bank's file lacks a column that was asked for; nothing of it was posted."""

    code = "statement.column"
    template = "The bank's file has no column {column!r}, but {found}: {remedy}"
    column: str
    found: str
    remedy: str = "name one of those, or give its number from 0."


class AmbiguousStatementError(RuleError):
    """A bank's file may be read in several ways, and money is never guessed; nothing of it was posted."""

    code = "statement.ambiguous"
    template = "The bank's file leaves {field} open: {fact}. State it in the layout: {choices}."
    field: str
    fact: str
    candidates: tuple[object, ...]
    choices: str


class StatementAccountError(RuleError):
    """A bank's file is that of another account; nothing of it was posted."""

    code = "statement.account"
    template = (
        "The bank's file is of account {found}, but account {name!r} here has been fed from {expected}: choose another "
        "account, or forget the number with books.bank_statements.forget_layout(…)."
    )
    name: str
    found: str
    expected: str


class StatementRowError(RuleError):
    """A row of a bank's file can't be posted, so nothing of the file was."""

    code = "statement.row"
    template = (
        "Line {line} of the bank's file can't be posted: {reason} Nothing was imported: correct it, or leave such rows "
        "out with on_invalid='skip'; a preview names all of them."
    )
    line: int
    reason: str


class StatementBalanceError(RuleError):
    """The balance that a bank's file states beside a row is not what its amounts lead to; nothing of it was posted."""

    code = "statement.balance"
    template = (
        "Line {line} of the bank's file states a balance of {stated}, but its amounts lead to {computed}: a row is "
        "missing, doubled or changed. Get the file again, or import it as it is with on_mismatch='accept'."
    )
    line: int
    stated: str
    computed: str


class ImportRevertedError(ConflictError):
    """The import was taken back before."""

    code = "statement.reverted"
    template = "Import {import_id} was taken back on {reverted_at}: import the file again instead."
    import_id: object
    reverted_at: object


class ExportFileError(RuleError):
    """An exported tenant's file can't be restored; nothing of it was."""

    code = "export.file"
    template = "The exported tenant can't be restored: {reason}"
    reason: str
