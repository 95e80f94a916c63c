"""The verbs on tenants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import update

from stronghold_core.audit import record_event
from stronghold_core.capabilities import checked_switches
from stronghold_core.clock import today
from stronghold_core.currencies import get_currency
from stronghold_core.db import ConstraintError
from stronghold_core.errors import DuplicateTenantError
from stronghold_core.ids import new_version
from stronghold_core.permissions import Permission
from stronghold_core.tenancy.currencies import pin_currency
from stronghold_core.tenancy.memberships import add_membership
from stronghold_core.tenancy.models import Tenant, TenantDirectory
from stronghold_core.tenancy.queries import get_tenant
from stronghold_core.tenancy.rules import (
    MAX_NAME_LENGTH,
    MAX_REFERENCE_LENGTH,
    checked_base_currency,
    checked_days_ahead,
    checked_kind,
    checked_time_zone,
)
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stronghold_core.db import Unit
    from stronghold_core.ids import PrincipalId
    from stronghold_core.tenancy.current import CurrentTenant
    from stronghold_core.tenancy.records import TenantRecord

OWNER = "owner"
"""The one role that every tenant must keep."""


def create_tenant(
    unit: Unit,
    *,
    kind: str,
    name: str,
    base_currency: str,
    owner: PrincipalId,
    time_zone: str,
    external_reference: str | None,
    days_ahead: int,
) -> TenantRecord:
    """Write the unit's own tenant, which does not exist yet, with its first owner.

    Raises:
        DuplicateTenantError: If another tenant has that external reference.
    """
    reference = optional_text(external_reference, field="external_reference", max_length=MAX_REFERENCE_LENGTH)
    zone = checked_time_zone(time_zone)
    now = unit.clock.now()
    currency = checked_base_currency(base_currency, on=today(unit.clock, ZoneInfo(zone)))
    tenant = Tenant(
        tenant_id=unit.tenant_id,
        kind=checked_kind(kind).value,
        name=checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
        external_reference=reference,
        base_currency=currency,
        time_zone=zone,
        days_ahead=checked_days_ahead(days_ahead),
        settings_version=1,
        authz_version=new_version(),
        capabilities="{}",
        created_at=now,
    )
    _write(unit, tenant, owner)
    record_event(
        unit,
        "tenant.create",
        object_type="tenant",
        object_id=unit.tenant_id,
        payload={"kind": kind, "name": tenant.name, "base_currency": tenant.base_currency, "owner": owner},
    )
    return get_tenant(unit)


def _write(unit: Unit, tenant: Tenant, owner: PrincipalId) -> None:
    reference = tenant.external_reference
    try:
        with unit.savepoint():
            pin_currency(unit.connection, get_currency(tenant.base_currency))
            unit.session.add(TenantDirectory(tenant_id=unit.tenant_id, external_reference=reference))
            unit.session.add(tenant)
            unit.session.flush()
            add_membership(unit, owner, OWNER)
    except ConstraintError as error:
        if reference is not None and "external_reference" in error.constraint:
            raise DuplicateTenantError(external_reference=reference) from error
        raise


def switch_capabilities(unit: Unit, switches: Mapping[str, bool]) -> TenantRecord:
    """Turn capabilities of the unit's tenant on and off; those that are not named stay.

    Raises:
        InvalidInputError: If there can be no such capability.
        NotFoundError: If there is no such tenant.
    """
    changes = checked_switches(switches)
    with unit.savepoint():
        # The row is locked before it is read: two hosts may switch at the same time.
        unit.session.execute(update(Tenant).values(authz_version=new_version()))
        before = get_tenant(unit)
        after = checked_switches(dict(before.switches) | changes)
        unit.session.execute(update(Tenant).values(capabilities=json.dumps(after)))
        record_event(
            unit,
            "tenant.switch_capabilities",
            object_type="tenant",
            object_id=before.id,
            payload={
                "before": {name: name in before.capabilities for name in changes},
                "after": changes,
            },
        )
    return get_tenant(unit)


class OwnTenant:
    """The tenant itself: `books.tenant`."""

    def __init__(self, unit: Unit, tenant: CurrentTenant) -> None:
        self._unit = unit
        self._tenant = tenant

    def get(self) -> TenantRecord:
        """Return the tenant and its settings."""
        with self._unit.reading(Permission.TENANT_READ):
            return get_tenant(self._unit)

    def update(
        self, *, name: str | None = None, time_zone: str | None = None, days_ahead: int | None = None
    ) -> TenantRecord:
        """Change the settings that are given; the others stay. They hold at once, also in this unit.

        Args:
            name: What people call the tenant.
            time_zone: An IANA time zone; it decides what "today" is.
            days_ahead: How many days after today a transaction may be dated, on accounts without limits.
        """
        with self._unit.verb(Permission.TENANT_WRITE):
            before = get_tenant(self._unit)
            changes: dict[str, str | int] = {}
            if name is not None:
                changes["name"] = checked_text(name, field="name", max_length=MAX_NAME_LENGTH)
            if time_zone is not None:
                changes["time_zone"] = checked_time_zone(time_zone)
            if days_ahead is not None:
                changes["days_ahead"] = checked_days_ahead(days_ahead)
            statement = update(Tenant).values(**changes, settings_version=Tenant.settings_version + 1)
            self._unit.session.execute(statement)
            record_event(
                self._unit,
                "tenant.update",
                object_type="tenant",
                object_id=before.id,
                payload={"before": {key: getattr(before, key) for key in changes}, "after": changes},
            )
            self._tenant.changed()
            return self._tenant.record
