"""Whatever is given to a verb: it raises errors of the library's, which can be told, and writes nothing."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stronghold_core import StrongholdError
from tests.support.stronghold import ADA

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Books, Stronghold
    from tests.support.stronghold import Desk

BOB: Final = "user:bob"
UNWRITTEN: Final = 10**5000
"""Python writes no integer of so many digits."""


class Mute:
    """An object of a host's that can't be shown."""

    def __repr__(self) -> str:
        """Fail, as an object whose parts are not there yet does."""
        raise RuntimeError


PLAIN: Final = (
    st.none()
    | st.builds(Mute)
    | st.booleans()
    | st.integers()
    | st.integers(4_301, 6_000).map(lambda digits: -(10**digits))
    | st.floats()
    | st.text()
    | st.text(st.characters(categories=["Cs", "Cc", "Co"]), max_size=5)
    | st.binary(max_size=20)
)
JUNK: Final = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)

VERBS: Final[dict[str, Callable[[Books, Any], object]]] = {
    "who is added": lambda books, junk: books.members.add(junk, role="viewer"),
    "as what": lambda books, junk: books.members.add(BOB, role=junk),
    "whose role": lambda books, junk: books.members.change_role(junk, role="viewer"),
    "which role": lambda books, junk: books.members.change_role(ADA, role=junk),
    "who is removed": lambda books, junk: books.members.remove(junk),
    "a role's name": lambda books, junk: books.roles.create(junk),
    "its permissions": lambda books, junk: books.roles.create("clerk", permissions=junk),
    "one of them": lambda books, junk: books.roles.create("clerk", permissions=[junk]),
    "what it inherits": lambda books, junk: books.roles.create("clerk", inherits=junk),
    "one of these": lambda books, junk: books.roles.create("clerk", inherits=[junk]),
    "what it is for": lambda books, junk: books.roles.create("clerk", description=junk),
    "which to look up": lambda books, junk: books.roles.get(junk),
    "which to update": lambda books, junk: books.roles.update(junk),
    "which to remove": lambda books, junk: books.roles.remove(junk),
    "whom to explain": lambda books, junk: books.roles.explain(junk, "account:read"),
    "what to explain": lambda books, junk: books.roles.explain(ADA, junk),
    "whose grants": lambda books, junk: books.grants.list(principal=junk),
    "to whom": lambda books, junk: books.grants.give(junk, account=books.accounts.list().items[0].id, level="see"),
    "on what": lambda books, junk: books.grants.give(ADA, account=junk, level="see"),
    "how far": lambda books, junk: books.grants.give(ADA, account=books.accounts.list().items[0].id, level=junk),
    "of whom": lambda books, junk: books.grants.take(junk, account=books.accounts.list().items[0].id),
    "who comes": lambda books, junk: books.admissions.admit(junk, role="viewer", reason="Ticket 7"),
    "who comes as what": lambda books, junk: books.admissions.admit("user:sam", role=junk, reason="Ticket 7"),
    "why": lambda books, junk: books.admissions.admit("user:sam", role="viewer", reason=junk),
    "how long": lambda books, junk: books.admissions.admit("user:sam", role="viewer", reason="Ticket 7", days=junk),
    "who goes": lambda books, junk: books.admissions.withdraw(junk),
    "a time zone": lambda books, junk: books.tenant.update(time_zone=junk),
    "days ahead": lambda books, junk: books.tenant.update(days_ahead=junk),
    "a kind of category": lambda books, junk: books.categories.create(name="Food", kind=junk),
    "a type of account": lambda books, junk: books.accounts.open(name="Second", type=junk),
    "a subtype": lambda books, junk: books.accounts.open(name="Second", type="asset", subtype=junk),
    "a currency": lambda books, junk: books.accounts.open(name="Second", type="asset", currency=junk),
    "a permission": lambda books, junk: books.may(junk),
    "one that is needed": lambda books, junk: books.require(junk),
    "a capability": lambda books, junk: books.require_capability(junk),
    "an actor": lambda books, junk: books.audit.list(actor=junk),
    "a day": lambda books, junk: books.transactions.list(first=junk),
    "a step": lambda books, junk: books.dashboard.cash_flow(step=junk),
}
PLATFORM: Final[dict[str, Callable[[Stronghold, Any], object]]] = {
    "a kind of tenant": lambda stronghold, junk: stronghold.tenants.create(
        kind=junk, name="Other", base_currency="USD", owner=ADA
    ),
    "an owner": lambda stronghold, junk: stronghold.tenants.create(
        kind="user", name="Other", base_currency="USD", owner=junk
    ),
    "a tenant": lambda stronghold, junk: stronghold.tenants.switch_capabilities(junk, {"dashboards": True}),
    "switches": lambda stronghold, junk: stronghold.staff.desk("user:sam").switch_capabilities(junk, junk),
    "a helper": lambda stronghold, junk: stronghold.staff.appoint(junk, role="support"),
    "what of theirs": lambda stronghold, junk: stronghold.staff.appoint("user:sam", role=junk),
    "who is dismissed": lambda stronghold, junk: stronghold.staff.dismiss(junk),
}


class DoneError(Exception):
    """Takes back what a verb did with something that was no junk."""


def try_every_verb(acme: Desk, junk: Any) -> None:  # noqa: ANN401 - that is the point
    """Give *junk* to each verb; only errors of the library's come out, and each message can be written down."""
    told: list[StrongholdError] = []
    for call in VERBS.values():
        try:
            with suppress(DoneError), acme.books() as books:
                call(books, junk)
                raise DoneError
        except StrongholdError as error:
            told.append(error)
    for call_platform in PLATFORM.values():
        try:
            call_platform(acme.stronghold, junk)
        except StrongholdError as error:
            told.append(error)
    assert all(str(error).encode(errors="backslashreplace") for error in told)


@settings(
    max_examples=max(settings().max_examples // 5, 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(junk=JUNK)
def test_junk_is_refused_by_errors_that_can_be_told(acme: Desk, junk: Any) -> None:  # noqa: ANN401
    """Or taken, where it happens to be none."""
    open_bank(acme)
    try_every_verb(acme, junk)


def test_so_is_an_integer_of_too_many_digits_wherever_it_is_hidden(acme: Desk) -> None:
    """Python refuses to write it, and whatever holds it."""
    open_bank(acme)
    for junk in (UNWRITTEN, [-UNWRITTEN], {"app:x": UNWRITTEN}, ({"x": [UNWRITTEN]},)):
        try_every_verb(acme, junk)


def open_bank(acme: Desk) -> None:
    """See to it that there is one account."""
    with acme.books() as books:
        if not books.accounts.list().items:
            books.accounts.open(name="Bank", type="asset")
