"""Hashing passwords with argon2id: a few at a time, since each takes 19 MiB and some 20 milliseconds."""

from __future__ import annotations

import secrets
import threading
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from stronghold_core.errors import ConfigurationError, HashingBusyError

if TYPE_CHECKING:
    from collections.abc import Generator

    from argon2 import PasswordHasher

    from stronghold_core.settings import Settings

WAIT_SECONDS: Final = 10
"""How long somebody waits for their turn before they are told to come back."""


class Hashing:
    """Hashes and verifies passwords, as many at once as the settings allow.

    Args:
        settings: How much memory and time each takes.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = threading.BoundedSemaphore(settings.passwords_at_once)

    @cached_property
    def _argon2(self) -> PasswordHasher:
        return _argon2(self._settings)

    @cached_property
    def _nobodys(self) -> str:
        """The hash of a password that nobody knows: what is verified where there is nobody, at the same cost."""
        return self._argon2.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """Return the hash of a normalised password.

        Raises:
            HashingBusyError: If too many are at it.
        """
        with self._turn():
            return self._argon2.hash(password)

    def matches(self, password: str | None, stored: str | None) -> bool:
        """Tell whether a normalised password is the one of which *stored* is the hash.

        Where there is no such password, or nothing stored, it takes as long and is not.

        Raises:
            HashingBusyError: If too many are at it.
        """
        argon2 = self._argon2
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - of an extra

        with self._turn():
            # Made on the first call, whomever it is about.
            nobodys = self._nobodys
            try:
                is_right = argon2.verify(stored or nobodys, password or "")
            except (VerificationError, InvalidHashError):
                return False
        return is_right and stored is not None and password is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other settings than the present ones."""
        return self._argon2.check_needs_rehash(stored)

    @contextmanager
    def _turn(self) -> Generator[None]:
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise HashingBusyError
        try:
            yield
        finally:
            self._turns.release()


def _argon2(settings: Settings) -> PasswordHasher:
    try:
        from argon2 import PasswordHasher, Type  # noqa: PLC0415 - of an extra
    except ImportError as error:
        reason = "Passwords need the package argon2-cffi: pip install 'financial-stronghold[identity]'."
        raise ConfigurationError(reason=reason) from error
    return PasswordHasher(
        time_cost=settings.password_iterations,
        memory_cost=settings.password_memory_kib,
        parallelism=settings.password_parallelism,
        type=Type.ID,
    )
