"""What a database of the newest schema lets the app role do, and what it keeps: the doctor compares with this.

Revisions repeat the part that they make, since they never change; a test compares the two.
"""

from __future__ import annotations

from typing import Final

from stronghold_core.db.roles import Duties

UPDATABLE: Final[dict[str, frozenset[str]]] = {
    "stronghold_account": frozenset(
        {
            "name",
            "status",
            "balance_minor",
            "version",
            "held_minor",
            "min_balance_minor",
            "max_balance_minor",
            "last_recorded_at",
        }
    ),
    "stronghold_admission": frozenset({"role", "reason", "admitted_by", "since", "until"}),
    "stronghold_audit_event": frozenset({"seq", "leaf", "salt", "payload"}),
    "stronghold_audit_head": frozenset({"batches", "events", "header", "frontier", "dropped", "dropped_at"}),
    "stronghold_api_key": frozenset({"revoked_at"}),
    "stronghold_category": frozenset({"name", "status", "is_default"}),
    "stronghold_day_total": frozenset({"debit_minor", "credit_minor", "largest_minor", "count"}),
    "stronghold_account_grant": frozenset({"level", "since"}),
    "stronghold_invitation": frozenset({"accepted_at", "accepted_by"}),
    "stronghold_login_counter": frozenset({"failures", "blocked_until_ms"}),
    "stronghold_membership": frozenset({"role", "has_grants"}),
    "stronghold_month_total": frozenset({"debit_minor", "credit_minor", "largest_minor", "count"}),
    "stronghold_password": frozenset({"hash", "changed_at"}),
    "stronghold_refresh_token": frozenset({"rotated_at", "successor"}),
    "stronghold_revision": frozenset({"count", "changed_at"}),
    "stronghold_role": frozenset({"description", "permissions", "inherits", "changed_at"}),
    "stronghold_second_factor": frozenset({"secret", "last_step", "created_at", "confirmed_at"}),
    "stronghold_session": frozenset({"used_at", "ended_at"}),
    "stronghold_staff": frozenset({"role"}),
    "stronghold_statement_import": frozenset(
        {
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
        }
    ),
    "stronghold_statement_layout": frozenset({"layout", "account_number", "saved_at"}),
    "stronghold_tenant": frozenset(
        {"name", "time_zone", "days_ahead", "settings_version", "authz_version", "capabilities"}
    ),
    "stronghold_transaction": frozenset({"description", "payee", "note"}),
    "stronghold_user": frozenset({"status", "session_epoch"}),
}
"""The columns that the app role may change, by table; no other."""

DELETABLE: Final = frozenset(
    {
        "stronghold_account_grant",
        "stronghold_admission",
        "stronghold_audit_event",
        "stronghold_idempotency_key",
        "stronghold_invitation",
        "stronghold_login_counter",
        "stronghold_membership",
        "stronghold_recovery_code",
        "stronghold_refresh_token",
        "stronghold_role",
        "stronghold_second_factor",
        "stronghold_session",
        "stronghold_staff",
        "stronghold_statement_layout",
        "stronghold_statement_row",
    }
)
"""The tables that the app role may delete rows from."""

APPEND_ONLY: Final[dict[str, tuple[str, ...]]] = {
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
    "stronghold_security_event": ("user_id", "id", "at", "action", "outcome", "request_id", "version", "commitment"),
    "stronghold_statement_import": ("tenant_id", "id", "account_id", "source", "imported_at", "imported_by"),
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
}
"""The columns that triggers keep as they are on SQLite, by table."""

REMOVABLE_IF: Final = {
    "stronghold_audit_event": "OLD.seq <= (SELECT dropped FROM stronghold_audit_head WHERE tenant_id = OLD.tenant_id)",
}
"""The rows of these that SQLite lets go all the same, by table."""

_DUTY: Final = "current_setting('stronghold.duty', true)"

DUTIES: Final = {
    "stronghold_audit_event": Duties(
        changes_from=f"({_DUTY} = 'seal' AND seq IS NULL OR {_DUTY} = 'redact')",
        changes_to=f"({_DUTY} = 'seal' AND seq IS NOT NULL OR {_DUTY} = 'redact' AND payload IS NULL AND salt IS NULL)",
        removes=f"{_DUTY} = 'expire' AND seq IS NOT NULL",
    ),
}
"""What rows must be like for the app role to change or delete them, and who has to be at work, by table."""

_PLATFORM: Final = "current_setting('stronghold.platform', true) = 'on'"

SELECTABLE_IF: Final = {
    "stronghold_api_key": "id = nullif(current_setting('stronghold.api_key_id', true), '')::uuid",
    "stronghold_invitation": "id = nullif(current_setting('stronghold.invitation_id', true), '')::uuid",
    "stronghold_membership": "principal_id = nullif(current_setting('stronghold.principal_id', true), '')",
    "stronghold_security_event": _PLATFORM,
    "stronghold_tenant": "tenant_id = ANY (string_to_array("
    "nullif(current_setting('stronghold.visible_tenants', true), ''), ',')::uuid[])",
    "stronghold_tenant_directory": "external_reference ="
    " nullif(current_setting('stronghold.external_reference', true), '')"
    f" OR {_PLATFORM}",
    "stronghold_user": f"login_name = nullif(current_setting('stronghold.login_name', true), '') OR {_PLATFORM}",
}
"""The further condition under which the app role may read a row of another tenant or person, by table."""
