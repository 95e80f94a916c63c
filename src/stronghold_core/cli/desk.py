"""What every command finds on its desk: the terminal, and the way to the database that the global options name."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

from stronghold_core.db.engine import missing_file
from stronghold_core.errors import ConfigurationError, DatabaseFileError, NotFoundError
from stronghold_core.settings import Settings
from stronghold_core.stronghold import Stronghold

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core.cli.terminal import Terminal
    from stronghold_core.ids import TenantId
    from stronghold_core.ledger import AccountRecord
    from stronghold_core.stronghold import Books

URL_VARIABLE: Final = "STRONGHOLD_DATABASE_URL"

SETTINGS: Final = Settings(busy_timeout_seconds=5, retry_attempts=3)
"""A person waits: after a quarter of a minute they want to know that somebody holds the lock."""


class Desk:
    """One command's terminal and database."""

    def __init__(self, terminal: Terminal, database_url: str | None) -> None:
        self.terminal = terminal
        self._database_url = database_url

    @contextmanager
    def open(self, *, may_create: bool = False) -> Generator[Stronghold]:
        """Open the stronghold for the length of a command.

        Args:
            may_create: Whether a SQLite file that is not there may be made; elsewhere it is a typing error.

        Raises:
            ConfigurationError: If no database is named, or it can't be used.
        """
        if not self._database_url:
            raise ConfigurationError(
                reason=f"No database is named: pass --database-url or set {URL_VARIABLE}, to sqlite:///books.db or "
                "postgresql+psycopg://user@host/name."
            )
        with Stronghold(self._database_url, settings=SETTINGS) as stronghold:
            name = missing_file(stronghold.database.engine.url)
            if name is not None and not may_create:
                raise DatabaseFileError(
                    fact=f"there is no {name}", remedy="Check the path, or run `stronghold migrate`."
                )
            yield stronghold


def find_tenant(stronghold: Stronghold, key: str) -> TenantId:
    """Find the tenant with that id, or that external reference.

    The id wins: whoever chooses an external reference must not be taken for the tenant whose id that is.

    Raises:
        NotFoundError: If *key* is neither.
    """
    with suppress(ValueError, NotFoundError):
        return stronghold.tenants.get(UUID(key)).id
    found = stronghold.tenants.find(external_reference=key)
    if found is None:
        raise NotFoundError(kind="tenant", key=key)
    return found.id


def find_account(books: Books, key: str) -> AccountRecord:
    """Find the account with that name, or that id.

    Raises:
        NotFoundError: If *key* is neither.
    """
    found = books.accounts.find(name=key)
    if found is not None:
        return found
    try:
        account_id = UUID(key)
    except ValueError as error:
        raise NotFoundError(kind="account", key=key) from error
    return books.accounts.get(account_id)
