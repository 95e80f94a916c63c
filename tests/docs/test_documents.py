"""Every Python block of the documentation and the README runs, in the order in which a reader meets it.

One document is one test: its blocks build on each other, so no two workers may share them. A block is left out only by
a comment above it that gives the reason: `<!--- skip: next "needs a running broker" -->`. The commands of the program
`stronghold` run as well, in the same folder, unless they are for a server.
"""

from __future__ import annotations

import re
import shlex
import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path
from unittest import SkipTest

import pytest
from sybil import Document, Example
from sybil.parsers.myst import CodeBlockParser, DocTestDirectiveParser, PythonCodeBlockParser, SkipParser
from typer.testing import CliRunner

from stronghold_core import Stronghold
from stronghold_core.cli.application import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SKIP_WITHOUT_REASON = re.compile(r"<!---? *skip: *(?:next|start)(?! +\")")

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


@each_document
def test_the_examples_of_a_document_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of one document share their names and an empty folder, as one reader's session would."""
    monkeypatch.chdir(tmp_path)
    commands = CodeBlockParser(language="sh", evaluator=partial(run_commands, {}))
    document = Document.parse(str(path), DocTestDirectiveParser(), PythonCodeBlockParser(), commands, SkipParser())
    try:
        for example in document.examples():
            with suppress(SkipTest):
                example.evaluate()
    finally:
        leave(document)


def leave(document: Document) -> None:
    """Close what a reader leaves open at the end of a session; Python 3.13 complains of forgotten databases."""
    for left in document.namespace.values():
        if isinstance(left, Stronghold | sqlite3.Connection):
            left.close()


def run_commands(environment: dict[str, str], example: Example) -> None:
    """Run the commands of a shell block that are ours to run; what it exports holds for the blocks after it, too."""
    if "postgresql://" in (text := str(example.parsed)) or "postgresql+psycopg://" in text:
        return
    for line in text.replace("\\\n", " ").splitlines():
        program, *arguments = shlex.split(line, comments=True) or [""]
        if program == "export":
            name, _, value = arguments[0].partition("=")
            environment[name] = value
        elif program == "stronghold":
            result = CliRunner().invoke(app, arguments, env=environment)
            assert result.exit_code == 0, f"{line}\n{result.output}"


@each_document
def test_a_block_that_is_left_out_says_why(path: Path) -> None:
    """An example that never runs goes stale unseen, so it needs an excuse."""
    assert not SKIP_WITHOUT_REASON.findall(path.read_text(encoding="utf-8"))
