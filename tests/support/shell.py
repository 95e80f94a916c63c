"""The command line as a user meets it: what was typed, and the exit code and the two streams that came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

URL_VARIABLE: Final = "STRONGHOLD_DATABASE_URL"
PROGRAM: Final = (sys.executable, "-c", "from stronghold_core.cli import main; main()")
PATIENCE_SECONDS: Final = 60

# What would change how the program writes, wherever the tests run.
_UNSET: Final = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TERMINAL_WIDTH", URL_VARIABLE)


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 - JSON
        """The one JSON document on standard output."""
        return json.loads(self.out)


class Shell:
    """Runs commands in this process, without anybody at the keyboard; an error that is not ours fails the test.

    Args:
        url: What the variable says of the database, if it says anything.
        variables: Further variables.
    """

    def __init__(self, url: str | None = None, **variables: str) -> None:
        self._environment: dict[str, str | None] = {**dict.fromkeys(_UNSET), "COLUMNS": "80", **variables}
        if url is not None:
            self._environment[URL_VARIABLE] = url

    def __call__(self, *arguments: str, typed: str = "") -> Outcome:
        """Run one command; *typed* answers its questions."""
        # The extra may be missing; then nothing but this asks for it.
        from typer.testing import CliRunner  # noqa: PLC0415

        from stronghold_core.cli.application import app  # noqa: PLC0415

        result = CliRunner().invoke(app, arguments, input=typed, env=self._environment, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)


def environment(**variables: str) -> dict[str, str]:
    """Make the environment of a process of its own."""
    return {name: value for name, value in os.environ.items() if name not in _UNSET} | {"COLUMNS": "80", **variables}


def run_program(*arguments: str, **variables: str) -> Outcome:
    """Run the program in a process of its own, which ends within a minute or fails the test."""
    result = subprocess.run(
        [*PROGRAM, *arguments],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=environment(**variables),
        timeout=PATIENCE_SECONDS,
    )
    return Outcome(result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8"))
