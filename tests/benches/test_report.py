"""What a benchmark run tells: the only part of it that has a right answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.figures import Figure, at_least, at_most, compared
from benches.report import markdown, write_page

if TYPE_CHECKING:
    from pathlib import Path

FIGURE = Figure(name="speed", unit="postings/s", ours=50.0, beside=100.0, ratio=0.5, target=at_least(0.4))


def test_a_minimum_is_met_from_its_limit_upwards() -> None:
    """Of speeds, more is better."""
    assert at_least(0.7).is_met_by(0.7)
    assert not at_least(0.7).is_met_by(0.69)


def test_a_maximum_is_met_from_its_limit_downwards() -> None:
    """Of times, less is better."""
    assert at_most(3).is_met_by(3)
    assert not at_most(3).is_met_by(3.01)


def test_a_ratio_is_that_of_neighbouring_blocks() -> None:
    """A machine that becomes ten times slower in the middle of a run changes no ratio."""
    figure = compared("speed", "postings/s", ours=[50, 5, 5], beside=[100, 10, 10])
    assert figure.ratio == 0.5


def test_a_figure_without_a_target_is_neither_met_nor_missed() -> None:
    """Some figures are only for information."""
    assert compared("speed", "postings/s", ours=[1], beside=[2]).is_met is None


def test_the_page_keeps_its_prose(tmp_path: Path) -> None:
    """Only what stands between the marks is generated, so writing twice is writing once."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nafter\n", encoding="utf-8")
    for _ in range(2):
        write_page(markdown([FIGURE], {"cores": "2"}, "default"), page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.count("| speed | postings/s | 50.0 | 100 | raw | 0.50 | ≥ 0.4 | yes |") == 1


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    """Without them nobody knows where the table ends."""
    page = tmp_path / "page.md"
    page.write_text("prose\n", encoding="utf-8")
    with pytest.raises(LookupError, match="lacks the marks"):
        write_page("table", page)
    assert page.read_text(encoding="utf-8") == "prose\n"
