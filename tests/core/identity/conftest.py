"""Where the package that signs is missing, nobody is identified by tokens."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("cryptography") else ["tokens"]
