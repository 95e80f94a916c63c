"""From what a driver raises to what a caller can understand: the one place that knows SQLSTATEs and SQLite's codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import DBAPIError

from stronghold_core.db.base import Base
from stronghold_core.errors import (
    AmountOverflowError,
    CommitOutcomeUnknownError,
    ConfigurationError,
    ConflictError,
    DatabaseBusyError,
    DatabaseFileError,
    DatabaseGoneError,
    RetryableConflictError,
    StorageFullError,
    StrongholdError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Index


class ConstraintError(ConflictError):
    """The database refused a row; services turn the constraints they know into errors that say more."""

    code = "conflict.constraint"
    template = "The database refused the change, because it breaks its rule {constraint}."
    constraint: str


def translate(error: DBAPIError, *, committing: bool = False) -> StrongholdError:
    """Return the error that says what *error* means for the caller.

    Args:
        error: What SQLAlchemy raised.
        committing: Whether COMMIT was on its way, so that a lost connection leaves the outcome open.
    """
    if error.connection_invalidated:
        return CommitOutcomeUnknownError() if committing else DatabaseGoneError()
    earlier = getattr(error.orig, "__context__", None)
    if isinstance(earlier, DBAPIError) and "no such savepoint" in str(error.orig):
        # SQLite rolled everything back by itself, as it does when the disk is full: the earlier error tells why.
        return translate(earlier, committing=committing)
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        return _from_sqlite(sqlite_name, str(error.orig))
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate is not None:
        return _from_sqlstate(sqlstate, error, committing=committing)
    if isinstance(error.orig, OverflowError) or "too large" in str(error.orig):
        return AmountOverflowError(subject="A figure of this unit")
    # Whoever could not even connect has sent nothing.
    doing = "refused" if error.statement else "can't be reached; check its URL, and whether it is running"
    return UnavailableError(reason=f"The database {doing}: {_first_line(error)}")


def _from_sqlite(name: str, message: str) -> StrongholdError:
    if name.startswith("SQLITE_CONSTRAINT"):
        constraint = _sqlite_constraint(name, message)
        # The totals' own check: SQLite would store a sum past 63 bits as a float.
        return (
            AmountOverflowError(subject="A total")
            if constraint.endswith("_exact")
            else ConstraintError(constraint=constraint)
        )
    if "integer overflow" in message:
        return AmountOverflowError(subject="A total")
    for prefix, error in _SQLITE_ERRORS:
        if name.startswith(prefix):
            return error(message)
    return UnavailableError(reason=f"SQLite refused: {message}.")


def _from_sqlstate(sqlstate: str, error: DBAPIError, *, committing: bool) -> StrongholdError:
    if sqlstate.startswith("23"):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        return ConstraintError(constraint=constraint or sqlstate)
    for prefix, translated in _SQLSTATE_ERRORS:
        if sqlstate.startswith(prefix):
            is_open = committing and translated is _gone
            return CommitOutcomeUnknownError() if is_open else translated(_first_line(error))
    return UnavailableError(reason=f"PostgreSQL refused ({sqlstate}): {_first_line(error)}")


def _gone(_message: str) -> StrongholdError:
    return DatabaseGoneError()


def _file(fact: str, remedy: str) -> Callable[[str], StrongholdError]:
    return lambda message: DatabaseFileError(fact=fact.format(message=message), remedy=remedy)


# The first prefix that fits decides.
_SQLITE_ERRORS: Final[tuple[tuple[str, Callable[[str], StrongholdError]], ...]] = (
    ("SQLITE_BUSY_SNAPSHOT", lambda _: RetryableConflictError()),
    ("SQLITE_BUSY_RECOVERY", lambda _: RetryableConflictError()),
    ("SQLITE_BUSY", lambda _: DatabaseBusyError()),
    ("SQLITE_LOCKED", lambda _: DatabaseBusyError()),
    ("SQLITE_FULL", lambda _: StorageFullError()),
    ("SQLITE_READONLY", _file("it is read-only", "Allow this user to write the file and its folder.")),
    ("SQLITE_CANTOPEN", _file("it can't be opened", "Check that the folder exists and may be written.")),
    ("SQLITE_PERM", _file("it can't be opened", "Check that the folder exists and may be written.")),
    ("SQLITE_AUTH", _file("it can't be opened", "Check that the folder exists and may be written.")),
    ("SQLITE_NOTADB", _file("it is no SQLite file ({message})", "Check the path, or restore it from a backup.")),
    ("SQLITE_CORRUPT", _file("it is damaged ({message})", "Restore it from a backup.")),
    ("SQLITE_FORMAT", _file("it is damaged ({message})", "Restore it from a backup.")),
    ("SQLITE_IOERR", _file("reading or writing it failed ({message})", "Check disk and file system.")),
)
_SQLSTATE_ERRORS: Final[tuple[tuple[str, Callable[[str], StrongholdError]], ...]] = (
    ("40001", lambda _: RetryableConflictError()),
    ("40P01", lambda _: RetryableConflictError()),
    ("55P03", lambda _: DatabaseBusyError(reason="PostgreSQL gave up waiting for a lock.")),
    ("57014", lambda _: DatabaseBusyError(reason="PostgreSQL cancelled the statement, perhaps after its time limit.")),
    ("08", _gone),
    ("57P", _gone),
    ("22003", lambda _: AmountOverflowError(subject="A balance or total")),
    ("53100", lambda _: StorageFullError()),
    ("25006", lambda _: UnavailableError(reason="This PostgreSQL server is read-only: write to the primary.")),
    ("42501", lambda message: ConfigurationError(reason=f"PostgreSQL denies it ({message}): run `stronghold doctor`.")),
)


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]


_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_SQLITE_CHECK = re.compile(r"CHECK constraint failed: (\w+)")
_SQLITE_INDEX = re.compile(r"index '(\w+)'")


def _sqlite_constraint(name: str, message: str) -> str:
    """Find the constraint's name; of a UNIQUE one SQLite tells only the columns."""
    if check := _SQLITE_CHECK.search(message):
        return check[1]
    if unique := _SQLITE_UNIQUE.search(message):
        if index := _SQLITE_INDEX.search(unique[1]):
            return index[1]
        return _unique_names().get(frozenset(unique[1].split(", ")), unique[1])
    return name


def _unique_names() -> dict[frozenset[str], str]:
    """Map ``{"table.column", …}`` to the name of the key, unique constraint or index over those columns."""
    names: dict[frozenset[str], str] = {}
    for table in Base.metadata.tables.values():
        uniques: list[UniqueConstraint | Index] = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
        uniques += [index for index in table.indexes if index.unique]
        for unique in uniques:
            names[frozenset(f"{table.name}.{column.name}" for column in unique.columns)] = str(unique.name)
        names.setdefault(frozenset(f"{table.name}.{c.name}" for c in table.primary_key), str(table.primary_key.name))
    return names
