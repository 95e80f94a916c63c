"""People who sign in, and how they prove who they are; keys and invitations that tenants give out.

Optional: a host may bring users of its own. What members of tenants are is a principal's name, wherever it comes from.
"""

from __future__ import annotations

from stronghold_core.identity.api_keys.records import ApiKeyHolder, ApiKeyRecord, NewApiKey
from stronghold_core.identity.api_keys.service import ApiKeys
from stronghold_core.identity.invitations.records import InvitationRecord, NewInvitation
from stronghold_core.identity.invitations.service import Invitations
from stronghold_core.identity.people import People
from stronghold_core.identity.second_factor.records import Enrolment
from stronghold_core.identity.second_factor.service import SecondFactors
from stronghold_core.identity.security_log.records import SecurityAction, SecurityEventRecord
from stronghold_core.identity.security_log.service import SecurityLog
from stronghold_core.identity.sessions.records import SessionRecord, SignedIn
from stronghold_core.identity.sessions.service import Sessions
from stronghold_core.identity.sessions.tokens import SessionTokens
from stronghold_core.identity.users.records import UserRecord, UserStatus
from stronghold_core.identity.users.service import Users

__all__ = [
    "ApiKeyHolder",
    "ApiKeyRecord",
    "ApiKeys",
    "Enrolment",
    "InvitationRecord",
    "Invitations",
    "NewApiKey",
    "NewInvitation",
    "People",
    "SecondFactors",
    "SecurityAction",
    "SecurityEventRecord",
    "SecurityLog",
    "SessionRecord",
    "SessionTokens",
    "Sessions",
    "SignedIn",
    "UserRecord",
    "UserStatus",
    "Users",
]
