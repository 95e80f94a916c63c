"""The one-statement form of a posting, for PostgreSQL.

It locks the chained accounts in the order of their ids, checks every guard on the locked rows, and writes transaction,
entries, balances, totals, idempotency key and audit event, all in one statement: one round trip instead of ten. It has
no error of its own: where a guard does not hold, every part of it finds no row and nothing is written; then the caller
takes the other form, which says why. Its guards are those of `rules.Standing.check`; a differential test holds the two
forms together.

Under READ COMMITTED the rows read by `FOR NO KEY UPDATE` are the newest committed ones even if the statement had to
wait for them, and so are those the UPDATE changes; that is what makes deciding inside the statement sound. On nominal
accounts `FOR KEY SHARE`, which the entries take anyway, waits for nobody but a unit that closes one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.db.fixed import run_text
from stronghold_core.db.lanes import lane_sql
from stronghold_core.ledger.posting.batch import record_of
from stronghold_core.ledger.posting.fingerprints import fingerprint
from stronghold_core.ledger.posting.rules import Line, Posting, Step, are_few
from stronghold_core.money import MAX_MINOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stronghold_core.db import Unit
    from stronghold_core.ledger.posting.records import AnyDraft, TransactionRecord

MAX_AMOUNT_MINOR: Final = 10**15
MAX_TOTAL_MINOR: Final = 9 * 10**18
"""Larger amounts, and months whose totals come near to 63 bits, take the form that can fail and be undone."""


def fits(draft: AnyDraft, lines: Sequence[Line]) -> bool:
    """Tell whether a posting can take this form.

    A reference *and* a key are two keys that another unit may take at the same moment, and one statement can make
    only one of them decide over all the rest.
    """
    return (
        are_few(lines)
        and max([abs(amount_minor) for _, amount_minor in lines]) <= MAX_AMOUNT_MINOR
        and (draft.reference is None or draft.idempotency_key is None)
    )


def post(unit: Unit, posting: Posting, event: dict[str, Any]) -> TransactionRecord | None:
    """Post, or change nothing and return none."""
    draft, lines = posting.draft, posting.lines
    # What the event names is not named again: its object is the transaction, its actor whoever owns the key.
    parameters = event | {
        # As text: the driver would choose an array's type by its values, and each type is a statement of its own. It
        # would also take 14 µs more.
        "accounts": _array([account.id.hex for account, _ in lines]),
        "amounts": _array([str(amount_minor) for _, amount_minor in lines]),
        "chained": _array([account.id.hex for account, _ in lines if account.is_chained]),
        "nominal": _array([account.id.hex for account, _ in lines if not account.is_chained]),
        "transaction_kind": str(posting.kind),
        "day": posting.effective_date,
        "month": posting.effective_date.replace(day=1),
        "description": draft.description,
        "payee": draft.payee,
        "note": draft.note,
        "reference": draft.reference,
    }
    if draft.idempotency_key is not None:
        parameters |= {"key": draft.idempotency_key, "fingerprint": fingerprint(draft)}
    statement = _statement(has_key=draft.idempotency_key is not None)
    rows = run_text(unit.connection, statement, parameters, has_rows=True)
    if not rows:
        return None
    after = {account_id: (balance_minor, version) for _, account_id, balance_minor, version in rows}
    steps = [Step(line, *after.get(line.account.id, (None, None))) for line in lines]
    return record_of(posting, steps, recorded_at=rows[0][0])


def _array(texts: Sequence[str]) -> str:
    """Write an array of what needs no quotes."""
    return f"{{{','.join(texts)}}}"


@cache
def _statement(*, has_key: bool) -> str:
    """Write the statement. One part decides (`gate`), by a key that can be taken once; the others follow its row.

    Months count the days, so that days come first as in the other form: PostgreSQL would else choose the order, and two
    units that share a lane could wait for each other in a circle.
    """
    gate = _KEY_GATE if has_key else _TRANSACTION_GATE
    return _HEAD + gate + _REST


# All that is put into the text are constants of ours; every value is a parameter. Conditions on `id = ANY (…)` repeat
# what the joins say, because only they let the primary key find the rows: a join alone reads all of the tenant's.
_HEAD = f"""
WITH given AS (
    SELECT * FROM unnest(%(accounts)s::uuid[], %(amounts)s::bigint[])
           WITH ORDINALITY g(account_id, amount, line)
), locked AS (
    SELECT id, status, balance_minor::numeric AS balance, held_minor, min_balance_minor, max_balance_minor,
           last_recorded_at
      FROM stronghold_account
     WHERE tenant_id = %(tenant_id)s AND id = ANY (%(chained)s)
     ORDER BY id
       FOR NO KEY UPDATE
), sound AS (
    SELECT greatest(max(l.last_recorded_at), %(at)s + (clock_timestamp() - statement_timestamp())) AS at,
           {lane_sql("%(tenant_id)s::text")} AS lane
      FROM locked l JOIN given g ON g.account_id = l.id
    HAVING count(*) = cardinality(%(chained)s)
       AND bool_and(
               l.status = 'open'
               AND abs(l.balance + g.amount) <= {MAX_MINOR}
               AND (g.amount > 0 OR l.min_balance_minor IS NULL
                    OR l.balance + g.amount - l.held_minor >= l.min_balance_minor)
               AND (g.amount < 0 OR l.max_balance_minor IS NULL OR l.balance + g.amount <= l.max_balance_minor)
           )
       AND (SELECT count(*) FROM (SELECT FROM stronghold_account
             WHERE tenant_id = %(tenant_id)s AND id = ANY (%(nominal)s) AND status = 'open' FOR KEY SHARE) n)
           = cardinality(%(nominal)s)
       AND NOT EXISTS (SELECT FROM stronghold_month_total
                        WHERE tenant_id = %(tenant_id)s AND account_id = ANY (%(accounts)s) AND month = %(month)s
                          AND greatest(debit_minor, credit_minor) > {MAX_TOTAL_MINOR})
)"""  # noqa: S608 - see above

_NEW_TRANSACTION = """
    INSERT INTO stronghold_transaction
           (tenant_id, id, kind, effective_date, recorded_at, description, payee, note, reference, audit_id)
    SELECT %(tenant_id)s, %(object_id)s, %(transaction_kind)s, %(day)s, s.at, %(description)s, %(payee)s, %(note)s,
           %(reference)s, %(id)s
"""

_KEY_GATE = f""", gate AS (
    INSERT INTO stronghold_idempotency_key (tenant_id, principal_id, key, fingerprint, transaction_id, created_at)
    SELECT %(tenant_id)s, %(actor)s, %(key)s, %(fingerprint)s, %(object_id)s, s.at FROM sound s
    ON CONFLICT DO NOTHING
    RETURNING 1
), written AS ({_NEW_TRANSACTION} FROM sound s, gate
)"""  # noqa: S608 - see above

_TRANSACTION_GATE = f""", gate AS ({_NEW_TRANSACTION} FROM sound s
    ON CONFLICT DO NOTHING
    RETURNING 1
)"""

_REST = """, lines AS (
    SELECT account_id, amount, line, at, CASE WHEN account_id = ANY (%(chained)s) THEN 0 ELSE lane END AS lane,
           greatest(amount, 0) AS debit, greatest(-amount, 0) AS credit
      FROM gate, sound, given ORDER BY account_id
), moved AS (
    UPDATE stronghold_account a
       SET balance_minor = a.balance_minor + l.amount, version = a.version + 1, last_recorded_at = l.at
      FROM lines l
     WHERE a.tenant_id = %(tenant_id)s AND a.id = ANY (%(chained)s) AND a.id = l.account_id
    RETURNING a.id, a.balance_minor, a.version
), entries AS (
    INSERT INTO stronghold_entry
           (tenant_id, transaction_id, line, account_id, amount_minor, effective_date, recorded_at,
            balance_after_minor, account_version)
    SELECT %(tenant_id)s, %(object_id)s, line, account_id, amount, %(day)s, at, balance_minor, version
      FROM lines LEFT JOIN moved ON id = account_id
), days AS (
    INSERT INTO stronghold_day_total AS t
           (tenant_id, account_id, day, lane, debit_minor, credit_minor, largest_minor, count)
    SELECT %(tenant_id)s, account_id, %(day)s, lane, debit, credit, abs(amount), 1 FROM lines
    ON CONFLICT (tenant_id, account_id, day, lane) DO UPDATE
       SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
           largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + 1
    RETURNING 1
), months AS (
    INSERT INTO stronghold_month_total AS t
           (tenant_id, account_id, month, lane, debit_minor, credit_minor, largest_minor, count)
    SELECT %(tenant_id)s, account_id, %(month)s, lane, debit, credit, abs(amount), 1
      FROM lines, (SELECT count(*) FROM days) d
    ON CONFLICT (tenant_id, account_id, month, lane) DO UPDATE
       SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor,
           largest_minor = greatest(t.largest_minor, excluded.largest_minor), count = t.count + 1
), event AS (
    INSERT INTO stronghold_audit_event
           (tenant_id, id, at, kind, actor, on_behalf_of, action, object_type, object_id, outcome, cause, request_id,
            version, commitment, salt, payload)
    SELECT %(tenant_id)s, %(id)s, s.at, %(kind)s, %(actor)s, %(on_behalf_of)s, %(action)s,
           %(object_type)s, %(object_id)s, %(outcome)s, %(cause)s, %(request_id)s,
           %(version)s, %(commitment)s, %(salt)s, %(payload)s
      FROM sound s, gate
)
SELECT at, id AS account_id, balance_minor, version FROM sound, moved
"""
