"""Errors of databases: schema, roles and files that do not fit, and servers that can't answer now."""

from __future__ import annotations

from stronghold_core.errors.families import ConfigurationError, RetryableConflictError, UnavailableError


class SchemaMissingError(ConfigurationError):
    """The database has no tables of this library."""

    code = "schema.missing"
    template = "The database holds no stronghold tables: run stronghold.migrate() or `stronghold migrate` first."


class SchemaOutdatedError(ConfigurationError):
    """The database is of an older schema than this version of the library."""

    code = "schema.outdated"
    template = "The database is at schema {found}, this version needs {needed}: run `stronghold migrate`."
    found: str
    needed: str


class SchemaNewerError(ConfigurationError):
    """The database was migrated by a newer version of the library."""

    code = "schema.newer"
    template = "The database is at schema {found}, which this version does not know: upgrade financial-stronghold."
    found: str


class RoleMissingError(ConfigurationError):
    """PostgreSQL's second wall can't stand: the login can't become the app role."""

    code = "roles.missing"
    template = (
        "The database role {login} can't become {app_role}, under which tenants are kept apart: {fact}. "
        "Run `stronghold doctor --create-roles --login {login}` as a role that may create roles, or this SQL:\n{sql}"
    )
    login: str
    app_role: str
    fact: str
    sql: str


class UnsafeRoleError(ConfigurationError):
    """The app role itself would walk through row-level security."""

    code = "roles.unsafe"
    template = "The app role {app_role} {fact}, so row-level security would not hold: {remedy}"
    app_role: str
    fact: str
    remedy: str


class DateStyleError(ConfigurationError):
    """PostgreSQL writes instants in a style that its driver can't read."""

    code = "database.date_style"
    template = (
        "PostgreSQL writes dates to this connection in the style {style}, and its driver reads instants only as ISO: "
        "run this SQL, and connect anew.\n{sql}"
    )
    style: str
    sql: str


class UnsupportedDatabaseError(ConfigurationError):
    """The database is of a kind this library was never tested on."""

    code = "database.unsupported"
    template = "{dialect} is not supported: use SQLite (sqlite:///books.db) or PostgreSQL (postgresql+psycopg://…)."
    dialect: str


class DatabaseFileError(ConfigurationError):
    """The SQLite file can't be opened, read or written."""

    code = "database.file"
    template = "The database file can't be used: {fact}. {remedy}"
    fact: str
    remedy: str


class DatabaseBusyError(RetryableConflictError):
    """Somebody else held the lock for longer than we wait."""

    code = "unavailable.busy"
    reason: str = (
        "The database was locked by another writer for longer than the busy timeout; "
        "perhaps by a unit of work that is open around this one."
    )


class DatabaseGoneError(RetryableConflictError):
    """The connection broke before COMMIT was sent, so nothing was written."""

    code = "unavailable.gone"
    reason: str = "The connection to the database was lost before the unit was committed; nothing was written."


class CommitOutcomeUnknownError(UnavailableError):
    """The connection broke while COMMIT was on its way: it may or may not have happened.

    Not retryable as such: run the unit again only when each posting in it carries an idempotency key.
    """

    code = "unavailable.commit_unknown"
    template = (
        "The connection was lost while COMMIT was on its way, so it is unknown whether the unit was written: repeat it "
        "with the same idempotency keys, or look for its references with books.transactions.find(reference=…)."
    )


class StorageFullError(UnavailableError):
    """The disk of the database is full."""

    code = "unavailable.storage_full"
    reason: str = "The database's disk is full: nothing was written; free space and try again."
