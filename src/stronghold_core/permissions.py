"""The closed catalogue of what can be allowed: ``resource:action``, both singular.

It is an enum so that a permission that does not exist can't be asked for, granted or misspelt. Roles, API keys and
tokens may also name several at once by a *pattern*, in which ``*`` stands for a whole segment.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from stronghold_core.errors import InvalidInputError, UnknownPermissionError
from stronghold_core.text import in_short, word_among


class Permission(StrEnum):
    """One thing that a role may allow. The value is what is stored and shown."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    OWNER_WRITE = "owner:write"
    KEY_WRITE = "key:write"
    ROLE_READ = "role:read"
    ROLE_WRITE = "role:write"
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
    AUDIT_REDACT = "audit:redact"
    AUDIT_EXPIRE = "audit:expire"
    BOOKS_VERIFY = "books:verify"


MAX_PATTERNS = 100
"""How many permissions and patterns one role or key may name; the catalogue has far fewer."""


def expand(pattern: str) -> frozenset[Permission]:
    """Return the permissions that *pattern* names: itself, or all that differ from it in a segment of ``*`` alone.

    >>> sorted(expand("category:*"))
    [<Permission.CATEGORY_READ: 'category:read'>, <Permission.CATEGORY_WRITE: 'category:write'>]
    >>> expand("*:*") == frozenset(Permission)
    True

    Raises:
        UnknownPermissionError: If it names none, or has a ``*`` within a segment.
    """
    if isinstance(pattern, str):
        wanted = pattern.split(":")
        found = frozenset(one for one in Permission if _matches(wanted, one.split(":")))
        if found:
            return found
    raise UnknownPermissionError(permission=in_short(pattern, 100), reason=_mistake(pattern))


def expand_all(patterns: Iterable[str], *, field: str = "permissions") -> frozenset[Permission]:
    """Return the permissions that any of *patterns* names; none if there are none.

    Raises:
        UnknownPermissionError: If one of them names none.
        InvalidInputError: If they are no list, or more than `MAX_PATTERNS`; it names *field*.
    """
    return frozenset[Permission]().union(*map(expand, checked_patterns(patterns, field=field)))


def checked_patterns(patterns: Iterable[str], *, field: str = "permissions") -> tuple[str, ...]:
    """Return *patterns* as they are written, each once and sorted, if each names something.

    Raises:
        UnknownPermissionError, InvalidInputError: As `expand_all`.
    """
    if isinstance(patterns, (str, bytes)) or not isinstance(patterns, Iterable):
        raise InvalidInputError(field=field, reason=f"it is a list of permissions, not {type(patterns).__name__}.")
    given = list(patterns)
    if len(given) > MAX_PATTERNS:
        raise InvalidInputError(field=field, reason=f"it has {len(given):,} permissions; {MAX_PATTERNS} are the most.")
    for pattern in given:
        expand(pattern)
    return tuple(sorted({str(pattern) for pattern in given}))


def parse_permission(name: str) -> Permission:
    """Return the one permission of that name.

    >>> parse_permission("account:read")
    <Permission.ACCOUNT_READ: 'account:read'>

    Raises:
        UnknownPermissionError: If there is none; a pattern is none.
    """
    permission = word_among(Permission, name)
    if permission is None:
        raise UnknownPermissionError(permission=in_short(name, 100), reason=_mistake(name))
    return permission


def _matches(wanted: list[str], segments: list[str]) -> bool:
    return len(wanted) == len(segments) and all(
        want in {"*", segment} for want, segment in zip(wanted, segments, strict=True)
    )


def _mistake(pattern: object) -> str:
    if not isinstance(pattern, str):
        return f"a permission is text such as 'account:read', not {type(pattern).__name__}."
    segments = pattern.split(":")
    if any("*" in segment and segment != "*" for segment in segments):
        return "a wildcard stands for a whole segment: 'account:*', '*:read' or '*:*'."
    resources = {one.split(":")[0] for one in Permission}
    if len(segments) == 2 and segments[0] in resources:  # noqa: PLR2004 - resource and action
        actions = ", ".join(one.split(":")[1] for one in Permission if one.startswith(f"{segments[0]}:"))
        return f"of {segments[0]} there are: {actions}."
    return f"it is resource:action, and the resources are {', '.join(sorted(resources))}."
