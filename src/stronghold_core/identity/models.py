"""The tables of people who sign in, of how they prove who they are, and of keys and invitations that tenants give out.

What belongs to a person carries their ``user_id`` first, as what belongs to a tenant carries the tenant: on PostgreSQL
a transaction sees the rows of the one person that it named, so that no forgotten condition reads everybody's hashes.
Secrets are never stored: passwords as argon2id, random ones as SHA-256, and what must be read again encrypted.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, Id, PersonScoped, Scope, TenantScoped, UTCDateTime

_A_USER = "stronghold_user.user_id"


class User(PersonScoped, Base):
    """Somebody who can sign in. Looked up by the name that they sign in with, before it is known who they are."""

    __tablename__ = "stronghold_user"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'disabled')", name="status"),
        UniqueConstraint("login_name"),
        UniqueConstraint("principal_id"),
    )

    login_name: Mapped[str] = mapped_column(String(200))
    principal_id: Mapped[str] = mapped_column(String(200))
    """What members of tenants are called by."""
    status: Mapped[str] = mapped_column(String(10))
    session_epoch: Mapped[int] = mapped_column(Integer)
    """Counted up to end all sessions at once: one that began under another number has ended."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PasswordHash(PersonScoped, Base):
    """A password, as argon2id in the PHC string format, which names its own parameters."""

    __tablename__ = "stronghold_password"
    __table_args__ = (ForeignKeyConstraint(["user_id"], [_A_USER]),)

    hash: Mapped[str] = mapped_column(String(300))
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LoginSession(PersonScoped, Base):
    """A browser or device that somebody has signed in with: the family of all its refresh tokens."""

    __tablename__ = "stronghold_session"
    __table_args__ = (ForeignKeyConstraint(["user_id"], [_A_USER]), {"sqlite_with_rowid": False})

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When it was last refreshed."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    user_agent: Mapped[str | None] = mapped_column(String(1000))


class RefreshToken(PersonScoped, Base):
    """One token of a session: used once for the next one."""

    __tablename__ = "stronghold_refresh_token"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "session_id"],
            ["stronghold_session.user_id", "stronghold_session.id"],
            ondelete="CASCADE",
        ),
        Index("ix_stronghold_refresh_token_session", "user_id", "session_id"),
        {"sqlite_with_rowid": False},
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    successor: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The token that came after it, encrypted with this one: only who holds this one can read it."""


class SecondFactor(PersonScoped, Base):
    """The secret that an authenticator app shares with us, encrypted."""

    __tablename__ = "stronghold_second_factor"
    __table_args__ = (ForeignKeyConstraint(["user_id"], [_A_USER]),)

    secret: Mapped[bytes] = mapped_column(LargeBinary(200))
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The time step of the last code that was accepted, so that none is accepted twice."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When a first code proved that the app has it; before that it is asked for nowhere."""


class RecoveryCode(PersonScoped, Base):
    """A code that stands for the second factor once: its row goes as it is used."""

    __tablename__ = "stronghold_recovery_code"
    __table_args__ = (ForeignKeyConstraint(["user_id"], [_A_USER]), {"sqlite_with_rowid": False})

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class SecurityEvent(PersonScoped, Base):
    """What happened to somebody's sign-ins: they belong to no tenant, so no tenant's audit log can have it.

    What was tried with a name that nobody has stands under the id of nobody, without the name: people type passwords
    into that field.
    """

    __tablename__ = "stronghold_security_event"
    __table_args__ = (
        CheckConstraint("outcome IN ('done', 'denied')", name="outcome"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    action: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    request_id: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(SmallInteger)
    commitment: Mapped[bytes] = mapped_column(LargeBinary(32))
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    payload: Mapped[str | None] = mapped_column(Text)


class LoginCounter(Base):
    """How often somebody failed to sign in by a name, whether or not anybody has it: both must look alike.

    Global: it holds a hash of the name, and two figures about it.
    """

    __tablename__ = "stronghold_login_counter"
    scope = Scope.GLOBAL

    name_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    blocked_until_ms: Mapped[int] = mapped_column(BigInteger)
    """In Unix time, so that one statement can count and compute it on each database."""


class ApiKey(TenantScoped, Base):
    """A key by which a program acts for a member. A directory: it is found before its tenant is known."""

    __tablename__ = "stronghold_api_key"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        Index("ix_stronghold_api_key_id", "id"),
    )
    scope = Scope.DIRECTORY

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    principal_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    scopes: Mapped[str] = mapped_column(Text)
    """Permissions and patterns, as a JSON list."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Invitation(TenantScoped, Base):
    """A tenant asks in whoever brings the token. A directory: it is found before its tenant is known."""

    __tablename__ = "stronghold_invitation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        Index("ix_stronghold_invitation_id", "id"),
    )
    scope = Scope.DIRECTORY

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    role: Mapped[str] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(String(200))
    invited_by: Mapped[str] = mapped_column(String(200))
    invited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_by: Mapped[str | None] = mapped_column(String(200))
