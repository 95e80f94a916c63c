"""The command line: ``stronghold``, from the extra ``cli``.

Its exit codes mean something, so that a script can tell what happened:

====  ======================================================================================
0     done
1     a check failed: doctor found a problem, verify a difference, or an import left rows out
2     the command was not understood: an unknown option, a missing argument
3     the books refused it: a rule, a permission, something not found, a conflict
4     the database, the configuration or a disk is at fault: unreachable, locked, not migrated, full
70    something unexpected, with a traceback: a mistake of ours
130   interrupted; what had been committed stays
141   whoever read the output went away
====  ======================================================================================

Results go to standard output, with ``--json`` as one JSON document; messages and progress go to standard error.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from contextlib import suppress

from stronghold_core.cli.exits import ExitCode

_EXTRA = {"rich", "typer"}
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says of a disk that takes no more."""


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
    except SystemExit as ended:
        # Both libraries that write for us end like this, quietly, but with the code of a check that failed.
        if isinstance(ended.__context__, BrokenPipeError):
            sys.exit(ExitCode.UNREAD)
        raise
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the interpreter's own code would say that a check failed
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _EXTRA:
            print("The command line needs an extra: pip install 'financial-stronghold[cli]'.", file=sys.stderr)  # noqa: T201
            sys.exit(ExitCode.DATABASE)
        _give_up(error)


def _give_up(error: Exception) -> None:
    """Say that a disk takes no more; show the traceback of everything else, which is a mistake of ours."""
    code = ExitCode.UNEXPECTED
    with suppress(OSError):
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            code = ExitCode.DATABASE
            message = f"Error: Writing failed: {error.strerror}. Make room, or let the output go elsewhere."
            print(message, file=sys.stderr)  # noqa: T201
        else:
            traceback.print_exc()
    with suppress(OSError, AttributeError):
        # What is left of the output can't be written; the interpreter would try once more, and then choose the code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
