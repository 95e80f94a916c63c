"""The database's own wall: the app role, row-level security, and the SQL that sets both up.

Roles belong to a PostgreSQL cluster, not to a database, so creating one is not a migration's business: a role that may
create roles does it once (``stronghold doctor --create-roles``). Migrations then run as a plain owner and only grant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import text

from stronghold_core.errors import RoleMissingError, UnsafeRoleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

TENANT = "nullif(current_setting('stronghold.tenant_id', true), '')::uuid"
"""The bound tenant as SQL. A plain STABLE expression: an unset setting gives no rows, and Citus allows no subquery."""

PERSON = "nullif(current_setting('stronghold.user_id', true), '')::uuid"
"""The person whom a transaction is about, as SQL; set only where somebody signs in, or is managed."""

OF_TENANT: Final = f"tenant_id = {TENANT}"
OF_PERSON: Final = f"user_id = {PERSON}"

_FACTS = text(
    """
    SELECT one.login,
           r.oid IS NOT NULL AS exists,
           coalesce(r.rolsuper, false) AS is_superuser,
           coalesce(r.rolbypassrls, false) AS bypasses,
           coalesce(pg_has_role(one.login, r.oid, 'MEMBER'), false) AS is_member,
           coalesce(pg_has_role(one.login, r.oid, CASE WHEN current_setting('server_version_num')::int >= 160000
                                                       THEN 'SET' ELSE 'MEMBER' END), false) AS may_become,
           EXISTS (SELECT FROM pg_class c
                    WHERE pg_has_role(r.oid, c.relowner, 'USAGE') AND c.relname LIKE 'stronghold\\_%') AS is_owner
      FROM (SELECT coalesce(:login, current_user)::name AS login) one LEFT JOIN pg_roles r ON r.rolname = :role
    """
)


class RoleFacts(NamedTuple):
    """What PostgreSQL says about the app role and the login that should become it."""

    login: str
    exists: bool
    is_superuser: bool
    bypasses: bool
    is_member: bool
    may_become: bool
    """From PostgreSQL 16 on, a member that was let in WITH SET FALSE may not."""
    is_owner: bool


def role_facts(connection: Connection, app_role: str, *, login: str | None = None) -> RoleFacts:
    """Ask PostgreSQL about *app_role* and *login*, which is the connection's own if left out."""
    return RoleFacts(*connection.execute(_FACTS, {"role": app_role, "login": login}).one())


def check_roles(facts: RoleFacts, app_role: str) -> None:
    """Pass if units can run as *app_role* and row-level security then holds.

    Raises:
        RoleMissingError: If there is no such role, or the login may not become it; it says what to run.
        UnsafeRoleError: If the role owns the tables, is a superuser, or bypasses row-level security.
    """
    if not facts.exists:
        raise role_missing(facts, app_role, fact="it does not exist")
    if not facts.is_member:
        raise role_missing(facts, app_role, fact="it is not a member")
    if not facts.may_become:
        raise role_missing(facts, app_role, fact="it is a member WITH SET FALSE")
    if facts.is_superuser or facts.bypasses:
        remedy = f'ALTER ROLE "{app_role}" NOSUPERUSER NOBYPASSRLS;'
        raise UnsafeRoleError(app_role=app_role, fact="is a superuser or has BYPASSRLS", remedy=remedy)
    if facts.is_owner:
        remedy = "migrate as another role, and let that one own the tables."
        raise UnsafeRoleError(app_role=app_role, fact="owns the tables", remedy=remedy)


def role_missing(facts: RoleFacts, app_role: str, *, fact: str) -> RoleMissingError:
    """Make the error that says why the login can't become the app role, and which SQL changes that."""
    sql = "\n".join(f"{statement};" for statement in role_sql(facts, app_role))
    return RoleMissingError(login=facts.login, app_role=app_role, fact=fact, sql=sql)


def role_sql(facts: RoleFacts, app_role: str) -> list[str]:
    """Return the SQL that creates the app role, where it is missing, and lets the login become it.

    A plain GRANT would leave a membership WITH SET FALSE as it is; before PostgreSQL 16, which knows no other, it is
    the only one that is understood.
    """
    login = '"' + facts.login.replace('"', '""') + '"'
    creation = [] if facts.exists else [f'CREATE ROLE "{app_role}" NOLOGIN NOSUPERUSER NOBYPASSRLS']
    return [*creation, f'GRANT "{app_role}" TO {login}{" WITH SET TRUE" if facts.is_member else ""}']


class Policy(NamedTuple):
    """The policy of one command on a table: which rows it may see, and which it may leave behind."""

    name: str
    command: str
    using: str | None
    check: str | None

    def sql(self, table: str) -> str:
        """Return the SQL that creates it."""
        using = f" USING ({self.using})" if self.using else ""
        check = f" WITH CHECK ({self.check})" if self.check else ""
        return f"CREATE POLICY {self.name} ON {table} FOR {self.command}{using}{check}"


class FoundPolicy(NamedTuple):
    """A policy as the catalogue has it."""

    name: str
    is_for_all: bool
    """Whether it is permissive, and for every role."""
    command: str
    using: str | None
    check: str | None


def policy_faults(table: str, found: Iterable[FoundPolicy], made: Iterable[Policy]) -> Iterator[tuple[str, str]]:
    """Name each policy of one table that is too much or missing, with the SQL that puts it right.

    One that was altered is both.
    """
    wanted = {policy.name: policy for policy in made}
    sound: set[str] = set()
    for policy in found:
        if policy.name in wanted and _is_as_made(policy, wanted[policy.name]):
            sound.add(policy.name)
        else:
            name = policy.name.replace('"', '""')
            yield f"{table} has a policy {policy.name} that is not ours", f'DROP POLICY "{name}" ON {table};'
    for name in sorted(wanted.keys() - sound):
        yield f"{table} lacks its policy {name}", f"{wanted[name].sql(table)};"


def _is_as_made(found: FoundPolicy, made: Policy) -> bool:
    return (
        found.is_for_all
        and found.command == made.command
        and _bare(found.using) == _bare(made.using)
        and _bare(found.check) == _bare(made.check)
    )


def _bare(condition: str | None) -> str:
    """Strip what PostgreSQL adds when it writes a condition down again: brackets, blanks and casts of literals."""
    return re.sub(r"::text|[\s()]", "", (condition or "").lower())


class Duties(NamedTuple):
    """What rows must be like to be changed and deleted, beyond being the tenant's; it may name who is at work.

    The setting ``stronghold.duty`` says that, for a transaction: a few verbs alone set it.
    """

    changes_from: str
    changes_to: str
    removes: str


def policies(
    table: str,
    *,
    mine: str = OF_TENANT,
    is_updatable: bool = False,
    deletable: bool = False,
    selectable_if: str = "",
    duties: Duties | None = None,
) -> list[Policy]:
    """Return the policies of *table*, one for each command; `walled_table_sql` says what the rest means."""
    readable = f"{mine} OR {selectable_if}" if selectable_if else mine
    before, after, removed = (f"{mine} AND {needed}" for needed in duties) if duties else (mine, mine, mine)
    return [
        Policy(f"{table}_read", "SELECT", readable, None),
        Policy(f"{table}_add", "INSERT", None, mine),
        *([Policy(f"{table}_change", "UPDATE", before, after)] if is_updatable else []),
        *([Policy(f"{table}_remove", "DELETE", removed, None)] if deletable else []),
    ]


def tenant_table_sql(
    table: str,
    app_role: str | None,
    *,
    updatable: Sequence[str] = (),
    deletable: bool = False,
    selectable_if: str = "",
    duties: Duties | None = None,
) -> list[str]:
    """Return the SQL that puts *table*, whose rows carry ``tenant_id``, behind row-level security."""
    return walled_table_sql(
        table,
        app_role,
        mine=OF_TENANT,
        updatable=updatable,
        deletable=deletable,
        selectable_if=selectable_if,
        duties=duties,
    )


def walled_table_sql(
    table: str,
    app_role: str | None,
    *,
    mine: str,
    updatable: Sequence[str] = (),
    deletable: bool = False,
    selectable_if: str = "",
    duties: Duties | None = None,
) -> list[str]:
    """Return the SQL that puts *table* behind row-level security, one policy a command.

    Args:
        table: The table.
        app_role: Who gets the grants; nobody else needs any. Without one nothing is granted.
        mine: Which rows may be read and written: `OF_TENANT`, or `OF_PERSON`.
        updatable: The columns the app role may change; none of those that hold money's history.
        deletable: Whether it may delete rows.
        selectable_if: A further condition under which a row may be read, for directory tables.
        duties: What else must hold of rows that it changes or deletes.
    """
    made = policies(
        table,
        mine=mine,
        is_updatable=bool(updatable),
        deletable=deletable,
        selectable_if=selectable_if,
        duties=duties,
    )
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(policy.sql(table) for policy in made),
        *(_grants(table, app_role, updatable, deletable=deletable) if app_role is not None else []),
    ]


def _grants(table: str, app_role: str, updatable: Sequence[str], *, deletable: bool) -> list[str]:
    changes = [f'GRANT UPDATE ({", ".join(updatable)}) ON {table} TO "{app_role}"'] if updatable else []
    removals = [f'GRANT DELETE ON {table} TO "{app_role}"'] if deletable else []
    return [f'GRANT SELECT, INSERT ON {table} TO "{app_role}"', *changes, *removals]
