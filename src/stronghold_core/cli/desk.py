"""What every command finds on its desk: the terminal, and the way to the database that the global options name."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID

from stronghold_core.db.engine import missing_file
from stronghold_core.errors import ConfigurationError, DatabaseFileError, NotFoundError
from stronghold_core.settings import Settings
from stronghold_core.stronghold import Stronghold

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pydantic import BaseModel
    from rich.console import RenderableType

    from stronghold_core.audit import Signer
    from stronghold_core.cli.terminal import Terminal
    from stronghold_core.ids import TenantId
    from stronghold_core.pagination import Page
    from stronghold_core.stronghold import Books

Result = TypeVar("Result")

URL_VARIABLE: Final = "STRONGHOLD_DATABASE_URL"

SETTINGS: Final = Settings(busy_timeout_seconds=5, retry_attempts=3)
"""A person waits: after a quarter of a minute they want to know that somebody holds the lock."""


class Desk:
    """One command's terminal and database."""

    def __init__(self, terminal: Terminal, database_url: str | None) -> None:
        self.terminal = terminal
        self._database_url = database_url

    @property
    def has_database(self) -> bool:
        """Whether the global options name a database."""
        return bool(self._database_url)

    @contextmanager
    def open(
        self, *, may_create: bool = False, otherwise: str | None = None, signer: Signer | None = None
    ) -> Generator[Stronghold]:
        """Open the stronghold for the length of a command.

        Args:
            may_create: Whether a SQLite file that is not there may be made; elsewhere it is a typing error.
            otherwise: The database to use if none is named.
            signer: The key that signs checkpoints.

        Raises:
            ConfigurationError: If no database is named, or it can't be used.
        """
        url = self._database_url or otherwise
        if not url:
            raise ConfigurationError(
                reason=f"No database is named: pass --database-url or set {URL_VARIABLE}, to sqlite:///books.db or "
                "postgresql+psycopg://user@host/name."
            )
        with Stronghold(url, settings=SETTINGS, signer=signer) as stronghold:
            name = missing_file(stronghold.database.engine.url)
            if name is not None and not may_create:
                raise DatabaseFileError(
                    fact=f"there is no {name}", remedy="Check the path, or run `stronghold migrate`."
                )
            yield stronghold

    def read(self, tenant: str, principal: str, do: Callable[[Books], Result]) -> Result:
        """Read a tenant's books in one snapshot, in the name of *principal*."""
        with self.open() as stronghold:
            return stronghold.read(find_tenant(stronghold, tenant), principal=principal, do=do)

    def write(self, tenant: str, principal: str, do: Callable[[Books], Result]) -> Result:
        """Write into a tenant's books, in the name of *principal*: all that *do* does, or nothing."""
        with self.open() as stronghold:
            return stronghold.run(find_tenant(stronghold, tenant), principal=principal, do=do)

    def answer(self, record: BaseModel, *parts: RenderableType) -> None:
        """Give the result: to a program as the record says it, to a person as *parts*."""
        if self.terminal.is_json:
            self.terminal.tell(record.model_dump(mode="json"))
        else:
            self.terminal.show(*parts)

    def answer_page(self, page: Page[Any], *parts: RenderableType) -> None:
        """Give a page of a list, and say how to go on if there is more."""
        self.answer(page, *parts)
        if page.next_cursor is not None and not self.terminal.is_json:
            self.terminal.note(f"There is more: --after {page.next_cursor}")


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
