"""Every example in a docstring is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import stronghold_core


def module_names() -> list[str]:
    """List all modules of core; a migration is a script of alembic, not a module to import."""
    found = pkgutil.walk_packages(stronghold_core.__path__, "stronghold_core.")
    return [module.name for module in found if ".migrations" not in module.name]


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of_a_module_are_true(name: str) -> None:
    """Run what the docstrings show and compare it with what they say."""
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert not failed
