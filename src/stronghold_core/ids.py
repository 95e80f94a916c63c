"""Identifiers: UUIDv7 for rows, ``kind:name`` strings for principals.

A row's id is a UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 12 bits of the millisecond's
fraction (§6.2, method 3), then 62 random bits. Ids made by one process only ever grow, so that an index is filled at
its end; between processes they are ordered by the clock, which nothing relies on.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
import unicodedata
from collections.abc import Iterable
from typing import NewType
from uuid import UUID

from stronghold_core.errors import InvalidInputError
from stronghold_core.text import in_short

TenantId = NewType("TenantId", UUID)
AccountId = NewType("AccountId", UUID)
CategoryId = NewType("CategoryId", UUID)
TransactionId = NewType("TransactionId", UUID)
AuditId = NewType("AuditId", UUID)
ImportId = NewType("ImportId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
InvitationId = NewType("InvitationId", UUID)
PrincipalId = NewType("PrincipalId", str)

AnId = UUID | str
"""A row's id as callers give it: the UUID, or its text."""

_VERSION_7 = 0x7 << 76
_RFC_VARIANT = 0b10 << 62
_RANDOM_BITS = 62
_FIND_ACCOUNT, _FIND_CATEGORY = "books.accounts.find(name=…)", "books.categories.find(name=…, kind=…)"
_FIND = {
    "account": _FIND_ACCOUNT,
    "from_account": _FIND_ACCOUNT,
    "to_account": _FIND_ACCOUNT,
    "category": _FIND_CATEGORY,
    "parent": _FIND_CATEGORY,
    "replaces": _FIND_CATEGORY,
    "import_id": "books.bank_statements.list()",
    "transaction": "books.transactions.find(reference=…)",
    "tenant_id": "stronghold.tenants.find(external_reference=…)",
}
"""How to get the id of what somebody calls by another word."""

_PRINCIPAL = re.compile(r"(user|service|key|system):\S{1,190}")

_lock = threading.Lock()
# Ids are no secrets, so a generator seeded by the system will do; a forked process must not repeat its parent's.
_random = random.Random()  # noqa: S311 - see above
os.register_at_fork(after_in_child=_random.seed)
_last_stamp = 0


def new_id() -> UUID:
    """Make a UUIDv7 greater than every one that this process made before.

    >>> first, second = new_id(), new_id()
    >>> first < second, first.version
    (True, 7)
    """
    stamp = _next_stamp()
    random_bits = _random.getrandbits(_RANDOM_BITS)
    return UUID(int=(stamp >> 12) << 80 | _VERSION_7 | (stamp & 0xFFF) << 64 | _RFC_VARIANT | random_bits)


def new_version() -> int:
    """Make a number that stands for one state of something: 62 random bits, so that no other state ever has it.

    >>> new_version() != new_version()
    True
    """
    return _random.getrandbits(_RANDOM_BITS)


def _next_stamp() -> int:
    """Return milliseconds × 4096, at least one more than last time, also when the clock was set back."""
    global _last_stamp  # noqa: PLW0603 - the one piece of state that makes ids monotonic
    with _lock:
        _last_stamp = max(time.time_ns() * 4096 // 1_000_000, _last_stamp + 1)
        return _last_stamp


def parse_id(value: AnId, *, field: str) -> UUID:
    """Read an id as it comes from outside.

    >>> parse_id("019a9d3c-0000-7000-8000-000000000001", field="account").version
    7

    Raises:
        InvalidInputError: If *value* is not a UUID; it names *field*.
    """
    if isinstance(value, UUID):
        return value
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise InvalidInputError(field=field, reason=_mistake(value, field))


def parse_ids(values: Iterable[AnId], *, field: str, limit: int) -> tuple[UUID, ...]:
    """Read several ids as they come from outside: each once, and in order.

    >>> ids = parse_ids(["019a9d3c-0000-7000-8000-000000000001"] * 2, field="accounts", limit=10)
    >>> len(ids)
    1

    Raises:
        InvalidInputError: If *values* are no ids, or more than *limit*; it names *field*.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InvalidInputError(field=field, reason=f"it is a list of ids, not {type(values).__name__}.")
    found = sorted({parse_id(value, field=field) for value in values})
    if len(found) > limit:
        raise InvalidInputError(field=field, reason=f"it has {len(found):,} ids; {limit:,} are the most.")
    return tuple(found)


def _mistake(value: object, field: str) -> str:
    """Say what was given in an id's place, and how to come from that to the id."""
    if not isinstance(value, str) and isinstance(getattr(value, "id", None), UUID):
        return f"{type(value).__name__} is a whole record; pass its .id."
    reason = f"{in_short(value)!r} is not an id; ids look like {UUID(int=7 << 76)}."
    return f"{reason} Get the id with {_FIND[field]}." if isinstance(value, str) and field in _FIND else reason


def parse_principal(value: str, *, field: str = "principal") -> PrincipalId:
    """Check a principal's name: who acts, in the form ``user:…``, ``service:…``, ``key:…`` or ``system:…``.

    >>> parse_principal("user:ada")
    'user:ada'

    Raises:
        InvalidInputError: If *value* has no such form; it names *field*.
    """
    # What can't be seen, or is another way to write the same letters, would make two of somebody who look like one.
    if (
        isinstance(value, str)
        and _PRINCIPAL.fullmatch(value)
        and value.isprintable()
        and unicodedata.is_normalized("NFC", value)
    ):
        return PrincipalId(value)
    reason = (
        f"{in_short(value)!r} is not a principal; write user:…, service:…, key:… or system:… without spaces or "
        "invisible characters, in Unicode's composed form (NFC)."
    )
    raise InvalidInputError(field=field, reason=reason)
