"""The isolation kit: proof, on a host's own database and tables, that no tenant reaches another's rows.

from stronghold_core.testing.isolation import check_isolation

def test_no_tenant_reaches_another(stronghold):
assert not check_isolation(stronghold).faults
"""

from __future__ import annotations

from stronghold_core.testing.isolation.kit import check_isolation
from stronghold_core.testing.isolation.records import IsolationReport, Leak

__all__ = ["IsolationReport", "Leak", "check_isolation"]
