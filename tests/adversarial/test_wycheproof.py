"""What others have thought of against signatures and keys: Wycheproof's vectors for JSON Web Tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.wycheproof import CONTRADICTED, REFUSED_ON_PURPOSE, SUITES, VENDORED, main, run

if TYPE_CHECKING:
    from pathlib import Path

# How many vectors there are: bad ones, and good ones.
COUNTS = {"signature": (355, 46), "key": (21, 5), "crypto": (45, 4)}


@pytest.mark.parametrize("suite", SUITES)
def test_no_bad_token_is_accepted(suite: str) -> None:
    """Modified, unsigned, of another key or algorithm, with other encodings, by weak keys, mixed sets or wrong uses."""
    outcomes = list(run(VENDORED, suite))
    bad = [one for one in outcomes if not one.is_valid]
    assert (len(bad), len(outcomes) - len(bad)) == COUNTS[suite]
    accepted = {(one.suite, one.number) for one in bad if one.refusal is None}
    assert accepted == {known for known in CONTRADICTED if known[0] == suite}


def test_the_bad_tokens_that_are_accepted_are_good_ones() -> None:
    """The same text, by the same key, under another number: nobody could tell them apart."""
    document = json.loads((VENDORED / "json_web_signature_test.json").read_text(encoding="utf-8"))
    tests = {
        test["tcId"]: (test["jws"], group["private"]) for group in document["testGroups"] for test in group["tests"]
    }
    for (_, bad), good in CONTRADICTED.items():
        assert tests[bad] == tests[good]


@pytest.mark.parametrize("suite", SUITES)
def test_good_tokens_are_accepted_but_for_those_that_are_refused_on_purpose(suite: str) -> None:
    """The list of differences is whole: none is missing, and none has gone."""
    refused = {(one.suite, one.number) for one in run(VENDORED, suite) if one.is_valid and one.refusal is not None}
    assert refused == {known for known in REFUSED_ON_PURPOSE if known[0] == suite}


def test_the_program_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    """For vectors from elsewhere; an unexpected difference is an exit code."""
    assert main() == 0
    said = capsys.readouterr().out
    assert "signature: 353 of 355 bad ones refused, 40 of 46 good ones accepted" in said
    assert "NOT EXPECTED" not in said


def test_an_unexpected_difference_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Vectors whose verdicts are turned around are all unexpected."""
    for path in VENDORED.glob("*.json"):
        text = path.read_text(encoding="utf-8")
        swapped = text.replace('"result": "valid"', '"result": "?"').replace('"result": "invalid"', '"result": "valid"')
        (tmp_path / path.name).write_text(swapped, encoding="utf-8")
    assert main(tmp_path) == 1
    assert "NOT EXPECTED" in capsys.readouterr().out
