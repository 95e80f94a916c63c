"""Answers that are kept: as long as they hold, and not a moment longer."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import AnswerCache, Overview, Settings, Stronghold
from stronghold_core.errors import PermissionDeniedError
from tests.support.ledger import TODAY, create_category, open_account, record
from tests.support.rows import counted_statements
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Books, ManualClock
    from tests.support.rows import Vault


def look(desk: Desk, **choice: Any) -> Overview:  # noqa: ANN401 - what the overview takes
    """Ask for the overview in a unit that only reads."""
    return desk.stronghold.read(
        desk.tenant.id, principal=desk.principal, do=lambda books: books.dashboard.overview(**choice)
    )


def hits(desk: Desk) -> tuple[int, int]:
    """Return how many answers were found, and how many were not."""
    statistics = desk.stronghold.dashboard_cache.statistics
    return statistics.hits, statistics.misses


# ------------------------------------------------------------------ what is kept


def test_the_same_question_gets_the_same_answer_without_working_it_out(acme: Desk) -> None:
    """Beside what opens a unit, one statement: the fingerprint."""
    open_account(acme, opening_balance="5.00")
    first = look(acme)
    with counted_statements(acme.stronghold.database) as statements:
        assert look(acme) is first
    asked = [one for one in statements if "FROM stronghold_" in one or one.startswith("EXECUTE")]
    assert len(asked) == 2
    assert hits(acme) == (1, 1)
    assert acme.stronghold.dashboard_cache.statistics.bytes == len(first.model_dump_json())


def test_each_question_has_an_answer_of_its_own(acme: Desk) -> None:
    """Another read, period, step, day or set of accounts; and none is taken for another."""
    bank = open_account(acme, opening_balance="5.00")
    with acme.books(read_only=True) as books:
        board = books.dashboard
        answers = [
            board.overview(),
            board.overview((date(2026, 1, 1), TODAY)),  # type: ignore[arg-type] # a pair will do
            board.overview(as_of=TODAY),
            board.overview(accounts=[bank.id]),
            board.overview(accounts=[]),
            board.summary(),
            board.accounts(),
            board.accounts(limit=1),
            board.transactions(),
            board.budgets(),
            board.cash_flow(),
            board.cash_flow(step="week"),
            board.net_worth(),
            board.categories(),
        ]
    assert len({answer.fingerprint for answer in answers}) == len(answers)
    assert hits(acme) == (0, len(answers))


def changes(desk: Desk) -> list[Callable[[Books], object]]:
    """List commands, each of which changes some answer, whatever else it leaves alone."""
    bank = open_account(desk, opening_balance="100.00").id
    other, capital = open_account(desk, "Other").id, open_account(desk, "Capital", "equity").id
    drawings = open_account(desk, "Drawings", "equity").id
    food, rent = create_category(desk).id, create_category(desk, "Rent").id
    paid = record(desk, account=bank, amount="-5.00", category=food, payee="Baker").id
    return [
        lambda books: books.transactions.record(account=bank, amount="-1.00", category=food),
        lambda books: books.transactions.transfer(from_account=bank, to_account=capital, amount="1.00"),
        lambda books: books.transactions.post([(capital, "1.00"), (drawings, "-1.00")]),
        lambda books: books.transactions.recategorise(paid, category=rent),
        lambda books: books.transactions.edit(paid, payee="Butcher"),
        lambda books: books.transactions.reverse(paid, on=TODAY),
        lambda books: books.accounts.rename(bank, name="Bank of old"),
        lambda books: books.accounts.open(name="Third", type="asset"),
        lambda books: books.accounts.close(other),
        lambda books: books.categories.rename(food, name="Eating"),
        lambda books: books.categories.archive(rent),
        lambda books: books.tenant.update(name="Acme & Sons"),
    ]


def test_whatever_changes_an_answer_changes_its_fingerprint(acme: Desk) -> None:
    """Postings of every kind, also those that touch no balance; names, words, categories, the tenant itself."""
    for change in changes(acme):
        before = look(acme)
        with acme.books() as books:
            change(books)
        after = look(acme)
        assert after.fingerprint != before.fingerprint
        acme.stronghold.dashboard_cache.clear()
        fresh = look(acme)
        assert fresh.model_dump(exclude={"computed_at"}) == after.model_dump(exclude={"computed_at"})


def test_what_another_process_changed_is_seen(acme: Desk, database_url: str, clock: ManualClock) -> None:
    """It has memories of its own; only the database is shared."""
    bank = open_account(acme, opening_balance="5.00")
    before = look(acme)
    with (
        closing(Stronghold(database_url, clock=clock)) as elsewhere,
        elsewhere.books(acme.tenant.id, principal=ADA) as books,
    ):
        books.transactions.record(account=bank.id, amount="-1.00")
    after = look(acme)
    assert after.currencies[0].net_worth.net.minor == before.currencies[0].net_worth.net.minor - 100


def test_another_tenant_never_gets_the_answer(acme: Desk, rival: Desk) -> None:
    """Both have books in the same state, and ask the same."""
    assert look(acme).tenant_name == "Acme Ltd"
    assert look(rival).tenant_name == "Rival Inc"
    assert hits(acme) == (0, 2)


def test_who_may_not_look_gets_no_answer_that_is_kept(acme: Desk) -> None:
    """The permission is checked first."""
    look(acme)
    with (
        acme.stronghold.books(acme.tenant.id, principal=ADA, read_only=True) as books,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(books._unit, "context", _without_permissions(books))
        with pytest.raises(PermissionDeniedError):
            books.dashboard.overview()
    assert hits(acme) == (0, 1)


def _without_permissions(books: Books) -> Any:  # noqa: ANN401 - a context
    return replace(books.context, permissions=frozenset())


def test_another_day_is_another_answer(acme: Desk, clock: ManualClock) -> None:
    """The current month is another one by then."""
    open_account(acme, opening_balance="5.00")
    assert look(acme).first == date(2026, 11, 1)
    clock.advance(timedelta(days=20))
    assert look(acme).first == date(2026, 12, 1)


# ------------------------------------------------------------------ what is not kept


def test_a_unit_that_may_write_neither_gives_nor_keeps_an_answer(acme: Desk) -> None:
    """What it sees may be rolled back."""
    bank = open_account(acme, opening_balance="5.00")

    def write_and_look() -> Overview:
        with acme.books() as books:
            books.transactions.record(account=bank.id, amount="-1.00")
            seen.append(books.dashboard.overview())
            raise LookupError

    seen: list[Overview] = []
    with pytest.raises(LookupError):
        write_and_look()
    assert [(one.fingerprint, str(one.currencies[0].net_worth.net)) for one in seen] == [(None, "4.00 USD")]
    assert hits(acme) == (0, 0)
    assert str(look(acme).currencies[0].net_worth.net) == "5.00 USD"


def test_a_unit_in_a_hosts_transaction_neither_gives_nor_keeps_an_answer(acme: Desk) -> None:
    """Not even one that only reads: the host, or a unit before it, may have written."""
    bank = open_account(acme, opening_balance="5.00")
    look(acme)
    engine = acme.stronghold.database.engine
    with engine.connect() as connection, connection.begin() as transaction:
        with acme.stronghold.books(acme.tenant.id, principal=ADA, connection=connection) as books:
            books.transactions.record(account=bank.id, amount="-1.00")
        with acme.stronghold.books(acme.tenant.id, principal=ADA, connection=connection, read_only=True) as books:
            seen = books.dashboard.overview()
            assert (seen.fingerprint, str(seen.currencies[0].net_worth.net)) == (None, "4.00 USD")
        transaction.rollback()
    assert str(look(acme).currencies[0].net_worth.net) == "5.00 USD"
    assert hits(acme) == (1, 1)


def test_books_that_went_back_and_on_another_way_have_other_answers(
    acme: Desk, vault: Vault, clock: ManualClock
) -> None:
    """As after a backup is restored: the counts are the same again, the instants are not."""
    bank = open_account(acme, opening_balance="5.00")
    for name in ("One", "Two"):
        with acme.books() as books:
            books.accounts.rename(bank.id, name=name)
        before = look(acme)
        assert (before.accounts[0].name, hits(acme)[0]) == (name, 0)
        vault.tamper(
            "UPDATE stronghold_revision SET count = count - 1 WHERE tenant_id = :tenant", tenant=acme.tenant.id
        )
        clock.advance(timedelta(minutes=1))


def test_a_stronghold_may_keep_nothing(database_url: str, clock: ManualClock) -> None:
    """Then it counts misses alone, and its answers have fingerprints all the same."""
    with closing(Stronghold(database_url, clock=clock, settings=Settings(dashboard_cache_entries=0))) as opened:
        tenant = opened.tenants.create(kind="user", name="Ada", base_currency="USD", owner=ADA)
        desk = Desk(opened, tenant, ADA)
        assert look(desk).fingerprint == look(desk).fingerprint is not None
        assert hits(desk) == (0, 2)


# ------------------------------------------------------------------ how much is kept


def an_answer(desk: Desk) -> Overview:
    """Make some answer."""
    return look(desk)


def test_it_never_holds_more_than_it_may(acme: Desk) -> None:
    """The least recently used answer goes first; one that is larger than all that may be kept is not kept."""
    answer = an_answer(acme)
    size = len(answer.model_dump_json())
    few, small, tiny = AnswerCache(2, size * 10), AnswerCache(10, size * 2 + 1), AnswerCache(10, size - 1)
    for cache in (few, small, tiny):
        for name in ("one", "two"):
            cache.keep(name, answer)
        cache.find("one")
        cache.keep("three", answer)
    for cache in (few, small):
        assert [name for name in ("one", "two", "three") if cache.find(name) is not None] == ["one", "three"]
        assert (cache.statistics.entries, cache.statistics.bytes) == (2, 2 * size)
    assert (tiny.statistics.entries, tiny.statistics.bytes) == (0, 0)


def test_threads_share_it(acme: Desk) -> None:
    """Every look is counted, and the bounds hold."""
    answer, cache = an_answer(acme), AnswerCache(5, 10**9)

    def work() -> None:
        for number in range(200):
            if cache.find(str(number % 9)) is None:
                cache.keep(str(number % 9), answer)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statistics = cache.statistics
    assert statistics.hits + statistics.misses == 1_600
    assert statistics.entries == 5
