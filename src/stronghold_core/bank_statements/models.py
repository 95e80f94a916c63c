"""The tables of imports, of the rows they brought, and of the layouts of accounts' files."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stronghold_core.db import Base, BusinessDate, Id, TenantScoped, UTCDateTime


class StatementImport(TenantScoped, Base):
    """A file that was imported, with what it brought."""

    __tablename__ = "stronghold_statement_import"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        Index("ix_stronghold_statement_import_account", "tenant_id", "account_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id)
    source: Mapped[str | None] = mapped_column(String(200))
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    imported_by: Mapped[str] = mapped_column(String(200))
    posted: Mapped[int] = mapped_column(Integer)
    already_there: Mapped[int] = mapped_column(Integer)
    without_amount: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    first_date: Mapped[date] = mapped_column(BusinessDate)
    last_date: Mapped[date] = mapped_column(BusinessDate)
    incoming_minor: Mapped[int] = mapped_column(BigInteger)
    outgoing_minor: Mapped[int] = mapped_column(BigInteger)
    reverted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reverted_by: Mapped[str | None] = mapped_column(String(200))


class StatementRow(TenantScoped, Base):
    """What a bank said once of an account, so that saying it again posts nothing."""

    __tablename__ = "stronghold_statement_row"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "transaction_id"], ["stronghold_transaction.tenant_id", "stronghold_transaction.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["stronghold_statement_import.tenant_id", "stronghold_statement_import.id"]
        ),
        # Partial, so that PostgreSQL does not look rows up by it, of a tenant whom it does not know yet.
        Index(
            "ix_stronghold_statement_row_import",
            "tenant_id",
            "import_id",
            "transaction_id",
            postgresql_where=text("import_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    occurrence: Mapped[int] = mapped_column(Integer, primary_key=True)
    import_id: Mapped[UUID] = mapped_column(Id)
    transaction_id: Mapped[UUID] = mapped_column(Id)


class StatementLayout(TenantScoped, Base):
    """How the files of an account are laid out, and what number the bank gives it."""

    __tablename__ = "stronghold_statement_layout"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["stronghold_account.tenant_id", "stronghold_account.id"]),
        {"sqlite_with_rowid": False},
    )

    account_id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    layout: Mapped[str] = mapped_column(Text)
    account_number: Mapped[str | None] = mapped_column(String(200))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
