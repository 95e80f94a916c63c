"""Tenants, and who belongs to them."""

from __future__ import annotations

from stronghold_core.tenancy.currencies import learn_currencies, pin_currency
from stronghold_core.tenancy.current import CurrentTenant
from stronghold_core.tenancy.memberships import (
    add_membership,
    change_membership,
    count_holders,
    end_membership,
    holders_of,
    lock_memberships,
    marked_with_grants,
    roles_held,
)
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
    "MembershipRecord",
    "Opening",
    "OwnTenant",
    "TenantKind",
    "TenantOfPrincipal",
    "TenantRecord",
    "add_membership",
    "change_membership",
    "count_holders",
    "create_tenant",
    "end_membership",
    "find_role",
    "find_tenant_id",
    "holders_of",
    "is_tenant",
    "iterate_tenant_ids",
    "learn_currencies",
    "list_members",
    "list_tenants",
    "list_tenants_of",
    "lock_memberships",
    "marked_with_grants",
    "opening_of",
    "opening_question",
    "pin_currency",
    "read_tenant",
    "roles_held",
    "switch_capabilities",
]
