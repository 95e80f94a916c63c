"""Access tokens that are issued in a session, and end with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core import SessionTokens
from stronghold_core.errors import TokenRefusedError
from stronghold_core.identity.tokens import AccessTokens
from stronghold_core.ids import new_id
from stronghold_core.keys import KeyFile

if TYPE_CHECKING:
    from pathlib import Path

    from stronghold_core import ManualClock
    from tests.support.sign_ins import Person


@pytest.fixture
def signer(tmp_path: Path, clock: ManualClock) -> AccessTokens:
    """Sign with a key of this test's own."""
    ring = KeyFile(tmp_path / "keys.json").create(now=clock.now())
    return AccessTokens(lambda: ring, issuer="https://shop.example", audience="shop", clock=clock)


def test_a_token_is_good_as_long_as_its_session_holds(ada: Person, signer: AccessTokens) -> None:
    """In each process, since the session is in the database; other sessions' tokens stay."""
    tokens, here, elsewhere = SessionTokens(signer, ada.identity.sessions), ada.sign_in(), ada.sign_in()
    mine, others = (
        tokens.issue(ada.user.principal, new_id(), user=ada.user.id, session=one.session.id).token
        for one in (here, elsewhere)
    )
    assert tokens.verify(mine).principal == ada.user.principal
    ada.identity.sessions.end(ada.user.id, here.session.id)
    with pytest.raises(TokenRefusedError, match="ended"):
        tokens.verify(mine)
    assert tokens.verify(others)
    ada.identity.sessions.end_all(ada.user.id)
    with pytest.raises(TokenRefusedError):
        tokens.verify(others)


@pytest.mark.parametrize(
    "name",
    [None, "x", "x.y", f"{new_id()}.{new_id()}", f"{new_id()}"],
    ids=["none", "a word", "two words", "another session", "half a session"],
)
def test_a_token_that_was_issued_in_no_session_proves_nobody(
    ada: Person, signer: AccessTokens, name: str | None
) -> None:
    """Whoever wants those as well verifies by another one."""
    token = signer.issue(ada.user.principal, new_id(), session_id=name).token
    with pytest.raises(TokenRefusedError):
        SessionTokens(signer, ada.identity.sessions).verify(token)


def test_a_token_expires_before_its_session_does(ada: Person, signer: AccessTokens, clock: ManualClock) -> None:
    """It is short-lived all the same."""
    tokens, session = SessionTokens(signer, ada.identity.sessions), ada.sign_in().session
    token = tokens.issue(ada.user.principal, new_id(), user=ada.user.id, session=session.id).token
    clock.advance(timedelta(hours=1))
    with pytest.raises(TokenRefusedError):
        tokens.verify(token)
    assert ada.identity.sessions.check(ada.user.id, session.id)
