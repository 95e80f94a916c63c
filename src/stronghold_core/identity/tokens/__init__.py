"""Access tokens: issued and verified by keys of our own, or verified by those of an identity provider.

JSON Web Tokens (RFC 7519) held to RFC 8725: a key signs by one algorithm, which the token has no say in; type, issuer,
audience and times must be right and every claim there; nothing in the header is followed.
"""

from __future__ import annotations

from stronghold_core.identity.tokens.access import AccessTokens
from stronghold_core.identity.tokens.key_sets import PublicKey, PublicKeys, read_key_set
from stronghold_core.identity.tokens.provider import IdentityProvider
from stronghold_core.identity.tokens.records import AccessClaims, Bearer, IssuedToken
from stronghold_core.identity.tokens.rules import TokenRefusal

__all__ = [
    "AccessClaims",
    "AccessTokens",
    "Bearer",
    "IdentityProvider",
    "IssuedToken",
    "PublicKey",
    "PublicKeys",
    "TokenRefusal",
    "read_key_set",
]
