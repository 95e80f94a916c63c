"""The first schema: tenants, members, roles, people, audit log, the ledger with totals and keys, bank statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from stronghold_core.db.migrations import identity
from stronghold_core.db.roles import Duties, tenant_table_sql
from stronghold_core.db.triggers import append_only_sql, balance_function_sql, balance_trigger_sql, sealed_once_sql
from stronghold_core.db.types import BusinessDate, Id, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WORDS = ("description", "payee", "note")
_APPEND_ONLY = {
    "stronghold_transaction": (
        "tenant_id",
        "id",
        "kind",
        "effective_date",
        "recorded_at",
        "reference",
        "reverses_id",
        "audit_id",
    ),
    "stronghold_entry": (
        "tenant_id",
        "transaction_id",
        "line",
        "account_id",
        "amount_minor",
        "effective_date",
        "recorded_at",
        "balance_after_minor",
        "account_version",
    ),
    "stronghold_audit_event": (
        "tenant_id",
        "id",
        "at",
        "kind",
        "actor",
        "on_behalf_of",
        "action",
        "object_type",
        "object_id",
        "outcome",
        "cause",
        "request_id",
        "version",
        "commitment",
    ),
    "stronghold_audit_batch": (
        "tenant_id",
        "number",
        "first_seq",
        "last_seq",
        "sealed_at",
        "root",
        "previous",
        "log_root",
        "key_id",
        "signature",
    ),
    "stronghold_statement_import": ("tenant_id", "id", "account_id", "source", "imported_at", "imported_by"),
    "stronghold_security_event": identity.SECURITY_EVENT_FIXED,
}
"""What is never changed or deleted, by table; words, and the erasable part of an audit event, are not in it."""

_REMOVABLE_IF = {
    "stronghold_audit_event": "OLD.seq <= (SELECT dropped FROM stronghold_audit_head WHERE tenant_id = OLD.tenant_id)"
}
"""The rows that may go all the same."""

_TENANT_TABLES: dict[str, tuple[str, ...]] = {
    "stronghold_tenant": ("name", "time_zone", "days_ahead", "settings_version", "authz_version", "capabilities"),
    "stronghold_audit_batch": (),
    "stronghold_audit_head": ("batches", "events", "header", "frontier", "dropped", "dropped_at"),
    "stronghold_revision": ("count", "changed_at"),
    "stronghold_category": ("name", "status", "is_default"),
    "stronghold_account": (
        "name",
        "status",
        "balance_minor",
        "version",
        "held_minor",
        "min_balance_minor",
        "max_balance_minor",
        "last_recorded_at",
    ),
    "stronghold_transaction": _WORDS,
    "stronghold_entry": (),
    "stronghold_day_total": ("debit_minor", "credit_minor", "largest_minor", "count"),
    "stronghold_month_total": ("debit_minor", "credit_minor", "largest_minor", "count"),
    "stronghold_statement_import": (
        "posted",
        "already_there",
        "without_amount",
        "refused",
        "first_date",
        "last_date",
        "incoming_minor",
        "outgoing_minor",
        "reverted_at",
        "reverted_by",
    ),
}
"""The tables that nothing is deleted from, with the columns that the app role may change."""


def upgrade() -> None:
    """Create everything."""
    _create_tables()
    _create_statement_tables()
    identity.create_tables()
    if op.get_bind().dialect.name == "postgresql":
        _wall_in(context.config.attributes["app_role"])
        _refuse_unbalanced_statements()
    else:
        _refuse_changes_on_sqlite()


def downgrade() -> None:
    """Drop everything, and the money in it."""
    for table in (
        *identity.TABLES,
        "stronghold_statement_layout",
        "stronghold_statement_row",
        "stronghold_statement_import",
        "stronghold_account_grant",
        "stronghold_admission",
        "stronghold_idempotency_key",
        "stronghold_month_total",
        "stronghold_day_total",
        "stronghold_entry",
        "stronghold_transaction",
        "stronghold_account",
        "stronghold_category",
        "stronghold_membership",
        "stronghold_role",
        "stronghold_tenant_directory",
        "stronghold_tenant",
        "stronghold_revision",
        "stronghold_audit_head",
        "stronghold_audit_batch",
        "stronghold_audit_event",
        "stronghold_currency",
        "stronghold_staff",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION stronghold_refuse_unbalanced()")


def _wall_in(app_role: str | None) -> None:
    """Put every table behind row-level security; grant the app role, if there is one, no more than its verbs need."""
    for table, updatable in _TENANT_TABLES.items():
        _run(tenant_table_sql(table, app_role, updatable=updatable, selectable_if=_SELECTABLE_IF.get(table, "")))
    _run(
        tenant_table_sql(
            "stronghold_audit_event",
            app_role,
            updatable=("seq", "leaf", "salt", "payload"),
            deletable=True,
            duties=_DUTIES,
        )
    )
    _run(tenant_table_sql("stronghold_idempotency_key", app_role, deletable=True))
    _run(tenant_table_sql("stronghold_statement_row", app_role, deletable=True))
    written = ("description", "permissions", "inherits", "changed_at")
    _run(tenant_table_sql("stronghold_account_grant", app_role, updatable=("level", "since"), deletable=True))
    admitted = ("role", "reason", "admitted_by", "since", "until")
    _run(tenant_table_sql("stronghold_admission", app_role, updatable=admitted, deletable=True))
    _run(tenant_table_sql("stronghold_role", app_role, updatable=written, deletable=True))
    kept = ("layout", "account_number", "saved_at")
    _run(tenant_table_sql("stronghold_statement_layout", app_role, updatable=kept, deletable=True))
    _run(
        tenant_table_sql(
            "stronghold_membership",
            app_role,
            updatable=("role", "has_grants"),
            deletable=True,
            selectable_if="principal_id = nullif(current_setting('stronghold.principal_id', true), '')",
        )
    )
    _run(
        tenant_table_sql(
            "stronghold_tenant_directory",
            app_role,
            selectable_if="external_reference = nullif(current_setting('stronghold.external_reference', true), '')"
            " OR current_setting('stronghold.platform', true) = 'on'",
        )
    )
    _run([*identity.wall_in(app_role)])
    if app_role is not None:
        op.execute(f'GRANT SELECT ON stronghold_schema_version TO "{app_role}"')
        op.execute(f'GRANT SELECT, INSERT ON stronghold_currency TO "{app_role}"')
        op.execute(f'GRANT SELECT, INSERT, DELETE, UPDATE (role) ON stronghold_staff TO "{app_role}"')


_DUTY = "current_setting('stronghold.duty', true)"
_DUTIES = Duties(
    changes_from=f"({_DUTY} = 'seal' AND seq IS NULL OR {_DUTY} = 'redact')",
    changes_to=f"({_DUTY} = 'seal' AND seq IS NOT NULL OR {_DUTY} = 'redact' AND payload IS NULL AND salt IS NULL)",
    removes=f"{_DUTY} = 'expire' AND seq IS NOT NULL",
)
"""An event gets its number once, its payload is only ever erased, and it goes only once it was sealed."""

_SELECTABLE_IF = {
    "stronghold_tenant": "tenant_id = ANY (string_to_array("
    "nullif(current_setting('stronghold.visible_tenants', true), ''), ',')::uuid[])"
}


def _run(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)


def _refuse_unbalanced_statements() -> None:
    """Let no INSERT into the entries pass that does not add up to zero per transaction and currency."""
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    _run([balance_function_sql(schema), balance_trigger_sql(schema)])


def _refuse_changes_on_sqlite() -> None:
    """Give SQLite, which has no privileges, triggers in their place."""
    for table, fixed in _APPEND_ONLY.items():
        _run([*append_only_sql(table, fixed, removable_if=_REMOVABLE_IF.get(table)).values()])
    _run([*sealed_once_sql().values()])


def _index_history() -> None:
    """Find entries by account and day; on SQLite by size, too, which in PostgreSQL's index would take much room."""
    columns = ["tenant_id", "account_id", "effective_date"]
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_stronghold_entry_sizes", "stronghold_entry", [*columns, "amount_minor"], unique=False)
    else:
        op.create_index(
            "ix_stronghold_entry_history",
            "stronghold_entry",
            columns,
            unique=False,
            postgresql_where=sa.text("account_id IS NOT NULL"),
        )


def _exact_on_sqlite() -> list[sa.CheckConstraint]:
    """Refuse a sum past 63 bits, which SQLite would store as a float; PostgreSQL refuses it by itself."""
    if op.get_bind().dialect.name != "sqlite":
        return []
    integers = "typeof(debit_minor) = 'integer' AND typeof(credit_minor) = 'integer'"
    return [sa.CheckConstraint(integers, name="exact")]


def _create_tables() -> None:
    op.create_table(
        "stronghold_currency",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("exponent", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_stronghold_currency")),
    )
    op.create_table(
        "stronghold_staff",
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('support', 'operator')", name=op.f("ck_stronghold_staff_role")),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_stronghold_staff")),
    )
    op.create_table(
        "stronghold_audit_event",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("on_behalf_of", sa.String(length=200), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", Id(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column("request_id", sa.String(length=200), nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint("(seq IS NULL) = (leaf IS NULL) AND seq > 0", name=op.f("ck_stronghold_audit_event_sealed")),
        sa.CheckConstraint("kind IN ('change', 'access', 'security')", name=op.f("ck_stronghold_audit_event_kind")),
        sa.CheckConstraint("outcome IN ('done', 'denied')", name=op.f("ck_stronghold_audit_event_outcome")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_audit_event")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stronghold_audit_event_at", "stronghold_audit_event", ["tenant_id", "at"], unique=False)
    op.create_index(
        "ix_stronghold_audit_event_object", "stronghold_audit_event", ["tenant_id", "object_id"], unique=False
    )
    op.create_index(
        "ix_stronghold_audit_event_unsealed",
        "stronghold_audit_event",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("seq IS NULL"),
        sqlite_where=sa.text("seq IS NULL"),
    )
    op.create_index(
        "ux_stronghold_audit_event_seq",
        "stronghold_audit_event",
        ["tenant_id", "seq"],
        unique=True,
        postgresql_where=sa.text("seq IS NOT NULL"),
        sqlite_where=sa.text("seq IS NOT NULL"),
    )
    _create_seal_tables()
    op.create_table(
        "stronghold_revision",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_stronghold_revision_count")),
        sa.PrimaryKeyConstraint("tenant_id", "lane", name=op.f("pk_stronghold_revision")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_tenant",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("external_reference", sa.String(length=200), nullable=True),
        sa.Column("base_currency", sa.String(length=12), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("days_ahead", sa.SmallInteger(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("authz_version", sa.BigInteger(), nullable=False),
        sa.Column("capabilities", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('user', 'organization')", name=op.f("ck_stronghold_tenant_kind")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_stronghold_tenant")),
    )
    op.create_table(
        "stronghold_tenant_directory",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("external_reference", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_stronghold_tenant_directory")),
        sa.UniqueConstraint("external_reference", name=op.f("uq_stronghold_tenant_directory_external_reference")),
    )
    op.create_table(
        "stronghold_category",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("parent_id", Id(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('income', 'expense')", name=op.f("ck_stronghold_category_kind")),
        sa.CheckConstraint("status IN ('open', 'archived')", name=op.f("ck_stronghold_category_status")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_stronghold_category_parent")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["stronghold_category.tenant_id", "stronghold_category.id"],
            name=op.f("fk_stronghold_category_tenant_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_category_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_category")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ux_stronghold_category_child_name",
        "stronghold_category",
        ["tenant_id", "parent_id", "name"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
        sqlite_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_category_default",
        "stronghold_category",
        ["tenant_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_default"),
        sqlite_where=sa.text("is_default"),
    )
    op.create_index(
        "ux_stronghold_category_root_name",
        "stronghold_category",
        ["tenant_id", "kind", "name"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NULL"),
        sqlite_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "stronghold_membership",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("has_grants", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_membership_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "principal_id", name=op.f("pk_stronghold_membership")),
    )
    op.create_index("ix_stronghold_membership_principal", "stronghold_membership", ["principal_id"], unique=False)
    op.create_table(
        "stronghold_admission",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("admitted_by", sa.String(length=200), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_admission_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "principal_id", name=op.f("pk_stronghold_admission")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_role",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("inherits", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_role_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_stronghold_role")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_transaction",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("effective_date", BusinessDate(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("payee", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("reverses_id", Id(), nullable=True),
        sa.Column("audit_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses_id"],
            ["stronghold_transaction.tenant_id", "stronghold_transaction.id"],
            name=op.f("fk_stronghold_transaction_tenant_id_reverses_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_transaction_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_transaction")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_stronghold_transaction_date",
        "stronghold_transaction",
        ["tenant_id", "effective_date", "id"],
        unique=False,
        postgresql_where=sa.text("effective_date IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_transaction_reference",
        "stronghold_transaction",
        ["tenant_id", "reference"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
        sqlite_where=sa.text("reference IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_transaction_reverses",
        "stronghold_transaction",
        ["tenant_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.create_table(
        "stronghold_account",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=12), nullable=False),
        sa.Column("subtype", sa.String(length=30), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=12), nullable=False),
        sa.Column("is_chained", sa.Boolean(), nullable=False),
        sa.Column("category_id", Id(), nullable=True),
        sa.Column("external_reference", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("min_balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("last_recorded_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(purpose = 'category') = (category_id IS NOT NULL)", name=op.f("ck_stronghold_account_category")
        ),
        sa.CheckConstraint("is_chained = (type IN ('asset', 'liability'))", name=op.f("ck_stronghold_account_chained")),
        sa.CheckConstraint(
            "purpose IN ('own', 'category', 'trading', 'opening')", name=op.f("ck_stronghold_account_purpose")
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_stronghold_account_status")),
        sa.CheckConstraint(
            "type IN ('asset', 'liability', 'equity', 'income', 'expense')", name=op.f("ck_stronghold_account_type")
        ),
        sa.CheckConstraint("held_minor >= 0", name=op.f("ck_stronghold_account_held")),
        sa.CheckConstraint(
            "is_chained OR (balance_minor = 0 AND version = 0)", name=op.f("ck_stronghold_account_nominal_balance")
        ),
        sa.CheckConstraint("min_balance_minor <= max_balance_minor", name=op.f("ck_stronghold_account_limits")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "category_id"],
            ["stronghold_category.tenant_id", "stronghold_category.id"],
            name=op.f("fk_stronghold_account_tenant_id_category_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f("fk_stronghold_account_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_account")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ux_stronghold_account_external_reference",
        "stronghold_account",
        ["tenant_id", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
        sqlite_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_account_leaf",
        "stronghold_account",
        ["tenant_id", "category_id", "currency"],
        unique=True,
        postgresql_where=sa.text("category_id IS NOT NULL"),
        sqlite_where=sa.text("category_id IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_account_name",
        "stronghold_account",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("purpose = 'own'"),
        sqlite_where=sa.text("purpose = 'own'"),
    )
    op.create_index(
        "ux_stronghold_account_system",
        "stronghold_account",
        ["tenant_id", "purpose", "currency"],
        unique=True,
        postgresql_where=sa.text("purpose IN ('trading', 'opening')"),
        sqlite_where=sa.text("purpose IN ('trading', 'opening')"),
    )
    op.create_table(
        "stronghold_account_grant",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.CheckConstraint("level IN ('see', 'annotate', 'post')", name=op.f("ck_stronghold_account_grant_level")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_account_grant_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "principal_id"],
            ["stronghold_membership.tenant_id", "stronghold_membership.principal_id"],
            name=op.f("fk_stronghold_account_grant_tenant_id_principal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "principal_id", "account_id", name=op.f("pk_stronghold_account_grant")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_idempotency_key",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("transaction_id", Id(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["stronghold_transaction.tenant_id", "stronghold_transaction.id"],
            name=op.f("fk_stronghold_idempotency_key_tenant_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "principal_id", "key", name=op.f("pk_stronghold_idempotency_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_stronghold_idempotency_key_age",
        "stronghold_idempotency_key",
        ["tenant_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("created_at IS NOT NULL"),
    )
    op.create_table(
        "stronghold_day_total",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("day", BusinessDate(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("largest_minor", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *_exact_on_sqlite(),
        sa.CheckConstraint("debit_minor >= 0 AND credit_minor >= 0", name=op.f("ck_stronghold_day_total_sides")),
        sa.CheckConstraint("largest_minor > 0", name=op.f("ck_stronghold_day_total_largest")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_day_total_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "day", "lane", name=op.f("pk_stronghold_day_total")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_entry",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("transaction_id", Id(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("effective_date", BusinessDate(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("balance_after_minor", sa.BigInteger(), nullable=True),
        sa.Column("account_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(balance_after_minor IS NULL) = (account_version IS NULL)", name=op.f("ck_stronghold_entry_chain")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_stronghold_entry_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_entry_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["stronghold_transaction.tenant_id", "stronghold_transaction.id"],
            name=op.f("fk_stronghold_entry_tenant_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "transaction_id", "line", name=op.f("pk_stronghold_entry")),
        sqlite_with_rowid=False,
    )
    _index_history()
    op.create_index(
        "ix_stronghold_entry_recorded",
        "stronghold_entry",
        ["tenant_id", "account_id", "recorded_at"],
        unique=False,
        postgresql_where=sa.text("recorded_at IS NOT NULL"),
    )
    op.create_index(
        "ux_stronghold_entry_chain",
        "stronghold_entry",
        ["tenant_id", "account_id", "account_version"],
        unique=True,
        postgresql_where=sa.text("account_version IS NOT NULL"),
        sqlite_where=sa.text("account_version IS NOT NULL"),
    )
    op.create_table(
        "stronghold_month_total",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("month", BusinessDate(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("largest_minor", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *_exact_on_sqlite(),
        sa.CheckConstraint("debit_minor >= 0 AND credit_minor >= 0", name=op.f("ck_stronghold_month_total_sides")),
        sa.CheckConstraint("largest_minor > 0", name=op.f("ck_stronghold_month_total_largest")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_month_total_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "month", "lane", name=op.f("pk_stronghold_month_total")),
        sqlite_with_rowid=False,
    )


def _create_seal_tables() -> None:
    op.create_table(
        "stronghold_audit_batch",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", UTCDateTime(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("log_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=100), nullable=True),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=True),
        sa.CheckConstraint(
            "number > 0 AND first_seq > 0 AND last_seq >= first_seq", name=op.f("ck_stronghold_audit_batch_range")
        ),
        sa.CheckConstraint("(key_id IS NULL) = (signature IS NULL)", name=op.f("ck_stronghold_audit_batch_signed")),
        sa.PrimaryKeyConstraint("tenant_id", "number", name=op.f("pk_stronghold_audit_batch")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_audit_head",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("header", sa.LargeBinary(length=32), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "batches >= 0 AND dropped >= 0 AND events >= dropped", name=op.f("ck_stronghold_audit_head_counts")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_stronghold_audit_head")),
    )


def _create_statement_tables() -> None:
    op.create_table(
        "stronghold_statement_import",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.Column("imported_by", sa.String(length=200), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("already_there", sa.Integer(), nullable=False),
        sa.Column("without_amount", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("first_date", BusinessDate(), nullable=False),
        sa.Column("last_date", BusinessDate(), nullable=False),
        sa.Column("incoming_minor", sa.BigInteger(), nullable=False),
        sa.Column("outgoing_minor", sa.BigInteger(), nullable=False),
        sa.Column("reverted_at", UTCDateTime(), nullable=True),
        sa.Column("reverted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_statement_import_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_statement_import")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_stronghold_statement_import_account",
        "stronghold_statement_import",
        ["tenant_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "stronghold_statement_layout",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("account_number", sa.String(length=200), nullable=True),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_statement_layout_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", name=op.f("pk_stronghold_statement_layout")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_statement_row",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("import_id", Id(), nullable=False),
        sa.Column("transaction_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["stronghold_account.tenant_id", "stronghold_account.id"],
            name=op.f("fk_stronghold_statement_row_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["stronghold_statement_import.tenant_id", "stronghold_statement_import.id"],
            name=op.f("fk_stronghold_statement_row_tenant_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transaction_id"],
            ["stronghold_transaction.tenant_id", "stronghold_transaction.id"],
            name=op.f("fk_stronghold_statement_row_tenant_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "account_id", "digest", "occurrence", name=op.f("pk_stronghold_statement_row")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_stronghold_statement_row_import",
        "stronghold_statement_row",
        ["tenant_id", "import_id", "transaction_id"],
        unique=False,
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
