"""The short form of a posting, for SQLite: one query, and each table written once.

It takes a posting whose accounts are known, asks how they stand and whether its key and its reference are free, and
writes. Whoever writes has the whole file, so nothing changes in between; a host's transaction that has only read so far
and was overtaken can't write at all. It has no error of its own: where a guard does not hold, nothing is written; then
the caller takes the other form, which says why. Its guards are those of the other form, because it calls them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.db.fixed import run_in_turn, run_text
from stronghold_core.errors import RuleError
from stronghold_core.ledger.posting.batch import record_of
from stronghold_core.ledger.posting.fingerprints import fingerprint
from stronghold_core.ledger.posting.rules import Standing, apply, are_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from stronghold_core.context import Context
    from stronghold_core.db import Unit
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger.posting.records import AnyDraft, TransactionRecord
    from stronghold_core.ledger.posting.rules import Line, Posting, Step

Values = dict[str, Any]
"""What statements are given by name, as SQLite keeps it."""


def fits(draft: AnyDraft, lines: Sequence[Line]) -> bool:  # noqa: ARG001 - the port's signature
    """Tell whether a posting can take this form."""
    return are_few(lines)


def post(unit: Unit, posting: Posting, event: dict[str, Any]) -> TransactionRecord | None:
    """Post, or change nothing and return none."""
    connection = unit.connection
    standings = _free_to_post(connection, unit.context, posting)
    if len(standings) < len(posting.lines):
        return None
    try:
        steps = apply(posting.lines, standings)
    except RuleError:
        return None
    last = [standing.last_recorded_at for standing in standings.values() if standing.last_recorded_at is not None]
    recorded_at = max([event["at"], *last])
    values = _values(posting, event, recorded_at)
    with unit.bare_savepoint():
        run_in_turn(connection, _writes(values, steps))
    return record_of(posting, steps, recorded_at=recorded_at)


def _free_to_post(connection: Connection, context: Context, posting: Posting) -> dict[AccountId, Standing]:
    """Read how the accounts stand: none of them if the posting's key or its reference is taken."""
    draft, tenant = posting.draft, context.tenant_id.bytes
    accounts = {line.account.id.bytes: line.account for line in posting.lines}
    key, reference = draft.idempotency_key, draft.reference
    given = (tenant, *accounts, tenant, context.principal, key, tenant, reference)
    standings: dict[AccountId, Standing] = {}
    for account_id, *columns, text in run_text(connection, _question(len(accounts)), given, has_rows=True):
        columns.append(None if text is None else datetime.fromisoformat(text))
        facts = accounts[account_id]
        standings[facts.id] = Standing(facts, *columns)
    return standings


def _values(posting: Posting, event: dict[str, Any], recorded_at: datetime) -> Values:
    """Gather what is written; what the event names is not named again."""
    draft, day = posting.draft, posting.effective_date
    return event | {
        "tenant_id": event["tenant_id"].bytes,
        "id": event["id"].bytes,
        "object_id": posting.id.bytes,
        "at": recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "transaction_kind": str(posting.kind),
        "day": day.isoformat(),
        "month": day.replace(day=1).isoformat(),
        "description": draft.description,
        "payee": draft.payee,
        "note": draft.note,
        "reference": draft.reference,
        "key": draft.idempotency_key,
        "fingerprint": None if draft.idempotency_key is None else fingerprint(draft),
    }


def _writes(values: Values, steps: Sequence[Step]) -> list[tuple[str, Sequence[Values]]]:
    """Say what to write, in an order that the foreign keys allow."""
    lines = [
        values
        | {
            "line": number,
            "account_id": line.account.id.bytes,
            "amount": line.amount_minor,
            "balance_after": balance_minor,
            "account_version": version,
        }
        for number, (line, balance_minor, version) in enumerate(steps, 1)
    ]
    chained = [line for line in lines if line["account_version"] is not None]
    whole = [values]
    keys = [] if values["key"] is None else [(_KEY, whole)]
    return [
        (_TRANSACTION, whole),
        (_ACCOUNT, chained),
        (_ENTRY, lines),
        (_DAY, lines),
        (_MONTH, lines),
        *keys,
        (_EVENT, whole),
    ]


@cache
def _question(accounts: int) -> str:
    return f"""
SELECT id, name, status, balance_minor, version, held_minor, min_balance_minor, max_balance_minor, last_recorded_at
  FROM stronghold_account
 WHERE tenant_id = ? AND id IN ({", ".join("?" * accounts)})
   AND NOT EXISTS (SELECT 1 FROM stronghold_idempotency_key WHERE tenant_id = ? AND principal_id = ? AND key = ?)
   AND NOT EXISTS (SELECT 1 FROM stronghold_transaction WHERE tenant_id = ? AND reference = ?)
"""  # noqa: S608 - question marks


_TRANSACTION: Final = """
INSERT INTO stronghold_transaction
       (tenant_id, id, kind, effective_date, recorded_at, description, payee, note, reference, audit_id)
VALUES (:tenant_id, :object_id, :transaction_kind, :day, :at, :description, :payee, :note, :reference, :id)
"""

_ACCOUNT: Final = """
UPDATE stronghold_account SET balance_minor = :balance_after, version = :account_version, last_recorded_at = :at
 WHERE tenant_id = :tenant_id AND id = :account_id
"""

_ENTRY: Final = """
INSERT INTO stronghold_entry
       (tenant_id, transaction_id, line, account_id, amount_minor, effective_date, recorded_at, balance_after_minor,
        account_version)
VALUES (:tenant_id, :object_id, :line, :account_id, :amount, :day, :at, :balance_after, :account_version)
"""

_TOTAL: Final = """
INSERT INTO stronghold_{span}_total AS t
       (tenant_id, account_id, {span}, lane, debit_minor, credit_minor, largest_minor, count)
VALUES (:tenant_id, :account_id, :{span}, 0, max(:amount, 0), max(-:amount, 0), abs(:amount), 1)
ON CONFLICT (tenant_id, account_id, {span}, lane) DO UPDATE
   SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
       largest_minor = max(t.largest_minor, excluded.largest_minor), count = t.count + 1
"""

_DAY: Final = _TOTAL.format(span="day")

_MONTH: Final = _TOTAL.format(span="month")

_KEY: Final = """
INSERT INTO stronghold_idempotency_key (tenant_id, principal_id, key, fingerprint, transaction_id, created_at)
VALUES (:tenant_id, :actor, :key, :fingerprint, :object_id, :at)
"""

_EVENT: Final = """
INSERT INTO stronghold_audit_event
       (tenant_id, id, at, kind, actor, on_behalf_of, action, object_type, object_id, outcome, cause, request_id,
        version, commitment, salt, payload)
VALUES (:tenant_id, :id, :at, :kind, :actor, :on_behalf_of, :action, :object_type, :object_id, :outcome, :cause,
        :request_id, :version, :commitment, :salt, :payload)
"""
