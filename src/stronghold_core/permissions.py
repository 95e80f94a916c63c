"""The closed catalogue of what can be allowed: ``resource:action``, both singular.

It is an enum so that a permission that does not exist can't be asked for, granted or misspelt.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a role may allow. The value is what is stored and shown."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    OWNER_WRITE = "owner:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    CATEGORY_READ = "category:read"
    CATEGORY_WRITE = "category:write"
    TRANSACTION_READ = "transaction:read"
    TRANSACTION_POST = "transaction:post"
    TRANSACTION_REVERSE = "transaction:reverse"
    TRANSACTION_RECATEGORISE = "transaction:recategorise"
    TRANSACTION_ANNOTATE = "transaction:annotate"
    DASHBOARD_READ = "dashboard:read"
    STATEMENT_IMPORT = "statement:import"
    AUDIT_READ = "audit:read"
    BOOKS_VERIFY = "books:verify"
