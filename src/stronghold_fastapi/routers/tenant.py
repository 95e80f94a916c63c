"""``/tenant``: whose books these are, and what the caller may do in them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from stronghold_core import Books, Permission, TenantRecord
from stronghold_fastapi.access import AccessDep, BooksEntrance

router = APIRouter(prefix="/tenant", tags=["tenant"], route_class=BooksEntrance)


class TenantInfo(BaseModel):
    """The tenant, and its caller."""

    tenant: TenantRecord
    principal: str
    permissions: list[Permission]


@router.get("/info")
def show_tenant(access: AccessDep) -> TenantInfo:
    """Return the caller's tenant and its settings, and what they may do there."""
    return access.read(_info)


def _info(books: Books) -> TenantInfo:
    permissions = sorted(books.context.permissions)
    return TenantInfo(tenant=books.tenant.get(), principal=books.context.principal, permissions=permissions)
