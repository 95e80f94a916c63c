"""Every answer of the dashboard against the same figures added up from raw entries, on both databases.

One set of books that has everything (currencies, a tree of categories, splits, refunds, transfers, exchanges, cards,
reversals, corrections, closed accounts, days ahead), and as many questions as hypothesis cares to ask.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stronghold_core import DateRange, Record, Split, Stronghold, Transfer
from stronghold_core.dashboards.rules import MONTHS_OF_EXPENSES
from stronghold_core.periods import add_months, previous
from tests.support.ledger import TODAY
from tests.support.plain_figures import Line, PlainBooks, each_part, share
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from fractions import Fraction
    from uuid import UUID

    from stronghold_core import Books, CategoryNode, Movement
    from tests.support.rows import Vault

FIRST_DAY = date(2025, 1, 15)
DAYS = (TODAY - FIRST_DAY).days

days = st.integers(0, DAYS + 20).map(lambda number: FIRST_DAY - timedelta(days=10) + timedelta(days=number))
periods = st.tuples(days, days).map(lambda two: DateRange(min(two), max(two)))
months = days.map(lambda day: DateRange(day.replace(day=1), add_months(day.replace(day=1), 1) - timedelta(days=1)))
steps = st.sampled_from(["day", "week", "month"])


def keep_books(desk: Desk, *, seed: int) -> None:
    """Post everything there is to post, at random but the same each time."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with desk.books() as books:
        books.tenant.update(days_ahead=30)
    with desk.books() as books:
        banks = [
            books.accounts.open(name="Checking", type="asset", subtype="checking", opening_balance="2500.00").id,
            books.accounts.open(name="Savings", type="asset", subtype="savings").id,
            books.accounts.open(name="House", type="asset", subtype="fixed_asset", opening_balance="90000.00").id,
            books.accounts.open(name="Card", type="liability", subtype="credit_card").id,
            books.accounts.open(name="Mortgage", type="liability", subtype="mortgage", opening_balance="-50000").id,
        ]
        euros = books.accounts.open(name="Euros", type="asset", subtype="checking", currency="EUR").id
        yen = books.accounts.open(name="Yen", type="asset", subtype="cash", currency="JPY").id
        heads = _categories(books)
        books.transactions.post_many([_draft(chance, banks, heads) for _ in range(250)])
        _exchange(books, chance, banks[0], (euros, yen))
        books.transactions.post_many(
            [
                Record(account=euros, amount=f"-{chance.randint(1, 99)}.10", category=heads[3], on=_day(chance))
                for _ in range(30)
            ]
        )
        for transaction in books.transactions.list(limit=200).items[::9]:
            if transaction.kind == "record":
                books.transactions.reverse(transaction.id, on=max(TODAY, transaction.effective_date))
        for transaction in books.transactions.list(limit=200).items[3::11]:
            if transaction.kind == "record" and transaction.reversed_by_id is None:
                books.transactions.recategorise(transaction.id, category=chance.choice(heads[2:5]))
        _close_one(books, banks[0])


def _categories(books: Books) -> list[UUID]:
    salary = books.categories.create(name="Salary", kind="income").id
    bonus = books.categories.create(name="Bonus", kind="income", parent=salary).id
    living = books.categories.create(name="Living", kind="expense").id
    food = books.categories.create(name="Food", kind="expense", parent=living).id
    sweets = books.categories.create(name="Sweets", kind="expense", parent=food).id
    return [salary, bonus, living, food, sweets]


def _day(chance: random.Random) -> date:
    return FIRST_DAY + timedelta(days=chance.randint(0, DAYS + 15))


def _draft(chance: random.Random, banks: Sequence[UUID], heads: Sequence[UUID]) -> Record | Split | Transfer:
    on, cents = _day(chance), chance.randint(1, 90_000)
    amount = f"{cents // 100}.{cents % 100:02d}"
    kind = chance.random()
    if kind < 0.2:
        source, target = chance.sample(banks, 2)
        return Transfer(from_account=source, to_account=target, amount=amount, on=on)
    bank = chance.choice(banks)
    if kind < 0.3:
        parts = [(heads[3], f"-{amount}"), (heads[4], "-3.33")]
        whole = Decimal(f"-{amount}") - Decimal("3.33")
        return Split(account=bank, amount=str(whole), parts=parts, on=on)
    sign = "" if kind < 0.55 else "-"
    category = None if kind > 0.95 else chance.choice(heads)
    return Record(account=bank, amount=f"{sign}{amount}", category=category, on=on, payee="Somebody")


def _exchange(books: Books, chance: random.Random, bank: UUID, foreign: tuple[UUID, UUID]) -> None:
    euros, yen = foreign
    for _ in range(6):
        on = _day(chance)
        books.transactions.transfer(from_account=bank, to_account=euros, amount="500.00", to_amount="450.00", on=on)
    books.transactions.transfer(from_account=euros, to_account=yen, amount="100.00", to_amount="17000", on=_day(chance))


def _close_one(books: Books, bank: UUID) -> None:
    """An account that was full once, and is closed now."""
    old = books.accounts.open(name="Old", type="asset", subtype="cash", opening_balance="70", opened_on=FIRST_DAY).id
    books.transactions.transfer(from_account=old, to_account=bank, amount="70.00", on=date(2026, 6, 1))
    books.accounts.close(old)


@pytest.fixture
def kept(stronghold: Stronghold, vault: Vault) -> tuple[Desk, PlainBooks]:
    """Keep the books, and read their entries."""
    tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
    desk = Desk(stronghold, tenant, ADA)
    keep_books(desk, seed=7)
    other = stronghold.tenants.create(kind="user", name="Eve", base_currency="USD", owner="user:eve")
    keep_books(Desk(stronghold, other, "user:eve"), seed=8)
    return desk, PlainBooks.of(vault.engine, tenant.id)


def asked(
    kept: tuple[Desk, PlainBooks], examples: int, *strategies: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], None]:
    """Ask a question with arguments that hypothesis draws: a set of accounts or none, and those of *strategies*."""
    _, plain = kept
    chosen = st.none() | st.lists(st.sampled_from(sorted(plain.balances())), max_size=3, unique=True)
    profile = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))

    def ask(question: Callable[..., None]) -> None:
        profile(given(chosen, *strategies)(question))()

    return ask


def seen(minors: Iterable[Any]) -> tuple[int, ...]:
    """Return amounts as minor units."""
    return tuple(one.minor for one in minors)


def rounded(number: Fraction | None, decimals: int) -> Decimal | None:
    """Round a ratio half to even, as figures do."""
    if number is None:
        return None
    return Decimal(round(number * 10**decimals)).scaleb(-decimals)


def test_overview(kept: tuple[Desk, PlainBooks]) -> None:
    """Tiles, categories, months, accounts and the latest transactions."""
    desk, plain = kept

    @asked(kept, 40, st.none() | periods, st.none() | days)
    def _(accounts: list[UUID] | None, period: DateRange | None, as_of: date | None) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.overview(period, accounts=accounts, as_of=as_of)
        worth = plain.net_worth(on=as_of, of=accounts)
        for one in shown.currencies:
            assert seen((one.net_worth.assets, one.net_worth.liabilities, one.net_worth.net)) == worth.pop(
                one.currency, (0, 0, 0)
            )
            flow = plain.flow(one.currency, shown.first, shown.last, touching=accounts)
            assert seen((one.income, one.expenses)) == flow
            assert one.savings_rate == rounded(share(flow[0] - flow[1], flow[0]), 4)
            assert [(part.first, part.last) for part in one.cash_flow] == each_part(
                one.cash_flow[0].first, one.cash_flow[-1].last, "month"
            )
            for part in one.cash_flow:
                assert seen((part.income, part.expenses)) == plain.flow(
                    one.currency, part.first, part.last, touching=accounts
                )
        assert not worth
        by_category = {
            (flow.amount.currency.code, flow.category_id): flow.amount.minor
            for one in shown.currencies
            for flow in one.categories
        }
        assert by_category == plain.flow_by_category(shown.first, shown.last, touching=accounts)
        assert [(one.name, one.balance.minor) for one in shown.accounts] == plain.listed(on=as_of, of=accounts)
        assert [(one.effective_date, one.id) for one in shown.latest] == latest_of(plain, 5, accounts, until=as_of)


def latest_of(
    plain: PlainBooks, count: int, accounts: list[UUID] | None, until: date | None = None
) -> list[tuple[date, UUID]]:
    """Return date and id of the latest transactions."""
    known = {
        (line.day, line.transaction)
        for line in plain.lines
        if (until is None or line.day <= until) and (accounts is None or line.account in accounts)
    }
    return sorted(known, reverse=True)[:count]


def test_summary(kept: tuple[Desk, PlainBooks]) -> None:
    """Headline figures, the period before, and the ratios of health."""
    desk, plain = kept

    @asked(kept, 40, periods | months, st.none() | days)
    def _(accounts: list[UUID] | None, period: DateRange, as_of: date | None) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.summary(period, accounts=accounts, as_of=as_of)
        before = previous(period)
        assert (shown.previous_first, shown.previous_last) == before
        eve = period.first - timedelta(days=1)
        day = min(as_of or TODAY, period.last)
        ended = as_of or (period.last if period.last < TODAY else None)
        quarter = add_months(day.replace(day=1), -MONTHS_OF_EXPENSES), day.replace(day=1) - timedelta(days=1)
        for one in shown.currencies:
            code = one.currency
            assets, owed, net = plain.net_worth(on=ended, of=accounts).get(code, (0, 0, 0))
            assert seen((one.assets, one.liabilities, one.net_worth.now)) == (assets, owed, net)
            assert one.net_worth.before.minor == plain.net_worth(on=eve, of=accounts).get(code, (0, 0, 0))[2]
            income, spent = plain.flow(code, *period, touching=accounts)
            income_before, spent_before = plain.flow(code, *before, touching=accounts)
            assert seen((one.income.now, one.income.before)) == (income, income_before)
            assert seen((one.expenses.now, one.expenses.before)) == (spent, spent_before)
            assert one.savings.difference.minor == (income - spent) - (income_before - spent_before)
            assert one.expenses.change == rounded(share(spent - spent_before, spent_before), 4)
            liquid, mean = plain.liquid(code, on=ended, of=accounts), plain.flow(code, *quarter, touching=accounts)[1]
            assert seen((one.health.liquid, one.health.monthly_expenses)) == (liquid, mean // MONTHS_OF_EXPENSES)
            assert one.health.months_covered == rounded(share(liquid * MONTHS_OF_EXPENSES, mean), 2)
            assert one.health.debt_to_assets == rounded(share(owed, assets), 4)
            assert one.health.savings_rate == rounded(share(income - spent, income), 4)


def test_accounts(kept: tuple[Desk, PlainBooks]) -> None:
    """What each holds, listed or not."""
    desk, plain = kept

    @asked(kept, 30, st.none() | days, st.integers(1, 8))
    def _(accounts: list[UUID] | None, as_of: date | None, limit: int) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.accounts(accounts=accounts, as_of=as_of, limit=limit)
        listed = plain.listed(on=as_of, of=accounts)
        assert [(one.name, one.balance.minor) for one in shown.accounts] == listed[:limit]
        assert shown.has_more == (len(listed) > limit)
        totals = {one.net.currency.code: seen((one.assets, one.liabilities, one.net)) for one in shown.totals}
        assert totals == {"USD": (0, 0, 0)} | plain.net_worth(on=as_of, of=accounts)


def test_transactions(kept: tuple[Desk, PlainBooks]) -> None:
    """The largest single amounts, and the latest."""
    desk, plain = kept

    @asked(kept, 30, periods, st.integers(1, 12))
    def _(accounts: list[UUID] | None, period: DateRange, limit: int) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.transactions(period, accounts=accounts, limit=limit)
        for one in shown.currencies:
            expected = plain.largest(one.currency, *period, count=limit, touching=accounts)
            assert told(one.largest) == told_of_lines(plain, expected)
        assert [(one.effective_date, one.id) for one in shown.latest] == latest_of(plain, limit, accounts)


def told(largest: Iterable[Movement]) -> list[tuple[UUID, date, UUID, int]]:
    """Say of each of the largest movements which one it is."""
    return [(one.transaction_id, one.effective_date, one.category_id, one.amount.minor) for one in largest]


def told_of_lines(plain: PlainBooks, largest: Iterable[Line]) -> list[tuple[UUID, date, UUID, int]]:
    """Say the same of entries."""
    return [(line.transaction, line.day, plain.category_of(line).id, plain.as_read(line)) for line in largest]


def keep_few_amounts(desk: Desk, *, seed: int) -> None:
    """Spend two amounts only, now and then, on some categories and on few days."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with desk.books() as books:
        bank = books.accounts.open(name="Checking", type="asset").id
        heads = [books.categories.create(name=f"Head {number}", kind="expense").id for number in range(4)]
        drafts = [
            Record(
                account=bank,
                amount=chance.choice(["-2.00", "-1.00", "1.00"]),
                category=chance.choice(heads),
                on=add_months(FIRST_DAY, chance.randint(0, 3)) + timedelta(days=chance.choice([0, 1, 16, 17])),
            )
            for _ in range(150)
        ]
        books.transactions.post_many(drafts)


def test_of_many_equal_amounts_the_right_ones_are_the_largest(stronghold: Stronghold, vault: Vault) -> None:
    """Days and categories tie: all that do are looked into, however few are wanted."""
    tenant = stronghold.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
    desk = Desk(stronghold, tenant, ADA)
    keep_few_amounts(desk, seed=3)
    plain = PlainBooks.of(vault.engine, tenant.id)

    @asked((desk, plain), 40, periods, st.integers(1, 40))
    def _(_accounts: list[UUID] | None, period: DateRange, limit: int) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.transactions(period, limit=limit)
        for one in shown.currencies:
            assert told(one.largest) == told_of_lines(plain, plain.largest(one.currency, *period, count=limit))


def test_cash_flow(kept: tuple[Desk, PlainBooks]) -> None:
    """Each part, and the whole, which is the sum of the parts."""
    desk, plain = kept

    @asked(kept, 25, periods, steps)
    def _(accounts: list[UUID] | None, period: DateRange, step: str) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.cash_flow(period, step=step, accounts=accounts)
        for one in shown.currencies:
            assert [(part.first, part.last) for part in one.parts] == each_part(*period, step)
            for part in one.parts[:: max(1, len(one.parts) // 12)]:
                flow = plain.flow(one.currency, part.first, part.last, touching=accounts)
                assert (*seen((part.income, part.expenses)), part.savings.minor) == (*flow, flow[0] - flow[1])
            assert seen((one.total.income, one.total.expenses)) == plain.flow(one.currency, *period, touching=accounts)
            assert one.total.income.minor == sum(part.income.minor for part in one.parts)


def test_net_worth(kept: tuple[Desk, PlainBooks]) -> None:
    """At the end of each part, whatever was booked for later days."""
    desk, plain = kept

    @asked(kept, 25, periods, steps)
    def _(accounts: list[UUID] | None, period: DateRange, step: str) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.net_worth(period, step=step, accounts=accounts)
        for one in shown.currencies:
            assert [point.day for point in one.points] == [last for _, last in each_part(*period, step)]
            for point in one.points[:: max(1, len(one.points) // 12)]:
                worth = plain.net_worth(on=point.day, of=accounts).get(one.currency, (0, 0, 0))
                assert seen((point.assets, point.liabilities, point.net)) == worth


def test_categories(kept: tuple[Desk, PlainBooks]) -> None:
    """Each node's own amount, its total with everything below, and its share."""
    desk, plain = kept

    @asked(kept, 30, periods)
    def _(accounts: list[UUID] | None, period: DateRange) -> None:
        with desk.books(read_only=True) as books:
            shown = books.dashboard.categories(period, accounts=accounts)
        moved = plain.flow_by_category(*period, touching=accounts)
        for one in shown.currencies:
            income, spent = plain.flow(one.currency, *period, touching=accounts)
            assert seen((one.total.income, one.total.expenses)) == (income, spent)
            assert sum(node.total.minor for node in one.income) == income
            assert sum(node.total.minor for node in one.expenses) == spent
            for whole, roots in ((income, one.income), (spent, one.expenses)):
                for node in every(roots):
                    below = plain.below(node.category_id)
                    total = sum(minor for (code, key), minor in moved.items() if code == one.currency and key in below)
                    assert seen((node.own, node.total)) == (moved.get((one.currency, node.category_id), 0), total)
                    assert node.share == rounded(share(total, whole), 4)
        listed = {
            (one.currency, node.category_id) for one in shown.currencies for node in every((*one.income, *one.expenses))
        }
        assert listed >= moved.keys()


def every(nodes: Iterable[CategoryNode]) -> Iterator[CategoryNode]:
    """Go through a tree."""
    for node in nodes:
        yield node
        yield from every(node.children)
