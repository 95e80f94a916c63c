"""The keys of one purpose: the one that signs now, and those that did before.

One key is active; each other one is retired and only verifies. So a rotation is a new active key, and what was signed
by the old one stays good for as long as whoever verifies accepts retired keys.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.keys.encoding import read_json_object
from stronghold_core.keys.key import Key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

MAX_KEYS: Final = 200


class KeyRing:
    """Keys by name, one of them active.

    >>> from datetime import UTC, datetime, timedelta
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> ring = KeyRing([Key.new(now=now)])
    >>> rotated = ring.rotated(Key.new(now=now), now=now)
    >>> rotated.get(ring.active.kid).has_secret, len(rotated.jwks(now, kept_for=timedelta(minutes=16))["keys"])
    (False, 2)

    Raises:
        InvalidInputError: If two have the same name, if not exactly one is active, or if they are too many.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        """All of them, the active one first, then the last one retired."""
        self._by_kid = {key.kid: key for key in self.keys}
        active = [key for key in self.keys if key.retired_at is None]
        if len(self._by_kid) != len(self.keys):
            raise InvalidInputError(field="keys", reason="two of them have the same name.")
        if len(active) != 1 or not active[0].has_secret:
            raise InvalidInputError(field="keys", reason="exactly one is active, and can sign.")
        if len(self.keys) > MAX_KEYS:
            raise InvalidInputError(field="keys", reason=f"{MAX_KEYS} are the most; forget old ones when you rotate.")
        self.active = active[0]
        """The one that signs."""

    def __repr__(self) -> str:
        """Name the keys, and show nothing of them."""
        return f"<KeyRing {', '.join(self._by_kid)}>"

    def find(self, kid: str) -> Key | None:
        """Return the key of that name, if there is one."""
        return self._by_kid.get(kid)

    def get(self, kid: str) -> Key:
        """Return the key of that name.

        Raises:
            NotFoundError: If there is none.
        """
        found = self.find(kid)
        if found is None:
            raise NotFoundError(kind="key", key=kid)
        return found

    def find_accepted(self, kid: str, now: datetime, *, kept_for: timedelta) -> Key | None:
        """Return the key of that name if it is active, or was retired no longer than *kept_for* ago."""
        found = self.find(kid)
        return found if found is not None and _is_accepted(found, now, kept_for) else None

    def jwks(self, now: datetime, *, kept_for: timedelta) -> dict[str, list[dict[str, str]]]:
        """Return what others verify with, as ``/.well-known/jwks.json`` says it; symmetric keys are never in it."""
        accepted = (key.public_jwk() for key in self.keys if _is_accepted(key, now, kept_for))
        return {"keys": [jwk for jwk in accepted if jwk is not None]}

    def rotated(self, key: Key, *, now: datetime, forget_after: timedelta | None = None) -> KeyRing:
        """Return the ring with *key* as the active one; keys that were retired *forget_after* ago are left out."""
        kept = [
            old
            for old in self.keys
            if old.retired_at is not None and (forget_after is None or _is_accepted(old, now, forget_after))
        ]
        return KeyRing([key, self.active.retired(now), *kept])

    def without(self, kid: str) -> KeyRing:
        """Return the ring without a retired key: what it signed is refused from now on.

        Raises:
            NotFoundError: If there is none of that name.
            InvalidInputError: If it is the active one.
        """
        if self.get(kid) is self.active:
            raise InvalidInputError(field="kid", reason=f"{kid} is the active key: rotate first.")
        return KeyRing(key for key in self.keys if key.kid != kid)

    def to_json(self) -> str:
        """Write the ring as it is kept; whoever has this can sign."""
        return json.dumps({"keys": [key.secret_jwk() for key in self.keys]}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: bytes) -> KeyRing:
        """Read a ring as `to_json` writes it.

        Raises:
            ConfigurationError: If a key needs a package that is missing.
            InvalidInputError: If it is none.
            WeakKeyError: If somebody could guess one of its keys.
        """
        try:
            document = read_json_object(text)
        except ValueError:
            document = {}
        # Outside, because the reader's error would carry the text.
        keys = document.get("keys")
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys) or set(document) != {"keys"}:
            raise InvalidInputError(field="keys", reason='they are not written as {"keys": […]}, each member once.')
        return cls(Key.from_jwk(key) for key in keys)


def _is_accepted(key: Key, now: datetime, kept_for: timedelta) -> bool:
    return key.retired_at is None or now < key.retired_at + kept_for
