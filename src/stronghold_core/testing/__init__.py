"""What a host's own tests may use: proofs that run on its database, with its tables."""

from __future__ import annotations
