"""A machine that does to the books whatever a tenant may, and an auditor who knows what must come of it.

After every step the stored rows and what the books show are compared with the auditor's own books. What is refused must
leave every row of every table as it was, though its unit of work goes on and commits; nothing may ever change for the
tenant that did not act. Steps come through two `Stronghold`s, as from two processes: neither may trust its memory more
than the database.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from stronghold_core import Books, DateRange, ManualClock, Settings, Stronghold
from tests.support.auditor import checks, strategies
from tests.support.auditor.books import AuditorsBooks
from tests.support.auditor.chart import AccountWish
from tests.support.auditor.clerk import Clerk
from tests.support.auditor.wishes import Amount, DraftedWish, RecordWish, TransferWish, Wish
from tests.support.dump import part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from random import Random

    from tests.support.dump import Overseer

FIRST_DAY: Final = date(1900, 1, 1)
START: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LIMITS: Final = Settings(max_entries_per_transaction=8, max_drafts_per_batch=5, max_category_depth=2)
ADA, BOB = "user:ada", "user:bob"

SIZES: Final = (
    settings(max_examples=max(settings().max_examples // 10, 1), stateful_step_count=40)
    if settings.get_current_profile_name() == "fuzz"
    else settings(max_examples=7, stateful_step_count=30)
)

FIRST_ACCOUNTS: Final = (
    AccountWish(name="Bank", type="asset", currency="USD", opening=Amount(100_000)),
    AccountWish(name="Cash", type="asset", currency="USD", low=Amount(0), high=Amount(50_000)),
    AccountWish(name="Card", type="liability", currency="USD", low=Amount(-40_000), high=Amount(0)),
    AccountWish(name="Capital", type="equity", currency="USD"),
    AccountWish(name="Euro", type="asset", currency="EUR"),
    AccountWish(name="Debt", type="liability", currency="EUR"),
    AccountWish(name="Yen", type="asset", currency="JPY"),
    AccountWish(name="Dinar", type="liability", currency="KWD"),
)
FIRST_RECORDS: Final = date(2026, 10, 31)
FIRST_CATEGORIES: Final = (("Food", "expense"), ("Rent", "expense"), ("Salary", "income"))


class RollBackError(Exception):
    """Ends a unit of work without committing it."""


class Tenant:
    """One tenant: the auditor's books of it, and what was asked of it."""

    def __init__(self, stronghold: Stronghold, *, name: str, currency: str, time_zone: str, days_ahead: int) -> None:
        record = stronghold.tenants.create(
            kind="organization",
            name=name,
            base_currency=currency,
            owner=ADA,
            time_zone=time_zone,
            days_ahead=days_ahead,
        )
        with stronghold.books(record.id, principal=ADA) as books:
            books.members.add(BOB, role="accountant")
        self.id = record.id
        self.sent: list[Wish] = []
        self.books = AuditorsBooks(
            tenant=record.id,
            base=currency,
            time_zone=time_zone,
            days_ahead=days_ahead,
            max_entries=LIMITS.max_entries_per_transaction,
            max_drafts=LIMITS.max_drafts_per_batch,
            max_depth=LIMITS.max_category_depth,
            events=2,
        )


@dataclass
class OpenUnit:
    """A unit of work that goes on over several steps."""

    tenant: Tenant
    principal: str
    block: AbstractContextManager[Books]
    books: Books
    before: AuditorsBooks


class BooksMachine(RuleBasedStateMachine):
    """Two tenants, two processes, and everything that can be asked of the books."""

    def __init__(self, strongholds: Sequence[Stronghold], clock: ManualClock, overseer: Overseer) -> None:
        super().__init__()
        self.strongholds, self.clock, self.overseer = strongholds, clock, overseer
        self.unit: OpenUnit | None = None
        self.was_refused = self.is_settled = False

    @initialize(randomness=st.randoms(use_true_random=True))
    def begin(self, randomness: Random) -> None:
        """Create both tenants, with some accounts and categories each."""
        self.randomness = randomness
        self.clock.advance(START - self.clock.now())
        first = self.strongholds[0]
        self.acme = Tenant(first, name="Acme", currency="USD", time_zone="UTC", days_ahead=0)
        self.rival = Tenant(first, name="Rival", currency="EUR", time_zone="Pacific/Kiritimati", days_ahead=3)
        self.dump = self.overseer.dump([self.acme.id, self.rival.id])
        self._furnish(self.rival)
        self.settle()
        self._furnish(self.acme)

    # ------------------------------------------------------------------ posting

    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        """Money comes or goes."""
        self._send(data, strategies.records)

    @rule(data=st.data())
    def transfer(self, data: st.DataObject) -> None:
        """Money moves between accounts, or currencies."""
        self._send(data, strategies.transfers)

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        """Money comes or goes for several categories."""
        self._send(data, strategies.splits)

    @rule(data=st.data())
    def post(self, data: st.DataObject) -> None:
        """Somebody posts line by line."""
        self._send(data, strategies.posts)

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        """Somebody takes a transaction back."""
        self._send(data, strategies.reversals)

    @precondition(lambda self: self.acme.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Somebody sends an earlier request again, or nearly so."""
        earlier = st.sampled_from(self.acme.sent)
        self._send(data, lambda sight: strategies.repetitions(sight, data.draw(earlier)))

    @rule(data=st.data())
    def post_many(self, data: st.DataObject) -> None:
        """Somebody posts a batch."""
        with self._clerk(data) as clerk:
            sight = self._sight()
            batch = st.lists(strategies.drafts(sight), max_size=LIMITS.max_drafts_per_batch)
            wishes: list[DraftedWish] = data.draw(batch)
            with_repetition = data.draw(strategies.chance(3))
            if wishes and with_repetition:
                wishes.append(data.draw(strategies.repetitions(sight, data.draw(st.sampled_from(wishes)))))
            clerk.send_many(wishes, "stop" if data.draw(strategies.chance(3)) else "continue")

    # ------------------------------------------------------------------ correcting

    @rule(data=st.data())
    def recategorise(self, data: st.DataObject) -> None:
        """Somebody moves a transaction to another category."""
        with self._clerk(data) as clerk:
            sight = self._sight()
            transaction, category = data.draw(sight.transaction()), data.draw(sight.category())
            replaces = data.draw(strategies.mostly(st.none(), sight.category(), one_in=4))
            clerk.recategorise(transaction, category, replaces)

    @rule(
        data=st.data(),
        name=st.sampled_from(["description", "payee", "note"]),
        text=st.sampled_from(["Corrected", None, " ", "y" * 4_001]),
    )
    def edit(self, data: st.DataObject, name: str, text: str | None) -> None:
        """Somebody changes the words of a transaction."""
        with self._clerk(data) as clerk:
            clerk.edit(data.draw(self._sight().transaction()), name, text)

    # ------------------------------------------------------------------ accounts and categories

    @rule(data=st.data(), verb=st.sampled_from(["open", "close", "reopen", "set_limits"]))
    def change_account(self, data: st.DataObject, verb: str) -> None:
        """Somebody opens an account, closes it, opens it again, or sets its limits, perhaps such as it breaks."""
        with self._clerk(data) as clerk:
            if verb == "open":
                clerk.open_account(data.draw(strategies.openings(self._sight())))
                return
            account = data.draw(self._sight().account())
            if verb == "set_limits":
                limit = st.one_of(st.none(), strategies.amounts())
                clerk.set_limits(account, data.draw(limit), data.draw(limit))
            else:
                (clerk.close_account if verb == "close" else clerk.reopen_account)(account)

    @rule(
        data=st.data(),
        verb=st.sampled_from(["create", "rename", "archive", "restore"]),
        name=strategies.category_names(),
    )
    def change_category(self, data: st.DataObject, verb: str, name: str) -> None:
        """Somebody creates a category, renames it, archives it, or takes it back into use."""
        with self._clerk(data) as clerk:
            category = data.draw(self._sight().category())
            if verb == "create":
                parent = category if data.draw(strategies.chance(3)) else None
                clerk.create_category(name, data.draw(st.sampled_from(["expense", "income"])), parent)
            elif verb == "rename":
                clerk.rename_category(category, name)
            else:
                clerk.archive_or_restore(category, is_open=verb == "restore")

    # ------------------------------------------------------------------ time and units of work

    @rule(minutes=st.one_of(st.integers(1, 90), st.integers(1, 40).map(lambda days: days * 1_440), st.just(-7)))
    def tick(self, minutes: int) -> None:
        """Time goes by; a machine's clock may also be set back a little."""
        self.clock.advance(timedelta(minutes=minutes, microseconds=1))

    @precondition(lambda self: self.unit is None)
    @rule(data=st.data())
    def begin_unit(self, data: st.DataObject) -> None:
        """Somebody begins a unit of work that several steps share."""
        principal, stronghold = self._choose(data)
        block = stronghold.books(self.actor.id, principal=principal)
        self.unit = OpenUnit(self.actor, principal, block, block.__enter__(), self.actor.books.copy())

    @precondition(lambda self: self.unit is not None)
    @rule(is_committing=st.booleans())
    def end_unit(self, *, is_committing: bool) -> None:
        """The unit of work commits; or an exception ends it, and it never was."""
        unit, self.unit, self.is_settled = self.unit, None, False
        assert unit is not None
        if is_committing:
            unit.block.__exit__(None, None, None)
        else:
            unit.tenant.books = unit.before
            unit.block.__exit__(RollBackError, RollBackError(), None)

    # ------------------------------------------------------------------ what must hold after every step

    @invariant()
    def settle(self) -> None:
        """Compare what is stored, and what the books show."""
        now = self.overseer.dump([self.acme.id, self.rival.id])
        bystander = self.rival if self.actor is self.acme else self.acme
        assert part_of(now, bystander.id) == part_of(self.dump, bystander.id), "another tenant was affected"
        if self.was_refused or self.unit is not None:
            assert now == self.dump, "what was refused, or is not committed, was written"
        else:
            checks.check_stored(self.actor.books, part_of(now, self.actor.id))
        self.dump, self.was_refused = now, False
        if self.unit is not None:
            self._look(self.unit.books)
        else:
            with self.strongholds[0].books(self.actor.id, principal=BOB, read_only=True) as books:
                self._look(books)
        self.is_settled = True

    def teardown(self) -> None:
        """Verify the books of both tenants, unless a step has found out already what is wrong."""
        was_settled = self.is_settled
        if self.unit is not None:
            self.end_unit(is_committing=False)
        for tenant in (self.acme, self.rival) if was_settled else ():
            checks.check_verification(tenant.books, self.strongholds[1].verify(tenant.id))

    # ------------------------------------------------------------------ inside

    def _furnish(self, tenant: Tenant) -> None:
        self.actor = tenant
        with self.strongholds[0].books(tenant.id, principal=ADA) as books:
            clerk = Clerk(tenant.books, books, ADA, self.clock.now())
            for wish in FIRST_ACCOUNTS:
                clerk.open_account(wish)
            for name, kind in FIRST_CATEGORIES:
                clerk.create_category(name, kind, None)
            bank, cash = (account.id for account in list(tenant.books.accounts.values())[:2])
            for category in tenant.books.categories:
                clerk.send(RecordWish(account=bank, amount=Amount(-5_000), category=category, on=FIRST_RECORDS))
            clerk.send(RecordWish(account=bank, amount=Amount(7_000)))
            clerk.send(TransferWish(from_account=bank, to_account=cash, amount=Amount(20_000), on=FIRST_RECORDS))

    def _choose(self, data: st.DataObject) -> tuple[str, Stronghold]:
        """Say whose turn it is, mostly Acme's, and through which process it comes."""
        self.actor = self.rival if data.draw(strategies.chance(4)) else self.acme
        return data.draw(st.sampled_from([ADA, BOB])), data.draw(st.sampled_from(self.strongholds))

    @contextmanager
    def _clerk(self, data: st.DataObject) -> Generator[Clerk]:
        """Lend a clerk to whose turn it is: in the unit that is open, or in one of their own."""
        self.is_settled = False
        if self.unit is not None:
            self.actor = self.unit.tenant
            yield Clerk(self.actor.books, self.unit.books, self.unit.principal, self.clock.now())
            return
        principal, stronghold = self._choose(data)
        with stronghold.books(self.actor.id, principal=principal) as books:
            clerk = Clerk(self.actor.books, books, principal, self.clock.now())
            yield clerk
        self.was_refused = clerk.was_refused

    def _sight(self) -> strategies.Sight:
        mine, other = self.actor.books, (self.rival if self.actor is self.acme else self.acme).books
        strangers = {
            "account": list(other.accounts),
            "category": list(other.categories),
            "transaction": list(other.transactions),
        }
        return strategies.Sight(mine, mine.today(self.clock.now()), strangers)

    def _send(self, data: st.DataObject, imagine: Callable[[strategies.Sight], st.SearchStrategy[Wish]]) -> None:
        with self._clerk(data) as clerk:
            wish = data.draw(imagine(self._sight()))
            if clerk.send(wish):
                self.actor.sent.append(wish)

    def _look(self, books: Books) -> None:
        """Compare what the books show of one account in full; and in turn a period, all accounts, a verification."""
        known = self.actor.books
        one = self.randomness.choice(known.entries)
        account = self.randomness.choice(list(known.accounts))
        checks.check_account(known, books, account, day=one.day, instant=one.recorded_at)
        turn = self.randomness.randrange(5)
        if turn == 0:
            checks.check_verification(known, books.verify())
        elif turn == 1:
            checks.check_accounts(known, books)
        else:
            first = self.randomness.choice([one.day, one.day.replace(day=1), checks.months_back(one.day, 2)])
            last = self.randomness.choice([one.day, checks.month_end(one.day), one.day + timedelta(days=45)])
            checks.check_overview(known, books, DateRange(max(first, FIRST_DAY), last))


def test_the_books_agree_with_an_auditor_whatever_is_asked_of_them(database_url: str, overseer: Overseer) -> None:
    """Whatever two tenants ask, in whatever order: acceptance, errors, rows, balances and figures are as predicted."""
    clock = ManualClock(START)
    with (
        closing(Stronghold(database_url, clock=clock, settings=LIMITS)) as one,
        closing(Stronghold(database_url, clock=clock, settings=LIMITS)) as other,
    ):
        # Any function that makes a machine will do; its annotation asks for a class.
        machine: Any = partial(BooksMachine, (one, other), clock, overseer)
        run_state_machine_as_test(machine, settings=SIZES)
