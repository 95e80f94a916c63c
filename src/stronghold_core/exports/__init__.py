"""Taking things elsewhere: transactions for a spreadsheet or a program, a whole tenant for another database."""

from __future__ import annotations

from stronghold_core.exports.leaving import Arrival, record_export, write_tenant
from stronghold_core.exports.records import TenantExport
from stronghold_core.exports.service import Exports

__all__ = ["Arrival", "Exports", "TenantExport", "record_export", "write_tenant"]
