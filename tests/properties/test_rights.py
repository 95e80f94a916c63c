"""Rights against a naive evaluator: whatever roles, bounds and capabilities there are, both say the same."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stronghold_core import Capability, Permission, PermissionDeniedError
from stronghold_core.errors import NotFoundError, RoleCycleError
from stronghold_core.rbac.rules import RoleBook, RoleDefinition
from tests.support.naive_rights import BUILT_IN, CATALOGUE, Asker, NaiveRights, Written, patterns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stronghold_core import Stronghold

ADA: Final = "user:ada"
MEMBERS: Final = ("user:bob", "user:cy", "user:dan")
# In no order that inheritance could follow by itself.
NAMES: Final = ("mango", "apple", "zucchini", "fig", "kale", "beet")
SAYS: Final = st.lists(st.sampled_from(patterns()), max_size=3, unique=True).map(lambda said: tuple(sorted(said)))

WITH_A_DATABASE: Final = settings(
    max_examples=max(settings().max_examples // 5, 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def catalogues(draw: st.DrawFn) -> dict[str, Written]:
    """Write up to six roles, each of which inherits built-in ones and those before it."""
    written: dict[str, Written] = {}
    for name in draw(st.permutations(NAMES))[: draw(st.integers(0, len(NAMES)))]:
        parents = st.lists(st.sampled_from([*written, *written, *BUILT_IN]), max_size=3, unique=True)
        written[name] = Written(draw(SAYS), tuple(sorted(draw(parents))))
    return written


@st.composite
def tangles(draw: st.DrawFn) -> dict[str, Written]:
    """Write six roles that inherit each other anyhow, also in circles."""
    parents = st.lists(st.sampled_from([*NAMES, "viewer"]), max_size=2, unique=True).map(tuple)
    return {name: Written((), draw(parents)) for name in NAMES}


def book_of(own: Mapping[str, Written]) -> RoleBook:
    """Make the library's book of the same roles."""
    return RoleBook(map(partial(definition_of, own), own))


def definition_of(own: Mapping[str, Written], name: str) -> RoleDefinition:
    """Write a role down as the library does."""
    return RoleDefinition(name=name, permissions=own[name].says, inherits=own[name].inherits)


# --- roles alone


@given(catalogues())
def test_a_role_allows_what_it_or_one_that_it_inherits_says(own: dict[str, Written]) -> None:
    """And nothing else: what none of them says is forbidden."""
    naive, book = NaiveRights(own), book_of(own)
    assert {name: book.allowed_by(name) for name in book.names} == {
        name: naive.allowed_by(name) for name in naive.roles
    }


@given(own=catalogues(), data=st.data())
def test_to_add_to_a_role_takes_nothing_from_anybody(own: dict[str, Written], data: st.DataObject) -> None:
    """Neither a permission nor a parent more does, nor a role that nobody had."""
    before = book_of(own)
    name = data.draw(st.sampled_from([*own, "new"]))
    now = own.get(name, Written())
    heirs = {*before.heirs(name), name}
    parents = st.lists(st.sampled_from([other for other in before.names if other not in heirs]), max_size=2)
    more = Written(now.says + data.draw(SAYS), now.inherits + tuple(data.draw(parents)))
    after = before.with_role(definition_of({name: more}, name))
    for role in before.names:
        assert before.allowed_by(role) <= after.allowed_by(role)
        assert role in heirs or before.allowed_by(role) == after.allowed_by(role)


@given(catalogues())
def test_the_grounds_of_a_permission_are_a_way_that_can_be_walked(own: dict[str, Written]) -> None:
    """From role to inherited role, as short as any, to one whose own words allow it; and none if it is not allowed."""
    naive, book = NaiveRights(own), book_of(own)
    for role in book.names:
        for permission in Permission:
            grounds = book.grounds(role, permission)
            if grounds is None:
                assert not naive.allows(role, permission)
                continue
            assert grounds.path[0] == role
            assert all(parent in naive.roles[heir].inherits for heir, parent in pairwise(grounds.path))
            assert grounds.pattern in naive.roles[grounds.path[-1]].says
            assert NaiveRights({"it": Written((grounds.pattern,))}).allows("it", permission)
            assert len(grounds.path) == steps_to(naive, role, permission)


def steps_to(naive: NaiveRights, role: str, permission: str) -> int:
    """Count the roles on the shortest way to one that says *permission* itself."""
    if NaiveRights({"it": Written(naive.roles[role].says)}).allows("it", permission):
        return 1
    return 1 + min(
        steps_to(naive, parent, permission) for parent in naive.roles[role].inherits if naive.allows(parent, permission)
    )


@given(tangles())
def test_whoever_inherits_themselves_is_found(own: dict[str, Written]) -> None:
    """By whatever way round, and nobody else; a circle in the book hangs nothing."""
    naive, book = NaiveRights(own), book_of(own)
    found = set()
    for name in own:
        try:
            book.check_acyclic(name)
        except RoleCycleError as error:
            found.add(name)
            way = error.path.split(" → ")
            assert way[0] == way[-1] == name
            assert all(parent in own[heir].inherits for heir, parent in pairwise(way))
    assert found == {*naive.mistakes()}
    for name in own:
        book.allowed_by(name)
        book.grounds(name, Permission.OWNER_WRITE)
        assert name not in book.heirs(name)


# --- through the books


@st.composite
def circumstances(draw: st.DrawFn) -> NaiveRights:
    """Choose roles, who holds them, and what the tenant is without."""
    own = draw(catalogues())
    role = st.sampled_from([*own, *own, *BUILT_IN])
    members = {member: draw(role) for member in draw(st.lists(st.sampled_from(MEMBERS), unique=True))}
    return NaiveRights(own, {ADA: "owner"} | members, off=draw(st.sets(st.sampled_from([*map(str, Capability)]))))


askers = st.builds(
    Asker,
    principal=st.sampled_from([ADA, *MEMBERS]),
    behalf=st.none() | st.sampled_from([ADA, *MEMBERS]),
    scopes=st.none() | SAYS,
)


@WITH_A_DATABASE
@given(naive=circumstances(), asked=st.lists(askers, min_size=1, max_size=6))
def test_everybody_may_what_a_naive_evaluator_says(
    stronghold: Stronghold, naive: NaiveRights, asked: list[Asker]
) -> None:
    """By their role, within scopes, on whosever behalf, with what the tenant has; a stranger may not even enter.

    What a unit's context holds, what it requires, and what is explained to somebody about themselves, agree.
    """
    tenant = stronghold.tenants.create(kind="organization", name="Acme", base_currency="USD", owner=ADA)
    with stronghold.books(tenant.id, principal=ADA) as books:
        for name, written in naive.own.items():
            books.roles.create(name, permissions=written.says, inherits=written.inherits)
        for member in {*naive.members} - {ADA}:
            books.members.add(member, role=naive.members[member])
    stronghold.tenants.switch_capabilities(tenant.id, {str(name): name not in naive.off for name in Capability})
    for asker in asked:
        opened: dict[str, Any] = {"principal": asker.principal, "origin": asker.origin, "scopes": asker.scopes}
        if not {asker.principal, asker.behalf} <= {*naive.members, None}:
            with pytest.raises(NotFoundError), stronghold.books(tenant.id, **opened):
                pass
            continue
        with stronghold.books(tenant.id, read_only=True, **opened) as books:
            expected = naive.rights(asker)
            assert books.context.permissions == expected
            assert {one for one in CATALOGUE if books.may(one)} == expected
            for one in CATALOGUE:
                assert books.roles.explain(asker.principal, one).is_allowed == (one in expected)
                if one not in expected:
                    with pytest.raises(PermissionDeniedError):
                        books.require(one)
            if "member:read" in expected:
                check_explanations(books.roles.explain, naive, but=asker.principal)


def check_explanations(explain: Any, naive: NaiveRights, *, but: str) -> None:  # noqa: ANN401 - a verb
    """Compare what is said of the others, who are bound by nothing that binds whoever asks."""
    for other in {ADA, *MEMBERS} - {but}:
        for one in CATALOGUE:
            assert explain(other, one).is_allowed == naive.may(Asker(other), one)
