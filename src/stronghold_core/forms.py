"""Forms: what a caller fills in by hand, checked when it is made, with errors of ours instead of pydantic's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stronghold_core.errors import InvalidInputError

if TYPE_CHECKING:
    from stronghold_core.errors import StrongholdError

Member = TypeVar("Member", bound="Form")


class Unchanged(Enum):
    """The one value that says: leave this as it is (None would erase it)."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


class Form(BaseModel):
    """Base of everything that a caller fills in: immutable, and strict about names.

    Raises:
        InvalidInputError: If a field is unknown, missing or can't be meant; it names an unknown one before others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)

    pair: ClassVar[tuple[str, ...]] = ()
    """The fields that a tuple of values stands for, in their order; for members of other forms."""

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - whatever a caller passes
        """Check *fields*, and keep them."""
        try:
            super().__init__(**fields)
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_context=False, include_input=False)
            # Who misspelt a field left the right one out by it: what is missing is then not what to look at.
            first = min(mistakes, key=lambda mistake: mistake["type"] != "extra_forbidden")
            field = str(first["loc"][0]) if first["loc"] else type(self).__name__
            raise self.refusal(field, self._reason(first["type"], first["msg"])) from error

    @classmethod
    def refusal(cls, field: str, reason: str) -> StrongholdError:
        """Make the error that says what is wrong with *field*."""
        return InvalidInputError(field=field, reason=reason)

    @classmethod
    def _reason(cls, mistake: str, message: str) -> str:
        if mistake == "missing":
            return f"it is missing; {cls.__name__} needs it."
        if mistake == "extra_forbidden":
            return f"{cls.__name__} has no such field; it has {', '.join(cls.model_fields)}."
        return f"{message[:1].lower()}{message[1:]}."


def members(values: object, *, of: type[Member], field: str) -> tuple[Member, ...]:
    """Read the members of a form that has several of one kind: made ones, or what would make them.

    Raises:
        InvalidInputError: If *values* can't be gone through, or one of them is no such form; it names its place.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise InvalidInputError(field=field, reason=f"it is a list: of {of.__name__}, or of {_pair(of)}.")
    return tuple(_member(value, of, f"{field}.{number}") for number, value in enumerate(values))


def _member(value: object, of: type[Member], place: str) -> Member:
    if isinstance(value, of):
        return value
    names = of.pair
    if isinstance(value, (tuple, list)) and len(value) == len(names):
        value = dict(zip(names, value, strict=True))
    if not isinstance(value, Mapping):
        raise InvalidInputError(field=place, reason=f"it is neither {of.__name__} nor {_pair(of)}.")
    try:
        return of(**value)
    except InvalidInputError as error:
        raise InvalidInputError(field=f"{place}.{error.field}", reason=error.reason) from error


def _pair(of: type[Form]) -> str:
    return f"({', '.join(of.pair)})"
