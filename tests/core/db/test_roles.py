"""What PostgreSQL says about roles is judged, and the SQL for walls is written, without a database."""

from __future__ import annotations

import pytest

from stronghold_core.db.roles import TENANT, RoleFacts, check_roles, role_sql, tenant_table_sql
from stronghold_core.errors import RoleMissingError, UnsafeRoleError

SOUND = RoleFacts(login="web", exists=True, is_superuser=False, bypasses=False, is_member=True, is_owner=False)


def test_a_sound_role_passes() -> None:
    """It exists, the login may become it, and it is nothing more."""
    check_roles(SOUND, "app")


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        (SOUND._replace(exists=False, is_member=False), RoleMissingError, "it does not exist"),
        (SOUND._replace(is_member=False), RoleMissingError, 'GRANT "app" TO "web";'),
        (SOUND._replace(is_superuser=True), UnsafeRoleError, 'ALTER ROLE "app" NOSUPERUSER NOBYPASSRLS;'),
        (SOUND._replace(bypasses=True), UnsafeRoleError, "has BYPASSRLS"),
        (SOUND._replace(is_owner=True), UnsafeRoleError, "owns the tables"),
    ],
    ids=["missing", "no member", "superuser", "bypasses", "owner"],
)
def test_a_role_that_is_not_sound_is_refused_with_what_to_do(
    facts: RoleFacts, error: type[Exception], words: str
) -> None:
    """Each fact by itself is enough."""
    with pytest.raises(error) as caught:
        check_roles(facts, "app")
    assert words in str(caught.value)


def test_the_sql_for_a_role_creates_it_with_no_powers() -> None:
    """It can't log in, is no superuser, and does not pass row-level security."""
    assert role_sql("app", "web").splitlines() == [
        'CREATE ROLE "app" NOLOGIN NOSUPERUSER NOBYPASSRLS;',
        'GRANT "app" TO "web";',
    ]


def test_a_table_is_walled_in_with_one_policy_a_command() -> None:
    """What is granted has a policy, and what is not granted has none."""
    least = tenant_table_sql("host_order", "app")
    assert [statement.split(" ON ")[0] for statement in least] == [
        "ALTER TABLE host_order ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE host_order FORCE ROW LEVEL SECURITY",
        "CREATE POLICY host_order_read",
        "CREATE POLICY host_order_add",
        "GRANT SELECT, INSERT",
    ]
    most = tenant_table_sql("host_order", "app", updatable=["name", "price"], deletable=True)
    assert [statement.split(" ON ")[0] for statement in most[5:]] == [
        "CREATE POLICY host_order_change",
        "GRANT UPDATE (name, price)",
        "CREATE POLICY host_order_remove",
        "GRANT DELETE",
    ]
    assert all(TENANT in statement for statement in most if statement.startswith("CREATE POLICY"))


def test_a_directory_may_be_read_under_one_more_condition_and_written_under_none() -> None:
    """The condition widens what is read, never what is added, changed or removed."""
    statements = tenant_table_sql("host_door", "app", updatable=["name"], deletable=True, selectable_if="key = 'x'")
    assert [statement.split(" ON ")[0] for statement in statements if "key = 'x'" in statement] == [
        "CREATE POLICY host_door_read"
    ]
