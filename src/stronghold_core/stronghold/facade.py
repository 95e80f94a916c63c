"""`Stronghold`: the one object a host holds."""

from __future__ import annotations

import inspect
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from stronghold_core.audit import checked_number, sealed_events, verify_log
from stronghold_core.clock import SystemClock
from stronghold_core.context import NO_ORIGIN, Context, Origin
from stronghold_core.db import Database, SessionHost, answered_transaction
from stronghold_core.errors import ConfigurationError, NotFoundError, RetryableConflictError
from stronghold_core.ids import PrincipalId, TenantId, parse_id, parse_principal
from stronghold_core.ledger import Verification, verify_books
from stronghold_core.pagination import DEFAULT_PAGE_SIZE
from stronghold_core.permissions import checked_patterns, expand_all
from stronghold_core.settings import Settings
from stronghold_core.stronghold.identity import Identity
from stronghold_core.stronghold.key_checks import examine_keys
from stronghold_core.stronghold.sealing import Sealer, seal_tenants
from stronghold_core.stronghold.staff import Staff
from stronghold_core.stronghold.tenants import Tenants
from stronghold_core.stronghold.units import Entrance, Units
from stronghold_core.tenancy import opening_of, opening_question

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from sqlalchemy import URL, Connection, Engine, MetaData
    from sqlalchemy.orm import Session

    from stronghold_core.audit import AuditEventRecord, Checkpoint, LogVerification, Sealed, Signer, Verifiers
    from stronghold_core.clock import Clock
    from stronghold_core.dashboards import AnswerCache
    from stronghold_core.db import Check, HostTransaction, Unit
    from stronghold_core.ids import AnId
    from stronghold_core.stronghold.books import Books

Result = TypeVar("Result")

ED25519: Final = "EdDSA"
"""What RFC 8037 calls signatures by Ed25519."""


class Stronghold:
    """Exact books for many tenants, in one database.

    Args:
        database: A URL (``sqlite:///books.db``, ``postgresql+psycopg://…``) or the host's own engine.
        settings: How it behaves.
        clock: What time it is; the machine's own clock if left out.
        signer: The key that signs the checkpoints of audit logs; they are not signed if left out.

    >>> with Stronghold("sqlite://") as stronghold:
    ...     _ = stronghold.migrate()
    ...     acme = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner="user:ada")
    ...     with stronghold.books(acme.id, principal="user:ada") as books:
    ...         bank = books.accounts.open(name="Bank", type="asset", opening_balance="100.00")
    ...         _ = books.transactions.record(account=bank.id, amount="-30.00", description="Paper")
    ...         print(books.accounts.balance(bank.id))
    70.00 USD
    """

    def __init__(
        self,
        database: str | URL | Engine,
        *,
        settings: Settings | None = None,
        clock: Clock | None = None,
        signer: Signer | None = None,
    ) -> None:
        if signer is not None and signer.algorithm != ED25519:
            raise ConfigurationError(reason=f"Checkpoints are signed by {ED25519}, not by {signer.algorithm}.")
        self._signer = signer
        self._database = Database(database, settings or Settings())
        self._units = Units(self._database, clock or SystemClock())
        self.tenants = Tenants(self._units)
        self.staff = Staff(self._units)
        self.identity = Identity(self._units)

    # ------------------------------------------------------------------ the database

    @property
    def database(self) -> Database:
        """The database, its engine and its state; for administration."""
        return self._database

    @property
    def dashboard_cache(self) -> AnswerCache:
        """The answers of dashboards that this process keeps: their statistics, and `clear`."""
        return self._units.answers

    def migrate(self, *, to: str = "head") -> str | None:
        """Create or move the tables of this library; return the schema reached.

        Args:
            to: ``head``, a revision, or ``base``, which drops every table of this library and the money in it.

        Raises:
            SchemaNewerError: If a newer version of the library migrated this database.
            RoleMissingError: If PostgreSQL's app role is missing and can't be created; it says what to run.
        """
        return self._database.migrate(to=to)

    def register_tables(self, tables: MetaData, *, scopes: Mapping[str, str] | None = None) -> None:
        """Declare the host's own tables, so that what belongs to a tenant stands behind the same walls as the ledger.

        Each table says whose rows it holds: by the mixin `TenantScoped` on its class, by ``info={"stronghold":
        "tenant"}`` or ``"global"`` on the table, or by name in *scopes*. One that is added to the same collection later
        is looked at before the next unit of work.

        Args:
            tables: The host's collection of tables: ``Base.metadata``.
            scopes: ``tenant`` or ``global`` by name, for tables that can't say it themselves.

        Raises:
            UndeclaredTableError: If a table says nothing; it names the ways out.
            TenantTableError: If a key of a table leaves the tenant out.
            ConfigurationError: If declarations contradict each other, or mean nothing.
        """
        self._database.host_tables.register(tables, scopes or {})

    def doctor(self, *, keys: Iterable[str | Path] = ()) -> tuple[Check, ...]:
        """Look at everything the database must have, and say what to run where it lacks something.

        A database that can't be reached is a finding as well.

        Args:
            keys: Where secret keys are kept that are looked at, too: paths, or ``env:NAME``.
        """
        return (*self._database.doctor(), *map(examine_keys, keys))

    def close(self) -> None:
        """Close the connections of an engine made from a URL; a host's engine is left alone."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ units of work

    def books(
        self,
        tenant_id: AnId,
        *,
        principal: str,
        read_only: bool = False,
        origin: Origin | None = None,
        scopes: Iterable[str] | None = None,
        session: Session | None = None,
        connection: Connection | None = None,
        host: HostTransaction | None = None,
    ) -> AbstractContextManager[Books]:
        """Open a unit of work: leaving the block commits it, an exception rolls it back.

        Args:
            tenant_id: Whose books.
            principal: Who acts: ``user:…``, ``service:…``, ``key:…``.
            read_only: Whether to take a snapshot in which verbs that write raise.
            origin: Where the request came from; recorded with every change. Whoever acts on behalf of another may do
                only what both of them may.
            scopes: What the key or token that the principal acts by was made for: permissions, and patterns such as
                ``*:read``. They bound what the role allows, and add nothing to it.
            session: Join the transaction of the host's SQLAlchemy session: the unit is a savepoint in it and never
                commits; the host's tables and the ledger then commit or roll back together.
            connection: The same, for a connection that is in a transaction.
            host: Tells a unit that joined a bare connection how the host's transaction ended.

        Raises:
            NotFoundError: If there is no such tenant, or the principal is no member of it.
            UnknownPermissionError: If a scope names none.
            ConfigurationError: If the database is not fit; the subclass says what to run.
        """
        entrance = Entrance(
            tenant_id=TenantId(parse_id(tenant_id, field="tenant_id")),
            principal=parse_principal(principal),
            origin=origin or NO_ORIGIN,
            read_only=read_only,
            scopes=None if scopes is None else expand_all(scopes, field="scopes"),
        )
        self._units.ensure_ready()
        if session is not None and connection is not None:
            raise ConfigurationError(reason="Join a session or a connection, not both.")
        if session is not None:
            # What the host has not written yet may be what the ledger refers to.
            session.flush()
            # A session that has begun a savepoint tells the database so when it is asked for its connection.
            return self._units.joined(entrance, session.connection(), host or SessionHost(session), session.connection)
        return self._units.own(entrance) if connection is None else self._units.joined(entrance, connection, host, None)

    def run(
        self,
        tenant_id: AnId,
        *,
        principal: str,
        do: Callable[[Books], Result],
        origin: Origin | None = None,
        scopes: Iterable[str] | None = None,
    ) -> Result:
        """Run *do* in a unit of its own, and again from the start if another unit was in the way.

        Each attempt is a fresh unit, so *do* must have no side effects but through its books; use `Books.on_commit`
        for those. Attempts are spaced by random pauses that grow.

        Raises:
            RetryableConflictError: If the last attempt was in conflict as well.
            ConfigurationError: If *do* is a coroutine function, or returns something to be awaited: it would be
                awaited after the unit had ended. Nothing is committed then.
        """
        given = None if scopes is None else checked_patterns(scopes, field="scopes")
        return self._retried(lambda: self.books(tenant_id, principal=principal, origin=origin, scopes=given), do)

    def read(
        self,
        tenant_id: AnId,
        *,
        principal: str,
        do: Callable[[Books], Result],
        origin: Origin | None = None,
        scopes: Iterable[str] | None = None,
    ) -> Result:
        """Run *do* in a read unit: one snapshot, in which verbs that write raise.

        Raises:
            ConfigurationError: As for `run`.
        """
        given = None if scopes is None else checked_patterns(scopes, field="scopes")
        return self._retried(
            lambda: self.books(tenant_id, principal=principal, origin=origin, scopes=given, read_only=True), do
        )

    def verify(self, tenant_id: AnId) -> Verification:
        """Verify one tenant's books, in the platform's name."""
        with self._reading_as_platform(tenant_id) as unit:
            return verify_books(unit)

    @contextmanager
    def _reading_as_platform(self, tenant_id: AnId) -> Generator[Unit]:
        """Open a unit that only reads, in the platform's name.

        Raises:
            NotFoundError: If there is no such tenant.
        """
        self._units.ensure_ready()
        tenant = TenantId(parse_id(tenant_id, field="tenant_id"))
        context = Context(
            tenant_id=tenant, principal=PrincipalId("system:verify"), permissions=frozenset(), origin=NO_ORIGIN
        )
        engine, backend = self._database.engine, self._database.backend
        question = opening_question(tenant, context.principal)
        with answered_transaction(engine, backend, tenant, read_only=True, question=question) as (connection, answer):
            if self._units.settled(connection, opening_of(answer)) is None:
                raise NotFoundError(kind="tenant", key=tenant)
            yield self._units.bare(connection, context, read_only=True)

    # ------------------------------------------------------------------ the audit log

    def seal(
        self,
        tenant_id: AnId | None = None,
        *,
        export: Callable[[Checkpoint], object] | None = None,
        progress: Callable[[Sealed], object] | None = None,
    ) -> Sealed:
        """Seal what the audit logs recorded since the last time: number it, hash it, and sign a checkpoint.

        Args:
            tenant_id: Whose log; everybody's if left out.
            export: Called with each checkpoint once it is committed, to keep it where nobody who can write to the
                database can. One may be missed if the process dies; each stands for all before it.
            progress: Told after each batch what is done.

        Raises:
            NotFoundError: If there is no such tenant.
            IntegrityFaultError: If a log's head can't be as it stands.
        """
        self._units.ensure_ready()
        ids = self.tenants.ids() if tenant_id is None else [self.tenants.get(tenant_id).id]
        return seal_tenants(self._units, ids, self._signer, export=export, progress=progress)

    def stream(
        self, tenant_id: AnId, *, after: int = 0, limit: int = DEFAULT_PAGE_SIZE
    ) -> tuple[AuditEventRecord, ...]:
        """Seal what waits in a tenant's audit log, and return its events in the order of their numbers.

        For whoever follows what happens: the numbers have no gap, and nothing is ever put before what was read.

        Args:
            tenant_id: Whose.
            after: The number of the last event that was read; from the first that is left, if left out.
            limit: How many at most.

        Raises:
            NotFoundError: If there is no such tenant.
        """
        number = checked_number(after, field="after")
        self.seal(tenant_id)
        with self._reading_as_platform(tenant_id) as unit:
            return sealed_events(unit, after=number, limit=limit)

    def verify_log(
        self, tenant_id: AnId, *, since: Checkpoint | None = None, keys: Verifiers | None = None
    ) -> LogVerification:
        """Verify one tenant's sealed audit log, in the platform's name.

        Args:
            tenant_id: Whose.
            since: A checkpoint that was kept: its log must be the beginning of this one, and is not gone through again.
            keys: A key ring by which signatures are verified; they are not if left out.

        Raises:
            NotFoundError: If there is no such tenant.
        """
        with self._reading_as_platform(tenant_id) as unit:
            return verify_log(unit, since=since, keys=keys)

    def sealer(self, *, interval_seconds: float = 1.0, export: Callable[[Checkpoint], object] | None = None) -> Sealer:
        """Make a thread that seals all logs again and again; start it with the server, and stop it with it.

        Args:
            interval_seconds: How long it pauses between two rounds.
            export: As for `seal`.
        """
        return Sealer(lambda: self.seal(export=export), interval_seconds=interval_seconds)

    def _retried(self, open_unit: Callable[[], AbstractContextManager[Books]], do: Callable[[Books], Result]) -> Result:
        if inspect.iscoroutinefunction(do):
            raise _to_be_awaited("is a coroutine function")
        settings = self._database.settings
        attempt = 1
        while True:
            try:
                with open_unit() as books:
                    return _checked_result(do(books))
            except RetryableConflictError:
                if attempt == settings.retry_attempts:
                    raise
            time.sleep(_pause(attempt, settings.retry_first_delay_seconds))
            attempt += 1


def _checked_result(result: Result) -> Result:
    """Return *result* unless it is to be awaited: what it would do then, the unit that ends now could not hold."""
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()
    raise _to_be_awaited(f"returned something to be awaited ({type(result).__name__})")


def _to_be_awaited(fact: str) -> ConfigurationError:
    return ConfigurationError(
        reason=f"do {fact}, but a unit of work awaits nothing; nothing was written. Make it a plain function, and "
        "under asyncio run the unit in a thread, with asyncio.to_thread(stronghold.run, …)."
    )


def _pause(attempt: int, first_seconds: float) -> float:
    """Return a random pause whose mean doubles with every attempt, up to a second ("full jitter")."""
    return random.uniform(0, min(2.0, 2 * first_seconds * 2 ** (attempt - 1)))  # noqa: S311 - not a secret
