"""Tokens as an attacker writes them: signed with the right key or with another, and with anything in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from stronghold_core.keys.encoding import to_base64url

if TYPE_CHECKING:
    from stronghold_core import Clock
    from stronghold_core.keys import Key

ISSUER: Final = "https://books.test"
AUDIENCE: Final = "books"
TENANT: Final = UUID("0193a5c0-0000-7000-8000-000000000001")


def encoded(part: object) -> str:
    """Write one part of a token; bytes as they are, all else as JSON."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return to_base64url(raw)


class Forger:
    """Makes tokens like those of an issuer, but for what is given; what is given as None is left out.

    Args:
        key: What signs them.
        clock: What time it is.
    """

    def __init__(self, key: Key, clock: Clock) -> None:
        self.key = key
        self._clock = clock

    def claims(self, **changes: object) -> dict[str, object]:
        """Return what a token says."""
        now = int(self._clock.now().timestamp())
        good: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "user:ada",
            "tid": str(TENANT),
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "jti": str(uuid4()),
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def header(self, **changes: object) -> dict[str, object]:
        """Return the header of a token."""
        good = {"alg": str(self.key.algorithm), "kid": self.key.kid, "typ": "at+jwt"}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def __call__(self, header: Any = None, *, key: Key | None = None, **claims: object) -> str:  # noqa: ANN401 - anything
        """Sign a token; *header* changes what its header says, and bytes are taken as the whole header."""
        whole = header if isinstance(header, bytes) else self.header(**(header or {}))
        return self.signed(whole, self.claims(**claims), key=key)

    def signed(self, header: object, payload: object, *, key: Key | None = None) -> str:
        """Sign any header and any payload."""
        message = f"{encoded(header)}.{encoded(payload)}"
        return f"{message}.{encoded((key or self.key).sign(message.encode()))}"
