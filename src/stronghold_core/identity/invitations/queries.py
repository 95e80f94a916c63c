"""Looking up invitations: those of a unit's tenant, or the one of which somebody brings the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from stronghold_core.db import table_of
from stronghold_core.errors import InvitationRefusedError, NotFoundError
from stronghold_core.identity.credentials import CredentialKind, read_credential
from stronghold_core.identity.invitations.records import InvitationRecord
from stronghold_core.identity.models import Invitation
from stronghold_core.ids import InvitationId, PrincipalId, TenantId

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.identity.people import People

_invitation = table_of(Invitation)


class FoundInvitation(NamedTuple):
    """What a token leads to."""

    id: InvitationId
    tenant_id: TenantId
    role: str
    invited_by: PrincipalId


def find_by_token(people: People, token: str) -> FoundInvitation:
    """Return the invitation that a token is for, if it may be accepted still.

    Raises:
        InvitationRefusedError: If it does not hold.
    """
    given = read_credential(token, CredentialKind.INVITATION)
    if given is None:
        raise InvitationRefusedError
    with people.transaction(read_only=True) as connection:
        people.show(connection, "invitation_id", str(given.id))
        row = connection.execute(select(_invitation).where(_invitation.c.id == given.id)).one_or_none()
    if row is None or not given.matches(row.secret_hash):
        raise InvitationRefusedError
    if row.accepted_at is not None or people.clock.now() >= row.expires_at:
        raise InvitationRefusedError
    return FoundInvitation(InvitationId(row.id), TenantId(row.tenant_id), row.role, PrincipalId(row.invited_by))


def list_invitations(unit: Unit) -> list[InvitationRecord]:
    """List the invitations of a tenant, the oldest first."""
    return [_record(one) for one in unit.session.scalars(select(Invitation).order_by(Invitation.id))]


def get_invitation(unit: Unit, invitation_id: InvitationId) -> InvitationRecord:
    """Return one invitation of the tenant.

    Raises:
        NotFoundError: If there is none with that id.
    """
    found = unit.session.scalars(select(Invitation).where(Invitation.id == invitation_id)).one_or_none()
    if found is None:
        raise NotFoundError(kind="invitation", key=invitation_id)
    return _record(found)


def _record(one: Invitation) -> InvitationRecord:
    return InvitationRecord(
        id=InvitationId(one.id),
        role=one.role,
        note=one.note,
        invited_by=PrincipalId(one.invited_by),
        invited_at=one.invited_at,
        expires_at=one.expires_at,
        accepted_at=one.accepted_at,
        accepted_by=None if one.accepted_by is None else PrincipalId(one.accepted_by),
    )
