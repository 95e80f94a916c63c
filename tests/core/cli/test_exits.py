"""Which error leads to which exit code, and what is said of it."""

from __future__ import annotations

from datetime import date

import pytest

from stronghold_core import errors
from stronghold_core.cli.exits import ExitCode, exit_code_of, message_of
from stronghold_core.ids import parse_id

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


def test_advice_names_commands_where_there_are_some() -> None:
    """Who types commands has no books to call."""
    closed = message_of(errors.AccountClosedError(name="Bank"))
    assert closed == "Account 'Bank' is closed: reopen it with `stronghold account reopen`, or post to another one."
    archived = message_of(errors.CategoryArchivedError(name="Food"))
    assert "restore it with `stronghold category restore`, or" in archived
    ahead = message_of(errors.FutureDateError(on=date(2026, 11, 23), latest=date(2026, 11, 22)))
    assert ahead.endswith("`stronghold tenant change --days-ahead` allows some days ahead.")
    with pytest.raises(errors.InvalidInputError) as no_id:
        parse_id("x", field="import_id")
    assert message_of(no_id.value).endswith("Get the id with `stronghold import list`.")
    unknown = message_of(errors.CommitOutcomeUnknownError())
    assert unknown.endswith("look for its references with `stronghold transaction show`.")
