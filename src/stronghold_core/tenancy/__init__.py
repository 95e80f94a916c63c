"""Tenants, and who belongs to them."""

from __future__ import annotations

from stronghold_core.tenancy.currencies import learn_currencies, pin_currency
from stronghold_core.tenancy.current import CurrentTenant
from stronghold_core.tenancy.models import Membership
from stronghold_core.tenancy.queries import (
    Opening,
    find_role,
    find_tenant_id,
    is_tenant,
    iterate_tenant_ids,
    list_members,
    list_tenants,
    list_tenants_of,
    opening_of,
    opening_question,
    read_tenant,
)
from stronghold_core.tenancy.records import MembershipRecord, TenantKind, TenantOfPrincipal, TenantRecord
from stronghold_core.tenancy.service import OwnTenant, create_tenant, switch_capabilities

__all__ = [
    "CurrentTenant",
    "Membership",
    "MembershipRecord",
    "Opening",
    "OwnTenant",
    "TenantKind",
    "TenantOfPrincipal",
    "TenantRecord",
    "create_tenant",
    "find_role",
    "find_tenant_id",
    "is_tenant",
    "iterate_tenant_ids",
    "learn_currencies",
    "list_members",
    "list_tenants",
    "list_tenants_of",
    "opening_of",
    "opening_question",
    "pin_currency",
    "read_tenant",
    "switch_capabilities",
]
