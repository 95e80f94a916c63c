"""What a commit must never contain, because it holds on one machine only."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written so that this file does not match itself.
FORBIDDEN = {
    "a home folder": re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+)/"),
    "a machine's work folder": re.compile(r"(?<![\w.])/work/\w"),
    "a package registry": re.compile(r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian)\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}


def tracked_files() -> list[Path]:
    """List every file that is, or is about to be, part of a commit."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_machine_a_registry_or_a_secret() -> None:
    """The project builds wherever its ordinary tools find their own registries."""
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in tracked_files()
        for what, pattern in FORBIDDEN.items()
        if pattern.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not found
