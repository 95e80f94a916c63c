"""What a process remembers about accounts, so that a posting need not ask again.

Only what never changes is remembered (`AccountFacts`), and only once it is committed: an account whose unit rolled back
never was. Names, balances, limits and states are always read from the database. That read also finds the accounts that
are remembered and never were: a host may roll back to a savepoint of its own, of which nobody tells a unit.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from stronghold_core.ids import AccountId, TenantId
    from stronghold_core.ledger.accounts.records import AccountFacts
    from stronghold_core.ledger.posting.rules import Head

_CAPACITY = 100_000


class AccountMemory:
    """Facts of accounts by tenant and id or head; safe to share between threads."""

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._lock = threading.Lock()
        self._facts: LRUCache[tuple[TenantId, AccountId | Head], AccountFacts] = LRUCache(capacity)

    def recall(self, tenant_id: TenantId, key: AccountId | Head) -> AccountFacts | None:
        """Return the facts of an account of this tenant, if they are remembered."""
        with self._lock:
            try:
                # Its get() would look the key up twice, and a key of ids takes long to hash.
                return self._facts[tenant_id, key]
            except KeyError:
                return None

    def remember(self, tenant_id: TenantId, facts: Mapping[AccountId | Head, AccountFacts]) -> None:
        """Keep facts that are committed."""
        with self._lock:
            for key, fact in facts.items():
                self._facts[tenant_id, key] = fact

    def forget(self, tenant_id: TenantId, ids: Collection[AccountId]) -> None:
        """Forget accounts that turned out not to be there, however they were found."""
        with self._lock:
            for owner, key in [at for at, fact in self._facts.items() if at[0] == tenant_id and fact.id in ids]:
                del self._facts[owner, key]
