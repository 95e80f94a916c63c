"""The command line without the extra that it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.shell import PATIENCE_SECONDS, environment


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_the_program_says_what_to_install(missing: str) -> None:
    """In one line, as the interpreter's own complaint would not."""
    result = run(f"import sys; sys.modules[{missing!r}] = None; from stronghold_core.cli import main; main()")
    assert result.returncode == 4
    assert result.stderr == "The command line needs an extra: pip install 'financial-stronghold[cli]'.\n"


def test_a_module_that_no_extra_brings_is_missed_aloud() -> None:
    """Then the installation is broken, and to install the extra would not mend it."""
    result = run("import sys; sys.modules['alembic'] = None; from stronghold_core.cli import main; main()")
    assert result.returncode != 0
    assert "ModuleNotFoundError" in result.stderr
    assert "[cli]" not in result.stderr


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program of one line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, "--help"],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_SECONDS,
    )
