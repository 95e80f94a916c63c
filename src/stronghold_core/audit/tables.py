"""The audit log's tables as read-only selectables, for whoever asks whether an answer still holds."""

from __future__ import annotations

from stronghold_core.audit.models import Revision
from stronghold_core.db import table_of

revision = table_of(Revision)

__all__ = ["revision"]
