"""What every form is, whatever it asks for."""

from __future__ import annotations

import pickle

from stronghold_core import UNCHANGED


def test_unchanged_is_one_value_in_every_process() -> None:
    """A task queue may carry it."""
    assert pickle.loads(pickle.dumps(UNCHANGED)) is UNCHANGED  # noqa: S301 - our own bytes
