"""Databases: engines, the unit of work, the guarded session, migrations, and errors from drivers."""

from __future__ import annotations

from stronghold_core.db.backends import Backend, prepare_sqlite
from stronghold_core.db.base import AnyRow, Base, PersonScoped, Scope, TenantScoped, only_where, table_of
from stronghold_core.db.database import Database
from stronghold_core.db.doctor import Check
from stronghold_core.db.fixed import FixedStatement
from stronghold_core.db.host import SessionHost
from stronghold_core.db.host_walls import host_table_sql
from stronghold_core.db.questions import Question
from stronghold_core.db.session import HostSession
from stronghold_core.db.sums import exact_sum, is_something
from stronghold_core.db.transactions import (
    OnlyUnit,
    answered_transaction,
    joined_transaction,
    own_transaction,
    run_callbacks,
    translated,
)
from stronghold_core.db.translate import ConstraintError, translate
from stronghold_core.db.types import BusinessDate, Id, UTCDateTime
from stronghold_core.db.unit import HostTransaction, Refusal, Unit

__all__ = [
    "AnyRow",
    "Backend",
    "Base",
    "BusinessDate",
    "Check",
    "ConstraintError",
    "Database",
    "FixedStatement",
    "HostSession",
    "HostTransaction",
    "Id",
    "OnlyUnit",
    "PersonScoped",
    "Question",
    "Refusal",
    "Scope",
    "SessionHost",
    "TenantScoped",
    "UTCDateTime",
    "Unit",
    "answered_transaction",
    "exact_sum",
    "host_table_sql",
    "is_something",
    "joined_transaction",
    "only_where",
    "own_transaction",
    "prepare_sqlite",
    "run_callbacks",
    "table_of",
    "translate",
    "translated",
]
