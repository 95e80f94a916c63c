"""What a run of the isolation kit found."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Leak(BaseModel):
    """One attempt by which a tenant reached another's rows."""

    model_config = ConfigDict(frozen=True)

    target: str
    """The table, or the noun of `books`, that was attacked."""
    path: str
    """The way it was reached."""
    what: str
    """What was seen or changed."""

    def __str__(self) -> str:
        return f"{self.path} on {self.target}: {self.what}"


class IsolationReport(BaseModel):
    """How many attempts were made to reach another tenant's rows, and which of them did."""

    model_config = ConfigDict(frozen=True)

    attempts: int
    """How many there were."""
    targets: tuple[str, ...]
    """The tables and verbs that were attacked."""
    paths: tuple[str, ...]
    """The ways by which tables were."""
    leaks: tuple[Leak, ...]
    """The attempts that succeeded; there must be none."""
    gaps: tuple[str, ...]
    """What could not be tried: a verb that the kit does not know, a table without a row. There must be none either."""

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong, in words: ``assert not check_isolation(stronghold).faults``."""
        return [*map(str, self.leaks), *self.gaps]

    def __str__(self) -> str:
        return (
            f"{self.attempts} attempts on {len(self.targets)} tables and verbs: "
            f"{len(self.leaks)} leaks, {len(self.gaps)} gaps"
        )
