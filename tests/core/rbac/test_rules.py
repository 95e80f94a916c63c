"""The built-in roles: what each allows, and how they stand to each other."""

from __future__ import annotations

import pytest

from stronghold_core import Permission, Role
from stronghold_core.errors import InvalidInputError
from stronghold_core.rbac import BUILT_IN_ROLES
from stronghold_core.rbac.rules import RoleBook

WRITES = {permission for permission in Permission if not permission.endswith((":read", ":verify"))}
ALLOWED = {role: RoleBook().allowed_by(role) for role in Role}


def test_the_roles_are_those_that_are_stored() -> None:
    """Their names stand in every member's row: one may be added, none renamed."""
    assert {role.value for role in Role} == {"owner", "admin", "accountant", "member", "viewer", "auditor"}
    assert set(BUILT_IN_ROLES) == set(Role)


def test_an_owner_may_do_everything() -> None:
    """Also what is added to the catalogue later."""
    assert ALLOWED[Role.OWNER] == frozenset(Permission)


def test_an_admin_may_do_everything_but_say_who_is_an_owner_or_let_go_of_the_log() -> None:
    """The difference is three permissions."""
    difference = {Permission.OWNER_WRITE, Permission.AUDIT_REDACT, Permission.AUDIT_EXPIRE}
    assert ALLOWED[Role.OWNER] - ALLOWED[Role.ADMIN] == difference


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        (Role.VIEWER, Role.MEMBER),
        (Role.MEMBER, Role.ACCOUNTANT),
        (Role.ACCOUNTANT, Role.ADMIN),
        (Role.ADMIN, Role.OWNER),
        (Role.VIEWER, Role.AUDITOR),
        (Role.AUDITOR, Role.ADMIN),
    ],
)
def test_a_higher_role_allows_all_that_the_lower_one_does_and_more(lower: Role, higher: Role) -> None:
    """So that nobody loses anything by being promoted."""
    assert ALLOWED[lower] < ALLOWED[higher]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR])
def test_who_only_looks_changes_nothing(role: Role) -> None:
    """Not one permission to write."""
    assert not ALLOWED[role] & WRITES


def test_an_auditor_sees_everything() -> None:
    """The log of the others, and whether the books are sound."""
    assert {permission for permission in Permission if permission.endswith(":read")} <= ALLOWED[Role.AUDITOR]
    assert Permission.BOOKS_VERIFY in ALLOWED[Role.AUDITOR]


def test_a_member_posts_and_can_not_reverse() -> None:
    """Nor open accounts, nor see who else is a member."""
    allowed = ALLOWED[Role.MEMBER]
    assert {Permission.TRANSACTION_POST, Permission.TRANSACTION_ANNOTATE, Permission.STATEMENT_IMPORT} <= allowed
    assert Permission.TRANSACTION_RECATEGORISE in allowed
    assert not allowed & {Permission.TRANSACTION_REVERSE, Permission.ACCOUNT_WRITE, Permission.MEMBER_READ}


def test_only_owners_and_admins_say_who_belongs() -> None:
    """Whoever may do that may do nearly everything, by asking a friend in."""
    assert {role for role in Role if Permission.MEMBER_WRITE in ALLOWED[role]} == {Role.OWNER, Role.ADMIN}


def test_a_role_is_known_by_its_name() -> None:
    """As it is stored, or as the enum."""
    assert RoleBook().allowed_by("viewer") == RoleBook().allowed_by(Role.VIEWER)


@pytest.mark.parametrize("unknown", ["", "Owner", "root", "owner ", "VIEWER", None, 1], ids=repr)
def test_a_role_that_is_not_there_allows_nothing_but_is_an_error(unknown: object) -> None:
    """Never a silent no; the message lists those that there are."""
    with pytest.raises(InvalidInputError, match="choose one of owner, admin, accountant, member, viewer, auditor"):
        RoleBook().allowed_by(unknown)  # type: ignore[arg-type]


def test_what_a_role_allows_can_not_be_changed() -> None:
    """Each set is compiled once, and frozen."""
    assert all(type(allowed) is frozenset for allowed in ALLOWED.values())
