"""The one object a host holds, and the one unit of work it opens."""

from __future__ import annotations

from stronghold_core.stronghold.books import Books
from stronghold_core.stronghold.facade import Stronghold
from stronghold_core.stronghold.identity import Identity
from stronghold_core.stronghold.sealing import Sealer
from stronghold_core.stronghold.staff import Staff, StaffDesk
from stronghold_core.stronghold.tenants import Tenants

__all__ = ["Books", "Identity", "Sealer", "Staff", "StaffDesk", "Stronghold", "Tenants"]
