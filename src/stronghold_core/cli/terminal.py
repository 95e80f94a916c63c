"""Where output goes: results to standard output, for people or as one JSON document; all else to standard error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from stronghold_core.cli.exits import message_of
from stronghold_core.cli.text import Text, visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text as RichText

    from stronghold_core.errors import StrongholdError
    from stronghold_core.money import Money


class Terminal:
    """The two streams of one command.

    Args:
        is_json: Whether a program reads the result.
        is_plain: Whether to do without colour, whatever the terminal can.
    """

    def __init__(self, *, is_json: bool = False, is_plain: bool = False) -> None:
        self.is_json = is_json
        self._out = _console(is_plain=is_plain)
        self._err = _console(is_plain=is_plain, stderr=True)

    @property
    def width(self) -> int:
        """How many columns a result may take."""
        return self._out.width

    def show(self, *parts: RenderableType) -> None:
        """Show a result to a person."""
        for part in parts:
            # A line that is too long is wrapped by the terminal, so that what is copied from it stays whole.
            self._out.print(part, soft_wrap=isinstance(part, (str, Text)))

    def tell(self, document: object) -> None:
        """Tell a program the result; ASCII, so that no encoding can spoil it."""
        typer.echo(json.dumps(document, indent=2))

    def note(self, message: str) -> None:
        """Say something that is not the result."""
        self._err.print(Text(message), soft_wrap=True)

    def complain(self, error: StrongholdError) -> None:
        """Say why there is no result."""
        self._err.print(Text.assemble(("Error: ", "bold red"), message_of(error)), soft_wrap=True)
        if self.is_json:
            self.tell({"error": {"code": error.code, "message": message_of(error)}})

    def progress(self, *figures: str) -> Progress:
        """Make a progress bar for a person who watches; *figures* are fields of the task, shown behind the bar."""
        columns = [TextColumn(f"{{task.fields[{figure}]}}") for figure in figures]
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            *columns,
            TimeRemainingColumn(compact=True),
            console=self._err,
            transient=True,
            expand=True,
            disable=not self._err.is_terminal,
        )


class _Console(Console):
    """A console on which also bare strings, such as cells of tables, are visible throughout."""

    def render_str(self, text: str, **options: Any) -> RichText:  # noqa: ANN401 - as it is given
        """Make text of a string."""
        return super().render_str(visible(text), **options)


def _console(*, is_plain: bool, stderr: bool = False) -> Console:
    """Make a console that shows text as it is: a name may hold square brackets, and a bank's description anything."""
    # None: the variable NO_COLOR decides.
    return _Console(no_color=is_plain or None, highlight=False, markup=False, emoji=False, stderr=stderr)


def grouped(money: Money) -> str:
    """Write an amount as people read it, without its currency.

    >>> from stronghold_core.money import Money
    >>> grouped(Money.of("-1234567.50", "USD"))
    '-1,234,567.50'

    Nothing is no power of ten, however many decimals the currency has.

    >>> from stronghold_core.currencies import register_currency
    >>> grouped(Money(0, register_currency("TESTEIGHT", exponent=8, name="Eighths")))
    '0.00000000'
    """
    return f"{money.amount:,f}"


def counted(number: int, noun: str) -> str:
    """Write how many there are of something.

    >>> counted(1, "row"), counted(12000, "row")
    ('1 row', '12,000 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
