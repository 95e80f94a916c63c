"""A machine in which members change, in any order, who may do what; and what no such order brings about.

The first owner sets up roles and members, and never acts again. From then on

* whatever all others together may do never grows, by one permission: each step leaves it as it was, or less;
* there is an owner;
* what is refused changes no row but those of the audit log, and the log has one event of it;
* the roles that are stored are known, and none inherits itself.

Moreover each step is done or refused as a naive evaluator says, and leaves what that says. Members act within scopes
and on behalf of each other, in one process, and are watched in another. Broken twins show that the first two can fail.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from stronghold_core import Books, Stronghold, StrongholdError
from stronghold_core.rbac.governance import Governor
from tests.support.naive_rights import BUILT_IN, CATALOGUE, Asker, NaiveRights, Written, patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.support.dump import Dump, Overseer

ADA: Final = "user:ada"
OTHERS: Final = ("user:bob", "user:cy", "user:dan", "user:fay")
NAMES: Final = ("mango", "apple", "zucchini", "fig")
LOG: Final = "stronghold_audit_event"
SIZES: Final = (
    settings(max_examples=max(settings().max_examples // 10, 1), stateful_step_count=50)
    if settings.get_current_profile_name() == "fuzz"
    else settings(max_examples=5, stateful_step_count=40)
)
UNTIL_IT_BREAKS: Final = settings(
    max_examples=100, stateful_step_count=40, phases=[Phase.generate], database=None, derandomize=True, print_blob=False
)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Write *names* as they are stored."""
    return tuple(sorted({*names}))


SAYS: Final = st.lists(
    st.sampled_from(["member:*", "role:*", "member:write", "role:write"]) | st.sampled_from(patterns()),
    max_size=4,
    unique=True,
)
PARENTS: Final = st.lists(st.sampled_from([*NAMES, *BUILT_IN]), max_size=2, unique=True)
WRITTEN: Final = st.builds(lambda says, parents: Written(in_order(says), in_order(parents)), SAYS, PARENTS)
MODEST: Final = st.builds(
    Written,
    st.lists(st.sampled_from([one for one in CATALOGUE if one != "owner:write"]), max_size=4, unique=True).map(
        in_order
    ),
    st.sampled_from([(), (), ("viewer",), ("member",), ("auditor",)]),
)
"""Of what there is at first: were it everything, it could not grow."""
SEAT: Final = st.sampled_from([*NAMES, *NAMES, *NAMES, "viewer", "auditor", "owner"])
ROLE: Final = st.sampled_from([*NAMES, *NAMES, *BUILT_IN, "nobody"])
WHO: Final = st.sampled_from([*OTHERS, ADA, ADA])
ASKERS: Final = st.builds(
    Asker,
    principal=st.sampled_from(OTHERS),
    behalf=st.sampled_from([None] * 18 + [*OTHERS, ADA]),
    scopes=st.sampled_from([True, True, True, False]).flatmap(
        lambda is_free: st.none() if is_free else SAYS.map(tuple)
    ),
)


class RightsMachine(RuleBasedStateMachine):
    """One tenant, and members who try everything that changes who may do what."""

    def __init__(self, strongholds: Sequence[Stronghold], overseer: Overseer, *, is_judged: bool = True) -> None:
        super().__init__()
        self.acting, self.watching = strongholds
        self.overseer, self.is_judged = overseer, is_judged

    @initialize(
        roles=st.lists(MODEST, min_size=1, max_size=len(NAMES)),
        members=st.lists(SEAT, min_size=1, max_size=3),
        reach=st.sampled_from([(), ("*:*",)]),
    )
    def set_up(self, roles: list[Written], members: list[str], reach: tuple[str, ...]) -> None:
        """Let the owner define roles and seat members, of whom the first may change who may do what."""
        self.tenant = self.acting.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA).id
        self.rights = NaiveRights(members={ADA: "owner"})
        manager, *others = roles
        roles = [replace(manager, says=in_order([*manager.says, "member:*", "role:*", *reach])), *others]
        with self.acting.books(self.tenant, principal=ADA) as books:
            for name, written in zip(NAMES, roles, strict=False):
                self.rights.create(Asker(ADA), name, written)
                books.roles.create(name, permissions=written.says, inherits=written.inherits)
            for member, role in zip(OTHERS, [NAMES[0], *members], strict=False):
                if self.rights.add(Asker(ADA), member, role):
                    books.members.add(member, role=role)
        self.dump = self._look()
        self.most = self._union()

    # ------------------------------------------------------------------ what members try

    @rule(asker=ASKERS, member=WHO, role=ROLE)
    def add(self, asker: Asker, member: str, role: str) -> None:
        """Somebody asks somebody in."""
        self._try(
            asker, lambda books: books.members.add(member, role=role), lambda after: after.add(asker, member, role)
        )

    @rule(asker=ASKERS, member=WHO, role=ROLE)
    def change_role(self, asker: Asker, member: str, role: str) -> None:
        """Somebody gives somebody, or themselves, another role."""
        self._try(
            asker,
            lambda books: books.members.change_role(member, role=role),
            lambda after: after.change_role(asker, member, role),
        )

    @rule(asker=ASKERS, member=WHO)
    def remove(self, asker: Asker, member: str) -> None:
        """Somebody shows somebody out."""
        self._try(asker, lambda books: books.members.remove(member), lambda after: after.remove(asker, member))

    @rule(asker=ASKERS, name=ROLE, written=WRITTEN)
    def create(self, asker: Asker, name: str, written: Written) -> None:
        """Somebody defines a role."""
        self._try(
            asker,
            lambda books: books.roles.create(name, permissions=written.says, inherits=written.inherits),
            lambda after: after.create(asker, name, written),
        )

    @rule(asker=ASKERS, name=ROLE, written=WRITTEN)
    def update(self, asker: Asker, name: str, written: Written) -> None:
        """Somebody defines one anew."""
        self._try(
            asker,
            lambda books: books.roles.update(name, permissions=written.says, inherits=written.inherits),
            lambda after: after.update(asker, name, written),
        )

    @rule(asker=ASKERS, name=ROLE)
    def drop(self, asker: Asker, name: str) -> None:
        """Somebody removes one."""
        self._try(asker, lambda books: books.roles.remove(name), lambda after: after.drop(asker, name))

    # ------------------------------------------------------------------ what must hold after every step

    @invariant()
    def nobody_has_risen(self) -> None:
        """Whatever the others may do together is what they might before, or less."""
        union = self._union()
        assert union <= self.most, f"they have risen to {sorted(union - self.most)}"
        self.most = union

    @invariant()
    def there_is_an_owner(self) -> None:
        """Somebody who may do everything."""
        assert "owner" in self.rights.members.values(), "there is no owner"

    @invariant()
    def roles_make_sense(self) -> None:
        """Those that are held or inherited are there, and none inherits itself."""
        assert not self.rights.mistakes(), f"stored roles make no sense: {self.rights.mistakes()}"

    # ------------------------------------------------------------------ inside

    def _try(self, asker: Asker, deed: Callable[[Books], object], judge: Callable[[NaiveRights], bool]) -> None:
        before, expected = self.dump, self.rights.copy()
        is_right = judge(expected)
        is_done = self._is_done(asker, deed)
        self.dump = self._look()
        self.rights = NaiveRights.stored(self.dump, self.tenant)
        if self.is_judged:
            assert is_done == is_right
            assert (self.rights.own, self.rights.members) == (expected.own, expected.members)
        if not is_done:
            assert {**self.dump, LOG: []} == {**before, LOG: []}, "what was refused was done"
            self._check_log(before, asker)

    def _check_log(self, before: Dump, asker: Asker) -> None:
        """Look for the one event of a refusal; there is none of a unit that was to be on behalf of nobody here."""
        events = [event for event in self.dump[LOG] if event not in before[LOG]]
        assert [(event["outcome"], event["actor"]) for event in events] == [("denied", asker.principal)] or (
            asker.behalf not in {None, *self.rights.members} and asker.principal in self.rights.members and not events
        )

    def _is_done(self, asker: Asker, deed: Callable[[Books], object]) -> bool:
        try:
            with self.acting.books(
                self.tenant, principal=asker.principal, origin=asker.origin, scopes=asker.scopes
            ) as books:
                deed(books)
        except StrongholdError:
            return False
        return True

    def _look(self) -> Dump:
        return self.overseer.dump([self.tenant])

    def _union(self) -> set[str]:
        """Read what each of the others may do, as another process says, and put it together."""
        return set().union(*(self._rights_of(member) for member in self.rights.members if member != ADA))

    def _rights_of(self, member: str) -> set[str]:
        with self.watching.books(self.tenant, principal=member, read_only=True) as books:
            found = set(map(str, books.context.permissions))
        if self.is_judged:
            assert found == self.rights.rights(Asker(member))
        return found


def run(url: str, overseer: Overseer, sizes: settings, **options: bool) -> None:
    """Run the machine on the database at *url*."""
    with closing(Stronghold(url)) as acting, closing(Stronghold(url)) as watching:
        # Any function that makes a machine will do; its annotation asks for a class.
        machine: Any = partial(RightsMachine, (acting, watching), overseer, **options)
        run_state_machine_as_test(machine, settings=sizes)


def test_no_sequence_of_changes_raises_what_members_may_do(database_url: str, overseer: Overseer) -> None:
    """Nor leaves a tenant without an owner, roles that make no sense, or a trace of what was refused but in the log."""
    run(database_url, overseer, SIZES)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("rule_of", "words"),
    [("check_may_hand", "they have risen to"), ("check_not_last_owner", "there is no owner")],
)
def test_without_a_rule_the_machine_finds_what_the_rule_prevents(
    database_url: str, overseer: Overseer, monkeypatch: pytest.MonkeyPatch, *, rule_of: str, words: str
) -> None:
    """The broken twins: either rule left out by itself, and nobody who says beforehand what must come of a step."""
    monkeypatch.setattr(Governor, rule_of, lambda *_: None)
    with pytest.raises(AssertionError, match=words):
        run(database_url, overseer, UNTIL_IT_BREAKS, is_judged=False)
