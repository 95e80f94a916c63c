"""Whatever a member of one tenant asks with another's ids, of whichever verb and in whichever form, leads nowhere.

The isolation kit knows how each verb is called. Here its calls come in random order, by members of several roles, in
units that write or only read, and with ids of the wrong kind among the others: a transaction's for an account's.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from stronghold_core.testing.isolation.kit import Kit
from stronghold_core.testing.isolation.verbs import ATTEMPTS

if TYPE_CHECKING:
    from stronghold_core import Stronghold
    from stronghold_core.testing.isolation.tenants import Belongings

log = logging.getLogger("stronghold.isolation")

ATTEMPTS_AT_ONCE: Final = 20
SIZES: Final = (
    # The whole: by default 2,000 examples are asked for, which makes 10,000 attempts.
    settings(max_examples=max(settings().max_examples // 4, 1))
    if settings.get_current_profile_name() == "fuzz"
    else settings(max_examples=5)
)

CALLS: Final = [(verb, attempt) for verb, attempts in ATTEMPTS.items() for attempt in attempts]
IDS: Final = ("account", "other_account", "category", "other_category", "transaction", "statement", "tenant")
CURSORS: Final = ("accounts_cursor", "transactions_cursor", "audit_cursor")


def shuffled(names: list[str], cursors: list[str], ids: Belongings) -> Belongings:
    """Put ids and cursors of somebody's where others of theirs belong."""
    swapped: dict[str, Any] = {name: getattr(ids, other) for name, other in zip(IDS, names, strict=True)}
    swapped |= {name: getattr(ids, other) for name, other in zip(CURSORS, cursors, strict=True)}
    return ids._replace(**swapped)


ORDERS: Final = st.one_of(
    st.just(partial(shuffled, [*IDS], [*CURSORS])),
    st.builds(partial, st.just(shuffled), st.permutations(IDS), st.permutations(CURSORS)),
)


def test_no_sequence_of_verbs_reaches_another_tenant(stronghold: Stronghold) -> None:
    """Each answers as to ids that nobody has, returns nothing of theirs, and leaves their rows as they were."""
    kit = Kit(stronghold, {})
    members = [kit.own.principal, kit.own.member]
    calls = st.tuples(st.sampled_from(CALLS), ORDERS, st.sampled_from(members), st.booleans())

    @SIZES
    @given(st.lists(calls, min_size=ATTEMPTS_AT_ONCE, max_size=ATTEMPTS_AT_ONCE))
    def attack(chosen: list[Any]) -> None:
        before = len(kit.result().leaks)
        with kit.watched("books", "a sequence of verbs"):
            for (verb, attempt), order, member, read_only in chosen:
                kit.call(verb, attempt, of=order, principal=member, read_only=read_only)
        assert kit.result().leaks[before:] == ()

    if settings.get_current_profile_name() == "fuzz":
        # Chance may leave some verb out.
        kit.attack_verbs()
        assert {f"books.{verb}" for verb in ATTEMPTS} == set(kit.result().targets)
    attack()
    log.info("%s", kit.result())
    assert kit.result().leaks == ()
