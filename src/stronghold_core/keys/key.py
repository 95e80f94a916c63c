"""One key: a name, one algorithm, and what it signs and verifies with.

The arithmetic is PyJWT's and cryptography's. A key whose private half was thrown away still verifies.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import jwt
from jwt.algorithms import get_default_algorithms

from stronghold_core.clock import checked_instant
from stronghold_core.errors import ConfigurationError, InvalidInputError, WeakKeyError
from stronghold_core.keys.encoding import from_base64url, to_base64url
from stronghold_core.keys.rules import MIN_SECRET_BYTES, Algorithm, checked_algorithm, is_kid, weakness_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_SHAPES: Final[Mapping[Algorithm, Mapping[str, str]]] = {
    Algorithm.EDDSA: {"kty": "OKP", "crv": "Ed25519"},
    Algorithm.ES256: {"kty": "EC", "crv": "P-256"},
    Algorithm.HS256: {"kty": "oct"},
}
_PUBLIC: Final[Mapping[Algorithm, tuple[str, ...]]] = {
    Algorithm.EDDSA: ("x",),
    Algorithm.ES256: ("x", "y"),
    Algorithm.HS256: (),
}
_ABOUT: Final = frozenset({"kid", "alg", "use", "created_at", "retired_at"})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Key:
    """A key of our own.

    >>> from datetime import UTC, datetime
    >>> key = Key.new(now=datetime(2026, 11, 22, tzinfo=UTC))
    >>> key.verify(key.sign(b"a message"), b"a message"), key.verify(bytes(64), b"a message")
    (True, False)
    """

    kid: str
    algorithm: Algorithm
    created_at: datetime
    retired_at: datetime | None
    """Since when another one signs in its place."""
    _public: Mapping[str, str]
    _secret: str | None
    _material: Any
    """What PyJWT signs and verifies with."""

    def __repr__(self) -> str:
        """Name the key, and show nothing of it."""
        return f"<Key {self.kid} {self.algorithm}>"

    def __reduce__(self) -> tuple[object, ...]:
        """Keep keys from travelling to other processes, and into files, by accident.

        Raises:
            TypeError: Always.
        """
        raise TypeError("A key is not pickled: let each process read it from where it is kept.")

    @classmethod
    def new(cls, *, now: datetime, algorithm: str = Algorithm.EDDSA) -> Key:
        """Make a key from fresh randomness; its name begins with the day.

        Raises:
            ConfigurationError: If the package `cryptography` is needed and missing.
            InvalidInputError: If no key signs by *algorithm*.
        """
        chosen = checked_algorithm(algorithm)
        kid = f"{now:%Y%m%d}-{secrets.token_hex(4)}"
        made = {**_SHAPES[chosen], **_fresh(chosen)}
        return cls.from_jwk({"kid": kid, "alg": str(chosen), "created_at": now.isoformat(), **made})

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> Key:
        """Read a key as it is kept.

        Raises:
            ConfigurationError: If the package `cryptography` is needed and missing.
            InvalidInputError: If it is none, if it is not what it says, or has members that no key of ours has.
            WeakKeyError: If somebody could guess it.
        """
        kid = jwk.get("kid")
        if not isinstance(kid, str) or not is_kid(kid):
            reason = "a key's name is up to 64 letters, digits, dots, - and _, a letter or digit first."
            raise InvalidInputError(field="kid", reason=reason)
        algorithm = checked_algorithm(str(jwk.get("alg")))
        public = {name: _member(jwk, name) for name in _PUBLIC[algorithm]}
        secret_name = "k" if algorithm.is_symmetric else "d"
        secret = _member(jwk, secret_name) if secret_name in jwk or algorithm.is_symmetric else None
        shape = _SHAPES[algorithm]
        if any(jwk.get(name) != value for name, value in shape.items()) or set(jwk) - _ABOUT - {
            *shape,
            *public,
            secret_name,
        }:
            raise InvalidInputError(field=kid, reason=f"it is not written as a key of {algorithm} is.")
        if secret is not None and (weakness := weakness_of(_bytes(kid, secret))):
            raise WeakKeyError(kid=kid, fact=weakness)
        retired_at = jwk.get("retired_at")
        return cls(
            kid,
            algorithm,
            checked_instant(str(jwk.get("created_at")), field="created_at"),
            None if retired_at is None else checked_instant(str(retired_at), field="retired_at"),
            public,
            secret,
            _loaded(kid, algorithm, {**shape, **public} | ({} if secret is None else {secret_name: secret})),
        )

    @property
    def has_secret(self) -> bool:
        """Whether it can sign, and not only verify."""
        return self._secret is not None

    def sign(self, message: bytes) -> bytes:
        """Sign *message*, as RFC 7518 and RFC 8037 say how.

        Raises:
            ConfigurationError: If only its public half is left.
        """
        if not self.has_secret:
            raise ConfigurationError(reason=f"The key {self.kid} can only verify: its private half is gone.")
        signature: bytes = _worker(self.algorithm).sign(message, self._material)
        return signature

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Tell whether *signature* is this key's of *message*."""
        is_good: bool = _worker(self.algorithm).verify(message, self._material, signature)
        return is_good

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that are secret as well, and differ for every *purpose*.

        Raises:
            ConfigurationError: If the key is not a symmetric one: signatures and secrets do not mix.
        """
        if not self.algorithm.is_symmetric or self._secret is None:
            raise ConfigurationError(reason=f"No secrets are made of {self.kid}: that takes a key of HS256.")
        return hmac.digest(from_base64url(self._secret), purpose.encode(), "sha256")

    def retired(self, now: datetime) -> Key:
        """Return it as one that signs no more: without its private half, unless it verifies with that."""
        if self.algorithm.is_symmetric:
            return replace(self, retired_at=now)
        return replace(self, retired_at=now, _secret=None, _material=self._material.public_key())

    def public_jwk(self) -> dict[str, str] | None:
        """Return what everybody may know of it (RFC 7517); nothing of a symmetric key."""
        if self.algorithm.is_symmetric:
            return None
        about = {"kid": self.kid, "alg": str(self.algorithm), "use": "sig"}
        return {**_SHAPES[self.algorithm], **about, **self._public}

    def secret_jwk(self) -> dict[str, str]:
        """Return it as it is kept; whoever has this can sign."""
        kept = {**_SHAPES[self.algorithm], "kid": self.kid, "alg": str(self.algorithm), "use": "sig", **self._public}
        if self._secret is not None:
            kept["k" if self.algorithm.is_symmetric else "d"] = self._secret
        kept["created_at"] = self.created_at.isoformat()
        if self.retired_at is not None:
            kept["retired_at"] = self.retired_at.isoformat()
        return kept


def _worker(algorithm: Algorithm) -> Any:  # noqa: ANN401 - PyJWT's own class differs by algorithm
    """Return what signs and verifies.

    Raises:
        ConfigurationError: If a package is missing.
    """
    try:
        return _WORKERS[algorithm]
    except KeyError as error:
        raise ConfigurationError(
            reason=f"Keys of {algorithm} need an extra: pip install 'financial-stronghold[identity]'."
        ) from error


_WORKERS: Final = get_default_algorithms()


def _fresh(algorithm: Algorithm) -> dict[str, str]:
    if algorithm.is_symmetric:
        return {"k": to_base64url(secrets.token_bytes(MIN_SECRET_BYTES))}
    worker = _worker(algorithm)
    # Here, because a user who signs nothing does without the extra.
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519  # noqa: PLC0415

    fresh: Any = (
        ed25519.Ed25519PrivateKey.generate()
        if algorithm is Algorithm.EDDSA
        else ec.generate_private_key(ec.SECP256R1())
    )
    made = worker.to_jwk(fresh, as_dict=True)
    return {name: made[name] for name in (*_PUBLIC[algorithm], "d")}


def _member(jwk: Mapping[str, object], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise InvalidInputError(field=name, reason="a key has it as text.")
    return value


def _bytes(kid: str, text: str) -> bytes:
    try:
        return from_base64url(text)
    except ValueError:
        pass
    # Outside, so that no traceback leads to the text.
    raise InvalidInputError(field=kid, reason="its parts are not canonical base64url.")


def _loaded(kid: str, algorithm: Algorithm, jwk: dict[str, str]) -> Any:  # noqa: ANN401 - as PyJWT wants it
    for name in set(jwk) - {"kty", "crv"}:
        _bytes(kid, jwk[name])
    worker = _worker(algorithm)
    try:
        # It compares the halves of a private key, and the length of each number.
        return worker.from_jwk(jwk)
    except (jwt.PyJWTError, ValueError, TypeError):
        pass
    # Outside, because PyJWT's messages show the key.
    raise InvalidInputError(field=kid, reason=f"it is no key of {algorithm}, or its halves do not fit.")
