"""People who sign in: `stronghold.identity`. The host calls these in its own name, having decided who may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from stronghold_core.context import Origin
from stronghold_core.errors import InvalidInputError, InvitationRefusedError, NotFoundError, PermissionDeniedError
from stronghold_core.identity import People, SecondFactors, SecurityLog, Sessions, Users
from stronghold_core.identity.api_keys.queries import holder_of
from stronghold_core.identity.attempts.counters import forget_counters
from stronghold_core.identity.attempts.rules import unix_ms
from stronghold_core.identity.attempts.service import Attempts
from stronghold_core.identity.invitations.queries import find_by_token
from stronghold_core.identity.invitations.service import claim
from stronghold_core.identity.passwords.hashing import Hashing
from stronghold_core.identity.signing_in import SigningIn
from stronghold_core.ids import parse_principal
from stronghold_core.stronghold.books import unit_of
from stronghold_core.stronghold.units import Entrance

if TYPE_CHECKING:
    from stronghold_core.identity import ApiKeyHolder, SignedIn
    from stronghold_core.ids import TenantId
    from stronghold_core.stronghold.units import Units

_COUNTERS_KEPT: Final = timedelta(days=1)


class Identity:
    """Users of the library's own, for hosts that bring none: needs the extra ``identity``."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._clock = units.clock
        self._people = People(units.database, units.clock)
        hashing = Hashing(units.database.settings)
        attempts = Attempts(self._people, hashing)
        self.users = Users(self._people, hashing, attempts)
        self.second_factor = SecondFactors(self._people, attempts)
        self.sessions = Sessions(self._people)
        self.log = SecurityLog(self._people)
        self._signing_in = SigningIn(self._people, hashing, attempts, self.second_factor)

    def sign_in(
        self, login_name: str, *, password: str, code: str | None = None, origin: Origin | None = None
    ) -> SignedIn:
        """Begin a session for whoever knows a user's password, and has their second factor if there is one.

        Args:
            login_name: The name that they sign in with.
            password: Their password.
            code: A code of their authenticator app, or a recovery code.
            origin: Where the request came from; recorded, and told in the list of their sessions.

        Raises:
            SignInFailedError: If these do not belong together, or the user is disabled: which of it is not told.
            SecondFactorNeededError: If name and password do, and a code is missing.
            TooManyAttemptsError: If too many attempts by this name failed before; it says when to try again.
            HashingBusyError: If too many are signing in at this moment.
        """
        return self._signing_in.sign_in(login_name, password, code, origin or Origin())

    def check_api_key(self, text: str) -> ApiKeyHolder:
        """Return whom an API key acts for: its tenant, principal and scopes are what `books` has to be told.

        Raises:
            ApiKeyRefusedError: If it does not hold: unknown, mistyped, too old or revoked.
        """
        return holder_of(self._people, text)

    def accept_invitation(self, token: str, *, principal: str) -> TenantId:
        """Make somebody a member of the tenant that has invited them; return which one that is.

        It happens in the name of whoever invited them, who must still be allowed to.

        Args:
            token: What the invitation gave.
            principal: Who accepts: whoever the host knows to be signed in.

        Raises:
            InvitationRefusedError: If it does not hold: unknown, too old, accepted already, withdrawn, or by somebody
                who may not let anybody in as that any more.
            AlreadyMemberError: If they are a member already; the invitation still holds.
        """
        member, found = parse_principal(principal), find_by_token(self._people, token)
        origin = Origin(cause=f"invitation:{found.id}")
        entrance = Entrance(tenant_id=found.tenant_id, principal=found.invited_by, origin=origin)
        try:
            with self._units.own(entrance) as books:
                claim(unit_of(books), found.id, member)
                books.members.add(member, role=found.role)
        except (PermissionDeniedError, NotFoundError, InvalidInputError) as error:
            raise InvitationRefusedError from error
        return found.tenant_id

    def tidy(self) -> int:
        """Forget what was counted of names that nobody tried for a day; return how many. For a daily chore."""
        before = unix_ms(self._clock.now() - _COUNTERS_KEPT)
        with self._people.transaction(read_only=False) as connection:
            return forget_counters(connection, before_ms=before)
