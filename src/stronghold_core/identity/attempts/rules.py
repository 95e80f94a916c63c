"""How long somebody waits after failing to sign in: not at all five times, then a second, doubling up to 15 minutes.

The delay belongs to the name, not to an address, of which whoever guesses has many. It never locks anybody out for
good: 96 guesses a day find nothing, and the right password gets in as soon as the delay is over.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from stronghold_core.text import checked_text

FREE_FAILURES: Final = 5
"""With this many failures delays begin."""
MAX_DELAY_SECONDS: Final = 900
MAX_NAME_LENGTH: Final = 200


def delay_after(failures: int) -> timedelta:
    """Return how long nobody may try again after so many failures in a row.

    >>> [delay_after(failures).seconds for failures in (4, 5, 6, 10, 14, 15, 1000)]
    [0, 1, 2, 32, 512, 900, 900]
    """
    if failures < FREE_FAILURES:
        return timedelta()
    return timedelta(seconds=min(2 ** min(failures - FREE_FAILURES, 10), MAX_DELAY_SECONDS))


def folded_login_name(name: str) -> str:
    """Return the name somebody signs in with as it is stored: it does not matter how it was written.

    >>> folded_login_name("  Ada@Example.COM ")
    'ada@example.com'

    Raises:
        InvalidInputError: If it is empty, too long, or holds control characters.
    """
    text = checked_text(name, field="login_name", max_length=MAX_NAME_LENGTH)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return checked_text(folded, field="login_name", max_length=MAX_NAME_LENGTH)


def hash_of_name(folded: str) -> bytes:
    """Return by what failures are counted, so that the names people try are not stored."""
    return hashlib.sha256(folded.encode()).digest()


def unix_ms(instant: datetime) -> int:
    """Return an instant in milliseconds since 1970.

    >>> from datetime import UTC
    >>> unix_ms(datetime(1970, 1, 2, tzinfo=UTC))
    86400000
    """
    return (instant - _EPOCH) // timedelta(milliseconds=1)


_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
