"""The style in which PostgreSQL writes dates to a connection.

A server, a database or a role may be set to another than ISO, and the driver reads instants in no other. It is told of
every change, so nothing needs to be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from stronghold_core.errors import DateStyleError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

_REMEDY = text(
    "SELECT format('ALTER ROLE %I IN DATABASE %I SET DateStyle = ''ISO'';', session_user, current_database())"
)


def date_style(driver_connection: Any) -> str:  # noqa: ANN401 - the driver may not be installed
    """Return the style of a connection of psycopg; a pooler that tells nothing of it has the driver take it for ISO."""
    return driver_connection.info.parameter_status("DateStyle") or "ISO"


def check_date_style(connection: Connection) -> str:
    """Return the style of *connection* if instants can be read.

    Raises:
        DateStyleError: If not; it names the SQL that changes what the login starts with, which itself may run that.
    """
    style = date_style(connection.connection.dbapi_connection)
    if not style.startswith("ISO"):
        raise DateStyleError(style=style, sql=connection.execute(_REMEDY).scalar_one())
    return style


def keep_date_style(engine: Engine) -> None:
    """Let every connection of *engine* write dates as ISO, in the order that it had for reading them."""

    @event.listens_for(engine, "connect")
    def _keep(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver may not be installed
        if not date_style(connection).startswith("ISO"):
            connection.execute("SET DateStyle = 'ISO'")
            connection.commit()
