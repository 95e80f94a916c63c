"""Errors of tenants and their members."""

from __future__ import annotations

from stronghold_core.errors.families import ConflictError, RuleError


class LastOwnerError(RuleError):
    """A tenant always keeps one owner."""

    code = "tenancy.last_owner"
    template = "{principal} is the last owner of this tenant: make somebody else an owner first."
    principal: str


class AlreadyMemberError(ConflictError):
    """The principal is a member already."""

    code = "tenancy.already_member"
    template = "{principal} is already a member of this tenant, with the role {role}: change that role instead."
    principal: str
    role: str


class DuplicateTenantError(ConflictError):
    """Another tenant has this external reference."""

    code = "tenancy.duplicate_reference"
    template = (
        "There is already a tenant with the external reference {external_reference!r}: use that one, or choose another "
        "reference."
    )
    external_reference: str


class TenantExistsError(ConflictError):
    """A tenant that is to be restored is here already."""

    code = "tenancy.exists"
    template = "Tenant {tenant_id} is here already: nothing was restored, and what is here stays as it is."
    tenant_id: object
