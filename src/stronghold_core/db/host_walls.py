"""The database's own wall around the host's tables on PostgreSQL: the SQL that builds it, and what is missing of it.

Such a table has a policy for each command, whatever the app role is granted: a grant that comes later then meets a
policy that is there already. The host's own policies may narrow these, or be for roles that the app role is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql.base import PGDialect

from stronghold_core.db.roles import TENANT, FoundPolicy, Policy, policy_faults
from stronghold_core.errors import ConfigurationError, OpenTableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, RowMapping

_DIALECT: Final = PGDialect()  # type: ignore[no-untyped-call] # SQLAlchemy's annotations are not complete
COMMANDS: Final = ("select", "insert", "update", "delete")
_NEEDED: Final = frozenset({"SELECT", "INSERT"})
_TOO_MUCH: Final = frozenset({"TRUNCATE", "REFERENCES", "TRIGGER"})
"""Row-level security does not hold for the first two, and a trigger of somebody's acts in others' names."""

_FACTS: Final = text(
    """
    SELECT w.place, c.oid IS NOT NULL AS is_there,
           coalesce(c.relrowsecurity AND c.relforcerowsecurity, false) AS is_walled,
           ARRAY(SELECT p FROM unnest(CAST(:privileges AS text[])) p WHERE has_table_privilege(:role, c.oid, p))
               AS privileges,
           coalesce((SELECT json_agg(json_build_object(
                   'name', p.polname,
                   'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                   'using', pg_get_expr(p.polqual, p.polrelid),
                   'check', pg_get_expr(p.polwithcheck, p.polrelid),
                   'is_for_all', p.polroles = '{0}') ORDER BY p.polname)
               FROM pg_policy p
              WHERE p.polrelid = c.oid AND p.polpermissive
                AND (p.polroles = '{0}'
                     OR EXISTS (SELECT FROM unnest(p.polroles) r WHERE pg_has_role(:role, r, 'MEMBER')))
           ), '[]') AS policies
      FROM unnest(CAST(:schemas AS text[]), CAST(:names AS text[])) WITH ORDINALITY w (schema, name, place)
      LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace)
        ON c.relname = w.name AND c.relkind IN ('r', 'p')
           AND (n.nspname = w.schema OR w.schema IS NULL AND pg_table_is_visible(c.oid))
     ORDER BY w.place
    """
)


def host_table_sql(
    table: Table | str, *, app_role: str = "stronghold_app", allow: Sequence[str] = COMMANDS
) -> list[str]:
    """Return the SQL that puts one of the host's tenant tables behind row-level security, for its own migrations.

    Run it on PostgreSQL, as the table's owner, once the table is made.

    Args:
        table: The table, or its name as SQL writes it.
        app_role: The role under which units run: `Settings.app_role`.
        allow: What units may do with its rows: some of ``select``, ``insert``, ``update``, ``delete``. A table that is
            only added to leaves the last two out.

    Raises:
        ConfigurationError: If *allow* names anything else.

    >>> for statement in host_table_sql("shop_order", allow=["select", "insert"])[-1:]:
    ...     print(statement)
    GRANT SELECT, INSERT ON shop_order TO "stronghold_app"
    """
    if strangers := [word for word in allow if word not in COMMANDS]:
        raise ConfigurationError(reason=f"allow names {strangers[0]!r}: it may name {', '.join(COMMANDS)}.")
    name = table if isinstance(table, str) else sql_name(table)
    granted = ", ".join(command.upper() for command in COMMANDS if command in allow)
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        *(policy.sql(name) for policy in _policies()),
        *([f'GRANT {granted} ON {name} TO "{app_role}"'] if granted else []),
    ]


def sql_name(table: Table) -> str:
    """Write the name of *table* as PostgreSQL reads it.

    >>> from sqlalchemy import MetaData
    >>> sql_name(Table("Order", MetaData(), schema="shop"))
    'shop."Order"'
    """
    return _DIALECT.identifier_preparer.format_table(table)


def check_host_tables(connection: Connection, role: str, tables: Sequence[Table]) -> None:
    """Pass if row-level security keeps tenants apart in all *tables*.

    Raises:
        OpenTableError: Otherwise; it says all that is wrong, and what to run.
    """
    if faults := host_table_faults(connection, role, tables):
        facts, remedies = zip(*faults, strict=True)
        raise OpenTableError(facts="; ".join(facts), sql="\n".join(remedies))


def host_table_faults(connection: Connection, role: str, tables: Sequence[Table]) -> list[tuple[str, str]]:
    """Name all that is wrong with the walls around *tables*, on a connection that may read the catalogue."""
    if not tables:
        return []
    asked = {
        "role": role,
        "privileges": sorted(_NEEDED | _TOO_MUCH),
        "schemas": [table.schema for table in tables],
        "names": [table.name for table in tables],
    }
    facts = connection.execute(_FACTS, asked).mappings().all()
    return [
        fault for table, found in zip(tables, facts, strict=True) for fault in _faults(sql_name(table), role, found)
    ]


def _faults(name: str, role: str, found: RowMapping) -> Iterator[tuple[str, str]]:
    if not found["is_there"]:
        yield f"{name} is missing", f"-- create {name} first"
        return
    if not found["is_walled"]:
        yield (
            f"row-level security is not forced on {name}",
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\nALTER TABLE {name} FORCE ROW LEVEL SECURITY;",
        )
    yield from policy_faults(name, [FoundPolicy(**policy) for policy in found["policies"]], _policies())
    privileges = set(found["privileges"])
    for privilege in sorted(_NEEDED - privileges):
        yield f"no {privilege} on {name}", f'GRANT {privilege} ON {name} TO "{role}";'
    for privilege in sorted(_TOO_MUCH & privileges):
        yield f"{privilege} on {name}", f'REVOKE {privilege} ON {name} FROM "{role}", PUBLIC;'


def _policies() -> list[Policy]:
    """Return the policies of a host's table; PostgreSQL names them by table, so they are called alike on each."""
    mine = f"tenant_id = {TENANT}"
    return [
        Policy("stronghold_read", "SELECT", mine, None),
        Policy("stronghold_add", "INSERT", None, mine),
        Policy("stronghold_change", "UPDATE", mine, mine),
        Policy("stronghold_remove", "DELETE", mine, None),
    ]
