"""The root of all errors, and its families."""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass_transform(kw_only_default=True, eq_default=False)
class _Declared(Exception):  # noqa: N818 - the root below carries the suffix; this only declares fields
    """Turns a subclass's annotations into keyword arguments, attributes and a message."""

    code: ClassVar[str]
    template: ClassVar[str]
    _named: ClassVar[frozenset[str]]
    """The attributes that the message says."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        cls._named = frozenset(name for _, name, _, _ in Formatter().parse(cls.template) if name)
        dataclass(eq=False, repr=False, kw_only=True)(cls)

    def __post_init__(self) -> None:
        said = {name: _in_words(getattr(self, name)) for name in self._named}
        self.args = (self.template.format(**said),)
        self.draft_number: int | None = None
        """Which draft of a batch it was that `post_many` refused, counted from 0; None outside a batch."""

    def attributes(self) -> dict[str, Any]:
        """Return what the error names, by attribute: what an API may put beside the message.

        These are facts: what the message says, and what else was given when the error was raised. A default that a
        family has for its members is none.
        """
        every = {field: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            field.name: value
            for field, value in every.items()
            if field.name in self._named or value is not field.default
        }

    def __reduce__(
        self,
    ) -> tuple[Callable[..., Exception], tuple[type[_Declared], Mapping[str, Any]], Mapping[str, Any]]:
        # Exceptions cross process borders (pools, task queues); the default would call cls(*args).
        return _rebuild, (type(self), self.attributes()), {"draft_number": self.draft_number}


def _in_words(fact: object) -> object:
    """Write several things as people list them; one as it is."""
    return ", ".join(map(str, fact)) if isinstance(fact, tuple) else fact


def _rebuild(cls: type[_Declared], attributes: Mapping[str, Any]) -> Exception:
    return cls(**attributes)


class StrongholdError(_Declared):
    """The root: catching it catches everything that this library raises on purpose."""

    code = "stronghold.error"
    template = "The operation failed."


class ConfigurationError(StrongholdError):
    """The program or the deployment is wrong; no other input would have helped."""

    code = "configuration.invalid"
    template = "{reason}"
    reason: str = "The configuration is not usable."


class RuleError(StrongholdError):
    """The request breaks a rule of the books; nothing was changed."""

    code = "rule.broken"
    template = "The request breaks a rule of the books."


class AuthenticationError(StrongholdError):
    """It is not known who is asking."""

    code = "authentication.failed"
    template = "Sign in first: the request carries no valid proof of who is asking."


class PermissionDeniedError(StrongholdError):
    """The principal is known, a member of the tenant, and may not do this."""

    code = "permission.denied"
    template = (
        "{principal} may not do this: it needs the permission {permission}; ask an owner or admin of the tenant for it."
    )
    principal: str
    permission: str


class NotFoundError(StrongholdError):
    """Nothing of this kind has this key *in this tenant*; another tenant's answers alike."""

    code = "not_found"
    template = "There is no {kind} {key} here: check the id and the tenant."
    kind: str
    key: object


class ConflictError(StrongholdError):
    """The request contradicts what is already stored."""

    code = "conflict"
    template = "The request contradicts what is already stored."


class StaleVersionError(StrongholdError):
    """The thing changed after the caller had read it."""

    code = "stale_version"
    template = "{kind} {key} changed since it was read: read it again and repeat the change."
    kind: str
    key: object


class TooManyRequestsError(StrongholdError):
    """The caller exceeded a limit of requests."""

    code = "too_many_requests"
    template = "Too many requests: try again in {retry_after_seconds} seconds."
    retry_after_seconds: int


class UnavailableError(StrongholdError):
    """The database can't serve the request now; later it may."""

    code = "unavailable"
    template = "{reason}"
    reason: str = "The database is not available: try again later."


class RetryableConflictError(UnavailableError):
    """Another unit of work was in the way; running the whole unit again is safe and usually helps."""

    code = "unavailable.conflict"
    template = "{reason} Run the whole unit again, or use stronghold.run(…), which does."
    reason: str = "Another unit of work was in the way."


class IntegrityFaultError(StrongholdError):
    """Stored data contradict themselves. Never swallow this one."""

    code = "integrity.fault"
    template = "The stored data contradict themselves: {reason} Stop writing and run `stronghold verify`."
    reason: str
