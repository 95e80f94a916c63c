"""The FastAPI adapter: HTTP in, one verb of core, HTTP out.

`install` puts the routes under ``/financial``, ``/tenant``, ``/api/v1`` and ``/health`` into an application;
`BooksDep` and `AccessDep` give the application's own endpoints the books of whoever asks. Nothing here decides about
money, tenants or permissions: that is core's.
"""

from __future__ import annotations

from stronghold_fastapi.access import Access, AccessDep, Authenticator, BooksDep, Caller, ReadBooksDep
from stronghold_fastapi.install import install
from stronghold_fastapi.problems import Problem, add_problem_handlers, status_of
from stronghold_fastapi.tokens import BearerTokens, TokenVerifier

__all__ = [
    "Access",
    "AccessDep",
    "Authenticator",
    "BearerTokens",
    "BooksDep",
    "Caller",
    "Problem",
    "ReadBooksDep",
    "TokenVerifier",
    "add_problem_handlers",
    "install",
    "status_of",
]
