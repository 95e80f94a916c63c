"""The options that say how a bank's file is laid out, the same for each command that reads one."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from stronghold_core.bank_statements import CsvLayout

if TYPE_CHECKING:
    from collections.abc import Callable

_HELP: Final = {
    "date_column": ("COLUMN", "The day of booking: its name in the header, or number from 0."),
    "amount_column": ("COLUMN", "Signed: negative if money left."),
    "debit_column": ("COLUMN", "What left the account, beside --credit-column."),
    "credit_column": ("COLUMN", "What came to it."),
    "debit_minus": ("WHICH", "Debits with a minus: always, never, or back if those were taken back."),
    "direction_column": ("COLUMN", "Says in a word whether money left or came."),
    "description_column": ("COLUMN", "The bank's words."),
    "payee_column": ("COLUMN", "Who was on the other side."),
    "bank_id_column": ("COLUMN", "The bank's own number of the transaction."),
    "balance_column": ("COLUMN", "What the account held after the row."),
    "currency_column": ("COLUMN", "The currency of the row."),
    "account_column": ("COLUMN", "The number of the account that the row is of."),
    "status_column": ("COLUMN", "Says in a word whether the row is booked."),
    "booked_words": ("WORDS", "What --status-column says of booked rows, with commas between."),
    "date_format": ("PATTERN", "Such as %d.%m.%Y or %m/%d/%Y."),
    "decimal_mark": ("MARK", "A point or a comma."),
    "thousands_mark": ("MARK", "What groups the digits of large amounts."),
    "delimiter": ("MARK", "What separates the columns; \\t is a tab."),
    "encoding": ("NAME", "Such as utf-8, cp1252 or utf-16."),
}
_PANEL: Final = "How the file is laid out (found in it, or saved before, if left out)"


def takes_layout(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command whose argument is a ``layout`` the options that say one; it gets None if none was used."""
    signature = inspect.signature(command, eval_str=True)
    kept = [parameter for parameter in signature.parameters.values() if parameter.name != "layout"]
    added = [_parameter(name, metavar, words) for name, (metavar, words) in _HELP.items()]
    added.append(_flag())

    @wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 - whatever typer has read
        said = {name: given.pop(name) for name in (*_HELP, "is_inverted")}
        command(**given, layout=layout_of(said))

    run.__signature__ = signature.replace(parameters=[*kept, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*kept, *added)}
    return run


def layout_of(said: dict[str, Any]) -> CsvLayout | None:
    """Make a layout of options; none if there are none.

    >>> layout_of({"date_column": "0", "delimiter": None, "is_inverted": False}).date_column
    0
    """
    given = {name: _value(name, value) for name, value in said.items() if value not in {None, False}}
    return CsvLayout(**given) if given else None


def _value(name: str, text: Any) -> Any:  # noqa: ANN401 - text, or a flag
    if name.endswith("_column"):
        return int(text) if text.isascii() and text.isdecimal() else text
    if name.endswith("_words"):
        return tuple(word.strip() for word in text.split(","))
    return "\t" if name == "delimiter" and text == r"\t" else text


def _parameter(name: str, metavar: str, words: str) -> inspect.Parameter:
    option = typer.Option(metavar=metavar, help=words, rich_help_panel=_PANEL)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
    )


def _flag() -> inspect.Parameter:
    option = typer.Option("--inverted", help="Amounts are positive where money left.", rich_help_panel=_PANEL)
    return inspect.Parameter(
        "is_inverted", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, option]
    )
