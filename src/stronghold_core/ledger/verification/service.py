"""Verifying one tenant's books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam
from sqlalchemy.exc import DBAPIError

from stronghold_core.db import Id, translate
from stronghold_core.errors import AmountOverflowError
from stronghold_core.ledger.verification.queries import COUNT, checks
from stronghold_core.ledger.verification.records import Finding, Verification

if TYPE_CHECKING:
    from stronghold_core.db import Unit

_TENANT = bindparam("tenant_id", type_=Id)


def verify_books(unit: Unit) -> Verification:
    """Recompute everything that follows from the entries, and report the first difference of each rule.

    Runs in a read unit, so postings go on meanwhile and every rule sees the same moment.
    """
    parameters = {"tenant_id": unit.tenant_id}
    counts = unit.connection.execute(COUNT.bindparams(_TENANT), parameters).one()
    findings = []
    for rule, statement in checks(unit.backend.name):
        try:
            breach = unit.connection.execute(statement.bindparams(_TENANT), parameters).first()
        except DBAPIError as error:
            # Honest books never sum past 63 bits, because posting refuses to; so whatever does was tampered with.
            if not _is_overflow(error):
                raise translate(error) from error
            findings.append(Finding(rule=rule, where="a sum", found="more than 63 bits", expected="less"))
            if unit.backend.name == "postgresql":
                break  # the failed statement ended the transaction
            continue
        if breach is not None:
            findings.append(Finding(rule=rule, where=breach.place, found=str(breach.found), expected=breach.expected))
    return Verification(
        tenant_id=unit.tenant_id,
        transactions=counts.transactions,
        entries=counts.entries,
        findings=tuple(findings),
    )


def _is_overflow(error: DBAPIError) -> bool:
    return isinstance(translate(error), AmountOverflowError) or "integer overflow" in str(error.orig)
