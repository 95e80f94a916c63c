"""What a caller sees of a second factor."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Enrolment(BaseModel):
    """What an authenticator app needs; shown once."""

    model_config = ConfigDict(frozen=True)

    uri: str = Field(repr=False)
    """For a QR code: ``otpauth://totp/…``."""
    secret: str = Field(repr=False)
    """For those who type."""
