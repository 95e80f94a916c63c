"""What the doctor finds where keys are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.db import Check
from stronghold_core.errors import ConfigurationError, KeyPlaceError

if TYPE_CHECKING:
    from pathlib import Path


def examine_keys(place: str | Path) -> Check:
    """Look at the keys of *place*: whether others could read or guess them."""
    # Here, because whoever has no keys need not wait for the libraries that sign.
    from stronghold_core.keys import read_keys  # noqa: PLC0415

    try:
        ring = read_keys(place)
    except KeyPlaceError as error:
        return Check(subject="key strength", is_ok=False, fact=f"{place}: {error.fact} {error.remedy}")
    except ConfigurationError as error:
        return Check(subject="key strength", is_ok=False, fact=f"{place}: {error}")
    active, retired = ring.active, len(ring.keys) - 1
    fact = f"{place}: {active.kid} signs by {active.algorithm}; {retired} retired"
    return Check(subject="key strength", is_ok=True, fact=fact)
