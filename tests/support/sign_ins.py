"""A person who signs in, in the words of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stronghold_core import StrongholdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import Identity, SignedIn, UserRecord

PASSWORD = "two wet herons fly"
WRONG = "a wrong one"
OTHER_PASSWORD = "nine dry otters swim"
SECOND_FACTOR_KEY = bytes(range(32))


@dataclass(frozen=True)
class Person:
    """A user, with the password that they know."""

    identity: Identity
    user: UserRecord
    password: str

    def sign_in(self, *, code: str | None = None) -> SignedIn:
        """Sign in as they would."""
        return self.identity.sign_in(self.user.login_name, password=self.password, code=code)

    def guess(self, password: str = WRONG) -> type[StrongholdError] | None:
        """Try a password; return the error that it leads to."""
        return error_of(lambda: self.identity.sign_in(self.user.login_name, password=password))

    def actions(self) -> list[tuple[str, str]]:
        """Read what the log has of them, the earliest first: what happened, and whether it was done."""
        events = self.identity.log.list(user=self.user.id, limit=500).items
        return [(event.action.value, event.outcome.value) for event in reversed(events)]


def error_of(act: Callable[[], object]) -> type[StrongholdError] | None:
    """Return the kind of error that *act* ends with; none if it ends well."""
    try:
        act()
    except StrongholdError as error:
        return type(error)
    return None
