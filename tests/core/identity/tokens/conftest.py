"""Fixtures of the tests of tokens: a clock that stands still, keys, and a way to sign whatever an attacker would."""

from __future__ import annotations

import pytest

from stronghold_core import ManualClock
from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.keys import Key, KeyRing
from tests.support.tokens import AUDIENCE, ISSUER, Forger


@pytest.fixture
def clock() -> ManualClock:
    """Say what time it is."""
    return ManualClock("2026-11-22T12:00:00Z")


@pytest.fixture
def ring(clock: ManualClock) -> KeyRing:
    """Make one key."""
    return KeyRing([Key.new(now=clock.now())])


@pytest.fixture
def tokens(ring: KeyRing, clock: ManualClock) -> AccessTokens:
    """Issue tokens with that key."""
    return AccessTokens(ring, issuer=ISSUER, audience=AUDIENCE, clock=clock)


@pytest.fixture
def forge(ring: KeyRing, clock: ManualClock) -> Forger:
    """Sign whatever is given with that key."""
    return Forger(ring.active, clock)
