"""Errors of tables and statements that would not keep tenants apart."""

from __future__ import annotations

from stronghold_core.errors.families import ConfigurationError


class UnscopedStatementError(ConfigurationError):
    """A statement on a tenant table did not carry the tenant."""

    code = "tenant.unscoped_statement"
    template = (
        "A statement reaches {table} without comparing tenant_id to this unit's tenant: add that condition, or query "
        "the mapped class."
    )
    table: str


class UndeclaredTableError(ConfigurationError):
    """One of the host's tables does not say whose rows it holds."""

    code = "tenant.undeclared_table"
    template = (
        "The table {table} does not say whose rows it holds. If they belong to tenants, put TenantScoped on its class, "
        "or info={{'stronghold': 'tenant'}} on the table; if to nobody, info={{'stronghold': 'global'}}; or name it in "
        "register_tables(…, scopes={{'{table}': …}})."
    )
    table: str


class TenantTableError(ConfigurationError):
    """A key of one of the host's tables leaves the tenant out, so that it leads from one tenant to another."""

    code = "tenant.table_keys"
    template = "The table {table} does not keep tenants apart: {facts}."
    table: str
    facts: str


class OpenTableError(ConfigurationError):
    """PostgreSQL does not keep tenants apart in a table that the host registered."""

    code = "tenant.open_table"
    template = (
        "Tables of the host's stand outside the database's wall: {facts}. Run this SQL as their owner, in a migration "
        "of yours:\n{sql}"
    )
    facts: str
    sql: str


class LedgerTableError(ConfigurationError):
    """A statement of the host's would write a table of this library, or is text that names one."""

    code = "tenant.ledger_table"
    template = (
        "A statement of the host's writes {table}, or is text that might: verbs alone write the library's tables. Read "
        "them through SQLAlchemy's expressions, not through text."
    )
    table: str


class ForeignTenantRowError(ConfigurationError):
    """An object of another tenant, or of none, reached the session of this one."""

    code = "tenant.foreign_row"
    template = "A row of {table} belongs to tenant {found}, this unit of work to {expected}: nothing was written."
    table: str
    found: object
    expected: object
