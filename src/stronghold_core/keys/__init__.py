"""Secret keys: what they may be, where they are kept, and how they follow each other.

A `Key` signs by one algorithm and has a name, its ``kid``. A `KeyRing` holds the one that signs now and those that did
before; it is kept as a JSON Web Key Set (RFC 7517) in a file that only its owner can read, or in a variable of the
environment. Nothing here ever writes a secret into a message, a log or a ``repr``.
"""

from __future__ import annotations

from stronghold_core.keys.key import Key
from stronghold_core.keys.places import KeyFile, WatchedKeys, read_keys
from stronghold_core.keys.ring import KeyRing
from stronghold_core.keys.rules import Algorithm

__all__ = ["Algorithm", "Key", "KeyFile", "KeyRing", "WatchedKeys", "read_keys"]
