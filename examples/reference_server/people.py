"""Who can sign in: the one user of the demo, with the password that the terminal shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stronghold_core import Stronghold


def let_in(stronghold: Stronghold, name: str, password: str) -> None:
    """See to it that somebody can sign in with that password, as the principal ``user:`` and their name.

    Whoever keeps the books elsewhere may start with an empty folder, and so with another password.
    """
    users = stronghold.identity.users
    found = users.find(login_name=name)
    if found is None:
        users.create(name, password=password, principal=f"user:{name}")
    else:
        users.set_password(found.id, password)
