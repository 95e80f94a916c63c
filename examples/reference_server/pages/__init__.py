"""The parts of the page."""

from __future__ import annotations
