"""Every example runs, and ends in asserts that hold."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("0*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is started, and without leaving anything behind."""
    monkeypatch.chdir(tmp_path)
    names = runpy.run_path(str(path), run_name="__main__")
    # An example is a program, which closes what it opened by ending.
    names["stronghold"].database.engine.dispose()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_checks_itself(path: Path) -> None:
    """Eighty lines are what a reader takes in at once; what is not asserted may be wrong unseen."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80
    assert lines[-1].startswith("assert ")


def test_there_are_five_small_examples() -> None:
    """One for each thing that a newcomer asks first."""
    assert [path.name[:3] for path in EXAMPLES] == ["01_", "02_", "03_", "04_", "05_"]
