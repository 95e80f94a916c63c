"""Errors of secret keys: where they are kept, and what they are worth. None of them ever names a key's secret."""

from __future__ import annotations

from stronghold_core.errors.families import ConfigurationError


class KeyPlaceError(ConfigurationError):
    """Secret keys can't be read from, or written to, where they are kept."""

    code = "keys.place"
    template = "The keys in {place} can't be used: {fact} {remedy}"
    place: str
    fact: str
    remedy: str


class WeakKeyError(ConfigurationError):
    """A key that somebody could guess."""

    code = "keys.weak"
    template = "The key {kid} is too weak: {fact} Make another one with `stronghold keys new`."
    kid: str
    fact: str
