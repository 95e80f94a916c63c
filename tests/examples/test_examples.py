"""Every example runs, and ends in asserts that hold."""

from __future__ import annotations

import os
import runpy
import shlex
import subprocess
import sys
from importlib.util import find_spec
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


@pytest.mark.skipif(find_spec("rich") is None, reason="the demo draws with what the extra cli brings")
def test_the_demo_shows_the_whole_way_and_posts_nothing_twice(tmp_path: Path) -> None:
    """The second run finds every row there already, and the same dashboard."""
    first, second = (run_demo(tmp_path / "books") for _ in range(2))
    assert "Ada and Ben's household" in first
    assert "Brightwater Design" in first
    assert "Posted         162" in first
    assert "Already there  162" in second
    assert dashboard_of(first) == dashboard_of(second)
    assert "December 2025" in first
    assert "17,594.99" in first
    shown = run(shlex.split(second.splitlines()[-1]))
    assert "July 2025" in shown


def run_demo(folder: Path) -> str:
    """Run the demo as its readers do, and return what it shows."""
    return run([sys.executable, "-m", "examples.demo", "--data", str(folder), "--transactions", "600"])


def run(command: list[str]) -> str:
    """Run a program from the project's folder, and return what it shows."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dashboard_of(output: str) -> str:
    """Leave out what is said about the import."""
    _, found, dashboard = output.partition("Ada's household")
    return found + dashboard
