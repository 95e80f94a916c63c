"""What a program calls, annotates or catches can be imported from `stronghold_core` itself."""

from __future__ import annotations

import ast
import builtins
import inspect
import typing
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

import stronghold_core
from docs.generate import NOUNS, members_of
from stronghold_core import (
    Books,
    Database,
    Identity,
    SecondFactors,
    SecurityLog,
    Sessions,
    Stronghold,
    StrongholdError,
    Tenants,
    Users,
    errors,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = frozenset(stronghold_core.__all__)

FOREIGN = frozenset(
    {
        *(
            "AbstractContextManager",
            "BinaryIO",
            "Callable",
            "Iterable",
            "Iterator",
            "Mapping",
            "Path",
            "Self",
            "TracebackType",
        ),
        *("Connection", "Engine", "MetaData", "Session", "Table", "URL", "UUID"),
        *("Decimal", "ZoneInfo", "date", "datetime", "timedelta"),
    }
)
"""What annotations name that is Python's or SQLAlchemy's."""

MODELS = [
    kind
    for name in sorted(PUBLIC)
    if inspect.isclass(kind := getattr(stronghold_core, name)) and issubclass(kind, BaseModel)
]

TYPE_VARIABLES = frozenset({"Result"})


def verbs() -> list[Any]:
    """List the public methods of everything a program holds, by their full names."""
    kinds: list[type] = [Stronghold, Tenants, Books, Database, *NOUNS.values()]
    kinds += [Identity, Users, Sessions, SecondFactors, SecurityLog]
    found = [
        (kind, name)
        for kind in kinds
        for name in sorted(members_of(kind))
        if not name.startswith("_") or name == "__init__"
    ]
    return [
        pytest.param(called, id=f"{kind.__name__}.{name}")
        for kind, name in found
        if (called := function_of(members_of(kind)[name])) and not (name == "__init__" and kind is not Stronghold)
    ]


def function_of(member: object) -> Any:  # noqa: ANN401 - a function or none
    """Return the function behind a member of a class: a method's, or that which computes a property."""
    if isinstance(member, property):
        return member.fget
    return getattr(member, "func", member if inspect.isfunction(member) else None)


def names_in(annotation: str) -> set[str]:
    """List the names that an annotation is made of."""
    return {node.id for node in ast.walk(ast.parse(annotation, mode="eval")) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("verb", verbs())
def test_whatever_a_verbs_signature_names_is_public(verb: Any) -> None:  # noqa: ANN401 - a function
    """So that a caller can annotate what it passes and what it gets."""
    named = set().union(*(names_in(annotation) for annotation in inspect.get_annotations(verb).values()))
    assert named - FOREIGN - TYPE_VARIABLES - set(dir(builtins)) <= PUBLIC


def types_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any form of type
    """Go through the types that an annotation is made of."""
    yield annotation
    for argument in typing.get_args(annotation):
        yield from types_in(argument)


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_whatever_the_fields_of_a_record_hold_is_public(kind: type[BaseModel]) -> None:
    """Down to the last enum and id."""
    held = {one for field in kind.model_fields.values() for one in types_in(field.annotation)}
    named = {one.__name__ for one in held if isinstance(one, (type, typing.NewType)) and is_ours(one)}
    assert named <= PUBLIC


def is_ours(kind: object) -> bool:
    """Tell whether a type is of this library."""
    return getattr(kind, "__module__", "").startswith("stronghold_core")


def test_every_error_is_public() -> None:
    """Whoever may meet one can catch it."""
    ours = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, StrongholdError)]
    assert {one.__name__ for one in ours} <= PUBLIC
    assert all(getattr(stronghold_core, one.__name__) is one for one in ours)


def test_every_public_name_is_there_once() -> None:
    """What is promised can be imported, and nothing else is."""
    assert len(PUBLIC) == len(stronghold_core.__all__)
    for name in stronghold_core.__all__:
        assert hasattr(stronghold_core, name)
