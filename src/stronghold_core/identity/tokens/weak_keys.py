"""RSA keys that somebody could break, as far as their public half shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

MIN_BITS: Final = 2_048
MAX_BITS: Final = 8_192
"""Larger ones cost more time to verify than a server should give strangers."""
MIN_EXPONENT: Final = 65_537
MAX_EXPONENT: Final = 1 << 32
_GENERATOR: Final = 65_537
_PRIMES: Final = tuple(p for p in range(3, 168) if all(p % divisor for divisor in range(2, p)))


def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime))


_FINGERPRINTS: Final = tuple((prime, _powers(prime)) for prime in _PRIMES)


def weakness_of_rsa(numbers: RSAPublicNumbers) -> str | None:
    """Say why a key is too weak; none if nothing is known against it."""
    if not MIN_BITS <= numbers.n.bit_length() <= MAX_BITS:
        return f"it has {numbers.n.bit_length():,} bits; {MIN_BITS:,} to {MAX_BITS:,} are accepted."
    if not MIN_EXPONENT <= numbers.e <= MAX_EXPONENT or numbers.e % 2 == 0:
        return f"its exponent is {numbers.e}; odd ones from {MIN_EXPONENT:,} on are accepted."
    if is_of_roca(numbers.n):
        return "it was made by a chip whose keys can be factored (ROCA, CVE-2017-15361)."
    return None


def is_of_roca(modulus: int) -> bool:
    """Tell whether *modulus* was made by the library of CVE-2017-15361.

    Its primes are powers of 65537 modulo many small primes, and so is their product. By chance that happens to one
    key in some 2^27 (Nemec et al., The Return of Coppersmith's Attack, 2017, §4).
    """
    return all(modulus % prime in powers for prime, powers in _FINGERPRINTS)
