"""`stronghold keys …`, and what the doctor says of keys."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.support.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(find_spec("cryptography") is None, reason="keys need the extra identity")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Name a file that is not there yet."""
    return str(tmp_path / "keys.json")


def test_keys_are_made_rotated_and_forgotten(path: str) -> None:
    """Each step is told in one line, and shows in the list; no database is asked for."""
    run = Shell()
    assert run("keys", "new", path).out.endswith("Keep it secret.\n")
    (first,) = run("keys", "list", path, "--json").document["keys"]
    assert (first["algorithm"], first["retired_at"]) == ("EdDSA", None)
    assert run("keys", "rotate", path, "--algorithm", "ES256").out.endswith(" signs from now on.\n")
    second, retired = run("keys", "list", path, "--json").document["keys"]
    assert (retired["kid"], retired["retired_at"] is None, second["algorithm"]) == (first["kid"], False, "ES256")
    assert [line.split()[0] for line in run("keys", "list", path).out.splitlines()[1:]] == [second["kid"], first["kid"]]
    assert run("keys", "forget", path, first["kid"]).out == f"{first['kid']} is gone.\n"
    assert run("keys", "list", path, "--json").document["keys"] == [second]


def test_old_keys_go_with_a_rotation(path: str, tmp_path: Path) -> None:
    """If one says so; those that were retired of late stay."""
    run = Shell()
    run("keys", "new", path)
    run("keys", "rotate", path)
    file = tmp_path / "keys.json"
    file.write_text(re.sub('"retired_at": "[0-9]{4}', '"retired_at": "2001', file.read_text()))
    assert len(run("keys", "rotate", path, "--json").document["keys"]) == 3
    (_, second, first) = run("keys", "list", path, "--json").document["keys"]
    left = run("keys", "rotate", path, "--forget-after", "30", "--json").document["keys"]
    assert second["kid"] in {key["kid"] for key in left}
    assert first["kid"] not in {key["kid"] for key in left}


def test_what_is_published_is_public(path: str) -> None:
    """One document, for people and programs alike."""
    run = Shell()
    run("keys", "new", path)
    (published,) = run("keys", "publish", path).document["keys"]
    assert set(published) == {"kty", "crv", "kid", "alg", "use", "x"}


def test_no_command_shows_a_secret(path: str, tmp_path: Path) -> None:
    """Neither for people nor for programs."""
    run = Shell()
    shown = [run("keys", "new", path, *more).out for more in ([], ["--json"])]
    shown += [run("keys", verb, path, *more).out for verb in ("list", "rotate") for more in ([], ["--json"])]
    secrets = [part for part in (tmp_path / "keys.json").read_text().split('"') if len(part) >= 40]
    assert secrets
    assert not any(secret in text for secret in secrets for text in shown)


def test_what_can_not_be_used_is_refused_with_the_way_out(path: str, tmp_path: Path) -> None:
    """A configuration that is at fault has an exit code of its own."""
    run = Shell()
    assert "stronghold keys new" in (missing := run("keys", "list", path)).err
    run("keys", "new", path)
    assert "there is such a file already" in (twice := run("keys", "new", path)).err
    (tmp_path / "keys.json").chmod(0o644)
    assert f"chmod 600 {path}" in (open_file := run("keys", "rotate", path)).err
    assert [outcome.code for outcome in (missing, twice, open_file)] == [4, 4, 4]


def test_the_doctor_looks_at_keys(path: str, sqlite_url: str, tmp_path: Path) -> None:
    """Whoever could read them is a finding; so is a key that could be guessed, and a variable that is not there."""
    run = Shell(sqlite_url)
    run("keys", "new", path)
    assert run("doctor", "--keys", path).code == 0
    (tmp_path / "keys.json").chmod(0o640)
    outcome = run("doctor", "--keys", path, "--keys", "env:NOT_THERE", "--json")
    found = [check for check in outcome.document["checks"] if check["subject"] == "key strength"]
    assert (outcome.code, [check["is_ok"] for check in found]) == (1, [False, False])
    assert "chmod 600" in found[0]["fact"]


def test_the_doctor_names_a_weak_key(path: str, sqlite_url: str, tmp_path: Path) -> None:
    """By its name, not by what is in it."""
    run = Shell(sqlite_url)
    run("keys", "new", path, "--algorithm", "HS256")
    file = tmp_path / "keys.json"
    weak = [part if len(part) != 43 else "A" * 43 for part in file.read_text().split('"')]
    file.write_text('"'.join(weak))
    outcome = run("doctor", "--keys", path)
    assert outcome.code == 1
    assert "too weak: its bytes repeat" in " ".join(outcome.out.split())
