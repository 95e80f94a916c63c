"""The unit of work: one database transaction, one tenant, one principal, and what happens when it ends.

A unit either owns its transaction, which it commits or rolls back, or joins a host's: then it is a savepoint in it,
never commits, and leaves role and tenant as it found them. Verbs run inside `Unit.verb`, which leaves the unit as it
was when they raise. What a failed unit must not take with it waits in `Unit.refusals`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from sqlalchemy.exc import DBAPIError, PendingRollbackError

from stronghold_core.db.fixed import run_text
from stronghold_core.db.session import HostSession, TenantSession
from stronghold_core.db.transactions import Translated
from stronghold_core.db.translate import translate
from stronghold_core.errors import (
    ConfigurationError,
    PermissionDeniedError,
    ReadOnlyUnitError,
    TransactionEndedError,
    UnitBrokenError,
    UnitClosedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection

    from stronghold_core.clock import Clock
    from stronghold_core.context import Context, Reach
    from stronghold_core.db.backends import Backend
    from stronghold_core.ids import TenantId
    from stronghold_core.permissions import Permission
    from stronghold_core.settings import Settings

_SAVEPOINT = "stronghold_bare"


class HostTransaction(Protocol):
    """What a unit asks of the host whose transaction it joins: to be told how that ended."""

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call *callback* once after the host's transaction was committed, and never if it was rolled back."""
        ...

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call *callback* once after the host's transaction ended, whichever way."""
        ...


class Refusal(NamedTuple):
    """Something that was asked for and refused, as the audit log will have it."""

    action: str
    object_type: str
    payload: Mapping[str, object]


class Unit:
    """An open transaction of one tenant. Features get it; callers see the `Books` built on it."""

    def __init__(
        self,
        connection: Connection,
        context: Context,
        *,
        backend: Backend,
        clock: Clock,
        settings: Settings,
        is_read_only: bool,
        is_joined: bool = False,
        on_commit: Callable[[Callable[[], None]], None] | None,
        before_verb: Callable[[], object] | None = None,
    ) -> None:
        self.context = context
        self.clock = clock
        self.settings = settings
        self.is_read_only = is_read_only
        self.has_snapshot = is_read_only and not is_joined
        """Whether all that the unit reads is committed, and of one moment."""
        self.has_written = False
        self.refusals: list[Refusal] = []
        """What it refused, to be recorded where no rollback takes it away."""
        self.undone = 0
        """How often a savepoint was rolled back: rows that were made since may be gone."""
        self.backend = backend
        self._connection = connection
        self._on_commit = on_commit
        self._before_verb = before_verb
        self._last_steps: dict[Callable[[Unit], None], None] = {}
        self._broken: str | None = None
        self._is_closed = False
        self._is_bare = False
        self._open_sessions: list[TenantSession] = []
        """Those that somebody has asked for."""

    @property
    def tenant_id(self) -> TenantId:
        """The tenant of this unit."""
        return self.context.tenant_id

    @property
    def connection(self) -> Connection:
        """The bare connection, for the posting engine's own set-based statements; nothing else may use it."""
        self._check_usable()
        return self._connection

    @cached_property
    def _session(self) -> TenantSession:
        session = TenantSession(self._connection, self.tenant_id)
        self._open_sessions.append(session)
        return session

    @property
    def session(self) -> TenantSession:
        """The guarded session of the tenant."""
        self._check_usable()
        if self._is_bare:
            raise RuntimeError("The session does not know of the savepoint around this block.")
        return self._session

    @cached_property
    def _host_session(self) -> HostSession:
        session = HostSession(self._connection, self.tenant_id, is_read_only=self.is_read_only)
        self._open_sessions.append(session)
        return session

    @property
    def host_session(self) -> HostSession:
        """The guarded session for the host's own tables."""
        self._check_usable()
        return self._host_session

    def require(self, permission: Permission) -> None:
        """Pass if the principal may; else remember the denial, which outlives this unit, and raise.

        Raises:
            PermissionDeniedError: If the principal lacks *permission*.
        """
        self._check_usable()
        if self._before_verb is not None:
            self._before_verb()
        try:
            self.context.require(permission)
        except PermissionDeniedError as denial:
            self.note_denial(denial)
            raise

    def require_capability(self, name: str) -> None:
        """Pass if the tenant has a capability; else remember the refusal, and raise.

        Raises:
            CapabilityOffError: If it has not.
            InvalidInputError: If there can be no such capability.
        """
        self._check_usable()
        try:
            self.context.require_capability(name)
        except PermissionDeniedError as denial:
            self.note_denial(denial)
            raise

    def note_denial(self, denial: PermissionDeniedError) -> None:
        """Remember that the principal was refused a permission."""
        facts = {name: fact for name, fact in denial.attributes().items() if name not in {"principal", "permission"}}
        self.note_refusal(str(denial.permission), object_type="permission", payload=facts)

    def note_refusal(self, action: str, *, object_type: str, payload: Mapping[str, object]) -> None:
        """Remember that *action* was refused."""
        self.refusals.append(Refusal(action, object_type, payload))

    @contextmanager
    def reading(self, permission: Permission | None) -> Generator[None]:
        """Run a verb that reads: authorised, if not every member may, and failing with errors of this library."""
        if permission is not None:
            self.require(permission)
        with _IN_VERB:
            yield

    @contextmanager
    def reading_accounts(self, permission: Permission) -> Generator[Reach]:
        """Run a verb that reads of those accounts alone on which the principal holds *permission*, and is told which.

        Raises:
            PermissionDeniedError: If there are none.
        """
        reach = self.reach(permission)
        with _IN_VERB:
            yield reach

    def reach(self, permission: Permission) -> Reach:
        """Return which accounts *permission* reaches; else remember the denial, and raise.

        Only a verb that keeps to these accounts may ask. All others `require` the permission on every account.

        Raises:
            PermissionDeniedError: If it reaches none.
        """
        self._check_usable()
        if self._before_verb is not None:
            self._before_verb()
        try:
            return self.context.reach(permission)
        except PermissionDeniedError as denial:
            self.note_denial(denial)
            raise

    def verb_on_accounts(self, permission: Permission, *, atomic: bool = True) -> AbstractContextManager[object]:
        """Run a verb that writes to those accounts alone on which the principal holds *permission*, as `verb` does."""
        self.reach(permission)
        return self._writing(atomic=atomic)

    def verb(self, permission: Permission, *, atomic: bool = True) -> AbstractContextManager[object]:
        """Run a verb that writes: authorised, refused in a read unit, and undone as a whole if it raises.

        Args:
            permission: What the principal needs.
            atomic: Whether to take a savepoint. Only a verb whose one statement fails as a whole goes without.
        """
        self.require(permission)
        return self._writing(atomic=atomic)

    def _writing(self, *, atomic: bool) -> AbstractContextManager[object]:
        if self.is_read_only:
            raise ReadOnlyUnitError
        self.has_written = True
        return self.savepoint() if atomic else _IN_VERB

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """Undo everything since here if the block raises."""
        with _IN_VERB:
            self._settle_sessions()
            savepoint, last_steps = self.connection.begin_nested(), self._last_steps.copy()
            try:
                yield
                self._settle_sessions()
                savepoint.commit()
            except BaseException as error:
                self._last_steps = last_steps
                self._undo(error, lambda: savepoint.rollback() if savepoint.is_active else None)
                raise

    @contextmanager
    def bare_savepoint(self) -> Generator[None]:
        """Do the same around what needs nothing but the connection, for a fifth of the time.

        The session knows nothing of this savepoint: if it failed to write, it would roll back all of the unit. So there
        is none meanwhile.
        """
        with _IN_VERB:
            self._settle_sessions()
            connection, last_steps = self.connection, self._last_steps.copy()
            run_text(connection, f"SAVEPOINT {_SAVEPOINT}")
            self._is_bare = True
            try:
                yield
                run_text(connection, f"RELEASE SAVEPOINT {_SAVEPOINT}")
            except BaseException as error:
                self._last_steps = last_steps
                self._undo(error, lambda: _roll_back_to_savepoint(connection))
                raise
            finally:
                self._is_bare = False

    @property
    def knows_its_end(self) -> bool:
        """Whether the unit will learn that its work was committed; in a host's transaction only the host knows."""
        return self._on_commit is not None

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call *callback* after the unit's work is committed for good, and never if it is not.

        Raises:
            ConfigurationError: If the unit joined a transaction whose host did not say how it tells.
        """
        if self._on_commit is None:
            raise ConfigurationError(
                reason="This unit joined a bare connection, so nobody tells it of the commit: pass host=… to books()."
            )
        self._on_commit(callback)

    def before_end(self, step: Callable[[Unit], None]) -> None:
        """Run *step* once, as the last thing the unit does; however often it is asked for."""
        self._last_steps[step] = None

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish, unless something was raised, and close in any case."""
        try:
            if error is None:
                self.finish()
        finally:
            self.close()

    def finish(self) -> None:
        """Write what is pending and make sure the transaction can be committed.

        Raises:
            UnitBrokenError: If an earlier failure spoiled it; COMMIT would then silently write nothing.
        """
        with _IN_VERB:
            if self._broken is None:
                for session in self._open_sessions:
                    session.flush()
            self._check_sound()
            for step in self._last_steps:
                step(self)

    def close(self) -> None:
        """Make every later use of the unit an error."""
        self._is_closed = True
        for session in self._open_sessions:
            session.close()

    def _settle_sessions(self) -> None:
        """Write what is pending, and let the sessions join anew where they are used next.

        A flush that fails rolls back the very savepoint that the session joined, so that must be the innermost one.
        """
        for session in self._open_sessions:
            session.commit()

    def _undo(self, error: BaseException, roll_back: Callable[[], object]) -> None:
        self.undone += 1
        try:
            for session in self._open_sessions:
                session.expunge_all()
                session.rollback()
            roll_back()
        except Exception as failure:  # noqa: BLE001 - whatever stops the rollback leaves the unit unusable
            # In our words: the driver's quote the statement with its values.
            cause = translate(error) if isinstance(error, DBAPIError) else error
            self._broken = f"{cause or type(cause).__name__} ({type(failure).__name__} while undoing it)"

    def _check_usable(self) -> None:
        if self._is_closed:
            raise UnitClosedError
        self._check_sound()

    def _check_sound(self) -> None:
        # One that is closed is in no transaction either.
        if not self._connection.in_transaction():
            raise TransactionEndedError
        if self._broken is None and self.backend.is_spoiled(self._connection):
            self._broken = "the database aborted the transaction."
        if self._broken is not None:
            raise UnitBrokenError(cause=self._broken)


class _InVerb(Translated):
    """Does the same for what our own session refuses because an earlier failure spoiled it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if isinstance(error, PendingRollbackError):
            raise UnitBrokenError(cause=str(error)) from error


_IN_VERB: Final = _InVerb()


def _roll_back_to_savepoint(connection: Connection) -> None:
    run_text(connection, f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
    run_text(connection, f"RELEASE SAVEPOINT {_SAVEPOINT}")
