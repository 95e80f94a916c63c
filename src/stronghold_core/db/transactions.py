"""Transactions around units of work: of our own, or a savepoint in a host's; and how each of them ends."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from stronghold_core.db.translate import translate
from stronghold_core.errors import (
    CallbackFailedError,
    ConfigurationError,
    DatabaseBusyError,
    UnitAlreadyOpenError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import TracebackType

    from sqlalchemy import Connection, Engine

    from stronghold_core.db.backends import Backend
    from stronghold_core.db.base import AnyRow
    from stronghold_core.db.questions import Question
    from stronghold_core.ids import PrincipalId, TenantId

log = logging.getLogger("stronghold.unit")

_UNITS = "stronghold_units"


@contextmanager
def own_transaction(
    engine: Engine, backend: Backend, tenant_id: TenantId | None, *, read_only: bool
) -> Generator[Connection]:
    """Open a transaction of our own, bound to *tenant_id*; commit it at the end, roll it back on any exception.

    Without a tenant it sees only what directory policies show.

    Raises:
        CommitOutcomeUnknownError: If the connection breaks while COMMIT is on its way.
    """
    with answered_transaction(engine, backend, tenant_id, read_only=read_only, question=None) as (connection, _):
        yield connection


@contextmanager
def answered_transaction(
    engine: Engine, backend: Backend, tenant_id: TenantId | None, *, read_only: bool, question: Question | None
) -> Generator[tuple[Connection, AnyRow | None]]:
    """Do the same, and answer a *question* as the first thing in it: with its first row, if there is one."""
    connection = _connect(engine)
    try:
        # Also what a read in the block raises: `run` and `read` must recognise a lost connection to try again.
        with translated():
            answer = backend.begin(connection, tenant_id, read_only=read_only, question=question)
            yield connection, answer
        _commit(connection, read_only=read_only)
    except BaseException:
        _quietly(connection.rollback)
        raise
    finally:
        _quietly(lambda: backend.end(connection, read_only=read_only))
        _quietly(connection.close)


@contextmanager
def joined_transaction(
    connection: Connection, backend: Backend, tenant_id: TenantId, *, read_only: bool
) -> Generator[Connection]:
    """Work in a savepoint of the host's transaction on *connection*; leave role and tenant as they were."""
    if not connection.in_transaction():
        raise ConfigurationError(
            reason="A unit joins a transaction, and this connection is in none: begin one first (connection.begin())."
        )
    with translated():
        backend.check(connection)
        backend.join(connection, read_only=read_only)
        before = backend.binding(connection)
        savepoint = connection.begin_nested()
    try:
        with translated():
            backend.bind_tenant(connection, tenant_id)
        yield connection
        with translated():
            savepoint.commit()
            backend.restore(connection, before)
    except BaseException:
        # Rolling back to the savepoint also takes role and tenant back, which were set inside it.
        if savepoint.is_active:
            _quietly(savepoint.rollback)
        raise


class OnlyUnit(AbstractContextManager[None]):
    """Refuses a second unit on one connection, unless it is nested for the same tenant and principal.

    Raises:
        UnitAlreadyOpenError: If a unit of another tenant or principal is open on the connection.
    """

    def __init__(self, connection: Connection, tenant_id: TenantId, principal: PrincipalId) -> None:
        self._open: list[tuple[TenantId, PrincipalId]] = connection.info.setdefault(_UNITS, [])
        self._ours = (tenant_id, principal)

    def __enter__(self) -> None:
        """Refuse, or be the innermost unit."""
        if self._open and self._open[-1] != self._ours:
            raise UnitAlreadyOpenError(tenant_id=self._open[-1][0], principal=self._open[-1][1])
        self._open.append(self._ours)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Be so no longer."""
        self._open.pop()


def run_callbacks(callbacks: Iterable[Callable[[], None]]) -> None:
    """Run what waited for the commit: all of it, also after one has failed.

    Raises:
        CallbackFailedError: If one failed. Its own error must not reach whoever retries units: this one is committed.
    """
    failures: list[Exception] = []
    for callback in callbacks:
        try:
            callback()
        except Exception as failure:  # noqa: BLE001 - a host's callback may raise anything
            failures.append(failure)
    if failures:
        raise CallbackFailedError(cause=f"{type(failures[0]).__name__}: {failures[0]}") from failures[0]


def _connect(engine: Engine) -> Connection:
    with translated():
        try:
            return engine.connect()
        except PoolTimeoutError as error:
            raise DatabaseBusyError(
                reason="No connection became free in time: is another unit of work open around this one?"
            ) from error


def _commit(connection: Connection, *, read_only: bool) -> None:
    try:
        connection.commit()
    except DBAPIError as error:
        # Of a unit that wrote nothing the outcome is known.
        raise translate(error, committing=not read_only) from error


def translated() -> AbstractContextManager[None]:
    """Turn what the driver raises inside the block into errors of ours."""
    return _TRANSLATED


class Translated(AbstractContextManager[None]):
    """Does so; a class, because every unit enters it several times, and a generator takes four times as long."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, DBAPIError):
            raise translate(error) from error


_TRANSLATED: Final = Translated()


def _quietly(step: Callable[[], object]) -> None:
    """Run a clean-up step that must not hide the error that made it necessary."""
    try:
        step()
    except Exception:
        log.debug("Cleaning up after a unit of work failed.", exc_info=True)
