"""What a verification finds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import TenantId


class Finding(BaseModel):
    """One difference between what is stored and what follows from the entries."""

    model_config = ConfigDict(frozen=True)

    rule: str
    """Which rule does not hold: ``balanced``, ``chain``, ``balance``, ``day_total``, …"""
    where: str
    """The row in question."""
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where} has {self.found}, should have {self.expected}"


class Verification(BaseModel):
    """The result of going through one tenant's books."""

    model_config = ConfigDict(frozen=True)

    tenant_id: TenantId
    transactions: int
    entries: int
    findings: tuple[Finding, ...]
    """The first difference that each rule has; none if the books are sound."""

    @property
    def is_sound(self) -> bool:
        """Whether every rule holds."""
        return not self.findings
