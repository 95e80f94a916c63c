"""The tenant that a unit of work is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.tenancy.queries import get_tenant

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.tenancy.records import TenantRecord


class CurrentTenant:
    """A tenant and its settings as they were when the unit began, or as it has changed them since.

    Args:
        unit: The unit of work.
        record: What it read of its tenant as it began.
    """

    def __init__(self, unit: Unit, record: TenantRecord) -> None:
        self._unit = unit
        self._record: TenantRecord | None = record
        self._has_changed = False
        self._undone = unit.undone

    @property
    def record(self) -> TenantRecord:
        """The tenant now."""
        is_undone = self._has_changed and self._undone != self._unit.undone
        if self._record is None or is_undone:
            self._record, self._undone = get_tenant(self._unit), self._unit.undone
        return self._record

    def changed(self) -> None:
        """Note that the unit has changed the settings."""
        self._record, self._has_changed = None, True
