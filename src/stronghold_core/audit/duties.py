"""Saying what is at work on the audit log: without that the database lets nobody change or remove an event."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core.db import Unit

_SETTING: Final = "duty"


class Duty(StrEnum):
    """What the policies of the log's table know by name."""

    SEAL = "seal"
    REDACT = "redact"
    EXPIRE = "expire"


@contextmanager
def on_duty(unit: Unit, duty: Duty) -> Generator[None]:
    """Do *duty* within the block; if it raises, the savepoint around it takes the setting back."""
    unit.backend.set_local(unit.connection, _SETTING, duty)
    yield
    unit.backend.set_local(unit.connection, _SETTING, "")
