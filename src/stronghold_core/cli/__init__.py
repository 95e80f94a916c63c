"""The command line: ``stronghold``, from the extra ``cli``.

Its exit codes mean something, so that a script can tell what happened:

====  ======================================================================================
0     done
1     a check failed: doctor found a problem, verify a difference, or import refused some rows
2     the command was not understood: an unknown option, a missing argument
3     the books refused it: a rule, a permission, something not found, a conflict
4     the database or the configuration is at fault: unreachable, locked, not migrated
130   interrupted; what had been committed stays
====  ======================================================================================

Results go to standard output, with ``--json`` as one JSON document; messages and progress go to standard error.
"""

from __future__ import annotations

import io
import sys

_EXTRA = {"rich", "typer"}
_INTERRUPTED = 130


def main() -> None:
    """Run the command line; the entry point of the program ``stronghold``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that can't show a character shows a question mark; that is no reason to fail.
            stream.reconfigure(errors="replace")
    try:
        # Here, because a user who only wants the library does without the extra.
        from stronghold_core.cli.application import app  # noqa: PLC0415

        app(prog_name="stronghold")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        sys.exit("The command line needs an extra: pip install 'financial-stronghold[cli]'.")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
