"""What callers see of exports."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import TenantId


class TenantExport(BaseModel):
    """What an export of a tenant holds, or what a restored one was made of."""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    schema_version: str
    rows: dict[str, int]
    """How many rows of each table."""

    @property
    def total(self) -> int:
        """How many rows in all."""
        return sum(self.rows.values())
