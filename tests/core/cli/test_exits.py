"""Which error leads to which exit code, and what is said of it."""

from __future__ import annotations

import pytest

from stronghold_core import errors
from stronghold_core.cli.exits import ExitCode, exit_code_of, message_of

CODES = {
    errors.SchemaMissingError(): ExitCode.DATABASE,
    errors.DatabaseFileError(fact="it is gone", remedy="Look for it."): ExitCode.DATABASE,
    errors.DatabaseBusyError(): ExitCode.DATABASE,
    errors.UnavailableError(): ExitCode.DATABASE,
    errors.InvalidInputError(field="name", reason="it is empty."): ExitCode.REFUSED,
    errors.PermissionDeniedError(principal="user:eve", permission="ledger.read"): ExitCode.REFUSED,
    errors.NotFoundError(kind="tenant", key="acme"): ExitCode.REFUSED,
    errors.DuplicateTenantError(external_reference="acme"): ExitCode.REFUSED,
    errors.IntegrityFaultError(reason="A sum is wrong."): ExitCode.CHECK_FAILED,
}


@pytest.mark.parametrize(("error", "code"), CODES.items(), ids=lambda value: type(value).__name__)
def test_each_family_of_errors_has_its_exit_code(error: errors.StrongholdError, code: ExitCode) -> None:
    """The table in the docstring of `stronghold_core.cli` says the same to people."""
    assert exit_code_of(error) is code


def test_a_conflict_is_told_without_the_advice_to_a_program() -> None:
    """At a terminal there is no unit of work to run again, only a command."""
    assert message_of(errors.DatabaseGoneError()).endswith("nothing was written. Try again.")
    assert message_of(errors.StorageFullError()) == str(errors.StorageFullError())
