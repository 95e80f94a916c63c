"""Words that people wrote, on a terminal: what would move the cursor, or turn the order of letters, is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text as _Text

if TYPE_CHECKING:
    from rich.style import StyleType

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Controls but for the line feed and the tab, marks of direction, and what separates lines or takes no room."""

_LINE_FEED: Final = "\N{SYMBOL FOR NEWLINE}"


def visible(text: str) -> str:
    r"""Return *text* with a picture, or the number, of each character that a terminal would obey or hide.

    >>> print(visible("Tea\x1b[2J"), visible("Rent\u202e"))
    Tea␛[2J Rent<U+202E>
    """
    return _UNSEEN.sub(_picture, text) if not text.isprintable() else text


def one_line(text: str) -> str:
    r"""Do the same where there is one line of room.

    >>> print(one_line("Tea\nand cake"))
    Tea␤and cake
    """
    return visible(text).replace("\n", _LINE_FEED).replace("\t", " ")


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < ord(" "):
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == ord("\x7f") else f"<U+{code:04X}>"


class Text(_Text):
    """Text with a style, all of it visible; the only one that commands make."""

    def __init__(self, text: str = "", style: StyleType = "", **options: Any) -> None:  # noqa: ANN401 - as it is given
        super().__init__(visible(text), style, **options)

    @classmethod
    def assemble(cls, *parts: str | _Text | tuple[str, StyleType], style: StyleType = "", **options: Any) -> Text:  # noqa: ANN401
        """Make text of parts, made visible."""
        made = cls(style=style, **options)
        for part in parts:
            made.append(*part) if isinstance(part, tuple) else made.append(part)
        return made

    def append(self, text: _Text | str, style: StyleType | None = None) -> Text:
        """Add *text*, made visible."""
        super().append(visible(text) if isinstance(text, str) else text, style)
        return self
