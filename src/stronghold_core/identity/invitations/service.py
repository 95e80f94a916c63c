"""The verbs on invitations: `books.invitations`. To accept one is a verb of `stronghold.identity`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, update

from stronghold_core.audit import record_event
from stronghold_core.errors import InvitationRefusedError
from stronghold_core.identity.credentials import CredentialKind, new_credential
from stronghold_core.identity.invitations.queries import get_invitation, list_invitations
from stronghold_core.identity.invitations.records import InvitationRecord, NewInvitation
from stronghold_core.identity.lifetimes import checked_days
from stronghold_core.identity.models import Invitation
from stronghold_core.ids import InvitationId, new_id, parse_id
from stronghold_core.permissions import Permission
from stronghold_core.rbac.governance import governing
from stronghold_core.text import optional_text

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId, PrincipalId

MAX_DAYS: Final = 30
MAX_NOTE_LENGTH: Final = 200


class Invitations:
    """Whom this tenant asks in: `books.invitations`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def list(self) -> list[InvitationRecord]:
        """List all invitations, the oldest first, also those that were accepted or are too old."""
        with self._unit.reading(Permission.MEMBER_READ):
            return list_invitations(self._unit)

    def create(self, *, role: str, note: str | None = None, days: int = 7) -> NewInvitation:
        """Ask somebody in, once, whoever brings the token: send it to nobody else.

        They become a member in the caller's name. So it holds only as long as the caller may let somebody in as *role*.

        Args:
            role: As what.
            note: Whom it is for, or what for.
            days: For how long it can be accepted: 1 to 30.

        Raises:
            EscalationError: If *role* allows more than the caller holds.
            InvalidInputError: If there is no such role, or a field can't be so.
        """
        with governing(self._unit, Permission.MEMBER_WRITE, "invitation.create", role=role) as governor:
            governor.check_may_hand_role(role)
            invitation_id, now = InvitationId(new_id()), self._unit.clock.now()
            credential = new_credential(CredentialKind.INVITATION, invitation_id)
            row = Invitation(
                tenant_id=self._unit.tenant_id,
                id=invitation_id,
                secret_hash=credential.hash,
                role=role,
                note=optional_text(note, field="note", max_length=MAX_NOTE_LENGTH),
                invited_by=self._unit.context.principal,
                invited_at=now,
                expires_at=now + checked_days(days, most=MAX_DAYS),
            )
            self._unit.session.add(row)
            self._unit.session.flush()
            made = get_invitation(self._unit, invitation_id)
            self._record("invitation.create", made)
        return NewInvitation(invitation=made, token=credential.text)

    def withdraw(self, invitation: AnId) -> None:
        """Take an invitation back that nobody has accepted.

        Raises:
            NotFoundError: If there is none such, or it was accepted.
        """
        invitation_id = InvitationId(parse_id(invitation, field="invitation"))
        with governing(self._unit, Permission.MEMBER_WRITE, "invitation.withdraw", invitation=invitation_id):
            before = get_invitation(self._unit, invitation_id)
            if before.accepted_at is not None:
                raise InvitationRefusedError
            self._unit.session.execute(delete(Invitation).where(Invitation.id == invitation_id))
            self._record("invitation.withdraw", before)

    def _record(self, action: str, one: InvitationRecord) -> None:
        payload = {"role": one.role, "note": one.note, "expires_at": one.expires_at}
        record_event(self._unit, action, object_type="invitation", object_id=one.id, payload=payload)


def claim(unit: Unit, invitation_id: InvitationId, principal: PrincipalId) -> None:
    """Use an invitation up, in the unit in which somebody becomes a member by it.

    Raises:
        InvitationRefusedError: If somebody was faster, or it was withdrawn, or its time is over.
    """
    now = unit.clock.now()
    free = update(Invitation).where(
        Invitation.id == invitation_id, Invitation.accepted_at.is_(None), Invitation.expires_at > now
    )
    claimed = unit.session.scalars(free.values(accepted_at=now, accepted_by=principal).returning(Invitation.id))
    if claimed.one_or_none() is None:
        raise InvitationRefusedError
