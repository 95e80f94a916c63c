"""Opening units of work: who is it, in which tenant, in whose transaction, and what happens at the end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from stronghold_core.audit import AuditKind, event_row, write_event_row
from stronghold_core.capabilities import OF_THIS_LIBRARY, withheld
from stronghold_core.context import NO_ORIGIN, Context, Origin
from stronghold_core.dashboards import AnswerCache
from stronghold_core.db import (
    OnlyUnit,
    Unit,
    answered_transaction,
    joined_transaction,
    own_transaction,
    run_callbacks,
    translated,
)
from stronghold_core.errors import ConfigurationError, NotFoundError
from stronghold_core.ledger import AccountMemory, granted_on_accounts
from stronghold_core.permissions import Permission
from stronghold_core.rbac import Rights, RoleMemory
from stronghold_core.rbac.staff import find_admission
from stronghold_core.rbac.staff.rules import NEVER
from stronghold_core.stronghold.books import Books
from stronghold_core.stronghold.refusals import Refusals
from stronghold_core.tenancy import find_role, learn_currencies, opening_of, opening_question

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy import Connection

    from stronghold_core.clock import Clock
    from stronghold_core.db import AnyRow, Database, HostTransaction, Question
    from stronghold_core.ids import PrincipalId, TenantId
    from stronghold_core.tenancy import Opening, TenantRecord

_WAITING = "stronghold_waiting"


class _AdmittedError(Exception):
    """Somebody is admitted whose coming is not recorded yet."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


class Entrance(NamedTuple):
    """Who wants to open whose books."""

    tenant_id: TenantId
    principal: PrincipalId
    origin: Origin = NO_ORIGIN
    read_only: bool = False
    scopes: frozenset[Permission] | None = None
    is_recorded: bool = False
    """Whether the log has it already that somebody of the platform's own people is about to enter."""

    @property
    def question(self) -> Question:
        """What the database has to say before they may."""
        return opening_question(self.tenant_id, self.principal)


class Units:
    """Opens units on one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._memory = AccountMemory()
        self._roles = RoleMemory()
        settings = database.settings
        self.answers = AnswerCache(settings.dashboard_cache_entries, settings.dashboard_cache_bytes)
        self._known_currencies = -1
        """How many currencies of hosts this process has met in the database."""

    def ensure_ready(self) -> None:
        """Check the database, and learn the currencies in use there, before the first unit.

        Raises:
            ConfigurationError: If the database is not fit; the subclass says what is wrong and what to run.
        """
        self.database.ensure_ready()
        if self._known_currencies < 0:
            with own_transaction(self.database.engine, self.database.backend, None, read_only=True) as connection:
                self._known_currencies = learn_currencies(connection)

    @contextmanager
    def own(self, entrance: Entrance) -> Generator[Books]:
        """Open a unit in a transaction of its own: committed at the end of the block, rolled back by an exception."""
        try:
            with self._opened(entrance) as books:
                yield books
        except _AdmittedError as admitted:
            # Raised before anything was yielded; the second time nobody raises it.
            self._record_entrance(entrance, admitted.role)
        else:
            return
        with self._opened(entrance._replace(is_recorded=True)) as books:
            yield books

    @contextmanager
    def _opened(self, entrance: Entrance) -> Generator[Books]:
        database = self.database
        engine, backend = database.reading_engine if entrance.read_only else database.engine, database.backend
        callbacks: list[Callable[[], None]] = []
        refusals = Refusals(entrance.tenant_id, entrance.principal, entrance.origin)
        tenant_id, question = entrance.tenant_id, entrance.question
        try:
            with (
                answered_transaction(engine, backend, tenant_id, read_only=entrance.read_only, question=question) as (
                    connection,
                    answer,
                ),
                OnlyUnit(connection, tenant_id, entrance.principal),
            ):
                unit, books = self._entered(connection, entrance, refusals, answer, on_commit=callbacks.append)
                with unit:
                    yield books
        finally:
            refusals.record(self.database, self.clock)
        run_callbacks(callbacks)

    @contextmanager
    def joined(
        self,
        entrance: Entrance,
        connection: Connection,
        host: HostTransaction | None,
        before_verb: Callable[[], object] | None,
    ) -> Generator[Books]:
        """Open a unit inside the transaction that *connection* is in: a savepoint, which the host commits or not.

        Args:
            entrance: Who enters.
            connection: The host's.
            host: Tells how its transaction ended.
            before_verb: What a host's session has put off, and must do before a verb writes beside it.
        """
        refusals = Refusals(entrance.tenant_id, entrance.principal, entrance.origin)
        # Callbacks are the host's only once the block, and each unit around it on this connection, has ended well.
        waiting: list[list[tuple[HostTransaction, Callable[[], None]]]] = connection.info.setdefault(_WAITING, [])
        callbacks: list[tuple[HostTransaction, Callable[[], None]]] = []
        waiting.append(callbacks)
        on_commit = None if host is None else lambda callback: callbacks.append((host, callback))
        try:
            with (
                joined_transaction(connection, self.database.backend, entrance.tenant_id, read_only=entrance.read_only),
                OnlyUnit(connection, entrance.tenant_id, entrance.principal),
            ):
                with translated():
                    answer = entrance.question.answer(connection)
                unit, books = self._entered(
                    connection,
                    entrance,
                    refusals,
                    answer,
                    on_commit=on_commit,
                    before_verb=before_verb,
                    is_joined=True,
                )
                with unit:
                    yield books
        finally:
            waiting.pop()
            refusals.record_after(host, self.database, self.clock)
        for whose, callback in callbacks:
            waiting[-1].append((whose, callback)) if waiting else whose.on_commit(callback)

    def bare(
        self,
        connection: Connection,
        context: Context,
        *,
        read_only: bool,
        is_joined: bool = False,
        on_commit: Callable[[Callable[[], None]], None] | None = None,
        before_verb: Callable[[], object] | None = None,
    ) -> Unit:
        """Make a unit for a context that is known already."""
        return Unit(
            connection,
            context,
            backend=self.database.backend,
            clock=self.clock,
            settings=self.database.settings,
            is_read_only=read_only,
            is_joined=is_joined,
            on_commit=on_commit,
            before_verb=before_verb,
        )

    def _entered(
        self,
        connection: Connection,
        entrance: Entrance,
        refusals: Refusals,
        answer: AnyRow | None,
        *,
        on_commit: Callable[[Callable[[], None]], None] | None,
        before_verb: Callable[[], object] | None = None,
        is_joined: bool = False,
    ) -> tuple[Unit, Books]:
        """Make the unit and the books of whoever wants to enter, if they may."""
        with translated():
            opening = self._admitted(connection, entrance, self.settled(connection, opening_of(answer)))
        if opening is not None and opening.is_guest and not entrance.is_recorded:
            raise _joined_by_a_guest(entrance) if is_joined else _AdmittedError(opening.role or "")
        tenant, context = self._identify(connection, opening, entrance, refusals)
        unit = self.bare(
            connection,
            context,
            read_only=entrance.read_only,
            is_joined=is_joined,
            on_commit=on_commit,
            before_verb=before_verb,
        )
        refusals.unit = unit
        return unit, Books(unit, tenant, memory=self._memory, answers=self.answers)

    def _identify(
        self, connection: Connection, opening: Opening | None, entrance: Entrance, refusals: Refusals
    ) -> tuple[TenantRecord, Context]:
        """Find out who the principal is in this tenant. To a stranger every tenant is missing."""
        if opening is None or opening.role is None:
            refusals.is_stranger = opening is not None
            raise NotFoundError(kind="tenant", key=entrance.tenant_id)
        try:
            with translated():
                rights = self._rights(connection, entrance, opening, opening.role)
        except NotFoundError:
            # Whoever they would act for is no member.
            refusals.is_stranger = True
            raise
        context = Context(
            tenant_id=entrance.tenant_id,
            principal=entrance.principal,
            permissions=rights.allowed,
            origin=entrance.origin,
            capabilities=opening.tenant.capabilities,
            scopes=entrance.scopes,
            on_accounts=rights.on_accounts,
        )
        return opening.tenant, context

    def _admitted(self, connection: Connection, entrance: Entrance, opening: Opening | None) -> Opening | None:
        """Give those of the platform's own people whom the tenant admits the role that it says."""
        if opening is None or opening.role is not None:
            return opening
        found = find_admission(connection, entrance.tenant_id, entrance.principal, at=self.clock.now())
        return opening if found is None else opening._replace(role=found.role, is_guest=True)

    def _record_entrance(self, entrance: Entrance, role: str) -> None:
        context = Context(
            tenant_id=entrance.tenant_id,
            principal=entrance.principal,
            permissions=frozenset(),
            origin=entrance.origin,
        )
        with self.platform(context) as unit:
            row = event_row(
                context,
                at=self.clock.now(),
                action="admission.enter",
                object_type="admission",
                object_id=None,
                payload={"role": role, "read_only": entrance.read_only},
                kind=AuditKind.ACCESS,
            )
            write_event_row(unit.connection, row)

    @contextmanager
    def platform(self, context: Context) -> Generator[Unit]:
        """Open a unit that writes in the name of the platform, or of somebody who works for it."""
        engine, backend = self.database.engine, self.database.backend
        with own_transaction(engine, backend, context.tenant_id, read_only=False) as connection, translated():
            unit = self.bare(connection, context, read_only=False)
            yield unit
            unit.finish()

    def _rights(self, connection: Connection, entrance: Entrance, opening: Opening, role: str) -> Rights:
        """Find out what the principal may do by *role* and grants, within all bounds: each only takes away."""
        tenant_id, version, behalf = entrance.tenant_id, opening.authz_version, entrance.origin.on_behalf_of
        rights = Rights(self._roles.permissions_of(connection, tenant_id, version, role))
        if opening.has_grants:
            rights = Rights(rights.allowed, granted_on_accounts(connection, tenant_id, entrance.principal))
        if behalf is not None:
            their_role = find_role(connection, tenant_id, behalf)
            if their_role is None:
                raise NotFoundError(kind="member", key=behalf)
            theirs = self._roles.permissions_of(connection, tenant_id, version, their_role)
            rights = rights.both(Rights(theirs, granted_on_accounts(connection, tenant_id, behalf)))
        if opening.is_guest:
            rights = rights.within(frozenset(Permission) - NEVER)
        if entrance.scopes is not None:
            rights = rights.within(entrance.scopes)
        capabilities = opening.tenant.capabilities
        has_all = capabilities >= OF_THIS_LIBRARY
        return rights if has_all else rights.within(frozenset(Permission) - withheld(capabilities))

    def settled(self, connection: Connection, opening: Opening | None) -> Opening | None:
        """Learn the currencies that others have begun to use, if there are any, before anything is read.

        Raises:
            ConfigurationError: If another process has begun to use a currency that this one registered differently:
                its amounts would read as others than were written.
        """
        if opening is not None and opening.currencies != self._known_currencies:
            self._known_currencies = learn_currencies(connection)
        return opening


def _joined_by_a_guest(entrance: Entrance) -> ConfigurationError:
    return ConfigurationError(
        reason=f"{entrance.principal} is admitted here, not a member. That they come is recorded before they see "
        "anything, which a host's transaction could take back: open a unit without session or connection."
    )
