"""A tenant's leaving and coming: everything that is stored for it, as JSON lines, and back with all ids kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from stronghold_core.audit import AuditKind, event_row, record_event, write_event_row
from stronghold_core.currencies import get_currency, register_currency
from stronghold_core.db import ConstraintError
from stronghold_core.db.migrate import head_revision
from stronghold_core.errors import DuplicateTenantError, ExportFileError, StrongholdError, TenantExistsError
from stronghold_core.exports.checks import CHECKS, RowChecks
from stronghold_core.exports.records import TenantExport
from stronghold_core.exports.rules import (
    FORMAT,
    FORMAT_VERSION,
    MAX_LINE_BYTES,
    checked_head,
    json_line,
    read_line,
    read_value,
)
from stronghold_core.exports.tables import TenantTable, tenant_tables
from stronghold_core.ids import TenantId
from stronghold_core.ledger import currencies_in_use, mistake_in_grants, verify_books
from stronghold_core.rbac import mistake_in_roles
from stronghold_core.rbac.staff import mistake_in_admissions
from stronghold_core.tenancy import is_tenant, lock_memberships, pin_currency, read_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from stronghold_core.db import Unit

AT_A_TIME: Final = 1_000
"""How many rows are read and written at once."""


# ------------------------------------------------------------------ leaving


def record_export(unit: Unit) -> None:
    """Write down that everything of the unit's tenant is about to be read; the books stay as they were.

    Raises:
        NotFoundError: If there is no such tenant.
    """
    read_tenant(unit.connection, unit.tenant_id)
    event = event_row(
        unit.context,
        at=unit.clock.now(),
        action="tenant.export",
        object_type="tenant",
        object_id=unit.tenant_id,
        payload={},
        kind=AuditKind.ACCESS,
    )
    write_event_row(unit.connection, event)


def write_tenant(unit: Unit, file: BinaryIO, *, progress: Callable[[int], object] | None) -> TenantExport:
    """Write everything that is stored for the unit's tenant; memory stays flat."""
    tenant = read_tenant(unit.connection, unit.tenant_id)
    codes = sorted({tenant.base_currency, *currencies_in_use(unit)})
    own = [one for one in map(get_currency, codes) if not one.is_iso]
    page = _Page(file)
    page.write(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "schema_version": head_revision(),
            "tenant_id": unit.tenant_id,
            "written_at": unit.clock.now(),
            "currencies": [{"code": one.code, "exponent": one.exponent, "name": one.name} for one in own],
        }
    )
    counts: dict[str, int] = {}
    for table in tenant_tables():
        counts[table.name] = 0
        for row in _rows_of(unit, table):
            page.write({"table": table.name, "row": row})
            counts[table.name] += 1
            if progress is not None and sum(counts.values()) % AT_A_TIME == 0:
                progress(sum(counts.values()))
    page.write({"end": {"rows": counts, "sha256": page.digest}})
    return TenantExport(tenant_id=unit.tenant_id, schema_version=head_revision(), rows=counts)


class _Page:
    """Writes lines, and knows the digest of those that it has written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines so far."""
        return self._hash.hexdigest()

    def write(self, document: object) -> None:
        """Write one line."""
        line = json_line(document)
        self._hash.update(line)
        self._file.write(line)


def _rows_of(unit: Unit, table: TenantTable) -> Iterator[dict[str, Any]]:
    for query in table.queries():
        options = {"yield_per": AT_A_TIME}
        with unit.connection.execute(query, {"tenant": unit.tenant_id}, execution_options=options) as rows:
            for row in rows:
                yield dict(zip(table.columns, row, strict=True))


# ------------------------------------------------------------------ coming


class Arrival:
    """An exported tenant, read line by line.

    Args:
        file: The file, opened for reading bytes.
        checks: What values must be, by tables and columns, that only a feature beside this one knows.

    Raises:
        ExportFileError: If its first line is not that of an exported tenant of this schema.
    """

    def __init__(self, file: BinaryIO, *, checks: Mapping[str, Mapping[str, Callable[[Any], object]]]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._number = 0
        self._checks = {
            table.name: RowChecks(table.table, {**CHECKS.get(table.name, {}), **checks.get(table.name, {})})
            for table in tenant_tables()
        }
        self._tables = {table.name: table for table in tenant_tables()}
        self._counts = dict.fromkeys(self._tables, 0)
        self._external_reference: str | None = None
        tenant_id, self._currencies = checked_head(self._next(), schema_version=head_revision())
        self.tenant_id = TenantId(tenant_id)

    def settle(self, unit: Unit, *, progress: Callable[[int], object] | None) -> TenantExport:
        """Write all rows into the unit, and verify what became of them.

        Raises:
            ExportFileError: If the file is damaged or not complete, or the books do not agree.
            TenantExistsError: If the tenant is here already.
            DuplicateTenantError: If another tenant has its external reference.
        """
        if is_tenant(unit.connection, self.tenant_id):
            raise TenantExistsError(tenant_id=self.tenant_id)
        self._learn_currencies(unit)
        try:
            for table, rows in self._batches():
                with unit.savepoint():
                    table.insert.run(unit.connection, self._columns(table, rows), {"tenant_id": unit.tenant_id})
                if progress is not None:
                    progress(sum(self._counts.values()))
        except ConstraintError as error:
            raise self._explained(error) from error
        if not is_tenant(unit.connection, self.tenant_id):
            raise ExportFileError(reason="it has no row of the directory, by which the tenant is found.")
        found = verify_books(unit).findings
        if found:
            raise ExportFileError(reason=f"its books do not agree: {found[0].rule}, {found[0].where}.")
        if (mistake := mistake_in_roles(unit.connection, unit.tenant_id)) is not None:
            raise ExportFileError(reason=f"its roles do not agree: {mistake}.")
        if (mistake := mistake_in_admissions(unit.connection, unit.tenant_id, at=unit.clock.now())) is not None:
            raise ExportFileError(reason=f"its admissions do not agree: {mistake}.")
        if (mistake := mistake_in_grants(unit.connection, unit.tenant_id)) is not None:
            raise ExportFileError(reason=f"its grants do not agree: {mistake}.")
        # A process may remember what the roles allowed that had this version, before the file was changed.
        lock_memberships(unit)
        record_event(
            unit, "tenant.restore", object_type="tenant", object_id=unit.tenant_id, payload={"rows": self._counts}
        )
        return TenantExport(tenant_id=self.tenant_id, schema_version=head_revision(), rows=self._counts)

    def _learn_currencies(self, unit: Unit) -> None:
        for one in self._currencies:
            try:
                known = register_currency(one["code"], exponent=one["exponent"], name=one["name"])
            except (KeyError, TypeError) as error:
                raise ExportFileError(reason="its first line names a currency that is none.") from error
            pin_currency(unit.connection, known)

    def _batches(self) -> Iterator[tuple[TenantTable, list[dict[str, Any]]]]:
        """Go through the rows, many of one table at a time, those that belong together undivided."""
        table: TenantTable | None = None
        rows: list[dict[str, Any]] = []
        while "end" not in (document := self._next()):
            found, row = self._row(document)
            is_divisible = found.group is None or not rows or rows[-1].get(found.group) != row.get(found.group)
            if table is not None and (found is not table or (len(rows) >= AT_A_TIME and is_divisible)):
                yield table, rows
                rows = []
            table = found
            rows.append(row)
        if table is not None:
            yield table, rows
        if self._file.read(1):
            raise ExportFileError(reason=f"something follows after its end, line {self._number:,}.")

    def _row(self, document: dict[str, Any]) -> tuple[TenantTable, dict[str, Any]]:
        table, row = self._tables.get(str(document.get("table"))), document.get("row")
        if table is None or not isinstance(row, dict) or row.keys() != set(table.columns):
            raise ExportFileError(reason=f"line {self._number:,} is no row of this schema.")
        self._counts[table.name] += 1
        try:
            read = {name: read_value(kind, row[name]) for name, kind in table.kinds.items()}
        except ValueError as error:
            raise ExportFileError(reason=f"line {self._number:,} can't be read: {error}") from error
        if (wrong := self._checks[table.name].wrong(read)) is not None:
            raise ExportFileError(reason=f"line {self._number:,} can't say {wrong} {read[wrong]!r:.100}.")
        if table.name == "tenant":
            self._external_reference = read["external_reference"]
        return table, read

    @staticmethod
    def _columns(table: TenantTable, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
        return {name: [row[name] for row in rows] for name in table.columns}

    def _next(self) -> dict[str, Any]:
        """Read the next line; the last one must be what the others led to."""
        line = self._file.readline(MAX_LINE_BYTES)
        self._number += 1
        if not line.endswith(b"\n"):
            raise ExportFileError(reason=f"it ends within line {self._number:,}; it was cut off, or is none of ours.")
        document = read_line(line, number=self._number)
        if "end" in document and document["end"] != {"rows": self._counts, "sha256": self._hash.hexdigest()}:
            raise ExportFileError(reason="its rows are not those that were exported; it was changed, or cut off.")
        self._hash.update(line)
        return document

    def _explained(self, error: ConstraintError) -> StrongholdError:
        if error.constraint in {"pk_stronghold_tenant", "pk_stronghold_tenant_directory"}:
            return TenantExistsError(tenant_id=self.tenant_id)
        if "tenant_directory_external_reference" in error.constraint:
            return DuplicateTenantError(external_reference=self._external_reference or "")
        return ExportFileError(reason=f"its rows contradict each other ({error.constraint}, by line {self._number:,}).")
