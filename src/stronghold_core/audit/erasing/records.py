"""What a caller sees of what went from the log."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Expired(BaseModel):
    """What retention dropped."""

    model_config = ConfigDict(frozen=True)

    until: int
    """Up to which number events are gone; their batches, which prove the rest, are not."""
    events: int
    """How many went now."""
