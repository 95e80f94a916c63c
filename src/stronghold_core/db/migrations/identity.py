"""The tables of people, of how they prove who they are, and of keys and invitations: a part of the first schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from alembic import op

from stronghold_core.db.roles import OF_PERSON, tenant_table_sql, walled_table_sql
from stronghold_core.db.types import Id, UTCDateTime

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES: Final = (
    "stronghold_invitation",
    "stronghold_api_key",
    "stronghold_login_counter",
    "stronghold_security_event",
    "stronghold_recovery_code",
    "stronghold_second_factor",
    "stronghold_refresh_token",
    "stronghold_session",
    "stronghold_password",
    "stronghold_user",
)
"""In the order in which they can be dropped."""

SECURITY_EVENT_FIXED: Final = ("user_id", "id", "at", "action", "outcome", "request_id", "version", "commitment")

_PLATFORM = "current_setting('stronghold.platform', true) = 'on'"
_OF_PEOPLE: Final[dict[str, tuple[tuple[str, ...], bool, str]]] = {
    "stronghold_user": (
        ("status", "session_epoch"),
        False,
        f"login_name = nullif(current_setting('stronghold.login_name', true), '') OR {_PLATFORM}",
    ),
    "stronghold_password": (("hash", "changed_at"), False, ""),
    "stronghold_session": (("used_at", "ended_at"), True, ""),
    "stronghold_refresh_token": (("rotated_at", "successor"), True, ""),
    "stronghold_second_factor": (("secret", "last_step", "created_at", "confirmed_at"), True, ""),
    "stronghold_recovery_code": ((), True, ""),
    "stronghold_security_event": ((), False, _PLATFORM),
}
"""Which columns of each table the app role may change, whether it may delete rows, and which others it may read."""


def wall_in(app_role: str | None) -> Iterator[str]:
    """Give the SQL that shows a transaction the rows of the one person, or tenant, that it is about."""
    for table, (updatable, deletable, selectable_if) in _OF_PEOPLE.items():
        yield from walled_table_sql(
            table, app_role, mine=OF_PERSON, updatable=updatable, deletable=deletable, selectable_if=selectable_if
        )
    yield from tenant_table_sql(
        "stronghold_api_key",
        app_role,
        updatable=("revoked_at",),
        selectable_if="id = nullif(current_setting('stronghold.api_key_id', true), '')::uuid",
    )
    yield from tenant_table_sql(
        "stronghold_invitation",
        app_role,
        updatable=("accepted_at", "accepted_by"),
        deletable=True,
        selectable_if="id = nullif(current_setting('stronghold.invitation_id', true), '')::uuid",
    )
    if app_role is not None:
        counted = "stronghold_login_counter"
        yield f'GRANT SELECT, INSERT, DELETE, UPDATE (failures, blocked_until_ms) ON {counted} TO "{app_role}"'


def create_tables() -> None:
    """Create them."""
    _create_people()
    _create_sessions()
    _create_second_factors()
    _create_records_of_sign_ins()
    _create_keys_and_invitations()


def _create_people() -> None:
    op.create_table(
        "stronghold_user",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("login_name", sa.String(length=200), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'disabled')", name=op.f("ck_stronghold_user_status")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_stronghold_user")),
        sa.UniqueConstraint("login_name", name=op.f("uq_stronghold_user_login_name")),
        sa.UniqueConstraint("principal_id", name=op.f("uq_stronghold_user_principal_id")),
    )
    op.create_table(
        "stronghold_password",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("hash", sa.String(length=300), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        _key_to_user("stronghold_password"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_stronghold_password")),
    )


def _create_sessions() -> None:
    op.create_table(
        "stronghold_session",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("user_agent", sa.String(length=1000), nullable=True),
        _key_to_user("stronghold_session"),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_stronghold_session")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_refresh_token",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("issued_at", UTCDateTime(), nullable=False),
        sa.Column("rotated_at", UTCDateTime(), nullable=True),
        sa.Column("successor", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id", "session_id"],
            ["stronghold_session.user_id", "stronghold_session.id"],
            name=op.f("fk_stronghold_refresh_token_user_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "token_hash", name=op.f("pk_stronghold_refresh_token")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_stronghold_refresh_token_session", "stronghold_refresh_token", ["user_id", "session_id"], unique=False
    )


def _create_second_factors() -> None:
    op.create_table(
        "stronghold_second_factor",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=200), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        _key_to_user("stronghold_second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_stronghold_second_factor")),
    )
    op.create_table(
        "stronghold_recovery_code",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        _key_to_user("stronghold_recovery_code"),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_stronghold_recovery_code")),
        sqlite_with_rowid=False,
    )


def _create_records_of_sign_ins() -> None:
    op.create_table(
        "stronghold_security_event",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'denied')", name=op.f("ck_stronghold_security_event_outcome")),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_stronghold_security_event")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stronghold_login_counter",
        sa.Column("name_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name=op.f("pk_stronghold_login_counter")),
    )


def _create_keys_and_invitations() -> None:
    op.create_table(
        "stronghold_api_key",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("principal_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        _key_to_tenant("stronghold_api_key"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_api_key")),
    )
    op.create_index("ix_stronghold_api_key_id", "stronghold_api_key", ["id"], unique=False)
    op.create_table(
        "stronghold_invitation",
        sa.Column("tenant_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("invited_by", sa.String(length=200), nullable=False),
        sa.Column("invited_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("accepted_at", UTCDateTime(), nullable=True),
        sa.Column("accepted_by", sa.String(length=200), nullable=True),
        _key_to_tenant("stronghold_invitation"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stronghold_invitation")),
    )
    op.create_index("ix_stronghold_invitation_id", "stronghold_invitation", ["id"], unique=False)


def _key_to_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["stronghold_user.user_id"], name=op.f(f"fk_{table}_user_id"))


def _key_to_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"], name=op.f(f"fk_{table}_tenant_id"))
