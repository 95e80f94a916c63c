"""What people wrote, on a terminal: nothing of it is obeyed, and all of it can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.text import Text as RichText

from stronghold_core.cli.text import Text, one_line, visible
from tests.support.ledger import create_category, open_account, record
from tests.support.stronghold import ADA, Desk

if TYPE_CHECKING:
    from tests.support.shell import Shell

TURNED = "Rent\u202e05- \u2066x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café au lait – 3 €", "Café au lait – 3 €"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2J\x07\r", "␛[2J␇␍"),
        ("\x7f\x9b", "␡<U+009B>"),
        ("a\u202eb\u2066c\u2069\u200f", "a<U+202E>b<U+2066>c<U+2069><U+200F>"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text: str, shown: str) -> None:
    """Words of any language, line feeds and tabs stay as they are; on one line, a line feed is shown, too."""
    assert visible(text) == shown
    assert "\n" not in one_line(text)


def test_all_ways_to_make_text_make_it_visible() -> None:
    """From its parts, and piece by piece."""
    made = [
        Text("\x1b"),
        Text.assemble("\x1b"),
        Text.assemble(("\x1b", "red")),
        Text().append("\x1b"),
        Text.assemble(Text("\x1b")),
    ]
    assert {text.plain for text in made} == {"␛"}
    assert all(isinstance(text, RichText) for text in made)


def test_nothing_that_was_written_reaches_a_terminal_as_a_command(acme: Desk, shell: Shell) -> None:
    """Names and descriptions in lists and on the overview; a program gets exactly what is stored."""
    bank = open_account(acme, name=f"Bank {TURNED}")
    record(acme, account=bank.id, amount="5.00", category=create_category(acme, name=f"Pay {TURNED}", kind="income").id)
    always = ("--tenant", "acme", "--principal", ADA)
    for command in (("account", "list"), ("dashboard", "overview"), ("category", "list"), ("transaction", "list")):
        page = shell(*command, *always)
        assert page.code == 0
        assert not set(TURNED) & set("\u202e\u2066") & set(page.out)
    assert "<U+202E>" in shell("account", "list", *always).out
    assert f"Bank {TURNED}" in {one["name"] for one in shell("account", "list", "--json", *always).document["items"]}
