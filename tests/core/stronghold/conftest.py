"""Fixtures of the facade's tests: books beside a host's own tables."""

from __future__ import annotations

from tests.support.hosted import hosted, hosted_url

__all__ = ["hosted", "hosted_url"]
