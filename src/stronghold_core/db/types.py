"""Column types that mean the same on every database, also on a connection that Django opened.

Django registers converters for SQLite's declared types DATE and TIMESTAMP in the whole process, so these types
declare themselves as plain text there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Date, DateTime, Dialect, LargeBinary, String, TypeDecorator, Uuid

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

Value_co = TypeVar("Value_co", covariant=True)


class Id(TypeDecorator[UUID]):
    """A UUID: ``uuid`` on PostgreSQL, 16 bytes on SQLite, where text would cost twice as much in every index."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | bytes | None:
        """Write the id."""
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reading[UUID] | None:  # noqa: ARG002
        """Read the id; PostgreSQL's driver does that."""
        return _read_id if dialect.name == "sqlite" else None


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC, to the microsecond: ``timestamptz`` on PostgreSQL, sortable ISO text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Write the instant.

        Raises:
            ValueError: If it is naive, which is a mistake of the program.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant without a time zone can't be stored.")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reading[datetime]:  # noqa: ARG002
        """Read the instant."""
        return _read_instant_text if dialect.name == "sqlite" else _read_instant


class BusinessDate(TypeDecorator[date]):
    """A day without a time zone: ``date`` on PostgreSQL, sortable ISO text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type."""
        return dialect.type_descriptor(String(10) if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | str | None:
        """Write the day."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reading[date] | None:  # noqa: ARG002
        """Read the day; PostgreSQL's driver does that."""
        return _read_day if dialect.name == "sqlite" else None


class _Reading(Protocol[Value_co]):
    """Makes a value of what a driver has read."""

    def __call__(self, value: Any) -> Value_co | None: ...  # noqa: ANN401 - whatever drivers read


# Functions of one argument: those of SQLAlchemy's own making call another one for each value.


def _read_id(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def _read_instant_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def _read_instant(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _read_day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
