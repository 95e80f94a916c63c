"""Sealing the audit logs of all tenants: on demand, and by a thread of the server's."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from stronghold_core.audit import Sealed, has_unsealed, seal_batch
from stronghold_core.context import Context, Origin
from stronghold_core.db import own_transaction, translated
from stronghold_core.errors import IntegrityFaultError, InvalidInputError
from stronghold_core.ids import PrincipalId

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import TracebackType
    from typing import Self

    from stronghold_core.audit import Checkpoint, SealedBatch, Signer
    from stronghold_core.ids import TenantId
    from stronghold_core.stronghold.units import Units

log = logging.getLogger("stronghold.sealing")


def seal_tenants(
    units: Units,
    tenants: Iterable[TenantId],
    signer: Signer | None,
    *,
    export: Callable[[Checkpoint], object] | None = None,
    progress: Callable[[Sealed], object] | None = None,
) -> Sealed:
    """Seal what waits in the logs of *tenants*, each batch in a transaction of its own.

    A checkpoint is exported once it is committed. If the process dies in between, the next one stands for it as well.
    A log that can't be sealed as it stands keeps nobody else's from being sealed.

    Raises:
        IntegrityFaultError: In the end, if there was such a log.
    """
    done = Sealed(tenants=0, batches=0, events=0)
    faults: list[IntegrityFaultError] = []
    for tenant_id in tenants:
        done = done.with_tenant()
        try:
            for batch in _batches(units, tenant_id, signer):
                done = done.with_batch(batch)
                if export is not None:
                    export(batch.checkpoint)
                if progress is not None:
                    progress(done)
        except IntegrityFaultError as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    return done


def _batches(units: Units, tenant_id: TenantId, signer: Signer | None) -> Generator[SealedBatch]:
    while _is_waiting(units, tenant_id):
        with units.platform(_sealing(tenant_id)) as unit:
            batch = seal_batch(unit, signer)
        if batch is None:
            # Somebody else was faster.
            return
        yield batch


def _is_waiting(units: Units, tenant_id: TenantId) -> bool:
    """Look whether there is something to do: to begin writing would stop all others who write into a SQLite file."""
    database = units.database
    with (
        own_transaction(database.reading_engine, database.backend, tenant_id, read_only=True) as connection,
        translated(),
    ):
        return has_unsealed(units.bare(connection, _sealing(tenant_id), read_only=True))


def _sealing(tenant_id: TenantId) -> Context:
    return Context(tenant_id=tenant_id, principal=PrincipalId("system:seal"), permissions=frozenset(), origin=Origin())


class Sealer:
    """Seals in the background, again and again, until it is stopped: `Stronghold.sealer`.

    Several may run, in as many processes: each batch is sealed by one of them. What goes wrong is logged, and tried
    again in the next round.
    """

    def __init__(self, seal: Callable[[], object], *, interval_seconds: float) -> None:
        if not interval_seconds > 0:
            raise InvalidInputError(field="interval_seconds", reason="a pause is longer than nothing.")
        self._seal = seal
        self._interval_seconds = interval_seconds
        self._is_over = Event()
        self._thread: Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self.is_running:
            return
        self._is_over.clear()
        self._thread = Thread(target=self._run, name="stronghold-sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round that it is in, one more round included, so that nothing waits that was there before."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._is_over.is_set():
            self._round()
            self._is_over.wait(self._interval_seconds)
        self._round()

    def _round(self) -> None:
        try:
            self._seal()
        except Exception:
            # A busy database, or a host's export, which may raise anything: the checkpoints stay in the database.
            log.exception("Sealing failed; it is tried again in %s seconds.", self._interval_seconds)
