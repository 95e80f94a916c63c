"""Currencies: the table of ISO 4217 and the host's own, by code."""

from __future__ import annotations

from stronghold_core.currencies.registry import (
    MAX_CODE_LENGTH,
    MAX_EXPONENT,
    Currency,
    find_currency,
    get_currency,
    list_currencies,
    register_currency,
)

__all__ = [
    "MAX_CODE_LENGTH",
    "MAX_EXPONENT",
    "Currency",
    "find_currency",
    "get_currency",
    "list_currencies",
    "register_currency",
]
