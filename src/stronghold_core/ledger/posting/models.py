"""The tables of transactions, entries, totals and idempotency keys.

Transactions and entries are append-only: on PostgreSQL the app role holds no privilege to change an amount, an account
or a date, on SQLite triggers refuse it. Only words may be edited.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, BusinessDate, Id, TenantScoped, UTCDateTime, only_where


class Transaction(TenantScoped, Base):
    """One event that moved money: the whole that its entries are lines of."""

    __tablename__ = "stronghold_transaction"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["stronghold_tenant.tenant_id"]),
        ForeignKeyConstraint(
            ["tenant_id", "reverses_id"], ["stronghold_transaction.tenant_id", "stronghold_transaction.id"]
        ),
        # In the order of pages, so that one costs what it shows: however many transactions its days have, and also of
        # a tenant whom PostgreSQL does not know yet. SQLite's index ends with the primary key anyway. Partial, so that
        # PostgreSQL looks up nothing but days by it. Before the first ANALYZE it would take this index for foreign
        # keys, too, and read all of the tenant's transactions for each entry.
        Index(
            "ix_stronghold_transaction_date",
            "tenant_id",
            "effective_date",
            "id",
            postgresql_where=text("effective_date IS NOT NULL"),
        ),
        Index(
            "ux_stronghold_transaction_reference",
            "tenant_id",
            "reference",
            unique=True,
            **only_where("reference IS NOT NULL"),
        ),
        Index(
            "ux_stronghold_transaction_reverses",
            "tenant_id",
            "reverses_id",
            unique=True,
            **only_where("reverses_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    effective_date: Mapped[date] = mapped_column(BusinessDate)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    description: Mapped[str | None] = mapped_column(String(500))
    payee: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(4000))
    reference: Mapped[str | None] = mapped_column(String(200))
    reverses_id: Mapped[UUID | None] = mapped_column(Id)
    audit_id: Mapped[UUID] = mapped_column(Id)


class Entry(TenantScoped, Base):
    """One line: an amount on an account; debit positive, credit negative."""

    __tablename__ = "stronghold_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "transaction_id"], ["stronghold_transaction.tenant_id", "stronghold_transaction.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint("(balance_after_minor IS NULL) = (account_version IS NULL)", name="chain"),
        Index(
            "ux_stronghold_entry_chain",
            "tenant_id",
            "account_id",
            "account_version",
            unique=True,
            **only_where("account_version IS NOT NULL"),
        ),
        # Both partial, so that PostgreSQL does not take them for as good as the primary key, or one for the other.
        Index(
            "ix_stronghold_entry_history",
            "tenant_id",
            "account_id",
            "effective_date",
            postgresql_where=text("account_id IS NOT NULL"),
        ).ddl_if(dialect="postgresql"),
        # The same, and so that the largest of a day are found without all others. It takes nine bytes more a posting;
        # PostgreSQL, which keeps equal keys of an index once, would need more than a hundred.
        Index("ix_stronghold_entry_sizes", "tenant_id", "account_id", "effective_date", "amount_minor").ddl_if(
            dialect="sqlite"
        ),
        Index(
            "ix_stronghold_entry_recorded",
            "tenant_id",
            "account_id",
            "recorded_at",
            postgresql_where=text("recorded_at IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    transaction_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    effective_date: Mapped[date] = mapped_column(BusinessDate)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    balance_after_minor: Mapped[int | None] = mapped_column(BigInteger)
    account_version: Mapped[int | None] = mapped_column(BigInteger)


class _Total(TenantScoped):
    """What an account gained and lost in a span of time, and the size of the largest of these entries.

    Entries are only ever added, so none of it ever shrinks.

    Concurrent units add to different *lanes* of a nominal account, so that they do not wait for each other; whoever
    reads adds the lanes up.
    """

    account_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    lane: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    debit_minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    largest_minor: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(Integer)


def _total_args(span: str) -> tuple[object, ...]:
    return (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        PrimaryKeyConstraint("tenant_id", "account_id", span, "lane"),
        CheckConstraint("debit_minor >= 0 AND credit_minor >= 0", name="sides"),
        CheckConstraint("largest_minor > 0", name="largest"),
        # SQLite would store a sum past 63 bits as a float; PostgreSQL refuses it by itself.
        CheckConstraint("typeof(debit_minor) = 'integer' AND typeof(credit_minor) = 'integer'", name="exact").ddl_if(
            dialect="sqlite"
        ),
        {"sqlite_with_rowid": False},
    )


class DayTotal(_Total, Base):
    """An account's day."""

    __tablename__ = "stronghold_day_total"
    __table_args__ = _total_args("day")
    day: Mapped[date] = mapped_column(BusinessDate, primary_key=True)


class MonthTotal(_Total, Base):
    """An account's calendar month, named by its first day."""

    __tablename__ = "stronghold_month_total"
    __table_args__ = _total_args("month")
    month: Mapped[date] = mapped_column(BusinessDate, primary_key=True)


class IdempotencyKey(TenantScoped, Base):
    """A request that was carried out, so that sending it again does not carry it out again."""

    __tablename__ = "stronghold_idempotency_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "transaction_id"], ["stronghold_transaction.tenant_id", "stronghold_transaction.id"]
        ),
        # Partial, so that PostgreSQL looks up nothing but an age by it: of a tenant whom it does not know yet, an index
        # that begins with the tenant would seem as good as the primary key.
        Index(
            "ix_stronghold_idempotency_key_age",
            "tenant_id",
            "created_at",
            postgresql_where=text("created_at IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    principal_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    transaction_id: Mapped[UUID] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
