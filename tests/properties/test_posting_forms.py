"""Two forms of a posting, one meaning: whatever a database's short form does, the batch form must do as well.

Twins are two tenants with the same books. Each draft goes to both, and one of them may take the batch form only.
Results, refusals and all rows must then be the same, but for what no two postings share: ids, instants, salts and what
is made of them.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, make_url, text

from stronghold_core import ManualClock, Money, Stronghold, StrongholdError
from stronghold_core.db import Id
from stronghold_core.ledger.posting import few_statements, one_statement
from tests.support.auditor import strategies
from tests.support.auditor.books import Account, AuditorsBooks, Category
from tests.support.auditor.wishes import MAX_MINOR, DraftedWish, Wish
from tests.support.dump import Dump, Overseer, rows_of
from tests.support.stronghold import ADA, NOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

    import pytest

    from stronghold_core import Books
    from stronghold_core.ledger import TransactionRecord
    from tests.support.postgres import PostgresCluster

SIZES: Final = (
    settings(max_examples=max(settings().max_examples // 10, 1))
    if settings.get_current_profile_name() == "fuzz"
    else settings(max_examples=15)
)
NEAR: Final = MAX_MINOR - 5_000
ACCOUNTS: Final = (
    Account(id=strategies.NOBODYS, name="Bank", type="asset", currency="USD"),
    Account(id=strategies.NOBODYS, name="Cash", type="asset", currency="USD", low=0, high=50_000),
    Account(id=strategies.NOBODYS, name="Card", type="liability", currency="USD", low=-40_000),
    Account(id=strategies.NOBODYS, name="Capital", type="equity", currency="USD"),
    Account(id=strategies.NOBODYS, name="Vast", type="asset", currency="USD"),
    Account(id=strategies.NOBODYS, name="Deep", type="liability", currency="USD"),
    Account(id=strategies.NOBODYS, name="Euro", type="asset", currency="EUR"),
    Account(id=strategies.NOBODYS, name="Debt", type="liability", currency="EUR", high=0),
)
OPENING_MINOR: Final = {"Vast": NEAR, "Deep": -NEAR}
CATEGORIES: Final = (("Food", "expense"), ("Rent", "expense"), ("Salary", "income"))


class Forms:
    """Lets some postings take the short form, and counts them."""

    def __init__(self, form: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_be_short = True
        self.taken: Counter[bool] = Counter()
        """How many postings took the short form, by whether they might."""
        fits, post = form.fits, form.post

        def fits_and_may(*arguments: Any) -> bool:  # noqa: ANN401 - handed on
            return self.may_be_short and fits(*arguments)

        def post_and_count(*arguments: Any) -> TransactionRecord | None:  # noqa: ANN401 - handed on
            record: TransactionRecord | None = post(*arguments)
            self.taken[self.may_be_short] += record is not None
            return record

        monkeypatch.setattr(form, "fits", fits_and_may)
        monkeypatch.setattr(form, "post", post_and_count)


@dataclass(frozen=True)
class Outcome:
    """What came of some wishes in one unit of work, and what is stored then, comparable between twins."""

    answers: list[object]
    rows: dict[str, list[object]]


class Twin:
    """One of two tenants with the same books; what it has bears names, which both share."""

    def __init__(self, stronghold: Stronghold, overseer: Overseer, forms: Forms, *, may_be_short: bool) -> None:
        self._stronghold, self._overseer, self._forms = stronghold, overseer, forms
        self._may_be_short = may_be_short
        self.id: UUID = stronghold.tenants.create(
            kind="organization", name="Twin", base_currency="USD", owner=ADA, days_ahead=2
        ).id
        self.books = AuditorsBooks(tenant=self.id, base="USD", time_zone="UTC", days_ahead=2)
        with stronghold.books(self.id, principal=ADA) as books:
            self._furnish(books)

    def _furnish(self, books: Books) -> None:
        for one in ACCOUNTS:
            opened = books.accounts.open(
                name=one.name,
                type=one.type,
                currency=one.currency,
                min_balance=_given(one.low, one.currency),
                max_balance=_given(one.high, one.currency),
                opening_balance=_given(OPENING_MINOR.get(one.name), one.currency),
                opened_on=date(2020, 2, 29),
            )
            self.books.accounts[opened.id] = replace(one, id=opened.id)
            # From here on the process knows the account, as it would know those of any tenant that posts.
            books.accounts.balance(opened.id)
        bank = next(iter(self.books.accounts))
        for name, kind in CATEGORIES:
            category = books.categories.create(name=name, kind=kind).id
            self.books.categories[category] = Category(id=category, name=name, kind=kind)
            behind = books.transactions.record(account=bank, amount="9.00", category=category).entries[1].account_id
            leaf = Account(
                id=behind, name=f"{name} USD", type=kind, currency="USD", purpose="category", category=category
            )
            self.books.accounts[behind] = leaf

    def things(self) -> list[UUID]:
        """Return the ids of its accounts and categories, in the order that both twins made them."""
        return [*self.books.accounts, *self.books.categories]

    def carry_out(self, wishes: Iterable[Wish]) -> Outcome:
        """Post *wishes* in one unit of work, which goes on after a refusal, and commits."""
        self._forms.may_be_short = self._may_be_short
        answers: list[object] = []
        try:
            with self._stronghold.books(self.id, principal=ADA) as books:
                answers.extend(self._answer(books, wish) for wish in wishes)
        except StrongholdError as error:
            answers.append(_told(error))
        return self._outcome(answers)

    def _answer(self, books: Books, wish: Wish) -> object:
        try:
            return wish.send(books, self.books.currency_of).model_dump()
        except StrongholdError as error:
            return _told(error)

    def tamper(self, account: UUID, **values: object) -> None:
        """Set columns of an account by SQL, past the library."""
        columns = ", ".join(f"{name} = :{name}" for name in values)
        ids = [bindparam("tenant_id", type_=Id), bindparam("id", type_=Id)]
        statement = text(f"UPDATE stronghold_account SET {columns} WHERE tenant_id = :tenant_id AND id = :id")
        with self._overseer.engine.begin() as connection:
            connection.execute(statement.bindparams(*ids), {**values, "tenant_id": self.id, "id": account})

    def set_open(self, category: UUID, *, is_open: bool) -> None:
        """Take a category out of use, or back into it."""
        with self._stronghold.books(self.id, principal=ADA) as books:
            (books.categories.restore if is_open else books.categories.archive)(category)

    def _outcome(self, answers: list[object]) -> Outcome:
        dump = self._overseer.dump([self.id])
        names = self._names(dump)
        rows = {table: sorted((_comparable(row, names) for row in dump[table]), key=repr) for table in dump}
        return Outcome([_comparable(answer, names) for answer in answers], rows)

    def _names(self, dump: Dump) -> dict[UUID, str]:
        """Name everything that has an id: by what it is and by its age among its like."""
        names = {self.id: "the tenant", strategies.NOBODYS: "nobody"}
        for table in ("account", "category", "transaction", "audit_event"):
            ids = sorted(
                (row["id"] for row in rows_of(dump, f"stronghold_{table}", self.id)), key=lambda one: one.bytes
            )
            names |= {one: f"{table} {age}" for age, one in enumerate(ids)}
        return names


UNLIKE: Final = frozenset(
    {"authz_version", "commitment", "salt", "fingerprint", "recorded_at", "last_recorded_at", "at", "created_at"}
)
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def _comparable(value: Any, names: Mapping[UUID, str]) -> object:  # noqa: ANN401 - whatever there is to compare
    """Put names in the place of ids, and leave out what no two postings share."""
    if isinstance(value, UUID):
        return names[value]
    if isinstance(value, str):
        return _ID.sub(lambda match: names[UUID(match[0])], value)
    if isinstance(value, dict):
        return {key: _comparable(member, names) for key, member in value.items() if key not in UNLIKE}
    if isinstance(value, (list, tuple)):
        return [_comparable(member, names) for member in value]
    return value


def _told(error: StrongholdError) -> object:
    return {"error": type(error).__name__, "code": error.code, "message": str(error), **error.attributes()}


def _given(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def translated(value: Any, ids: Mapping[UUID, UUID]) -> Any:  # noqa: ANN401 - wishes, and what they hold
    """Say the same with the ids of the other twin."""
    if isinstance(value, UUID):
        return ids.get(value, value)
    if isinstance(value, tuple):
        return tuple(translated(member, ids) for member in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: translated(getattr(value, one.name), ids) for one in fields(value)})
    return value


def _do_something(
    data: st.DataObject, twins: Sequence[Twin], ids: Mapping[UUID, UUID], earlier: list[DraftedWish]
) -> None:
    """Change how an account or a category stands, or post to both twins and compare."""
    sight = strategies.Sight(twins[0].books, NOW.date(), {"account": [], "category": [], "transaction": []})
    if data.draw(strategies.chance(3)):
        _change_standing(data, twins, ids)
        return
    wish = st.one_of(strategies.records(sight), strategies.transfers(sight), strategies.drafts(sight))
    if earlier:
        again = st.sampled_from(earlier).flatmap(lambda one: strategies.repetitions(sight, one))
        wish = strategies.mostly(wish, again, one_in=5)
    wishes = data.draw(st.lists(wish, min_size=1, max_size=3))
    earlier += wishes
    one, other = twins[0].carry_out(wishes), twins[1].carry_out([translated(wish, ids) for wish in wishes])
    assert one.answers == other.answers
    assert one.rows == other.rows


def _change_standing(data: st.DataObject, twins: Sequence[Twin], ids: Mapping[UUID, UUID]) -> None:
    known = twins[0].books
    if data.draw(strategies.chance(3)):
        category, is_open = data.draw(st.sampled_from(list(known.categories))), data.draw(st.booleans())
        twins[0].set_open(category, is_open=is_open)
        twins[1].set_open(ids[category], is_open=is_open)
        return
    account = data.draw(st.sampled_from([one.id for one in known.own_accounts() if one.is_chained]))
    limit = st.one_of(st.none(), st.integers(-50_000, 50_000), st.sampled_from([NEAR, -NEAR]))
    low, high = data.draw(limit), data.draw(limit)
    values = {
        "held_minor": data.draw(strategies.mostly(st.just(0), st.integers(1, 20_000), one_in=2)),
        "status": data.draw(strategies.mostly(st.just("open"), st.just("closed"), one_in=5)),
        "min_balance_minor": low,
        "max_balance_minor": None if low is not None and high is not None and low > high else high,
    }
    twins[0].tamper(account, **values)
    twins[1].tamper(ids[account], **values)


def test_both_forms_of_a_posting_give_the_same_result_on_postgresql(
    postgres: PostgresCluster, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any draft and standing of its accounts: the same record or refusal, the same rows, a unit that goes on."""
    overseer = Overseer.of(postgres.superuser_url(make_url(postgresql_url).database or ""))
    compare_forms(postgresql_url, overseer, Forms(one_statement, monkeypatch))


def test_both_forms_of_a_posting_give_the_same_result_on_sqlite(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same there."""
    compare_forms(sqlite_url, Overseer.of(sqlite_url), Forms(few_statements, monkeypatch))


def compare_forms(url: str, overseer: Overseer, forms: Forms) -> None:
    """Post the same to twins, one of which may take the short form."""
    with closing(Stronghold(url, clock=ManualClock(NOW))) as stronghold:

        @SIZES
        @given(st.data())
        def forms_agree(data: st.DataObject) -> None:
            free = Twin(stronghold, overseer, forms, may_be_short=True)
            bound = Twin(stronghold, overseer, forms, may_be_short=False)
            ids, earlier = dict(zip(free.things(), bound.things(), strict=True)), list[DraftedWish]()
            for _ in range(data.draw(st.integers(1, 6))):
                _do_something(data, (free, bound), ids, earlier)

        forms_agree()
    overseer.engine.dispose()
    assert forms.taken[True] > 0, "the short form was never taken, so nothing was compared"
    assert forms.taken[False] == 0
