"""What a process remembers of roles, so that asking what one allows is no query."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

from stronghold_core.rbac.queries import read_roles
from stronghold_core.rbac.rules import BUILT_IN_ROLES, Role

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId
    from stronghold_core.permissions import Permission

_MOST: Final = 10_000


class RoleMemory:
    """What the roles of tenants allow, each set compiled once.

    It is kept by the version that every change of who may do what replaces in the same transaction, and that each unit
    reads as it begins: so a change holds from the next unit of every process. Versions are random, and so stand for one
    state of a tenant alone, also if a transaction is rolled back, or a database restored, under a running process.
    """

    def __init__(self) -> None:
        self._allowed: LRUCache[tuple[TenantId, int, str], frozenset[Permission]] = LRUCache(_MOST)
        self._lock = threading.Lock()

    def permissions_of(
        self, connection: Connection, tenant_id: TenantId, authz_version: int, role: str
    ) -> frozenset[Permission]:
        """Return everything that *role* allows in a tenant that the connection is bound to."""
        if role in _BUILT_IN:
            return _BUILT_IN[role]
        key = (tenant_id, authz_version, role)
        with self._lock:
            known = self._allowed.get(key)
        if known is None:
            known = read_roles(connection, tenant_id).book.allowed_by(role)
            with self._lock:
                self._allowed[key] = known
        return known


_BUILT_IN: Final[dict[str, frozenset[Permission]]] = {str(role): BUILT_IN_ROLES[role] for role in Role}
