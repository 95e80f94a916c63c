"""When a session holds. Pure: no database here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from stronghold_core.settings import Settings


class SessionFacts(NamedTuple):
    """What decides whether a session holds: its own row, and the user's."""

    epoch: int
    session_epoch: int
    status: str
    used_at: datetime
    expires_at: datetime
    ended_at: datetime | None


def holds(session: SessionFacts, *, now: datetime, settings: Settings) -> bool:
    """Tell whether somebody who has this session is signed in still."""
    return (
        session.ended_at is None
        and session.epoch == session.session_epoch
        and session.status == "active"
        and now < session.expires_at
        and now < session.used_at + timedelta(days=settings.session_idle_days)
    )


def is_in_grace(rotated_at: datetime, *, now: datetime, settings: Settings) -> bool:
    """Tell whether a token that was used a moment ago may come from a request that crossed another one."""
    return now <= rotated_at + timedelta(seconds=settings.refresh_grace_seconds)
