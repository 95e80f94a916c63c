"""Keeping answers as long as they hold.

An answer is kept under its fingerprint: a digest of the question and of everything that the answer depends on, as the
database says in the same snapshot. So a kept answer is never stale, in any process, and never another tenant's. Nothing
is ever removed because it is wrong, only because there is no room.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from cachetools import LRUCache
from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam, func, select, true

from stronghold_core.audit.tables import revision
from stronghold_core.db import FixedStatement, Id, exact_sum
from stronghold_core.ledger.tables import account

if TYPE_CHECKING:
    from sqlalchemy import Subquery

    from stronghold_core.dashboards.records import Answer
    from stronghold_core.db import Unit
    from stronghold_core.tenancy import TenantRecord

AnyAnswer = TypeVar("AnyAnswer", bound="Answer")


class CacheStatistics(BaseModel):
    """How well answers are kept, since the process began."""

    model_config = ConfigDict(frozen=True)

    hits: int
    misses: int
    entries: int
    bytes: int
    """Of the answers as JSON."""


class _Kept(NamedTuple):
    answer: Answer
    size: int


class AnswerCache:
    """The answers of one process; safe to share between threads.

    Args:
        max_entries: How many answers are kept; none with 0.
        max_bytes: How much they may be together, as JSON.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._lock = threading.Lock()
        self._max_entries = max_entries
        self._kept: LRUCache[str, _Kept] = LRUCache(max_bytes, getsizeof=lambda kept: kept.size)
        self._hits = self._misses = 0

    def find(self, fingerprint: str) -> Answer | None:
        """Return the answer of that fingerprint, if it is kept. Whether it was is counted."""
        with self._lock:
            kept = self._kept.get(fingerprint)
            self._hits += kept is not None
            self._misses += kept is None
        return None if kept is None else kept.answer

    def keep(self, fingerprint: str, answer: Answer) -> None:
        """Keep an answer, unless it is larger than all that may be kept; the least recently used ones make room."""
        if self._max_entries == 0:
            return
        kept = _Kept(answer, len(answer.model_dump_json()))
        with self._lock:
            if kept.size > self._kept.maxsize:
                return
            self._kept[fingerprint] = kept
            while len(self._kept) > self._max_entries:
                self._kept.popitem()

    def clear(self) -> None:
        """Forget all answers; the counters go on."""
        with self._lock:
            self._kept.clear()

    @property
    def statistics(self) -> CacheStatistics:
        """How many answers were found and not found, how many are kept, and how large they are."""
        with self._lock:
            return CacheStatistics(
                hits=self._hits, misses=self._misses, entries=len(self._kept), bytes=int(self._kept.currsize)
            )


def fingerprint_of(unit: Unit, tenant: TenantRecord, question: tuple[object, ...]) -> str:
    """Digest the question and the state of the tenant's books, as the unit's snapshot shows them.

    Every posting moves the version of a chained account, or the revision; every other change moves the revision or the
    tenant's settings version. The instants tell a database that was restored, and went on otherwise, from what it was.
    """
    (state,) = _STATE.rows(unit.connection, {"tenant": unit.tenant_id})
    return _digest(tenant.id, tenant.settings_version, tuple(map(str, state)), question)


def fingerprint_of_contents(answer: Answer) -> str:
    """Digest what an answer says, for readers whom the state of all books is none of their business.

    It moves with what they see, and with nothing else; but nothing says so before the answer is worked out.
    """
    return _digest(type(answer).__name__, answer.model_dump_json(exclude={"computed_at", "fingerprint"}))


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr((_FORMAT, *facts)).encode()).hexdigest()[:32]


_FORMAT: Final = 1
"""Counts up when answers to the same question change their form."""

_TENANT: Final = bindparam("tenant", type_=Id)


def _of_tenant(table: Any, *columns: Any) -> Subquery:  # noqa: ANN401 - columns of a table
    return select(*columns).where(table.c.tenant_id == _TENANT).subquery()


# Each table is gone through once, and gives one row.
_ACCOUNTS: Final = _of_tenant(
    account, exact_sum(account.c.version).label("versions"), func.max(account.c.last_recorded_at)
)
_REVISIONS: Final = _of_tenant(revision, exact_sum(revision.c.count).label("changes"), func.max(revision.c.changed_at))
_STATE: Final = FixedStatement(select(_ACCOUNTS, _REVISIONS).select_from(_ACCOUNTS.join(_REVISIONS, true())))
