"""Keys are read from where only their owner could have read or changed them."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stronghold_core.errors import KeyPlaceError, NotFoundError, WeakKeyError
from stronghold_core.keys import Key, KeyFile, KeyRing, WatchedKeys, read_keys
from stronghold_core.keys.places import MAX_BYTES

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path, now: datetime) -> Path:
    """Name a file with a key."""
    path = tmp_path / "tokens.json"
    KeyFile(path).create(now=now)
    return path


def test_a_file_is_its_owners_alone_from_the_start(path: Path, now: datetime) -> None:
    """Also after a rotation, and whatever the umask allows."""
    before = os.umask(0)
    try:
        KeyFile(path.with_name("other.json")).create(now=now)
        KeyFile(path).rotate(now=now)
    finally:
        os.umask(before)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o660, 0o666, 0o610, 0o777])
def test_a_file_that_others_may_use_is_refused(path: Path, mode: int) -> None:
    """Whether they may read, write or run it; the message says what to type."""
    path.chmod(mode)
    with pytest.raises(KeyPlaceError, match=f"chmod 600 {path}"):
        read_keys(path)
    path.chmod(0o400)
    assert read_keys(path).active.has_secret


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_belongs_to_somebody_else_is_refused(path: Path) -> None:
    """They could change it whenever they like."""
    os.chown(path, 12_345, -1)
    with pytest.raises(KeyPlaceError, match="belongs to somebody else"):
        read_keys(path)


def test_what_a_link_leads_to_is_looked_at(path: Path, tmp_path: Path) -> None:
    """The link's own mode says nothing."""
    link = tmp_path / "link.json"
    link.symlink_to(path)
    assert read_keys(link).active.kid == read_keys(path).active.kid
    path.chmod(0o644)
    with pytest.raises(KeyPlaceError, match="others than its owner"):
        read_keys(link)


def test_a_rotation_through_a_link_changes_what_it_leads_to(path: Path, tmp_path: Path, now: datetime) -> None:
    """And the link stays one."""
    link = tmp_path / "link.json"
    link.symlink_to(path)
    rotated = KeyFile(link).rotate(now=now)
    assert link.is_symlink()
    assert read_keys(path).active.kid == rotated.active.kid


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe nobody writes into, a loop of links, a path that is none, nothing at all."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("", "pipe", "loop", "missing", "a\0b", "n" * 5_000):
        with pytest.raises(KeyPlaceError, match="not a regular file" if name == "pipe" else None):
            read_keys(tmp_path / name)


def test_a_file_that_is_too_large_is_not_read(path: Path) -> None:
    """A mistyped path may lead to anything."""
    with path.open("ab") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(KeyPlaceError, match="larger than"):
        read_keys(path)


def test_keys_come_from_a_variable_as_well(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written as in the file; a message names the variable, never what it holds."""
    monkeypatch.setenv("TOKEN_KEYS", path.read_text())
    assert read_keys("env:TOKEN_KEYS").active.kid == read_keys(path).active.kid
    for text in ("", "   ", "hunter2", '{"keys": []}'):
        monkeypatch.setenv("TOKEN_KEYS", text)
        with pytest.raises(KeyPlaceError, match="env:TOKEN_KEYS") as refused:
            read_keys("env:TOKEN_KEYS")
        assert "hunter2" not in str(refused.value)


def test_a_weak_key_in_a_file_is_refused(path: Path, now: datetime) -> None:
    """By its name."""
    kept = Key.new(now=now, algorithm="HS256").secret_jwk() | {"k": "A" * 43}
    path.write_text('{"keys": [' + str(kept).replace("'", '"') + "]}")
    with pytest.raises(WeakKeyError, match=kept["kid"]):
        read_keys(path)


def test_a_file_is_never_written_over(path: Path, now: datetime) -> None:
    """Whoever loses keys by a mistyped path can't get them back."""
    before = path.read_bytes()
    with pytest.raises(KeyPlaceError, match="there is such a file already"):
        KeyFile(path).create(now=now)
    assert path.read_bytes() == before


def test_a_rotation_that_fails_changes_nothing(path: Path, now: datetime) -> None:
    """And is in nobody's way afterwards."""
    before = path.read_bytes()
    with pytest.raises(NotFoundError):
        KeyFile(path).forget("unknown")
    assert path.read_bytes() == before
    assert KeyFile(path).rotate(now=now).active.created_at == now
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_rotation_that_was_killed_says_what_to_remove(path: Path, now: datetime) -> None:
    """The keys are those from before."""
    before = path.read_bytes()
    left = path.with_name(f".{path.name}.new")
    left.touch(0o600)
    with pytest.raises(KeyPlaceError, match=f"remove {left}"):
        KeyFile(path).rotate(now=now)
    assert path.read_bytes() == before


def test_a_rotation_that_is_killed_leaves_whole_keys(path: Path, now: datetime) -> None:
    """Those from before, or the new ones, wherever it was; what is left beside them is removed by hand."""
    spawn = multiprocessing.get_context("spawn")
    for _ in range(2):
        before = read_keys(path).active.kid
        rotating = spawn.Process(target=_rotate_for_ever, args=(str(path), now))
        rotating.start()
        while read_keys(path).active.kid == before:
            assert rotating.exitcode is None
            time.sleep(0.01)
        rotating.kill()
        rotating.join()
        assert read_keys(path).active.kid != before
        path.with_name(f".{path.name}.new").unlink(missing_ok=True)
    assert KeyFile(path).rotate(now=now).active.has_secret


def _rotate_for_ever(path: str, now: datetime) -> None:
    while True:
        KeyFile(path).rotate(now=now, forget_after=timedelta(0))


def test_rotations_at_once_lose_no_key(path: Path, now: datetime) -> None:
    """Each goes through or is refused: the file holds every key that somebody was told of."""

    def rotate(_: int) -> str | None:
        try:
            return KeyFile(path).rotate(now=now).active.kid
        except KeyPlaceError:
            return None

    first = read_keys(path).active.kid
    with ThreadPoolExecutor(8) as pool:
        made = {kid for kid in pool.map(rotate, range(30)) if kid is not None}
    assert made
    assert {key.kid for key in read_keys(path).keys} == {first, *made}


def test_watched_keys_follow_a_rotation(path: Path, now: datetime) -> None:
    """Made by another process, without a restart of this one."""
    keys = WatchedKeys(path)
    first = keys().active.kid
    rotation = multiprocessing.get_context("spawn").Process(target=_rotate, args=(str(path), now))
    rotation.start()
    rotation.join()
    assert rotation.exitcode == 0
    assert keys().active.kid != first
    assert keys().find(first) is not None


def _rotate(path: str, now: datetime) -> None:
    KeyFile(path).rotate(now=now)


def test_watched_keys_stay_while_their_file_can_not_be_used(
    path: Path, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake at the file does not sign everybody out; the log says once what is wrong."""
    keys = WatchedKeys(path)
    first = keys().active.kid
    path.chmod(0o644)
    assert [keys().active.kid for _ in range(5)] == [first] * 5
    assert [record.getMessage().count("chmod 600") for record in caplog.records] == [1]
    path.unlink()
    assert keys().active.kid == first
    KeyFile(path).create(now=now)
    assert keys().active.kid != first


def test_watched_keys_in_a_variable_stay(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process's own environment changes for nobody."""
    monkeypatch.setenv("TOKEN_KEYS", path.read_text())
    keys = WatchedKeys("env:TOKEN_KEYS")
    monkeypatch.delenv("TOKEN_KEYS")
    assert isinstance(keys(), KeyRing)
