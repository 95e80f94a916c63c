"""Verifying one tenant's books."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, text
from sqlalchemy.exc import DataError, OperationalError

from stronghold_core.audit import find_broken_commitment, verify_log
from stronghold_core.db import Id
from stronghold_core.ledger.verification.queries import COUNT, checks
from stronghold_core.ledger.verification.records import Finding, Verification

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import TextClause

    from stronghold_core.db import Unit

_TENANT = bindparam("tenant_id", type_=Id)
# A merge may be by the tenant alone, which all rows have in common.
_HASHES_ONLY = text("SELECT set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true)")


def verify_books(unit: Unit) -> Verification:
    """Recompute everything that follows from the entries, and report the first difference of each rule.

    Runs in a read unit, so postings go on meanwhile and every rule sees the same moment.
    """
    counts = unit.connection.execute(COUNT.bindparams(_TENANT), {"tenant_id": unit.tenant_id}).one()
    with _joining_whole_sets(unit):
        findings = [_check(unit, rule, statement) for rule, statement in checks(unit.backend.name)]
    findings += [_check_commitments(unit), _check_log(unit)]
    return Verification(
        tenant_id=unit.tenant_id,
        transactions=counts.transactions,
        entries=counts.entries,
        findings=tuple(finding for finding in findings if finding is not None),
    )


@contextmanager
def _joining_whole_sets(unit: Unit) -> Generator[None]:
    """Keep PostgreSQL from looking through all rows anew for each, until the block ends.

    It would do so for a tenant whose rows its statistics do not know yet, and take hours for what takes seconds.
    """
    if unit.backend.name != "postgresql":
        yield
        return
    savepoint = unit.connection.begin_nested()
    try:
        unit.connection.execute(_HASHES_ONLY)
        yield
    finally:
        # Nothing was written, and the setting goes with the savepoint.
        savepoint.rollback()


def _check(unit: Unit, rule: str, statement: TextClause) -> Finding | None:
    try:
        # A statement that fails would end the transaction on PostgreSQL, and no other rule would be looked at.
        with unit.connection.begin_nested():
            breach = unit.connection.execute(statement.bindparams(_TENANT), {"tenant_id": unit.tenant_id}).first()
    except (DataError, OperationalError) as error:
        if not _is_about_a_value(error):
            raise
        return Finding(rule=rule, where="a value", found=str(error.orig).splitlines()[0], expected="what can be read")
    if breach is None:
        return None
    return Finding(rule=rule, where=breach.place, found=str(breach.found), expected=breach.expected)


def _is_about_a_value(error: DataError | OperationalError) -> bool:
    """Tell whether the database stumbled over what somebody wrote there: a payload that is no JSON, for example."""
    return isinstance(error, DataError) or "malformed JSON" in str(error.orig)


def _check_commitments(unit: Unit) -> Finding | None:
    event = find_broken_commitment(unit)
    if event is None:
        return None
    return Finding(
        rule="committed", where=f"event {event}", found="a payload that was changed", expected="what it committed to"
    )


def _check_log(unit: Unit) -> Finding | None:
    found = verify_log(unit, with_payloads=False).finding
    if found is None:
        return None
    where = f"event number {found.seq} of the audit log"
    return Finding(rule="sealed", where=where, found=found.fact, expected="as it was sealed")
