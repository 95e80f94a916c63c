"""Grants on single accounts: who sees, annotates or posts to some accounts does nothing with the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import Books, Origin, Part, Permission, Post, Record, Split, Transfer
from stronghold_core.errors import (
    DuplicateReferenceError,
    EscalationError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    StrongholdError,
)
from stronghold_core.ids import PrincipalId, new_id
from stronghold_core.ledger.grants.rules import ALLOWS, MAX_GRANTS, GrantLevel
from stronghold_core.money import Money
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import AccountRecord, CategoryRecord, TransactionRecord
    from tests.support.rows import Vault

TEEN, VERA = "user:teen", "user:vera"
AUDIT = {"stronghold_audit_event"}
TODAY = NOW.date()


@dataclass
class House:
    """A family's books: a purse that the teen has grants on, and a bank account that is none of their business."""

    desk: Desk
    teen: Desk
    purse: AccountRecord
    bank: AccountRecord
    food: CategoryRecord
    bought: TransactionRecord
    allowance: TransactionRecord
    salary: TransactionRecord

    def grant(self, level: str) -> None:
        """Let the teen do something with the purse."""
        with self.desk.books() as books:
            books.grants.give(TEEN, account=self.purse.id, level=level)


@pytest.fixture
def house(acme: Desk) -> House:
    """Keep the family's books."""
    with acme.books() as books:
        purse = books.accounts.open(name="Purse", type="asset", subtype="cash", opening_balance="10.00")
        bank = books.accounts.open(name="Bank", type="asset", subtype="checking", opening_balance="900.00")
        food = books.categories.create(name="Food", kind="expense")
        books.roles.create("guest", permissions=["tenant:read", "category:read"])
        bought = books.transactions.record(account=purse.id, amount="-4.00", category=food.id, description="Ice")
        allowance = books.transactions.transfer(
            from_account=bank.id, to_account=purse.id, amount="20.00", description="Allowance", reference="A-1"
        )
        salary = books.transactions.record(account=bank.id, amount="3000.00", description="Salary", reference="S-1")
    teen = acme.seat(TEEN, "guest")
    return House(acme, teen, purse, bank, food, bought, allowance, salary)


def refusal(desk: Desk, verb: Callable[[Books], object]) -> StrongholdError:
    """Return how *verb* is refused."""
    with desk.books() as books, pytest.raises(StrongholdError) as caught:
        verb(books)
    return caught.value


def edit_nothing(books: Books, transaction: TransactionRecord) -> TransactionRecord:
    """Change no word of a transaction."""
    return books.transactions.edit(transaction.id)


# --- what each level allows


def test_without_a_grant_a_guest_sees_no_account(house: House) -> None:
    """Each verb is denied, not answered with nothing."""
    verbs: list[Callable[[Books], object]] = [
        lambda books: books.accounts.list(),
        lambda books: books.accounts.get(house.purse.id),
        lambda books: books.transactions.list(),
        lambda books: books.dashboard.overview(),
        lambda books: books.exports.csv(),
        lambda books: books.transactions.record(account=house.purse.id, amount="1.00"),
    ]
    for verb in verbs:
        assert isinstance(refusal(house.teen, verb), PermissionDeniedError)


def test_who_sees_an_account_sees_all_of_it_and_of_others_nothing(house: House) -> None:
    """By every verb that reads; another account answers like a missing one."""
    house.grant("see")
    with house.teen.books(read_only=True) as books:
        assert [account.id for account in books.accounts.list().items] == [house.purse.id]
        assert books.accounts.get(house.purse.id).balance == Money.of("26.00", "USD")
        assert books.accounts.find(name="Purse") is not None
        assert books.accounts.find(name="Bank") is None
        assert books.accounts.balance(house.purse.id, on=TODAY) == Money.of("26.00", "USD")
        assert len(books.accounts.history(house.purse.id).items) == 3
    missing = new_id()
    verbs: list[Callable[..., object]] = [
        lambda books, account: books.accounts.get(account),
        lambda books, account: books.accounts.balance(account),
        lambda books, account: books.accounts.history(account),
        lambda books, account: books.dashboard.overview(accounts=[account]),
        lambda books, account: books.dashboard.cash_flow(accounts=[house.purse.id, account]),
    ]
    for verb in verbs:
        told = [refusal(house.teen, partial(verb, account=account)) for account in (house.bank.id, missing)]
        assert {type(error) for error in told} == {NotFoundError}
        assert str(told[0]).replace(str(house.bank.id), str(missing)) == str(told[1])


def test_a_transaction_shows_what_it_did_to_the_accounts_that_are_seen(house: House) -> None:
    """The other side of a transfer is left out, and the record says so; what was bought shows what it was for."""
    house.grant("see")
    with house.teen.books(read_only=True) as books:
        seen = {one.description: one for one in books.transactions.list().items}
        assert seen.keys() == {"Opening balance", "Ice", "Allowance"}
        assert seen["Ice"] == house.bought
        allowance = seen["Allowance"]
        assert [(entry.account_id, entry.amount) for entry in allowance.entries] == [
            (house.purse.id, Money.of("20.00", "USD"))
        ]
        assert allowance.has_hidden_entries
        assert books.transactions.get(house.allowance.id) == books.transactions.find(reference="A-1") == allowance
        assert [*books.transactions.iterate()] == [*reversed(books.transactions.list().items)]
        total = sum(
            entry.amount.minor for one in seen.values() for entry in one.entries if entry.account_id == house.purse.id
        )
        assert Money(total, "USD") == books.accounts.get(house.purse.id).balance
    with house.desk.books() as books:
        whole = books.transactions.get(house.allowance.id)
        assert (len(whole.entries), whole.has_hidden_entries) == (2, False)


def test_nothing_is_found_by_what_happened_to_other_accounts(house: House) -> None:
    """Neither by id, reference or account, nor by the size of an entry that is not shown."""
    house.grant("see")
    with house.desk.books() as books:
        books.transactions.post(
            entries=[(house.purse.id, "-1.00"), (house.bank.id, "-77.00"), (house.bank.id, "78.00")], description="Odd"
        )
    with house.teen.books(read_only=True) as books:
        assert books.transactions.find(reference="S-1") is None
        for filters in ({"account": house.bank.id}, {"min_amount": "77.00", "max_amount": "77.00"}, {"text": "Salary"}):
            assert books.transactions.list(**filters).items == (), filters
        (odd,) = books.transactions.list(min_amount="1.00", max_amount="1.00").items
        assert odd.description == "Odd"
    error = refusal(house.teen, lambda books: books.transactions.get(house.salary.id))
    assert isinstance(error, NotFoundError)


def test_of_an_account_that_is_not_seen_neither_type_nor_currency_is_told(house: House) -> None:
    """Each filter by it answers as for one that is missing."""
    house.grant("see")
    with house.desk.books() as books:
        yen = books.accounts.open(name="Yen", type="asset", currency="JPY")
        stake = books.accounts.open(name="Stake", type="equity")
    missing = new_id()
    with house.teen.books(read_only=True) as books:
        for account in (yen.id, stake.id, missing):
            assert books.transactions.list(account=account, min_amount="1.50").items == ()
            assert books.transactions.list(account=account, min_amount="1", max_amount=Money.of("2", "USD")).items == ()
            with pytest.raises(NotFoundError):
                books.dashboard.overview(accounts=[account])


def test_of_an_exchange_only_the_own_side_is_seen(house: House) -> None:
    """Trading accounts repeat the other side; not even a search by size or by such an account finds anything there."""
    house.grant("see")
    with house.desk.books() as books:
        yen = books.accounts.open(name="Yen", type="asset", currency="JPY")
        changed = books.transactions.transfer(
            from_account=house.purse.id, to_account=yen.id, amount="2.00", to_amount="310"
        )
        trading = {entry.account_id for entry in changed.entries} - {house.purse.id, yen.id}
    assert len(trading) == 2
    with house.teen.books(read_only=True) as books:
        seen = books.transactions.get(changed.id)
        assert [(entry.account_id, str(entry.amount)) for entry in seen.entries] == [(house.purse.id, "-2.00 USD")]
        assert seen.has_hidden_entries
        assert [one for one in books.dashboard.overview().latest if one.id == changed.id] == [seen]
        assert "JPY" not in "".join([*books.exports.csv(), *books.exports.json_lines()])
        assert books.transactions.list(min_amount=Money.of("310", "JPY")).items == ()
        for account in trading:
            assert books.transactions.list(account=account).items == ()
    with house.desk.books() as books:
        books.grants.give(TEEN, account=yen.id, level="see")
    with house.teen.books(read_only=True) as books:
        assert books.transactions.get(changed.id) == changed


def test_a_dashboard_is_of_the_accounts_that_are_seen(house: House) -> None:
    """As if the others did not exist; it equals what the owner gets for these accounts."""
    house.grant("see")
    with house.desk.books(read_only=True) as owner, house.teen.books(read_only=True) as teen:
        for read in ("overview", "summary", "accounts", "cash_flow", "net_worth", "categories"):
            theirs, mine = getattr(teen.dashboard, read)(), getattr(owner.dashboard, read)(accounts=[house.purse.id])
            left_out = {"computed_at", "fingerprint", "latest"}
            assert theirs.model_dump(exclude=left_out) == mine.model_dump(exclude=left_out), read
        assert [one.description for one in teen.dashboard.overview().latest] == ["Allowance", "Ice", "Opening balance"]


def test_an_answer_that_is_kept_is_nobody_elses(house: House) -> None:
    """The owner looked at the same account first, with all entries of its transactions, and again afterwards."""
    house.grant("see")
    for _ in range(2):
        with house.desk.books(read_only=True) as books:
            latest = books.dashboard.overview(accounts=[house.purse.id]).latest
            assert [len(one.entries) for one in latest] == [2, 2, 2]
        with house.teen.books(read_only=True) as books:
            latest = books.dashboard.overview(accounts=[house.purse.id]).latest
            assert [(len(one.entries), one.has_hidden_entries) for one in latest] == [(1, True), (2, False), (2, False)]
            assert len(books.dashboard.transactions().latest) == 3


def test_a_dashboards_tag_tells_nothing_of_accounts_that_are_not_seen(house: House) -> None:
    """It moves with what is seen, and stays through whatever else happens; so does the instant say nothing."""
    house.grant("see")

    def tags() -> list[str | None]:
        with house.teen.books(read_only=True) as books:
            board = books.dashboard
            return [board.overview().fingerprint, board.summary().fingerprint, board.cash_flow().fingerprint]

    before = tags()
    assert len({*before}) == 3
    assert None not in before
    with house.desk.books() as books:
        books.transactions.record(account=house.bank.id, amount="-5.00")
        books.accounts.rename(house.bank.id, name="Old bank")
        books.transactions.edit(house.salary.id, payee="Employer")
        books.transactions.reverse(house.salary.id, on=TODAY)
    assert tags() == before
    with house.desk.books() as books:
        books.transactions.record(account=house.purse.id, amount="-1.00")
    assert not {*tags()} & {*before}


def test_no_answer_of_single_accounts_is_kept(house: House) -> None:
    """Else the instant of its making would tell when another account moved; outside a snapshot there is no tag."""
    house.grant("see")
    statistics = house.desk.stronghold.dashboard_cache.statistics
    for _ in range(2):
        with house.teen.books(read_only=True) as books:
            books.dashboard.overview()
    assert house.desk.stronghold.dashboard_cache.statistics == statistics
    with house.teen.books() as books:
        assert books.dashboard.overview().fingerprint is None


def test_exports_hold_what_is_seen(house: House) -> None:
    """The same rows as the list."""
    house.grant("see")
    with house.teen.books(read_only=True) as books:
        lines = [*books.exports.csv()]
        assert "Purse" in "".join(lines)
        assert "Bank" not in "".join(lines)
        assert str(house.bank.id) not in "".join(books.exports.json_lines())
        assert len([*books.exports.json_lines()]) == 3


def test_who_only_sees_changes_nothing(house: House, vault: Vault) -> None:
    """Not on that account either; what is not seen is not there."""
    house.grant("see")
    before = vault.rows(without=AUDIT)
    for verb in (
        lambda books: books.transactions.edit(house.bought.id, note="Mine"),
        lambda books: books.transactions.recategorise(house.bought.id, category=house.food.id),
        lambda books: books.transactions.record(account=house.purse.id, amount="1.00"),
        lambda books: books.transactions.reverse(house.bought.id, on=TODAY),
        lambda books: books.accounts.rename(house.purse.id, name="Mine"),
    ):
        assert isinstance(refusal(house.teen, verb), PermissionDeniedError)
    assert vault.rows(without=AUDIT) == before


def test_who_annotates_changes_words_and_categories_of_what_lies_wholly_within(house: House, vault: Vault) -> None:
    """Of a transfer from an account that they do not see, the words belong to others as well."""
    house.grant("annotate")
    with house.teen.books() as books:
        assert books.transactions.edit(house.bought.id, note="Two scoops").note == "Two scoops"
        other = books.categories.list()[0]
        assert books.transactions.recategorise(house.bought.id, category=other.id)
    before = vault.rows(without=AUDIT)
    assert isinstance(
        refusal(house.teen, lambda books: books.transactions.edit(house.allowance.id, note="Mine")),
        PermissionDeniedError,
    )
    for verb in (
        lambda books: books.transactions.edit(house.salary.id, note="Mine"),
        lambda books: books.transactions.recategorise(house.salary.id, category=house.food.id),
    ):
        assert isinstance(refusal(house.teen, verb), NotFoundError)
    assert isinstance(
        refusal(house.teen, lambda books: books.transactions.record(account=house.purse.id, amount="1.00")),
        PermissionDeniedError,
    )
    assert vault.rows(without=AUDIT) == before


def test_who_annotates_everything_and_sees_one_account_changes_what_they_see_wholly(house: House, vault: Vault) -> None:
    """Whoever changes a transaction is shown it."""
    with house.desk.books() as books:
        books.roles.create("editor", permissions=["transaction:annotate"])
        books.members.add(VERA, role="editor")
        books.grants.give(VERA, account=house.purse.id, level="see")
    editor = Desk(house.desk.stronghold, house.desk.tenant, VERA)
    with editor.books() as books:
        assert books.transactions.edit(house.bought.id, note="Vanilla").note == "Vanilla"
    before = vault.rows(without=AUDIT)
    for transaction, error in ((house.allowance, PermissionDeniedError), (house.salary, NotFoundError)):
        assert type(refusal(editor, partial(edit_nothing, transaction=transaction))) is error
    assert vault.rows(without=AUDIT) == before


def test_who_reverses_everything_and_sees_one_account_reverses_what_they_see_wholly(house: House, vault: Vault) -> None:
    """The answer shows what was taken back; so does that to a repetition."""
    with house.desk.books() as books:
        books.roles.create("reverser", permissions=["transaction:reverse"])
        books.members.add(VERA, role="reverser")
    reverser = Desk(house.desk.stronghold, house.desk.tenant, VERA)

    def reverse(books: Books, transaction: TransactionRecord = house.bought) -> TransactionRecord:
        return books.transactions.reverse(transaction.id, on=TODAY, idempotency_key="k")

    before = vault.rows(without=AUDIT)
    assert type(refusal(reverser, reverse)) is PermissionDeniedError
    assert vault.rows(without=AUDIT) == before
    with house.desk.books() as books:
        books.grants.give(VERA, account=house.purse.id, level="see")
    before = vault.rows(without=AUDIT)
    for transaction, error in ((house.allowance, PermissionDeniedError), (house.salary, NotFoundError)):
        assert type(refusal(reverser, partial(reverse, transaction=transaction))) is error
    assert vault.rows(without=AUDIT) == before
    with reverser.books() as books:
        assert reverse(books).reverses_id == house.bought.id
    with house.desk.books() as books:
        books.grants.take(VERA, account=house.purse.id)
    assert type(refusal(reverser, reverse)) is PermissionDeniedError


CHANGES: dict[str, Callable[[Books, Any], object]] = {
    "rename": lambda books, account: books.accounts.rename(account, name="Renamed"),
    "limits": lambda books, account: books.accounts.set_limits(account, max_balance=None),
    "no limits": lambda books, account: books.accounts.set_limits(account),
    "close": lambda books, account: books.accounts.close(account),
    "reopen": lambda books, account: books.accounts.reopen(account),
}


@pytest.mark.parametrize("change", CHANGES)
def test_who_writes_accounts_changes_those_that_they_see(house: House, vault: Vault, change: str) -> None:
    """The answer shows the balance, and so does a refusal; an account that is not seen is not there."""
    with house.desk.books() as books:
        books.roles.create("keeper", permissions=["account:write"])
        books.members.add(VERA, role="keeper")
    keeper, verb = Desk(house.desk.stronghold, house.desk.tenant, VERA), CHANGES[change]
    before = vault.rows(without=AUDIT)
    assert type(refusal(keeper, lambda books: verb(books, house.bank.id))) is PermissionDeniedError
    assert vault.rows(without=AUDIT) == before
    with house.desk.books() as books:
        books.grants.give(VERA, account=house.purse.id, level="see")
    before = vault.rows(without=AUDIT)
    assert type(refusal(keeper, lambda books: verb(books, house.bank.id))) is NotFoundError
    assert vault.rows(without=AUDIT) == before
    with keeper.books() as books:
        assert books.accounts.rename(house.purse.id, name="Renamed").name == "Renamed"


@pytest.mark.parametrize("is_many", [False, True])
def test_who_posts_to_an_account_posts_to_no_other(house: House, vault: Vault, *, is_many: bool) -> None:
    """One they do not see is not there; one they see only is denied. In any form, singly or in a batch."""
    house.grant("post")
    with house.desk.books() as books:
        jar = books.accounts.open(name="Jar", type="asset")
        books.grants.give(TEEN, account=jar.id, level="see")
    with house.teen.books() as books:
        posted = books.transactions.record(account=house.purse.id, amount="-2.00", category=house.food.id)
        assert len(posted.entries) == 2
    before = vault.rows(without=AUDIT)

    def attempts(other: Any) -> list[Any]:  # noqa: ANN401
        return [
            Record(account=other, amount="-1.00"),
            Split(account=house.purse.id, amount="-1.00", parts=[Part(account=other, amount="-1.00")]),
            Transfer(from_account=house.purse.id, to_account=other, amount="1.00"),
            Transfer(from_account=other, to_account=house.purse.id, amount="1.00"),
            Post(entries=[(house.purse.id, "1.00"), (other, "-1.00")]),
        ]

    for other, error in ((house.bank.id, NotFoundError), (new_id(), NotFoundError), (jar.id, PermissionDeniedError)):
        for draft in attempts(other):

            def post(books: Books, draft: Any = draft) -> object:  # noqa: ANN401
                drafts = [Record(account=house.purse.id, amount="-1.00"), draft] if is_many else [draft]
                return books.transactions.post_many(drafts)

            assert type(refusal(house.teen, post)) is error, (other, draft)
    assert vault.rows(without=AUDIT) == before


def test_what_touches_no_account_of_money_is_beyond_every_grant(house: House, vault: Vault) -> None:
    """An accountant moves a figure from one category to another by hand: guests neither change that nor do the same."""
    house.grant("post")
    food, pay = (one.entries[1].account_id for one in (house.bought, house.salary))
    entries = [(food, "5.00"), (pay, "-5.00")]
    with house.desk.books() as books:
        moved = books.transactions.post(entries=entries, description="Between us")
    before = vault.rows(without=AUDIT)
    for verb in (
        lambda books: books.transactions.get(moved.id),
        lambda books: books.transactions.edit(moved.id, note="Mine"),
        lambda books: books.transactions.recategorise(
            moved.id, category=house.food.id, replaces=moved.entries[1].category_id
        ),
    ):
        assert isinstance(refusal(house.teen, verb), NotFoundError)
    assert isinstance(
        refusal(house.teen, lambda books: books.transactions.post(entries=entries)), PermissionDeniedError
    )
    assert vault.rows(without=AUDIT) == before
    with house.desk.books() as books:
        event = books.audit.list(actor=TEEN).items[0]
    assert (event.action, event.outcome) == ("transaction:post", "denied")


def test_an_account_that_is_not_seen_is_no_more_there_than_a_missing_one_whatever_else_is_wrong(house: House) -> None:
    """Nor when the same key was used for another request."""
    house.grant("post")
    with house.teen.books() as books:
        books.transactions.record(account=house.purse.id, amount="-1.00", idempotency_key="k")
    missing = new_id()
    verbs: list[Callable[..., object]] = [
        lambda books, account: books.transactions.record(account=account, amount="-1.00", idempotency_key="k"),
        lambda books, account: books.transactions.record(account=account, amount="-1.005"),
        lambda books, account: books.transactions.transfer(
            from_account=account, to_account=house.purse.id, amount="-1.00"
        ),
        lambda books, account: books.transactions.post(entries=[(account, "1.00"), (account, "-1.00")]),
    ]
    for verb in verbs:
        told = [refusal(house.teen, partial(verb, account=account)) for account in (house.bank.id, missing)]
        assert {type(error) for error in told} == {NotFoundError}
        assert str(told[0]).replace(str(house.bank.id), str(missing)) == str(told[1])


def test_who_may_reverse_or_open_accounts_needs_not_post(house: House) -> None:
    """A permission of its own stands for each; what these verbs post is theirs."""
    with house.desk.books() as books:
        books.roles.create("corrector", permissions=["transaction:read", "transaction:reverse", "account:write"])
    with house.desk.seat(VERA, "corrector").books() as books:
        assert books.transactions.reverse(house.bought.id, on=TODAY).reverses_id == house.bought.id
        assert books.accounts.open(name="Jar", type="asset", opening_balance="1.00").balance == Money.of("1.00", "USD")
        with pytest.raises(PermissionDeniedError):
            books.transactions.record(account=house.purse.id, amount="1.00")


def test_a_key_for_posting_alone_posts_where_a_grant_is(house: House) -> None:
    """As one does by a role: whoever posts to an account need not look at it."""
    house.grant("post")
    only = house.desk.stronghold.books(house.desk.tenant.id, principal=TEEN, scopes=["transaction:post"])
    with only as books:
        assert books.transactions.record(account=house.purse.id, amount="-1.00")
        with pytest.raises(NotFoundError):
            books.transactions.record(account=house.bank.id, amount="-1.00")
        with pytest.raises(PermissionDeniedError):
            books.accounts.get(house.purse.id)


def test_a_repeated_request_is_authorised_again(house: House) -> None:
    """What was posted under a key when the grant was there is not shown once it is gone."""
    house.grant("post")

    def post(books: Books) -> TransactionRecord:
        return books.transactions.record(account=house.purse.id, amount="-2.00", idempotency_key="k")

    with house.teen.books() as books:
        first = post(books)
    with house.teen.books() as books:
        assert post(books).id == first.id
    with house.desk.books() as books:
        books.grants.give(TEEN, account=house.bank.id, level="post")
        books.grants.take(TEEN, account=house.purse.id)
    assert isinstance(refusal(house.teen, post), NotFoundError)


def test_a_grant_adds_to_a_role_and_takes_nothing(house: House) -> None:
    """A viewer with a purse of their own sees everything, and posts to the purse alone."""
    viewer = house.desk.seat(VERA, "viewer")
    with house.desk.books() as books:
        books.grants.give(VERA, account=house.purse.id, level="post")
    with viewer.books() as books:
        assert len(books.accounts.list().items) == 2
        assert books.transactions.get(house.salary.id)
        assert books.transactions.record(account=house.purse.id, amount="-1.00")
        with pytest.raises(PermissionDeniedError):
            books.transactions.record(account=house.bank.id, amount="-1.00")


# --- giving and taking


def test_a_grant_is_given_changed_listed_and_taken(house: House) -> None:
    """It holds from the member's next unit; the log has each step."""
    with house.desk.books() as books:
        given = books.grants.give(TEEN, account=house.purse.id, level="see")
        assert (given.principal, given.account_id, given.level, given.since) == (TEEN, house.purse.id, "see", NOW)
        changed = books.grants.give(TEEN, account=house.purse.id, level="post")
        assert changed.level is GrantLevel.POST
        books.grants.give(ADA, account=house.bank.id, level="see")
        assert books.grants.list(principal=TEEN) == books.grants.list(account=house.purse.id) == [changed]
        assert len(books.grants.list()) == 2
    with house.teen.books() as books:
        assert books.context.on_accounts == {house.purse.id: ALLOWS[GrantLevel.POST]}
    with house.desk.books() as books:
        books.grants.take(TEEN, account=house.purse.id)
        with pytest.raises(NotFoundError):
            books.grants.take(TEEN, account=house.purse.id)
        events = [event for event in reversed(books.audit.list().items) if event.object_type == "grant"]
    with house.teen.books() as books:
        assert books.context.on_accounts == {}
    done = [(event.action, event.object_id, event.payload) for event in events if event.outcome == "done"]
    assert done[0] == ("grant.give", house.purse.id, {"member": TEEN, "level": "see"})
    assert done[-1] == ("grant.take", house.purse.id, {"member": TEEN, "level": "post"})


def test_grants_end_with_the_membership(house: House) -> None:
    """Who comes back has none."""
    house.grant("post")
    with house.desk.books() as books:
        books.members.remove(TEEN)
        assert books.grants.list() == []
        books.members.add(TEEN, role="guest")
    assert isinstance(refusal(house.teen, lambda books: books.accounts.list()), PermissionDeniedError)


def test_who_may_not_take_a_grant_does_not_end_it_with_the_membership_either(house: House, vault: Vault) -> None:
    """Removing a member takes all that was granted to them; the refusal names what is missing, and is recorded."""
    with house.desk.books() as books:
        books.roles.create("manager", permissions=["member:*", *ALLOWS[GrantLevel.SEE]], inherits=["guest"])
        books.grants.give(TEEN, account=house.bank.id, level="see")
    manager = house.desk.seat("user:max", "manager")
    house.grant("post")
    before = vault.rows(without=AUDIT)
    error = refusal(manager, lambda books: books.members.remove(TEEN))
    assert isinstance(error, EscalationError)
    assert error.missing == tuple(sorted(ALLOWS[GrantLevel.POST] - ALLOWS[GrantLevel.SEE]))
    assert vault.rows(without=AUDIT) == before
    with house.desk.books() as books:
        event = books.audit.list().items[0]
        assert (event.action, event.outcome, event.actor) == (error.missing[0], "denied", manager.principal)
    house.grant("see")
    with manager.books() as books:
        books.members.remove(TEEN)
    with house.desk.books() as books:
        assert books.grants.list() == []


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        (lambda books, house: books.grants.give("user:eve", account=house.purse.id, level="see"), NotFoundError),
        (lambda books, _: books.grants.give(TEEN, account=new_id(), level="see"), NotFoundError),
        (lambda books, house: books.grants.give(TEEN, account=house.purse.id, level="own"), InvalidInputError),
        (lambda books, house: books.grants.give(TEEN, account=house.purse.id, level=None), InvalidInputError),
        (lambda books, house: books.grants.give("teen", account=house.purse.id, level="see"), InvalidInputError),
        (lambda books, _: books.grants.give(TEEN, account="purse", level="see"), InvalidInputError),
        (
            lambda books, house: books.grants.give(TEEN, account=house.bought.entries[1].account_id, level="see"),
            InvalidInputError,
        ),
        (lambda books, house: books.grants.take(TEEN, account=house.purse.id), NotFoundError),
        (lambda books, house: books.grants.take("user:eve", account=house.purse.id), NotFoundError),
    ],
    ids=range(9),
)
def test_bad_grants_change_nothing_and_are_recorded(
    house: House, vault: Vault, verb: Callable[[Books, House], object], error: type[StrongholdError]
) -> None:
    """A stranger, another account, no level, what is no name, an account of the engine's."""
    before = vault.rows(without=AUDIT)
    assert type(refusal(house.desk, lambda books: verb(books, house))) is error
    assert vault.rows(without=AUDIT) == before
    with house.desk.books() as books:
        event = books.audit.list().items[0]
    assert (event.object_type, event.outcome, event.kind) == ("grant", "denied", "security")


def test_another_tenants_account_can_not_be_granted_nor_its_members_get_any(house: House, rival: Desk) -> None:
    """They answer like missing ones."""
    with rival.books() as books:
        theirs = books.accounts.open(name="Theirs", type="asset")
    for verb in (
        lambda books: books.grants.give(TEEN, account=theirs.id, level="see"),
        lambda books: books.grants.give(rival.principal, account=house.purse.id, level="see"),
    ):
        assert isinstance(refusal(house.desk, verb), NotFoundError)
    with rival.books() as books:
        assert books.grants.list(account=house.purse.id) == []


def test_nobody_grants_or_takes_what_their_role_does_not_allow(house: House) -> None:
    """A manager who sees accounts lets others see them, and neither lets them post nor takes that away."""
    with house.desk.books() as books:
        books.roles.create("manager", permissions=["member:*", "account:read", "transaction:read", "dashboard:read"])
    manager = house.desk.seat("user:max", "manager")
    with manager.books() as books:
        books.grants.give(TEEN, account=house.purse.id, level="see")
        with pytest.raises(EscalationError):
            books.grants.give(TEEN, account=house.purse.id, level="post")
    house.grant("post")
    for verb in (
        lambda books: books.grants.give(TEEN, account=house.purse.id, level="see"),
        lambda books: books.grants.take(TEEN, account=house.purse.id),
    ):
        assert isinstance(refusal(manager, verb), EscalationError)
    for role in ("accountant", "viewer"):
        desk = house.desk.seat(f"user:{role}", role)
        error = refusal(desk, lambda books: books.grants.give(TEEN, account=house.purse.id, level="see"))
        assert isinstance(error, PermissionDeniedError)


def test_a_member_has_grants_on_so_many_accounts_at_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dashboard can look at no more."""
    assert MAX_GRANTS == 1_000
    monkeypatch.setattr("stronghold_core.ledger.grants.service.MAX_GRANTS", 1)
    house.grant("see")
    house.grant("post")
    error = refusal(house.desk, lambda books: books.grants.give(TEEN, account=house.bank.id, level="see"))
    assert isinstance(error, InvalidInputError)


# --- bounds


def test_scopes_capabilities_and_who_is_acted_for_bound_grants_too(house: House) -> None:
    """Each only takes away."""
    house.grant("post")
    stronghold, tenant = house.desk.stronghold, house.desk.tenant.id

    def held(scopes: list[str] | None = None, behalf: str | None = None) -> dict[Any, frozenset[Permission]]:
        origin = None if behalf is None else Origin(on_behalf_of=PrincipalId(behalf))
        with stronghold.books(tenant, principal=TEEN, scopes=scopes, origin=origin) as books:
            return {**books.context.on_accounts}

    assert held(["account:*"]) == {house.purse.id: {Permission.ACCOUNT_READ}}
    assert held(behalf=ADA) == {house.purse.id: ALLOWS[GrantLevel.POST]}
    house.desk.seat(VERA, "guest")
    assert held(behalf=VERA) == {}
    with house.desk.books() as books:
        books.grants.give(VERA, account=house.purse.id, level="see")
    assert held(behalf=VERA) == {house.purse.id: ALLOWS[GrantLevel.SEE]}
    stronghold.tenants.switch_capabilities(tenant, {"dashboards": False})
    assert Permission.DASHBOARD_READ not in held()[house.purse.id]
    with house.teen.books() as books, pytest.raises(PermissionDeniedError, match="This tenant has no dashboards"):
        books.dashboard.overview()


def test_a_back_dated_search_goes_on_from_page_to_page(house: House) -> None:
    """A page is as long as was asked for: what is not seen does not count."""
    house.grant("see")
    with house.desk.books() as books:
        for number in range(6):
            account = house.purse if number % 2 else house.bank
            books.transactions.record(account=account.id, amount="1.00", on=date(2026, 11, 1 + number))
    with house.teen.books(read_only=True) as books:
        pages, after = [], None
        while True:
            page = books.transactions.list(limit=2, after=after)
            pages.append(len(page.items))
            if (after := page.next_cursor) is None:
                break
    assert pages == [2, 2, 2]


def test_a_reference_that_is_taken_does_not_say_by_what(house: House) -> None:
    """Whoever sees all accounts is told which transaction has it; a guest only that one has."""
    house.grant("post")

    def post(books: Books) -> object:
        return books.transactions.record(account=house.purse.id, amount="-1.00", reference="S-1")

    told = refusal(house.teen, post)
    assert isinstance(told, DuplicateReferenceError)
    assert told.transaction_id is None
    assert str(house.salary.id) not in f"{told} {told.attributes()}"
    known = refusal(house.desk, post)
    assert isinstance(known, DuplicateReferenceError)
    assert known.transaction_id == house.salary.id
