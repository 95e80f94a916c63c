"""What a tenant's settings may be."""

from __future__ import annotations

import struct
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from stronghold_core import get_currency
from stronghold_core.errors import InvalidInputError, UnknownCurrencyError, WithdrawnCurrencyError
from stronghold_core.tenancy import TenantKind
from stronghold_core.tenancy.rules import (
    MAX_DAYS_AHEAD,
    checked_base_currency,
    checked_days_ahead,
    checked_kind,
    checked_time_zone,
)

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST_ZONE = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
"""A file that says nothing but that the time is UTC (RFC 9636, version 1)."""


def test_a_tenant_is_a_user_or_an_organization() -> None:
    """By its word, or as the enum."""
    assert checked_kind("user") is TenantKind.USER
    assert checked_kind(TenantKind.ORGANIZATION) is TenantKind.ORGANIZATION


@pytest.mark.parametrize("wrong", ["", "User", "company", None, 1], ids=repr)
def test_there_is_no_third_kind(wrong: object) -> None:
    """The message names the two."""
    with pytest.raises(InvalidInputError, match="neither 'user' nor 'organization'") as caught:
        checked_kind(wrong)  # type: ignore[arg-type]
    assert caught.value.field == "kind"


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+12"])
def test_a_time_zone_is_one_of_the_iana_database(name: str) -> None:
    """By its full name."""
    assert checked_time_zone(name) == name


@pytest.mark.parametrize(
    "wrong",
    ["", "Berlin", "CEST+1", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 5_000, "a\x00b", "\ud800", None, 2],
)
def test_what_is_no_time_zone_is_refused(wrong: object) -> None:
    """Whatever a file system would say to such a name."""
    with pytest.raises(InvalidInputError, match="is no IANA time zone") as caught:
        checked_time_zone(wrong)  # type: ignore[arg-type]
    assert caught.value.field == "time_zone"


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "posix/Europe/Berlin", "right/UTC", "../UTC"])
def test_what_only_this_machine_calls_a_time_zone_is_refused(name: str, tmp_path: Path) -> None:
    """On another machine today might be another day, or there might be no such zone."""
    for zone in (tmp_path / "zoneinfo" / name, tmp_path / "zoneinfo" / "Right" / "There"):
        zone.parent.mkdir(parents=True, exist_ok=True)
        zone.write_bytes(SMALLEST_ZONE)
    reset_tzpath([tmp_path / "zoneinfo"])
    try:
        assert checked_time_zone("Right/There") == "Right/There"
        with pytest.raises(InvalidInputError, match="is no IANA time zone"):
            checked_time_zone(name)
    finally:
        reset_tzpath()
        ZoneInfo.clear_cache()


def test_a_base_currency_exists_on_the_day() -> None:
    """The lev was withdrawn with the year 2025, so it is fine before and refused after."""
    assert checked_base_currency("EUR", on=date(2026, 11, 21)) == "EUR"
    assert checked_base_currency("BGN", on=date(2025, 12, 31)) == "BGN"
    with pytest.raises(WithdrawnCurrencyError) as caught:
        checked_base_currency("BGN", on=date(2026, 11, 21))
    assert caught.value.currency == "BGN"


def test_a_base_currency_may_be_given_as_itself() -> None:
    """What is stored is its code."""
    assert checked_base_currency(get_currency("EUR"), on=date(2026, 1, 1)) == "EUR"  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["", "usd", "ABC", "XXX"])
def test_a_base_currency_that_nobody_knows_is_refused(wrong: str) -> None:
    """As everywhere."""
    with pytest.raises(UnknownCurrencyError):
        checked_base_currency(wrong, on=date(2026, 1, 1))


@pytest.mark.parametrize("days", [0, 1, MAX_DAYS_AHEAD])
def test_days_ahead_go_from_none_to_a_year(days: int) -> None:
    """A leap year included."""
    assert checked_days_ahead(days) == days


@pytest.mark.parametrize("wrong", [-1, MAX_DAYS_AHEAD + 1, 1.0, "1", True, None], ids=repr)
def test_other_days_ahead_are_refused(wrong: object) -> None:
    """Also what only looks like a number."""
    with pytest.raises(InvalidInputError) as caught:
        checked_days_ahead(wrong)  # type: ignore[arg-type]
    assert (caught.value.field, caught.value.value) == ("days_ahead", wrong)
