"""Writing and reading what happened to somebody's sign-ins: it belongs to no tenant, so it has a log of its own.

Each event is written like one of an audit log: what may name a person sits in an erasable payload, behind a salted
commitment. Who sealed audit logs of tenants does not seal this one.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select

from stronghold_core.audit import AuditOutcome
from stronghold_core.audit.rules import SCHEMA_VERSION, canonical, commitment
from stronghold_core.context import Origin
from stronghold_core.db import AnyRow, table_of
from stronghold_core.identity.models import SecurityEvent
from stronghold_core.identity.people import NOBODY, People, parse_user
from stronghold_core.identity.security_log.records import SecurityAction, SecurityEventRecord
from stronghold_core.ids import UserId, new_id
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page, checked_limit, decode_position, encode_cursor

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.ids import AnId

_event = table_of(SecurityEvent)


def record_security(
    people: People,
    connection: Connection,
    user_id: UserId,
    action: SecurityAction,
    *,
    origin: Origin | None = None,
    outcome: AuditOutcome = AuditOutcome.DONE,
) -> None:
    """Write one event in a transaction about *user_id*; where it came from goes into its erasable part."""
    came_from, salt = origin or Origin(), os.urandom(16)
    payload = canonical({"ip": came_from.ip, "user_agent": came_from.user_agent})
    row = {
        "user_id": user_id,
        "id": new_id(),
        "at": people.clock.now(),
        "action": action.value,
        "outcome": outcome.value,
        "request_id": came_from.request_id,
        "version": SCHEMA_VERSION,
        "commitment": commitment(salt, payload),
        "salt": salt,
        "payload": payload,
    }
    connection.execute(insert(_event).values(row))


class SecurityLog:
    """What happened to people's sign-ins: `stronghold.identity.log`. The host reads it in its own name."""

    def __init__(self, people: People) -> None:
        self._people = people

    def list(
        self,
        *,
        user: AnId | None = None,
        action: str | None = None,
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[SecurityEventRecord]:
        """List events, the latest first, optionally of one person or action.

        Args:
            user: Whose.
            action: What happened, such as ``sign_in``.
            limit: How many on a page.
            after: The cursor of the page before.
        """
        wanted = None if user is None else parse_user(user)
        scope = ("security", wanted, action)
        query = select(_event).order_by(_event.c.id.desc()).limit(checked_limit(limit) + 1)
        if wanted is not None:
            query = query.where(_event.c.user_id == wanted)
        if action is not None:
            query = query.where(_event.c.action == action)
        if after is not None:
            query = query.where(_event.c.id < decode_position(after, UUID, scope=scope)[0])
        with self._people.about_all() as connection:
            rows = connection.execute(query).all()
        has_more, rows = len(rows) > limit, rows[:limit]
        cursor = encode_cursor([str(rows[-1].id)], scope=scope) if has_more else None
        return Page(items=tuple(_record(row) for row in rows), next_cursor=cursor)


def _record(row: AnyRow) -> SecurityEventRecord:
    return SecurityEventRecord(
        id=row.id,
        user_id=None if row.user_id == NOBODY else UserId(row.user_id),
        at=row.at,
        action=SecurityAction(row.action),
        outcome=AuditOutcome(row.outcome),
        request_id=row.request_id,
        payload=None if row.payload is None else json.loads(row.payload),
    )
