"""Counting changes, so that whoever keeps an answer can tell that it no longer holds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text

from stronghold_core.db import FixedStatement, Id, UTCDateTime
from stronghold_core.db.lanes import lane_sql

if TYPE_CHECKING:
    from stronghold_core.db import Unit


def count_change(unit: Unit) -> None:
    """See to it that the tenant's revision moves with this unit.

    It is written last, just before COMMIT, so that a lane which two units share is held for a moment only. A unit that
    joined a host's transaction holds it until that ends.
    """
    unit.before_end(_write)


def _write(unit: Unit) -> None:
    now = unit.clock.now()
    _statement(unit.backend.name).run(unit.connection, {"tenant": unit.tenant_id, "now": now})


@cache
def _statement(dialect: str) -> FixedStatement:
    lane = lane_sql("CAST(:tenant AS text)") if dialect == "postgresql" else "0"
    statement = text(
        "INSERT INTO stronghold_revision AS r (tenant_id, lane, count, changed_at)"  # noqa: S608 - our own constants
        f" VALUES (:tenant, {lane}, 1, :now)"
        " ON CONFLICT (tenant_id, lane) DO UPDATE SET count = r.count + 1, changed_at = excluded.changed_at"
    ).bindparams(bindparam("tenant", type_=Id), bindparam("now", type_=UTCDateTime))
    return FixedStatement(statement)
