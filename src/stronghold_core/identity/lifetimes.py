"""For how many days something that is given out holds."""

from __future__ import annotations

from datetime import timedelta

from stronghold_core.errors import InvalidInputError


def checked_days(days: int, *, most: int) -> timedelta:
    """Read for how long something holds.

    >>> checked_days(2, most=30)
    datetime.timedelta(days=2)

    Raises:
        InvalidInputError: If it is not a whole number of 1 to *most* days.
    """
    if type(days) is not int or not 1 <= days <= most:
        raise InvalidInputError(field="days", reason=f"give 1 to {most} days.")
    return timedelta(days=days)
