"""Telling a joined unit how the host's transaction ended, for a host that uses a SQLAlchemy session."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import event

from stronghold_core.db.transactions import run_callbacks
from stronghold_core.errors import CallbackFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy.orm import Session, SessionTransaction

log = logging.getLogger("stronghold.unit")

_PRESENT = "stronghold_hosts"
_OVER = "stronghold_hosts_over"


class SessionHost:
    """Listens on one session object, for its present transaction only.

    A savepoint of the host's counts: if the unit joined inside one and that is rolled back, nothing was committed.
    """

    def __init__(self, session: Session) -> None:
        self._savepoints = tuple(_savepoints(session))
        self._on_commit: list[Callable[[], None]] = []
        self._on_end: list[Callable[[], None]] = []
        self._is_committed = False
        self._is_over = False
        for host in session.info.pop(_OVER, ()):
            host.stop_listening(session)
        session.info.setdefault(_PRESENT, []).append(self)
        event.listen(session, "after_commit", self._committed)
        event.listen(session, "after_soft_rollback", self._rolled_back)
        event.listen(session, "after_transaction_end", self._ended)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call *callback* once the host has committed."""
        self._on_commit.append(callback)

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call *callback* once the host's transaction is over."""
        self._on_end.append(callback)

    def ended(self) -> list[Callable[[], None]]:
        """Listen no more, and name what is to be called now."""
        self._is_over = True
        return [*(self._on_commit if self._is_committed else ()), *self._on_end]

    def _committed(self, session: Session) -> None:
        # SQLAlchemy tells of released savepoints as well.
        self._is_committed = self._is_committed or not session.in_nested_transaction()

    def _rolled_back(self, _session: Session, transaction: SessionTransaction) -> None:
        if transaction in self._savepoints:
            self._on_commit.clear()

    def _ended(self, session: Session, transaction: SessionTransaction) -> None:
        if transaction.parent is not None or self._is_over:
            return
        # An error keeps SQLAlchemy from telling the others, so the first that is told calls back for all.
        hosts: list[SessionHost] = session.info.pop(_PRESENT)
        callbacks = [callback for host in hosts for callback in host.ended()]
        # Nobody can stop listening while they are being told, so the next host on this session sees to it.
        session.info.setdefault(_OVER, []).extend(hosts)
        try:
            run_callbacks(callbacks)
        except CallbackFailedError:
            if self._is_committed:
                raise
            # Here it would say that something is committed, and hide why the host rolled back.
            log.exception("Something that was to happen after a host's rollback failed.")

    def stop_listening(self, session: Session) -> None:
        """Leave the session alone for good."""
        event.remove(session, "after_commit", self._committed)
        event.remove(session, "after_soft_rollback", self._rolled_back)
        event.remove(session, "after_transaction_end", self._ended)


def _savepoints(session: Session) -> Generator[SessionTransaction]:
    """Name the savepoints that are open on *session*, the innermost first."""
    savepoint = session.get_nested_transaction()
    while savepoint is not None and savepoint.nested:
        yield savepoint
        savepoint = savepoint.parent
