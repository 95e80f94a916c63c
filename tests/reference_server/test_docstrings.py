"""Every example in a docstring of the reference server is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from examples import reference_server


def module_names() -> list[str]:
    """List all modules of the server but the one that starts it."""
    found = pkgutil.walk_packages(reference_server.__path__, f"{reference_server.__name__}.")
    return [module.name for module in found if not module.name.endswith("__main__")]


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of_a_module_are_true(name: str) -> None:
    """Run what the docstrings show and compare it with what they say."""
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert not failed
