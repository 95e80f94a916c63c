"""The shape of the packages, where import-linter has no contract that states it."""

from __future__ import annotations

from importlib import resources

import grimp
import pytest

PACKAGES = ("stronghold_core", "stronghold_fastapi", "stronghold_django")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_carries_its_types(package: str) -> None:
    """Without py.typed a user's type checker would ignore every annotation of ours."""
    assert resources.files(package).joinpath("py.typed").is_file()


def test_mapped_classes_never_leave_their_feature() -> None:
    """A `models` module is imported from inside its own feature only: everyone else gets records."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    trespassers = {
        (importer, models)
        for models in graph.modules
        if models.endswith(".models")
        for importer in graph.find_modules_that_directly_import(models)
        if feature_of(importer) != feature_of(models)
    }
    assert not trespassers


def feature_of(module: str) -> str:
    """Name the package right below core or an adapter that *module* belongs to."""
    return ".".join(module.split(".")[:2])
