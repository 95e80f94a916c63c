"""Keys of others: a JSON Web Key Set (RFC 7517) as an identity provider publishes it, read with suspicion.

A set that mixes secrets with public keys, names two keys alike or shows a private half is refused as a whole: whoever
made it does not know what they do. A single key that is not for signatures, or too weak for them, is left out.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jwt
from jwt.algorithms import get_default_algorithms

from stronghold_core.errors import ConfigurationError, InvalidInputError
from stronghold_core.identity.tokens.rules import is_provider_kid
from stronghold_core.identity.tokens.weak_keys import weakness_of_rsa
from stronghold_core.keys.encoding import from_base64url, read_json_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_KEYS: Final = 100
MAX_BYTES: Final = 1 << 18
_RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_BY_CURVE: Final = {"EC P-256": "ES256", "EC P-384": "ES384", "EC P-521": "ES512", "OKP Ed25519": "EdDSA"}
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_WORKERS: Final = get_default_algorithms()
_log = logging.getLogger("stronghold.tokens")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of somebody else's: it verifies by one algorithm."""

    kid: str
    algorithm: str
    _material: Any

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether *signature* is this key's of *message*."""
        is_good: bool = _WORKERS[self.algorithm].verify(message, self._material, signature)
        return is_good


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The usable keys of a set, by name."""

    by_kid: Mapping[str, PublicKey]

    def find(self, kid: str) -> PublicKey | None:
        """Return the key of that name, if there is one."""
        return self.by_kid.get(kid)


def read_key_set(document: bytes | Mapping[str, Any]) -> PublicKeys:
    """Read a set of public keys, as bytes that were fetched or as an object.

    Raises:
        ConfigurationError: If the package that verifies is missing.
        InvalidInputError: If it is no set, too large, or one that nobody should trust.
    """
    keys = _keys_of(document)
    kids = [key["kid"] for key in keys if isinstance(key.get("kid"), str)]
    if len(set(kids)) != len(kids):
        raise _unusable("two of its keys have the same name.")
    if any(key.get("kty") == "oct" or _PRIVATE & key.keys() for key in keys):
        raise _unusable("it shows what must stay secret; whoever published it must make new keys.")
    if "ES256" not in _WORKERS:
        raise ConfigurationError(reason="Public keys need an extra: pip install 'financial-stronghold[identity]'.")
    return PublicKeys({key.kid: key for key in _usable(keys)})


def _keys_of(document: bytes | Mapping[str, Any]) -> list[dict[str, Any]]:
    if isinstance(document, bytes):
        if len(document) > MAX_BYTES:
            raise _unusable(f"it is larger than {MAX_BYTES:,} bytes.")
        try:
            document = read_json_object(document)
        except ValueError as error:
            raise _unusable(str(error) or "a member stands twice.") from error
    keys = document.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise _unusable('it is not written as {"keys": […]}.')
    if len(keys) > MAX_KEYS:
        raise _unusable(f"it has more than {MAX_KEYS} keys.")
    return keys


def _unusable(reason: str) -> InvalidInputError:
    return InvalidInputError(field="jwks", reason=reason)


def _usable(keys: list[dict[str, Any]]) -> Iterator[PublicKey]:
    for jwk in keys:
        try:
            yield read_public_key(jwk)
        except InvalidInputError as error:
            # Providers publish keys for other purposes beside those for signatures.
            _log.info("A key of the set is left out: %s", error)


def read_public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Read one public key.

    Raises:
        InvalidInputError: If it has no name, is not for signatures, is none of its algorithm, or too weak.
    """
    kid = jwk.get("kid")
    if not is_provider_kid(kid):
        raise _unusable("a key has no name.")
    uses = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(uses, list) or "verify" not in uses:
        raise InvalidInputError(field=kid, reason="it is not there to verify signatures.")
    algorithm = _algorithm_of(kid, jwk)
    material = _loaded(kid, algorithm, jwk)
    if jwk["kty"] == "RSA" and (weakness := weakness_of_rsa(material.public_numbers())):
        raise InvalidInputError(field=kid, reason=weakness)
    return PublicKey(kid, algorithm, material)


def _algorithm_of(kid: str, jwk: Mapping[str, Any]) -> str:
    """Return the one algorithm of a key: what it says, if its type and its curve say nothing else."""
    named = jwk.get("alg")
    if jwk.get("kty") == "RSA" and (named is None or named in _RSA):
        return named or _RSA[0]
    found = _BY_CURVE.get(f"{jwk.get('kty')} {jwk.get('crv')}")
    if found is None or named not in (None, found):
        raise InvalidInputError(field=kid, reason="its type, its curve and its algorithm do not fit.")
    return found


def _loaded(kid: str, algorithm: str, jwk: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as PyJWT wants it
    # Nothing but what makes the key, so that nothing else in it can matter.
    parts = {name: jwk.get(name) for name in ("kty", "crv", *_PARTS[jwk["kty"]]) if name in jwk}
    try:
        for name in _PARTS[jwk["kty"]]:
            from_base64url(str(parts.get(name)))
        return _WORKERS[algorithm].from_jwk(parts)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidInputError(field=kid, reason=f"it is no key of {algorithm}.") from error
