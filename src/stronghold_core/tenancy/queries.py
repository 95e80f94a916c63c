"""Looking up tenants and members."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import and_, bindparam, func, select

from stronghold_core.db import AnyRow, FixedStatement, Question, table_of
from stronghold_core.errors import NotFoundError
from stronghold_core.ids import PrincipalId, TenantId
from stronghold_core.pagination import Page, decode_position, encode_cursor
from stronghold_core.tenancy.models import Membership, RegisteredCurrency, Tenant, TenantDirectory
from stronghold_core.tenancy.records import MembershipRecord, TenantOfPrincipal, TenantRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from stronghold_core.db import Backend, Unit

_tenant, _membership, _directory = table_of(Tenant), table_of(Membership), table_of(TenantDirectory)
_OPENING = FixedStatement(
    select(
        _tenant,
        _membership.c.role,
        _membership.c.has_grants,
        select(func.count()).select_from(table_of(RegisteredCurrency)).scalar_subquery().label("currencies"),
    )
    .select_from(_tenant)
    .outerjoin(
        _membership,
        and_(_membership.c.tenant_id == _tenant.c.tenant_id, _membership.c.principal_id == bindparam("principal")),
    )
    .where(_tenant.c.tenant_id == bindparam("tenant_id"))
)
_MEMBER = FixedStatement(
    select(_membership.c.role).where(
        _membership.c.tenant_id == bindparam("tenant_id"), _membership.c.principal_id == bindparam("principal")
    )
)


class Opening(NamedTuple):
    """What a unit of work needs to know before its first verb."""

    tenant: TenantRecord
    authz_version: int
    """Stands for what every role allows and every member may; another one means that something changed."""
    role: str | None
    """The principal's role; none if they are no member."""
    has_grants: bool
    """Whether single accounts were granted to them."""
    currencies: int
    """How many currencies of the host's own are in use on this database; none ever goes."""
    is_guest: bool = False
    """Whether they are no member, but somebody of the platform's whom the tenant admits as *role*."""


def opening_question(tenant_id: TenantId, principal: PrincipalId) -> Question:
    """Ask what may have changed since the last unit: the tenant's settings, the principal's role, the currencies."""
    return Question(_OPENING, {"tenant_id": tenant_id, "principal": principal})


def opening_of(row: AnyRow | None) -> Opening | None:
    """Understand the answer to that question; none if there is no such tenant."""
    return (
        None
        if row is None
        else Opening(_tenant_record(row), row.authz_version, row.role, bool(row.has_grants), row.currencies)
    )


def list_tenants_of(connection: Connection, backend: Backend, principal: PrincipalId) -> list[TenantOfPrincipal]:
    """List the tenants a principal belongs to; policies of their own show them to nobody else."""
    backend.set_local(connection, "principal_id", principal)
    mine = select(_membership).where(_membership.c.principal_id == principal)
    roles = {row.tenant_id: row.role for row in connection.execute(mine)}
    backend.set_local(connection, "visible_tenants", ",".join(str(tenant_id) for tenant_id in roles))
    query = select(_tenant).where(_tenant.c.tenant_id.in_(roles)).order_by(_tenant.c.name, _tenant.c.tenant_id)
    return [
        TenantOfPrincipal(tenant=_tenant_record(row), role=roles[row.tenant_id]) for row in connection.execute(query)
    ]


def list_tenants(connection: Connection, backend: Backend, *, limit: int, after: str | None) -> Page[TenantRecord]:
    """Return one page of all tenants, by id, which is the order of their making; a platform's verb."""
    backend.set_local(connection, "platform", "on")
    query = select(_directory.c.tenant_id).order_by(_directory.c.tenant_id).limit(limit + 1)
    if after is not None:
        query = query.where(_directory.c.tenant_id > decode_position(after, UUID, scope="tenants")[0])
    ids = connection.execute(query).scalars().all()
    has_more, ids = len(ids) > limit, ids[:limit]
    # The directory tells no more than which there are; to read them takes a policy of its own.
    backend.set_local(connection, "visible_tenants", ",".join(map(str, ids)))
    rows = connection.execute(select(_tenant).where(_tenant.c.tenant_id.in_(ids)).order_by(_tenant.c.tenant_id))
    cursor = encode_cursor([str(ids[-1])], scope="tenants") if has_more else None
    return Page(items=tuple(_tenant_record(row) for row in rows), next_cursor=cursor)


def find_tenant_id(connection: Connection, backend: Backend, external_reference: str) -> TenantId | None:
    """Find the tenant that the host knows as *external_reference*."""
    backend.set_local(connection, "external_reference", external_reference)
    query = select(_directory.c.tenant_id).where(_directory.c.external_reference == external_reference)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else TenantId(found)


def iterate_tenant_ids(connection: Connection, backend: Backend) -> Iterator[TenantId]:
    """Go through all tenants, by id; a platform's verb, for verification and the like."""
    backend.set_local(connection, "platform", "on")
    for tenant_id in connection.execute(select(_directory.c.tenant_id).order_by(_directory.c.tenant_id)).scalars():
        yield TenantId(tenant_id)


def find_role(connection: Connection, tenant_id: TenantId, principal: PrincipalId) -> str | None:
    """Return the role of a principal in a tenant that the connection is bound to; none if they are no member."""
    row = _MEMBER.row(connection, {"tenant_id": tenant_id, "principal": principal})
    return None if row is None else str(row.role)


def list_members(unit: Unit) -> list[MembershipRecord]:
    """List the members of the unit's tenant, the longest-standing first."""
    query = select(_membership).where(_membership.c.tenant_id == unit.tenant_id)
    ordered = query.order_by(_membership.c.since, _membership.c.principal_id)
    return [_membership_record(row) for row in unit.session.execute(ordered)]


def is_tenant(connection: Connection, tenant_id: TenantId) -> bool:
    """Tell whether there is a tenant with that id, to which the connection is bound."""
    query = select(_directory.c.tenant_id).where(_directory.c.tenant_id == tenant_id)
    return connection.execute(query).one_or_none() is not None


def read_tenant(connection: Connection, tenant_id: TenantId) -> TenantRecord:
    """Read a tenant that the connection is bound to.

    Raises:
        NotFoundError: If there is none.
    """
    row = connection.execute(select(_tenant).where(_tenant.c.tenant_id == tenant_id)).one_or_none()
    if row is None:
        raise NotFoundError(kind="tenant", key=tenant_id)
    return _tenant_record(row)


def get_tenant(unit: Unit) -> TenantRecord:
    """Read the unit's own tenant."""
    return read_tenant(unit.connection, unit.tenant_id)


def _tenant_record(row: AnyRow) -> TenantRecord:
    return TenantRecord(
        id=row.tenant_id,
        kind=row.kind,
        name=row.name,
        external_reference=row.external_reference,
        base_currency=row.base_currency,
        time_zone=row.time_zone,
        days_ahead=row.days_ahead,
        settings_version=row.settings_version,
        switches=from_json(row.capabilities),
        created_at=row.created_at,
    )


def _membership_record(row: AnyRow) -> MembershipRecord:
    return MembershipRecord(tenant_id=row.tenant_id, principal=row.principal_id, role=row.role, since=row.since)
