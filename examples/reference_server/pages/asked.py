"""What the addresses of pages may say, in one place for all of them."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request

from examples.reference_server.desk import Seat
from examples.reference_server.ranges import Days, chosen_days, first_day_of
from stronghold_core import Books


class AskedDays(NamedTuple):
    """A range of days as an address names it; which days these are depends on the books."""

    preset: str
    first: str
    last: str

    def within(self, books: Books, seat: Seat) -> Days:
        """Say which days are meant.

        Raises:
            InvalidInputError: If that can't be said.
        """
        today = seat.today
        return chosen_days(self.preset, self.first, self.last, today=today, begin=lambda: first_day_of(books, today))


def asked_days(preset: Annotated[str, Query(alias="range")] = "", first: str = "", last: str = "") -> AskedDays:
    """Read a range of days."""
    return AskedDays(preset, first, last)


def is_part_wanted(request: Request) -> bool:
    """Tell whether htmx asks for a part of the page, and not a browser for the whole of it."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


SomeDays = Annotated[AskedDays, Depends(asked_days)]
IsPart = Annotated[bool, Depends(is_part_wanted)]
