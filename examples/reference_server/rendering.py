"""Templates, and what they know of the world."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from examples.reference_server import charts, formats

HERE: Final = Path(__file__).parent


def link(path: str, query: dict[str, object] | None = None, **more: object) -> str:
    """Make a link; what is empty is left out.

    >>> link("/t/7", {"range": "all"}, text="tea & milk", after=None)
    '/t/7?range=all&text=tea+%26+milk'
    """
    asked = {name: value for name, value in {**(query or {}), **more}.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked)}" if asked else path


def make_environment() -> Environment:
    """Set templates up: every value is escaped, and a name that is not there is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        money=formats.money,
        plain=formats.plain,
        percent=formats.percent,
        day=formats.day,
        words=formats.words,
        counted=formats.counted,
    )
    environment.globals.update(link=link, share=charts.share, days=formats.days)
    return environment
