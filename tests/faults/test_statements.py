"""Two people with one bank's file: nothing is posted twice, and nothing is taken back twice."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import ImportResult, RevertResult
from stronghold_core.errors import ImportRevertedError, RetryableConflictError
from stronghold_core.ledger import Poster
from tests.support.races import RolledBack, split

if TYPE_CHECKING:
    from stronghold_core import AccountRecord, Books
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import Trial
    from tests.support.races import Arena

ROWS = "Date,Text,Amount\n" + "".join(f"2026-11-03,Row {number % 40},1.00\n" for number in range(60))
HALF = ROWS[: ROWS.index("Row 30")].rpartition("\n")[0] + "\n"


@pytest.fixture
def bank(arena: Arena) -> AccountRecord:
    """Open an account, and teach the process and the tenant what an import makes on the way."""
    with arena.desk.books() as books:
        bank = books.accounts.open(name="Bank", type="asset")
        books.transactions.record(account=bank.id, amount="0.01")
        return bank


def importing(text: str, account_id: AccountId, books: Books) -> ImportResult:
    """Import a file."""
    return books.bank_statements.import_csv(io.BytesIO(text.encode()), account=account_id)


def counts(result: object) -> tuple[int, int]:
    """Return how many rows an import posted, and found there."""
    assert isinstance(result, ImportResult), result
    return result.posted, result.already_there


def test_who_comes_second_with_a_file_finds_its_rows_there(arena: Arena, bank: AccountRecord) -> None:
    """The second one waits, and posts only what the first file has not had."""
    early, late = arena.duel(partial(importing, HALF, bank.id), partial(importing, ROWS, bank.id))
    assert counts(early) == (30, 0)
    assert counts(late) == (30, 30)
    assert arena.balances(bank.id) == ["60.01"]
    assert arena.broken_rules() == set()


def test_what_the_first_one_rolled_back_the_second_one_posts(arena: Arena, bank: AccountRecord) -> None:
    """Rows that never were are nobody's."""
    _, late = arena.duel(partial(importing, HALF, bank.id), partial(importing, ROWS, bank.id), is_committed=False)
    assert counts(late) == (60, 0)
    assert arena.balances(bank.id) == ["60.01"]


def test_without_the_lock_the_key_of_the_rows_still_stops_the_second_one(
    arena: Arena, bank: AccountRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told to try again, as a host under REPEATABLE READ is; nothing is posted twice."""
    trial = Poster.trial

    def unlocked(self: Poster, account_id: AccountId, *, lock: bool) -> Trial:
        return trial(self, account_id, lock=False)

    monkeypatch.setattr(Poster, "trial", unlocked)
    _, late = arena.duel(partial(importing, ROWS, bank.id), partial(importing, ROWS, bank.id))
    if arena.engine.dialect.name == "postgresql":
        assert isinstance(late, RetryableConflictError)
    assert arena.balances(bank.id) == ["60.01"]
    assert arena.broken_rules() == set()


def test_many_who_import_one_file_at_once_post_it_once(arena: Arena, bank: AccountRecord) -> None:
    """Whoever is first."""
    done, errors = split(arena.together(*[partial(importing, ROWS, bank.id)] * 6))
    assert errors == []
    assert sorted(counts(result) for result in done) == [(0, 60)] * 5 + [(60, 0)]
    assert arena.balances(bank.id) == ["60.01"]
    assert arena.broken_rules() == set()


def imported(arena: Arena, bank: AccountRecord) -> Any:  # noqa: ANN401 - an id
    """Import the file, and return the import's id."""
    with arena.desk.books() as books:
        return importing(ROWS, bank.id, books).import_id


def test_two_who_take_one_import_back_take_it_back_once(arena: Arena, bank: AccountRecord) -> None:
    """The second one is told that it was."""
    import_id = imported(arena, bank)

    def revert(books: Books) -> RevertResult:
        return books.bank_statements.revert(import_id)

    done, errors = split(arena.together(*[revert] * 4))
    assert [result.reversed for result in done] == [60]
    assert {type(error) for error in errors} == {ImportRevertedError}
    assert arena.balances(bank.id) == ["0.01"]
    assert arena.broken_rules() == set()


def test_a_file_that_comes_while_its_import_is_taken_back_is_posted_anew(arena: Arena, bank: AccountRecord) -> None:
    """It waits, and then finds none of its rows there; else money that the bank has would be missing."""
    import_id = imported(arena, bank)
    _, late = arena.duel(lambda books: books.bank_statements.revert(import_id), partial(importing, ROWS, bank.id))
    assert counts(late) == (60, 0)
    assert arena.balances(bank.id) == ["60.01"]
    assert arena.broken_rules() == set()


def test_a_transaction_that_is_reversed_meanwhile_is_taken_back_once(arena: Arena, bank: AccountRecord) -> None:
    """By hand, while the import it came with is taken back."""
    import_id = imported(arena, bank)
    with arena.desk.books() as books:
        one = books.transactions.list(text="row 7")[0]

    def by_hand(books: Books) -> object:
        return books.transactions.reverse(one.id, on=one.effective_date)

    _, late = arena.duel(by_hand, lambda books: books.bank_statements.revert(import_id))
    assert isinstance(late, RevertResult)
    assert (late.reversed, late.already_reversed) == (59, 1)
    assert arena.balances(bank.id) == ["0.01"]
    assert arena.broken_rules() == set()


def test_an_import_that_is_rolled_back_leaves_nothing(arena: Arena, bank: AccountRecord) -> None:
    """Not even the layout that it has found."""
    with suppress(RolledBack), arena.desk.books() as books:
        assert counts(importing(ROWS, bank.id, books)) == (60, 0)
        raise RolledBack
    with arena.desk.books(read_only=True) as books:
        assert books.bank_statements.layout_of(bank.id) is None
        assert not books.bank_statements.list().items
    assert arena.balances(bank.id) == ["0.01"]
