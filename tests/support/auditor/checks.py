"""How the auditor compares: what a verb returned, what is stored, and what the books show when they are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stronghold_core import Money
from tests.support.auditor.books import AuditorsBooks, Entry, Transaction, savings_rate
from tests.support.dump import Dump, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from stronghold_core import Books, DateRange
    from stronghold_core.dashboards import CurrencyOverview
    from stronghold_core.ledger import AccountRecord, TransactionRecord, Verification


# ------------------------------------------------------------------ what a verb returned


def check_transaction(books: AuditorsBooks, record: TransactionRecord, *, is_replay: bool = False) -> None:
    """Compare a transaction with the auditor's."""
    known = books.transactions[record.id]
    assert record.is_replay == is_replay
    assert (record.kind, record.effective_date, record.recorded_at) == (known.kind, known.day, known.recorded_at)
    assert (record.description, record.payee, record.note) == (known.description, known.payee, known.note)
    assert (record.reference, record.reverses_id) == (known.reference, known.reverses)
    assert record.reversed_by_id == books.reversal_of(record.id)
    found = [
        (e.line, e.account_id, e.category_id, e.amount, e.balance_after, e.account_version) for e in record.entries
    ]
    assert found == [_entry(books, entry) for entry in books.lines_of(record.id)]


def _entry(books: AuditorsBooks, entry: Entry) -> tuple[object, ...]:
    currency = books.currency_of(entry.account)
    after = None if entry.after is None else Money(entry.after, currency)
    category = books.accounts[entry.account].category
    return entry.line, entry.account, category, Money(entry.minor, currency), after, entry.version


# ------------------------------------------------------------------ what is stored


def check_stored(books: AuditorsBooks, dump: Dump) -> None:
    """Compare every stored row that means money with the auditor's books, and the rows with each other."""
    stored = {name: rows_of(dump, f"stronghold_{name}", books.tenant) for name in _COMPARED}
    _check_sums(books, stored["entry"])
    assert {_stored_entry(row) for row in stored["entry"]} == {_plain_entry(entry) for entry in books.entries}
    assert {row["id"]: _stored_transaction(row) for row in stored["transaction"]} == {
        known.id: _plain_transaction(known) for known in books.transactions.values()
    }
    for name, span, by_month in (("day_total", "day", False), ("month_total", "month", True)):
        assert _merged_totals(stored[name], span) == {
            (account, day.isoformat()): sides for (account, day), sides in books.totals(by_month=by_month).items()
        }
    _check_stored_accounts(books, stored["account"])
    names = ("id", "name", "kind", "parent_id")
    defaults = set(books.defaults.values())
    assert {
        (*(row[name] for name in names), row["status"] == "open", bool(row["is_default"])) for row in stored["category"]
    } == {
        (one.id, one.name, one.kind, one.parent, one.is_open, one.id in defaults) for one in books.categories.values()
    }
    assert {(row["principal_id"], row["key"]): row["transaction_id"] for row in stored["idempotency_key"]} == {
        place: kept.transaction for place, kept in books.keys.items()
    }
    assert len(stored["audit_event"]) == books.events


_COMPARED = (
    "entry",
    "transaction",
    "day_total",
    "month_total",
    "account",
    "category",
    "idempotency_key",
    "audit_event",
)


def _check_sums(books: AuditorsBooks, rows: Iterable[Any]) -> None:
    sums: dict[tuple[UUID, str], int] = {}
    for row in rows:
        key = (row["transaction_id"], books.currency_of(row["account_id"]))
        sums[key] = sums.get(key, 0) + row["amount_minor"]
    assert not any(sums.values()), "debits and credits differ"


def _stored_entry(row: Any) -> tuple[object, ...]:
    names = ("transaction_id", "line", "account_id", "amount_minor", "effective_date", "recorded_at")
    return tuple(row[name] for name in (*names, "account_version", "balance_after_minor"))


def _plain_entry(entry: Entry) -> tuple[object, ...]:
    place = (entry.transaction, entry.line, entry.account, entry.minor, entry.day.isoformat())
    return *place, _stamp(entry.recorded_at), entry.version, entry.after


def _stored_transaction(row: Any) -> tuple[object, ...]:
    names = ("kind", "effective_date", "recorded_at", "description", "payee", "note", "reference", "reverses_id")
    return tuple(row[name] for name in names)


def _plain_transaction(known: Transaction) -> tuple[object, ...]:
    words = (known.description, known.payee, known.note)
    return known.kind, known.day.isoformat(), _stamp(known.recorded_at), *words, known.reference, known.reverses


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds")


def _merged_totals(rows: Iterable[Any], span: str) -> dict[tuple[object, object], tuple[int, int, int, int]]:
    """Put the lanes of each account's day, or month, together."""
    sums: dict[tuple[object, object], tuple[int, int, int, int]] = {}
    for row in rows:
        assert min(row["debit_minor"], row["credit_minor"]) >= 0
        debit, credit, largest, count = sums.get((row["account_id"], row[span]), (0, 0, 0, 0))
        added = (debit + row["debit_minor"], credit + row["credit_minor"])
        sums[row["account_id"], row[span]] = (*added, max(largest, row["largest_minor"]), count + row["count"])
    return sums


def _check_stored_accounts(books: AuditorsBooks, rows: Iterable[Any]) -> None:
    stored = {row["id"]: row for row in rows}
    assert stored.keys() == books.accounts.keys()
    for account in books.accounts.values():
        row, entries = stored[account.id], books.entries_of(account.id)
        chained = account.is_chained
        expected = (books.balance(account.id), len(entries)) if chained else (0, 0)
        assert (row["balance_minor"], row["version"]) == expected
        assert (row["min_balance_minor"], row["max_balance_minor"]) == (account.low, account.high)
        assert (row["name"], row["type"], row["currency"]) == (account.name, account.type, account.currency)
        assert (row["purpose"], row["category_id"]) == (account.purpose, account.category)
        assert (row["status"], row["held_minor"]) == ("open" if account.is_open else "closed", 0)
        instants = [_stamp(entry.recorded_at) for entry in entries]
        if chained:
            assert instants == sorted(instants), "time went back on a chain"
            assert row["last_recorded_at"] == max(instants, default=None)


# ------------------------------------------------------------------ what the books show


def check_verification(auditor: AuditorsBooks, verification: Verification) -> None:
    """See that the library finds its own books sound, and complete."""
    assert not verification.findings, [str(finding) for finding in verification.findings]
    counted = (verification.transactions, verification.entries)
    assert counted == (len(auditor.transactions), len(auditor.entries))


def check_accounts(auditor: AuditorsBooks, books: Books) -> None:
    """Compare the list of accounts, page by page, and the transactions that are listed."""
    found: list[AccountRecord] = []
    after: str | None = None
    while True:
        page = books.accounts.list(status=None, limit=6, after=after)
        found += page.items
        after = page.next_cursor
        if after is None:
            break
    own = sorted(auditor.own_accounts(), key=lambda account: account.name)
    assert [record.id for record in found] == [account.id for account in own]
    for record in found:
        check_account_record(auditor, record)


def check_account_record(auditor: AuditorsBooks, record: AccountRecord) -> None:
    """Compare one account's record."""
    account, balance = auditor.accounts[record.id], auditor.balance(record.id)
    natural = balance if account.type in {"asset", "expense"} else -balance
    shown = (record.balance, record.natural_balance, record.available)
    assert shown == tuple(Money(minor, account.currency) for minor in (balance, natural, balance))
    assert (record.name, record.type, record.currency) == (account.name, account.type, account.currency)
    assert (record.purpose, record.category_id) == (account.purpose, account.category)
    assert record.status == ("open" if account.is_open else "closed")
    limits = tuple(None if one is None else one.minor for one in (record.min_balance, record.max_balance))
    assert limits == (account.low, account.high)
    may_leave = None if account.low is None else min(max(balance - account.low, 0), 2**63 - 1)
    may_leave = may_leave if account.is_open else 0
    assert record.headroom == (None if may_leave is None else Money(may_leave, account.currency))


def check_account(auditor: AuditorsBooks, books: Books, account: UUID, *, day: date, instant: datetime) -> None:
    """Compare one account's balances, now and then, and its whole history."""
    currency = auditor.currency_of(account)

    def shown(expected: int, **when: Any) -> None:
        found = books.accounts.balance(account, **when)
        assert found == Money(expected, currency), (found, expected, when)

    shown(auditor.balance(account))
    for one in (day, day - timedelta(days=1), day.replace(day=1)):
        shown(auditor.balance_on(account, one), on=one)
    for moment in (instant, instant - timedelta(microseconds=1)):
        shown(auditor.balance_recorded_at(account, moment), recorded_at=moment)
    check_history(auditor, books, account)


def check_history(auditor: AuditorsBooks, books: Books, account: UUID) -> None:
    """Compare an account's history, page by page."""
    found: list[tuple[object, ...]] = []
    after: str | None = None
    while True:
        page = books.accounts.history(account, limit=4, after=after)
        found += [(row.transaction_id, row.line, row.amount.minor, row.running_balance.minor) for row in page.items]
        after = page.next_cursor
        if after is None:
            break
    expected = [(entry.transaction, entry.line, entry.minor, running) for entry, running in auditor.history(account)]
    assert found == expected


# ------------------------------------------------------------------ the dashboard


def check_overview(auditor: AuditorsBooks, books: Books, period: DateRange) -> None:
    """Compare every figure of the dashboard."""
    overview = books.dashboard.overview(period)
    assert (overview.tenant_id, overview.first, overview.last) == (auditor.tenant, *period)
    shown = {one.currency: one for one in overview.currencies}
    assert list(shown) == _expected_currencies(auditor, period)
    for one in overview.currencies:
        _check_currency(auditor, one, period)
    open_accounts = [a for a in auditor.accounts.values() if a.is_chained and a.is_open]
    assert [a.id for a in overview.accounts] == [a.id for a in sorted(open_accounts, key=lambda a: a.name)]
    latest = sorted(auditor.transactions.values(), key=lambda t: (t.day, t.id.bytes), reverse=True)[:5]
    assert [record.id for record in overview.latest] == [known.id for known in latest]
    for record in overview.latest:
        check_transaction(auditor, record)


def _expected_currencies(auditor: AuditorsBooks, period: DateRange) -> list[str]:
    in_year = auditor.flows(months_back(period.last, 11), month_end(period.last))
    moved = {currency for _, currency in (*in_year, *auditor.flows(*period))}
    return [auditor.base, *sorted((moved | set(auditor.net_worth())) - {auditor.base})]


def months_back(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before that of *day*."""
    count = day.year * 12 + day.month - 1 - months
    return day.replace(year=count // 12, month=count % 12 + 1, day=1)


def month_end(day: date) -> date:
    """Return the last day of the month of *day*."""
    return months_back(day, -1) - timedelta(days=1)


def _check_currency(auditor: AuditorsBooks, shown: CurrencyOverview, period: DateRange) -> None:
    code = shown.currency
    assets, liabilities = auditor.net_worth().get(code, (0, 0))
    worth = (shown.net_worth.assets, shown.net_worth.liabilities, shown.net_worth.net)
    assert [one.minor for one in worth] == [assets, -liabilities, assets + liabilities]
    income, expenses = (auditor.flow_of(kind, code, *period) for kind in ("income", "expense"))
    assert [one.minor for one in (shown.income, shown.expenses, shown.savings)] == [income, expenses, income - expenses]
    assert shown.savings_rate == savings_rate(income, expenses)
    flows = {category: minor for (category, currency), minor in auditor.flows(*period).items() if currency == code}
    assert {flow.category_id: flow.amount.minor for flow in shown.categories} == flows
    for flow in shown.categories:
        known = auditor.categories[flow.category_id]
        assert (flow.name, flow.kind) == (known.name, known.kind)
    order = [(flow.kind.value, -flow.amount.minor) for flow in shown.categories]
    assert order == sorted(order)
    months = [(one.first, one.income.minor, one.expenses.minor) for one in shown.cash_flow]
    assert months == [_flow_of_month(auditor, code, months_back(period.last, back)) for back in range(11, -1, -1)]


def _flow_of_month(auditor: AuditorsBooks, code: str, month: date) -> tuple[date, int, int]:
    income, expenses = (auditor.flow_of(kind, code, month, month_end(month)) for kind in ("income", "expense"))
    return month, income, expenses
