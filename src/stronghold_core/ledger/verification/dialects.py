"""What SQLite and PostgreSQL write differently in the statements that verify books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Dialect(NamedTuple):
    """What the databases write differently."""

    total: Callable[[str], str]
    """The exact sum of a column, as text: it may pass 63 bits, on the way or in the end."""
    id: Callable[[str], str]
    """An id as people read it."""
    said: Callable[[str], str]
    """A member of the payload of the event ``v``, as text."""
    said_id: Callable[[str], str]
    """The same of an id, written as `id` does."""
    said_count: str
    """How many lines the event ``v`` tells of."""
    differs: str
    """Unequal, where two missing values are equal."""
    month: str
    """The month of an entry, as its first day."""
    first: Callable[[str], str]
    """The first row of a rule's statement."""
    said_lines: str
    """The lines that the event ``v`` tells of, as ``said`` to be joined: number, account, minor units, currency."""


def _total_on_sqlite(column: str) -> str:
    """Add up halves of 32 bits: SQLite's own SUM fails as soon as it passes 63 bits on the way."""
    low = f"sum({column} & 4294967295)"
    high, low = f"(sum({column} >> 32) + ({low} >> 32))", f"({low} & 4294967295)"
    return (
        f"(CASE WHEN {high} BETWEEN -2147483648 AND 2147483647 THEN CAST({high} * 4294967296 + {low} AS text)"
        f" ELSE {high} || ' * 2^32 + ' || {low} END)"
    )


DIALECTS: Final = {
    "postgresql": Dialect(
        total=lambda column: f"CAST(sum({column}) AS text)",
        id=lambda column: f"CAST({column} AS text)",
        said=lambda member: f"(CAST(v.payload AS json) ->> '{member}')",
        said_id=lambda member: f"(CAST(v.payload AS json) ->> '{member}')",
        said_count="json_array_length(CAST(v.payload AS json) -> 'entries')",
        differs="IS DISTINCT FROM",
        month="CAST(date_trunc('month', effective_date) AS date)",
        # Told that one row is enough, PostgreSQL bets on meeting it soon, which honest books never grant.
        first=lambda rule: f"WITH breach AS MATERIALIZED ({rule}) SELECT * FROM breach LIMIT 1",  # noqa: S608
        said_lines="""
          CROSS JOIN LATERAL (
                SELECT number AS line, pair ->> 0 AS account, split_part(pair ->> 1, ' ', 2) AS currency,
                       CAST(replace(split_part(pair ->> 1, ' ', 1), '.', '') AS numeric) AS minor
                  FROM json_array_elements(CAST(v.payload AS json) -> 'entries') WITH ORDINALITY AS l(pair, number)
               ) AS said
        """,
    ),
    "sqlite": Dialect(
        total=_total_on_sqlite,
        id=lambda column: f"lower(hex({column}))",
        said=lambda member: f"CAST(json_extract(v.payload, '$.{member}') AS text)",
        said_id=lambda member: f"replace(json_extract(v.payload, '$.{member}'), '-', '')",
        said_count="json_array_length(v.payload, '$.entries')",
        differs="IS NOT",
        month="substr(effective_date, 1, 7) || '-01'",
        first=lambda rule: f"{rule} LIMIT 1",
        said_lines="""
          JOIN (SELECT w.id, l.key + 1 AS line, replace(json_extract(l.value, '$[0]'), '-', '') AS account,
                       substr(json_extract(l.value, '$[1]'), instr(json_extract(l.value, '$[1]'), ' ') + 1) AS currency,
                       CAST(replace(json_extract(l.value, '$[1]'), '.', '') AS integer) AS minor
                  FROM stronghold_audit_event w, json_each(w.payload, '$.entries') l
                 WHERE w.tenant_id = :tenant_id AND w.object_type = 'transaction') AS said ON said.id = v.id
        """,
    ),
}
