"""What PostgreSQL's catalogue says of the walls, read by itself: not what the migration meant, but what it made.

Each rule is a query that finds whatever breaks it; and each is shown something that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import text

from stronghold_core.db import Base
from stronghold_core.db.base import Scope

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import Connection, Engine

pytestmark = pytest.mark.postgres

OF_TENANTS: Final = {Scope.TENANT, Scope.DIRECTORY}
WALLED: Final = sorted(table.name for table in Base.metadata.tables.values() if table.info["scope"] in OF_TENANTS)

FOUND_BEFORE_A_TENANT_IS_KNOWN: Final = {"uq_stronghold_tenant_directory_external_reference"}
"""The one unique key without a tenant: it is by this key, the host's own of its customer, that a tenant is found. It
belongs to the platform, which alone calls verbs that use it."""

SETTING: Final = r"stronghold\.tenant_id"
BOUND: Final = rf"\(tenant_id = \(NULLIF\(current_setting\('{SETTING}'::text, true\), ''::text\)\)::uuid\)".replace(
    "'", "''"
)
"""The comparison by itself: something else may be asked on top of it, never in its place."""
OURS: Final = "c.relnamespace = 'public'::regnamespace AND c.relname = ANY (:walled)"

RULES: Final = {
    "row-level security is enabled and forced": f"""
        SELECT c.relname FROM pg_class c WHERE {OURS} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
    "each command has a policy, or nobody may give it": f"""
        SELECT c.relname || ' ' || w.word FROM pg_class c
         CROSS JOIN (VALUES ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) w (word, command)
         WHERE {OURS}
           AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = w.command::"char")
           AND (w.word IN ('SELECT', 'INSERT')
                OR has_table_privilege('stronghold_app', c.oid, w.word)
                OR w.word = 'UPDATE' AND has_any_column_privilege('stronghold_app', c.oid, w.word))""",
    "each policy compares the tenant": f"""
        SELECT p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         WHERE {OURS} AND (
               p.polcmd = '*'
            OR p.polcmd = 'r' AND pg_get_expr(p.polqual, p.polrelid) !~ '\\mtenant_id = .*{SETTING}'
            OR p.polcmd IN ('w', 'd') AND pg_get_expr(p.polqual, p.polrelid) !~ '^({BOUND}$|\\({BOUND} AND )'
            OR p.polcmd IN ('a', 'w') AND pg_get_expr(p.polwithcheck, p.polrelid) !~ '^({BOUND}$|\\({BOUND} AND )')""",
    "each primary and unique key holds the tenant": f"""
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
         WHERE {OURS} AND i.indisunique AND NOT EXISTS (
               SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum = ANY (i.indkey))""",
    "each primary key begins with the tenant": f"""
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE {OURS} AND i.indisprimary AND a.attname <> 'tenant_id'""",
    "each foreign key leads from a tenant to the same tenant": f"""
        SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
         WHERE {OURS} AND k.contype = 'f' AND NOT EXISTS (
               SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here
                 JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
                WHERE a.attname = 'tenant_id' AND b.attname = 'tenant_id')""",
    "the tenant is never missing": f"""
        SELECT c.relname FROM pg_class c WHERE {OURS} AND NOT EXISTS (
               SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
                  AND a.attnotnull AND a.atttypid = 'uuid'::regtype)""",
    "each view asks in the name of who looks": """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
           AND coalesce(c.reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on'] IS NOT TRUE""",
    "each function that acts in another's name says where it looks": """
        SELECT p.proname FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
           AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')""",
    "no table but those of the metadata": """
        SELECT c.relname FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f')
           AND NOT c.relname = ANY (:every)""",
}

BREACHES: Final = {
    "row-level security is enabled and forced": ["ALTER TABLE stronghold_entry NO FORCE ROW LEVEL SECURITY"],
    "each command has a policy, or nobody may give it": ["GRANT DELETE ON stronghold_entry TO stronghold_app"],
    "each policy compares the tenant": ["ALTER POLICY stronghold_entry_read ON stronghold_entry USING (true)"],
    "each primary and unique key holds the tenant": ["CREATE UNIQUE INDEX breach ON stronghold_account (name)"],
    "each primary key begins with the tenant": [
        "ALTER TABLE stronghold_audit_event DROP CONSTRAINT pk_stronghold_audit_event",
        "ALTER TABLE stronghold_audit_event ADD PRIMARY KEY (id, tenant_id)",
    ],
    "each foreign key leads from a tenant to the same tenant": [
        "ALTER TABLE stronghold_account ADD UNIQUE (id)",
        "ALTER TABLE stronghold_entry ADD FOREIGN KEY (account_id) REFERENCES stronghold_account (id)",
    ],
    "the tenant is never missing": [
        "ALTER TABLE stronghold_audit_event DROP CONSTRAINT pk_stronghold_audit_event",
        "ALTER TABLE stronghold_audit_event ALTER COLUMN tenant_id DROP NOT NULL",
    ],
    "each view asks in the name of who looks": ["CREATE VIEW breach AS SELECT * FROM stronghold_entry"],
    "each function that acts in another's name says where it looks": [
        "CREATE FUNCTION breach() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"
    ],
    "no table but those of the metadata": ["CREATE TABLE breach (id int)"],
}


@pytest.fixture
def connection(superuser_engine: Engine) -> Generator[Connection]:
    """Look into the catalogue of a migrated database; what a test breaks there is mended."""
    with superuser_engine.connect() as opened:
        yield opened
        opened.rollback()


def found(connection: Connection, rule: str) -> list[Any]:
    """Name what breaks a rule."""
    every = [*Base.metadata.tables, "stronghold_schema_version"]
    return sorted(connection.execute(text(RULES[rule]), {"walled": WALLED, "every": every}).scalars())


@pytest.mark.parametrize("rule", RULES)
def test_a_migrated_database_keeps_the_rule(connection: Connection, rule: str) -> None:
    """The only exception is named, with its reason."""
    assert set(found(connection, rule)) <= FOUND_BEFORE_A_TENANT_IS_KNOWN


@pytest.mark.parametrize("rule", RULES)
def test_what_breaks_the_rule_is_found(connection: Connection, rule: str) -> None:
    """Else the rule would be kept by a query that finds nothing."""
    before = found(connection, rule)
    for statement in BREACHES[rule]:
        connection.exec_driver_sql(statement)
    assert len(found(connection, rule)) > len(before)


def test_money_is_never_deleted_nor_the_log_changed(connection: Connection) -> None:
    """Where a policy is missing it is on purpose: what was posted and recorded stays, so nobody is granted more."""
    missing = text(
        f"""SELECT c.relname || ' ' || w.word FROM pg_class c
             CROSS JOIN (VALUES ('UPDATE', 'w'), ('DELETE', 'd')) w (word, command)
             WHERE {OURS}
               AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = w.command::"char")"""
    )
    without = set(connection.execute(missing, {"walled": WALLED}).scalars())
    assert {"stronghold_entry UPDATE", "stronghold_entry DELETE", "stronghold_audit_batch UPDATE"} <= without
    assert {"stronghold_transaction DELETE", "stronghold_account DELETE", "stronghold_audit_batch DELETE"} <= without


def test_an_event_is_touched_by_those_alone_whose_duty_it_is(connection: Connection) -> None:
    """Its policies of UPDATE and DELETE ask what is at work, and a verb has to say it in so many words."""
    asked = text(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
        " WHERE polrelid = 'stronghold_audit_event'::regclass AND polcmd IN ('w', 'd')"
    )
    conditions = connection.execute(asked).scalars().all()
    assert len(conditions) == 2
    assert all("stronghold.duty" in condition for condition in conditions)
