"""The tests below look at nothing beyond their own tenants, so they share a database."""

from __future__ import annotations

from tests.support.shared import postgresql_url, shared_database

__all__ = ["postgresql_url", "shared_database"]
