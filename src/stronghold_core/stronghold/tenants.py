"""The platform's verbs on tenants: `stronghold.tenants`. The host calls them in its own name, not in a member's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.bank_statements import stored_layout
from stronghold_core.context import NO_ORIGIN, Context
from stronghold_core.db import own_transaction, translated
from stronghold_core.exports import Arrival, record_export, write_tenant
from stronghold_core.ids import TenantId, new_id, parse_id, parse_principal
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page, checked_limit
from stronghold_core.permissions import Permission
from stronghold_core.tenancy import (
    TenantOfPrincipal,
    TenantRecord,
    create_tenant,
    find_tenant_id,
    iterate_tenant_ids,
    list_tenants,
    list_tenants_of,
    read_tenant,
    switch_capabilities,
)
from stronghold_core.tenancy.rules import MAX_REFERENCE_LENGTH
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from stronghold_core.exports import TenantExport
    from stronghold_core.ids import AnId
    from stronghold_core.stronghold.units import Units
    from stronghold_core.tenancy import TenantOfPrincipal, TenantRecord


class Tenants:
    """All tenants of this database."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._database = units.database

    def create(
        self,
        *,
        kind: str,
        name: str,
        base_currency: str,
        owner: str,
        time_zone: str = "UTC",
        external_reference: str | None = None,
        days_ahead: int = 0,
    ) -> TenantRecord:
        """Create a tenant with its first owner.

        Args:
            kind: ``user`` for a person's books, ``organization`` for a company's.
            name: What people call it.
            base_currency: The currency of accounts that name none.
            owner: The principal who owns it: ``user:…``.
            time_zone: An IANA time zone; it decides what "today" is.
            external_reference: The host's own key of this customer; unique among all tenants.
            days_ahead: How many days after today a transaction may be dated, on accounts without limits.

        Raises:
            DuplicateTenantError: If another tenant has that external reference.
            InvalidInputError, UnknownCurrencyError, WithdrawnCurrencyError: If a field can't be so.
        """
        principal = parse_principal(owner)
        self._units.ensure_ready()
        tenant_id = TenantId(new_id())
        context = Context(tenant_id=tenant_id, principal=principal, permissions=frozenset(Permission), origin=NO_ORIGIN)
        with self._units.platform(context) as unit:
            return create_tenant(
                unit,
                kind=kind,
                name=name,
                base_currency=base_currency,
                owner=principal,
                time_zone=time_zone,
                external_reference=external_reference,
                days_ahead=days_ahead,
            )

    def get(self, tenant_id: AnId) -> TenantRecord:
        """Return one tenant and its settings.

        Raises:
            NotFoundError: If there is none with that id.
        """
        tenant = TenantId(parse_id(tenant_id, field="tenant_id"))
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, tenant, read_only=True) as connection:
            return read_tenant(connection, tenant)

    def find(self, *, external_reference: str) -> TenantRecord | None:
        """Return the tenant that the host knows by that key; none if there is none."""
        reference = checked_text(external_reference, field="external_reference", max_length=MAX_REFERENCE_LENGTH)
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, None, read_only=True) as connection:
            tenant_id = find_tenant_id(connection, backend, reference)
            if tenant_id is None:
                return None
            backend.bind_tenant(connection, tenant_id)
            return read_tenant(connection, tenant_id)

    def list_of(self, principal: str) -> list[TenantOfPrincipal]:
        """List all tenants that *principal* is a member of, by name, each with the role held there."""
        member = parse_principal(principal)
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, None, read_only=True) as connection:
            return list_tenants_of(connection, backend, member)

    def list(self, *, limit: int = DEFAULT_PAGE_SIZE, after: str | None = None) -> Page[TenantRecord]:
        """List all tenants, the oldest first; for the platform's own lists, for members use `list_of`.

        Args:
            limit: How many on a page.
            after: The cursor of the page before.
        """
        size = checked_limit(limit)
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, None, read_only=True) as connection:
            return list_tenants(connection, backend, limit=size, after=after)

    def export(
        self, tenant_id: AnId, file: BinaryIO, *, progress: Callable[[int], object] | None = None
    ) -> TenantExport:
        """Write everything that is stored for a tenant, as JSON lines: books, members, audit log, as of one moment.

        Memory stays flat. `restore` reads the file into another database of the same schema. An event of the audit log
        says that it was begun; where none can be written, such as on a standby server, nothing is exported.

        Args:
            tenant_id: Whose.
            file: Opened for writing bytes. It will hold names and other personal data.
            progress: Told now and then how many rows are written.

        Raises:
            NotFoundError: If there is none with that id.
        """
        tenant = TenantId(parse_id(tenant_id, field="tenant_id"))
        self._units.ensure_ready()
        context = _platform("system:export", tenant)
        # A unit that reads can't write it; and once the file is written, it may be too late.
        with self._units.platform(context) as unit:
            record_export(unit)
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, tenant, read_only=True) as connection, translated():
            return write_tenant(self._units.bare(connection, context, read_only=True), file, progress=progress)

    def restore(self, file: BinaryIO, *, progress: Callable[[int], object] | None = None) -> TenantExport:
        """Bring an exported tenant into this database, with all its ids: the whole of it, verified, or nothing.

        Args:
            file: What `export` wrote, opened for reading bytes.
            progress: Told now and then how many rows are read.

        Raises:
            ExportFileError: If the file is damaged, not complete, of another schema, or its books do not agree.
            TenantExistsError: If the tenant is here already.
            DuplicateTenantError: If another tenant has its external reference.
        """
        arrival = Arrival(file, checks={"statement_layout": {"layout": stored_layout}})
        self._units.ensure_ready()
        with self._units.platform(_platform("system:restore", arrival.tenant_id)) as unit:
            return arrival.settle(unit, progress=progress)

    def switch_capabilities(self, tenant_id: AnId, switches: Mapping[str, bool]) -> TenantRecord:
        """Turn capabilities of a tenant on or off; it holds from everybody's next unit of work.

        Args:
            tenant_id: Whose.
            switches: Names with True or False: parts of this library (`Capability`), which are on unless they are
                turned off, and a host's own, ``app:…``, which are off unless they are turned on. Others stay.

        Raises:
            NotFoundError: If there is no such tenant.
            InvalidInputError: If there can be no such capability.
        """
        tenant = TenantId(parse_id(tenant_id, field="tenant_id"))
        self._units.ensure_ready()
        with self._units.platform(_platform("system:capabilities", tenant)) as unit:
            return switch_capabilities(unit, switches)

    def ids(self) -> Iterator[TenantId]:
        """Go through the ids of all tenants; for the platform's own chores, such as verification."""
        self._units.ensure_ready()
        engine, backend = self._database.engine, self._database.backend
        with own_transaction(engine, backend, None, read_only=True) as connection:
            found = tuple(iterate_tenant_ids(connection, backend))
        return iter(found)


def _platform(principal: str, tenant_id: TenantId) -> Context:
    """Say who acts where no member does."""
    return Context(tenant_id=tenant_id, principal=parse_principal(principal), permissions=frozenset(), origin=NO_ORIGIN)
