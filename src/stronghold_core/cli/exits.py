"""What the exit codes are, and which error leads to which."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from stronghold_core.errors import (
    AmbiguousStatementError,
    ConfigurationError,
    IntegrityFaultError,
    RetryableConflictError,
    StrongholdError,
    UnavailableError,
)

_OPTIONS: Final = {
    "with on_invalid='skip'": "with --skip-invalid",
    "with on_mismatch='accept'": "with --accept-mismatches",
    "books.bank_statements.forget_layout(…)": "`stronghold import layout --forget`",
    "books.bank_statements.list()": "`stronghold import list`",
    "books.accounts.reopen(…)": "`stronghold account reopen`",
    "books.categories.restore(…)": "`stronghold category restore`",
    "books.tenant.update(days_ahead=…)": "`stronghold tenant change --days-ahead`",
    "books.transactions.find(reference=…)": "`stronghold transaction show`",
}
"""What verbs and their arguments are called on the command line."""


class ExitCode(IntEnum):
    """How a command ended; the table is in the docstring of `stronghold_core.cli`."""

    DONE = 0
    CHECK_FAILED = 1
    MISUSED = 2
    REFUSED = 3
    DATABASE = 4
    UNEXPECTED = 70
    """EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    UNREAD = 141
    """What a shell says of a program that SIGPIPE has ended."""


def exit_code_of(error: StrongholdError) -> ExitCode:
    """Say which exit code tells of *error*.

    >>> from stronghold_core.errors import NotFoundError, SchemaMissingError
    >>> exit_code_of(NotFoundError(kind="tenant", key="acme")).name, exit_code_of(SchemaMissingError()).name
    ('REFUSED', 'DATABASE')
    """
    if isinstance(error, (ConfigurationError, UnavailableError)):
        return ExitCode.DATABASE
    return ExitCode.CHECK_FAILED if isinstance(error, IntegrityFaultError) else ExitCode.REFUSED


def message_of(error: StrongholdError) -> str:
    """Say what went wrong to somebody at a terminal, for whom the advice about units of work is none.

    >>> from stronghold_core.errors import RetryableConflictError
    >>> message_of(RetryableConflictError())
    'Another unit of work was in the way. Try again.'
    """
    if isinstance(error, RetryableConflictError):
        return f"{error.reason} Try again."
    message = f"{error}"
    if isinstance(error, AmbiguousStatementError):
        option = f"--{error.field.replace('_', '-')}"
        choices = " or ".join(f"{option} {_typed(candidate)}" for candidate in error.candidates)
        return message.replace(f"State it in the layout: {error.choices}", f"State it: {choices}")
    for said, typed in _OPTIONS.items():
        message = message.replace(said, typed)
    return message


def _typed(candidate: object) -> str:
    return ",".join(map(str, candidate)) if isinstance(candidate, tuple) else f"{candidate}"
