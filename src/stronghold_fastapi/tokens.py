"""Bearer tokens (RFC 6750): from a request's header to whoever core finds that they prove.

What makes a token good is core's: `stronghold_core.identity.tokens` has what verifies our own, and those of an identity
provider. Whoever sends one that is not learns nothing of why; the log does.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final, Protocol

from starlette.concurrency import run_in_threadpool

from stronghold_core import AuthenticationError, TokenRefusedError
from stronghold_fastapi.access import Caller

if TYPE_CHECKING:
    from fastapi import Request

    from stronghold_core.identity.tokens import Bearer

_BEARER: Final = re.compile(r"Bearer +(\S+)", re.IGNORECASE)
_log = logging.getLogger("stronghold_fastapi")


class TokenVerifier(Protocol):
    """What knows good tokens: `AccessTokens`, `IdentityProvider`, or the host's own."""

    @property
    def may_wait(self) -> bool:
        """Whether it may wait for somebody's answer, so that it is run in a thread."""
        ...

    def verify(self, token: str) -> Bearer:
        """Return whom *token* proves.

        Raises:
            TokenRefusedError: If it proves nobody.
        """
        ...


class BearerTokens:
    """The authenticator of requests with ``Authorization: Bearer …``."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    async def __call__(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            AuthenticationError: If there is no token, two, or one that proves nobody: always the same one.
        """
        given = request.headers.getlist("authorization")
        match = _BEARER.fullmatch(given[0].strip()) if len(given) == 1 else None
        if match is None:
            raise AuthenticationError
        try:
            bearer = await self._verified(match[1])
        except TokenRefusedError as error:
            _log.info("A token was refused: %s", error.refusal)
            raise AuthenticationError from error
        return Caller(bearer.principal, bearer.tenant_id, bearer.scopes)

    async def _verified(self, token: str) -> Bearer:
        if self._verifier.may_wait:
            return await run_in_threadpool(self._verifier.verify, token)
        return self._verifier.verify(token)
