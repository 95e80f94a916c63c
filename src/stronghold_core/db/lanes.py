"""Lanes: rows of one counter that concurrent units of a tenant add to, each its own, so that none waits for another.

Whoever reads the counter adds the lanes up. There are more of them than a server has connections, because a lane that
two units shared would be held until the first one ends: one that goes on to post to an account of the other, or to
another category, and units that joined a host's long transaction do, would wait for it in a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Integer, column, text

from stronghold_core.db.fixed import FixedStatement

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from stronghold_core.ids import TenantId

LANES: Final = 1_000
"""How many units may add to one counter at the same time; the last lane is shared by all beyond."""

_LOCK_CLASS: Final = 0x53_48_4C_44  # "SHLD"


def lane_sql(tenant: str) -> str:
    """Return SQL that picks a lane. The host may use advisory locks, too; if keys clash, a lane is skipped, no more.

    Numbers are made one by one, until there is a lock: in FROM, PostgreSQL would first make all of them.
    """
    lock = f"pg_try_advisory_xact_lock({_LOCK_CLASS}, hashtext({tenant}) # n)"
    return f"coalesce((SELECT n FROM (SELECT generate_series(0, {LANES - 2}) n) l WHERE {lock} LIMIT 1), {LANES - 1})"  # noqa: S608


_FREE_LANE = FixedStatement(
    text(f"SELECT {lane_sql('CAST(:tenant AS text)')} AS lane").columns(column("lane", Integer))
)


def free_lane(connection: Connection, tenant_id: TenantId) -> int:
    """Return the lowest lane that no concurrent unit of this tenant adds to, and keep it until this unit ends.

    One writer at a time always gets lane 0, so a counter has as many rows as it ever had concurrent writers. SQLite has
    one writer anyway.
    """
    if connection.dialect.name != "postgresql":
        return 0
    (found,) = _FREE_LANE.rows(connection, {"tenant": str(tenant_id)})
    return int(found.lane)
