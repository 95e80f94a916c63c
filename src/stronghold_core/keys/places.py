"""Where keys are kept: in a file that only its owner can read, or in a variable of the environment.

A place is written as a path, or as ``env:NAME``.
"""

from __future__ import annotations

import logging
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from stronghold_core.errors import ConfigurationError, InvalidInputError, KeyPlaceError
from stronghold_core.keys.key import Key
from stronghold_core.keys.ring import KeyRing
from stronghold_core.keys.rules import Algorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime, timedelta

MAX_BYTES: Final = 1 << 18
_ENVIRONMENT: Final = "env:"
_log = logging.getLogger("stronghold.keys")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def read_keys(place: str | Path) -> KeyRing:
    """Read the keys that are kept at *place*: a path, or ``env:NAME``.

    Raises:
        ConfigurationError: If a key needs a package that is missing.
        KeyPlaceError: If there are none, if others may read or change them, or if they are not keys of ours.
        WeakKeyError: If somebody could guess one of them.
    """
    name = str(place)
    if not name.startswith(_ENVIRONMENT):
        return KeyFile(name).read()
    text = os.environ.get(name.removeprefix(_ENVIRONMENT), "")
    if not text.strip():
        remedy = "Set it to what `stronghold keys new` writes into a file."
        raise KeyPlaceError(place=name, fact="the variable is not set.", remedy=remedy)
    return _ring_of(text.encode("utf-8", "surrogateescape"), name)


class KeyFile:
    """A file of keys.

    Args:
        path: Where it is; symbolic links are followed, and what they lead to is looked at.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def read(self) -> KeyRing:
        """Read the keys.

        Raises:
            KeyPlaceError: If there is no such file, if others may read or change it, or if it holds no keys of ours.
            WeakKeyError: If somebody could guess one of them.
        """
        with self._complaints():
            real = self._path.resolve(strict=True)
            # Not blocking, so that a pipe is refused below and not waited for.
            opened = os.open(real, os.O_RDONLY | _FLAGS)
            with os.fdopen(opened, "rb") as file:
                self._check(os.fstat(file.fileno()))
                return _ring_of(file.read(MAX_BYTES + 1), str(self._path))

    def state(self) -> object:
        """Return what differs once the file was changed.

        Raises:
            KeyPlaceError: If there is no such file.
        """
        with self._complaints():
            found = self._path.stat()
            return found.st_ino, found.st_dev, found.st_mtime_ns, found.st_ctime_ns, found.st_size

    def create(self, *, now: datetime, algorithm: str = Algorithm.EDDSA) -> KeyRing:
        """Make a file with one new key; open for nobody else from its first moment on.

        Raises:
            KeyPlaceError: If there is such a file already, or none can be made there.
        """
        ring = KeyRing([Key.new(now=now, algorithm=algorithm)])
        with self._complaints(), _opened_anew(self._path) as file:
            _fill(file, ring)
        return ring

    def rotate(self, *, now: datetime, algorithm: str | None = None, forget_after: timedelta | None = None) -> KeyRing:
        """Make a new active key, and retire the one before; whole, or not at all.

        Args:
            now: What time it is.
            algorithm: By what the new one signs; as the one before, if left out.
            forget_after: How long a key must be retired to be taken away; all are kept if left out.

        Raises:
            InvalidInputError: If the keys become too many.
            KeyPlaceError: If the file can't be used, or is being changed by somebody else.
        """

        def rotated(ring: KeyRing) -> KeyRing:
            key = Key.new(now=now, algorithm=algorithm or ring.active.algorithm)
            return ring.rotated(key, now=now, forget_after=forget_after)

        return self._change(rotated)

    def forget(self, kid: str) -> KeyRing:
        """Take a retired key away: what it signed is refused from now on.

        Raises:
            InvalidInputError: If it is the active one.
            KeyPlaceError: If the file can't be used, or is being changed by somebody else.
            NotFoundError: If there is none of that name.
        """
        return self._change(lambda ring: ring.without(kid))

    def _change(self, do: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Put another file in its place; whoever made that one first keeps others from doing so meanwhile."""
        with self._complaints():
            real = self._path.resolve(strict=True)
            replacement = real.with_name(f".{real.name}.new")
            try:
                opened = _opened_anew(replacement)
            except FileExistsError as error:
                remedy = f"If nobody is at it, remove {replacement} and try again."
                raise KeyPlaceError(place=str(self._path), fact="they are being changed.", remedy=remedy) from error
            try:
                with opened:
                    changed = do(self.read())
                    _fill(opened, changed)
                replacement.replace(real)
            except BaseException:
                replacement.unlink()
                raise
        return changed

    def _check(self, found: os.stat_result) -> None:
        fact = remedy = None
        if not stat.S_ISREG(found.st_mode):
            fact, remedy = "it is not a regular file.", "Name another one."
        elif found.st_size > MAX_BYTES:
            fact, remedy = f"it is larger than {MAX_BYTES:,} bytes.", "Name another one."
        elif _HAS_OWNERS and found.st_uid != os.geteuid():
            fact, remedy = "it belongs to somebody else.", f"Run `chown {os.geteuid()} {self._path}`."
        elif _HAS_OWNERS and found.st_mode & _OTHERS:
            fact = f"others than its owner may use it (mode {stat.S_IMODE(found.st_mode):03o})."
            remedy = f"Run `chmod 600 {self._path}`, and rotate the keys if anybody may have read them."
        if fact is not None and remedy is not None:
            raise KeyPlaceError(place=str(self._path), fact=fact, remedy=remedy)

    @contextmanager
    def _complaints(self) -> Generator[None]:
        try:
            yield
        except FileExistsError as error:
            remedy = "Name another file, or rotate its keys."
            raise KeyPlaceError(place=str(self._path), fact="there is such a file already.", remedy=remedy) from error
        except FileNotFoundError as error:
            remedy = f"Check the path, or run `stronghold keys new {self._path}`."
            raise KeyPlaceError(place=str(self._path), fact="there is no such file.", remedy=remedy) from error
        except (OSError, RuntimeError, ValueError) as error:
            fact = f"{getattr(error, 'strerror', None) or 'the path is none'}."
            raise KeyPlaceError(place=str(self._path), fact=fact, remedy="Check the path.") from error


class WatchedKeys:
    """Keys that are read again once their file was changed, so that a rotation needs no restart.

    Args:
        place: A path, or ``env:NAME``, which is read once.

    Raises:
        KeyPlaceError: As `read_keys`.
        WeakKeyError: As `read_keys`.
    """

    def __init__(self, place: str | Path) -> None:
        self._file = None if str(place).startswith(_ENVIRONMENT) else KeyFile(place)
        # First what it looks like: a change in between is then seen on the next call.
        self._state = _state_of(self._file)
        self._ring = read_keys(place)

    def __call__(self) -> KeyRing:
        """Return the keys as they are now; as they were last, while they can't be read."""
        state = _state_of(self._file)
        if self._file is not None and state != self._state:
            self._state = state
            try:
                self._ring = self._file.read()
            except ConfigurationError as error:
                _log.warning("Keys were changed to what can't be used; those from before stay: %s", error)
        return self._ring


def _state_of(file: KeyFile | None) -> object:
    try:
        return file and file.state()
    except KeyPlaceError:
        return None


_HAS_OWNERS: Final = hasattr(os, "geteuid")
_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def _ring_of(text: bytes, place: str) -> KeyRing:
    try:
        return KeyRing.from_json(text)
    except InvalidInputError as error:
        remedy = "Make new ones with `stronghold keys new`."
        raise KeyPlaceError(place=place, fact=f"{error}", remedy=remedy) from error


def _opened_anew(path: Path) -> TextIO:
    """Make a file, and open it for nobody else."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8")


def _fill(file: TextIO, ring: KeyRing) -> None:
    """Write the keys, down to the disk."""
    file.write(ring.to_json())
    file.flush()
    os.fsync(file.fileno())
