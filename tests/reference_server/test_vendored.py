"""Files of others stand here unchanged, with their licences, and somebody has written down which they are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    ROOT / "examples/reference_server/static/vendor",
    ROOT / "tests/browser/vendor",
    ROOT / "tests/adversarial/vendor",
)


class Vendored(NamedTuple):
    """One line of VENDORED.md."""

    file: str
    package: str
    version: str
    licence: str
    sha256: str


def written_down(folder: Path) -> list[Vendored]:
    """Read the table of a folder."""
    lines = (folder / "VENDORED.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [Vendored(*row) for row in rows[1:]]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-2])
def test_every_file_of_others_is_written_down(folder: Path) -> None:
    """A file that nobody named would be one that nobody can renew."""
    there = {path.name for path in folder.iterdir() if path.is_file()} - {"VENDORED.md"}
    assert there == {one.file for one in written_down(folder)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-2])
def test_a_file_of_others_is_what_its_sum_says(folder: Path) -> None:
    """Nobody has edited it: a change goes upstream, or into a file of our own."""
    for one in written_down(folder):
        assert hashlib.sha256((folder / one.file).read_bytes()).hexdigest() == one.sha256, one.file


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-2])
def test_a_licence_lies_beside_each_file_of_others(folder: Path) -> None:
    """Licences ask for it, and it is polite."""
    for one in written_down(folder):
        text = folder / one.licence.rpartition(" ")[2]
        assert text.read_text(encoding="utf-8").strip(), one.file
