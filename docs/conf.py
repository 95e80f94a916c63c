"""Sphinx's settings: MyST pages, the furo theme, and no reference that leads nowhere."""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

import fastapi  # noqa: F401 - first imported by autodoc, which pretends to check types, it does not import
from sphinx.ext.napoleon import Config, GoogleDocstring

if TYPE_CHECKING:
    from docutils.nodes import Element, TextElement
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "financial-stronghold"
author = "The financial-stronghold authors"
copyright = f"2026, {author}"
release = installed_version(project)
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
nitpicky = True
nitpick_ignore_regex = [
    # Other libraries' names lead nowhere: a build must not ask the network what their documentation holds.
    (
        "py:class",
        r"(collections|contextlib|datetime|decimal|fastapi|pathlib|pydantic|starlette|sqlalchemy|typing|uuid|zoneinfo)\..*",
    ),
    # The same, as modules write them that import them only for type checkers.
    (
        "py:class",
        "AbstractContextManager|Connection|Decimal|Engine|FastAPI|MetaData|Path|Session|Table|URL|UUID|date|datetime|timedelta",
    ),
    # What FastAPI is to call; a host names the dependency, not the function behind it.
    ("py:class", r"stronghold_fastapi\.access\.(Result|get_access|_open_\w+)"),
    # Type variables, and names for a choice of types, which the pages write out where it matters.
    ("py:class", "ADay|AnAmount|AnId|AnInstant|AnyDraft|DebitMinus|OnError|Result|.*Unchanged"),
    # Ids are UUIDs, and principals text, to everybody but a type checker.
    ("py:class", r"(stronghold_core\.ids\.)?(Account|Audit|Category|Principal|Tenant|Transaction)Id"),
]
# Where a signature says type[…], Sphinx asks which of the fields of that name is meant.
suppress_warnings = ["ref.python"]

# Docstrings write code between single backticks.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = project


CALLERS_MAKE = {"CsvLayout", "Currency", "ManualClock", "Money", "Origin", "Stronghold", "SystemClock"}
"""The classes whose constructors are anybody's business; the other objects come from verbs."""

NO_SECTIONS = {"attribute", "data", "property"}
"""What a docstring describes that has no sections in it."""


def read_docstring(  # noqa: PLR0917 - Sphinx passes them so
    app: Sphinx, what: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Understand Google's style, except on attributes: napoleon takes what stands before a colon there for a type."""
    if what not in NO_SECTIONS:
        lines[:] = GoogleDocstring(lines, Config(), app, what, name, described, options).lines()


def hide_constructor(
    _app: Sphinx, what: str, name: str, _described: object, _options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Leave out how an object is made that callers only get."""
    if what in {"class", "exception"} and name.rpartition(".")[2] not in CALLERS_MAKE:
        return "", None
    return signature, returns


def find_by_last_name(
    app: Sphinx, environment: BuildEnvironment, reference: pending_xref, content: TextElement
) -> Element | None:
    """Follow a name that a module imports only for type checkers: autodoc knows it without its module."""
    if reference.get("refdomain") != "py":
        return None
    reference["refspecific"] = True
    domain = environment.domains.python_domain
    page, role, target = reference["refdoc"], reference["reftype"], reference["reftarget"].rpartition(".")[2]
    return domain.resolve_xref(environment, page, app.builder, role, target, reference, content)


def setup(app: Sphinx) -> None:
    """Tell Sphinx of what is above."""
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-process-signature", hide_constructor)
    app.connect("missing-reference", find_by_last_name)
