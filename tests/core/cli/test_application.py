"""The program as a whole: where its options may stand, where the database is named, how it says that it failed."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from stronghold_core.cli.application import app
from tests.support.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.stronghold import Desk

COMMANDS = [
    *("demo", "migrate", "doctor", "keys", "user", "staff", "tenant", "member", "invitation", "api-key", "role"),
    *("grant", "admission"),
    *("account", "category", "transaction"),
    *("import", "export", "history", "balance", "dashboard", "verify", "seal", "audit"),
]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])(?:;\d+)*m")


# --- global options


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "--database-url", "URL", "verify", "--tenant", "acme"),
        ("verify", "--tenant", "acme", "--json", "--database-url", "URL"),
        ("verify", "--json", "--tenant", "acme", "--database-url=URL"),
        ("--database-url=URL", "verify", "--no-color", "--tenant", "acme", "--json"),
    ],
    ids=["before", "after", "between", "around"],
)
def test_global_options_may_stand_anywhere(acme: Desk, sqlite_url: str, arguments: tuple[str, ...]) -> None:
    """Whoever adds --json to a command adds it at its end."""
    outcome = Shell()(*(argument.replace("URL", sqlite_url) for argument in arguments))
    assert (outcome.code, outcome.document["tenants"]) == (0, 1)


def test_global_options_may_stand_after_a_command_of_a_group(shell: Shell) -> None:
    """`tenant add` is two words."""
    outcome = shell("tenant", "add", "Acme", "--base-currency", "USD", "--owner", "user:ada", "--json")
    assert outcome.document["name"] == "Acme"


def test_what_follows_two_dashes_is_no_option(shell: Shell) -> None:
    """A tenant may be called like one."""
    outcome = shell("tenant", "add", "--base-currency", "USD", "--owner", "user:ada", "--json", "--", "--no-color")
    assert outcome.document["name"] == "--no-color"


def test_a_global_option_without_its_value_is_a_mistake_in_the_command(shell: Shell) -> None:
    """The end of the line is no URL."""
    assert shell("verify", "--database-url").code == 2


# --- the database


def test_the_option_goes_before_the_variable(acme: Desk, sqlite_url: str, tmp_path: Path) -> None:
    """What is typed is meant more than what was once exported."""
    shell = Shell(f"sqlite:///{tmp_path / 'other.db'}")
    assert shell("verify", "--database-url", sqlite_url).code == 0
    assert shell("verify").code == 4


@pytest.mark.parametrize(("url", "arguments"), [(None, ()), ("", ()), (None, ("--database-url", ""))])
def test_a_command_without_a_database_says_both_ways_to_name_one(url: str | None, arguments: tuple[str, ...]) -> None:
    """An empty variable names none either."""
    outcome = Shell(url)("verify", *arguments)
    assert (outcome.code, outcome.out) == (4, "")
    assert "pass --database-url or set STRONGHOLD_DATABASE_URL" in outcome.err


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "://",
        "sqlite://books.db",
        "sqlite:///books.db?timeout=soon",
        "postgresql+psycopg://ada:secret@somewhere:port/books",
        "mysql://ada:secret@somewhere/books",
        "sqlite+aiosqlite:///books.db",
        "postgresql+asyncpg://ada:secret@somewhere/books",
    ],
)
@pytest.mark.parametrize("command", ["verify", "migrate", "doctor"])
def test_a_url_that_cannot_be_used_is_answered_with_those_that_can(url: str, command: str) -> None:
    """Two slashes instead of three are the likeliest mistake; the password stays where it was."""
    outcome = Shell(url)(command)
    assert (outcome.code, outcome.out) == (4, "")
    assert "sqlite:///books.db" in outcome.err
    assert "secret" not in outcome.err


@pytest.mark.parametrize("command", [("verify",), ("dashboard", "--tenant", "acme", "--principal", "user:ada")])
def test_a_file_that_is_not_there_is_named_and_not_made(
    empty_url: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """It is a typing error, or nobody has migrated yet."""
    outcome = Shell(empty_url)(*command)
    assert outcome.code == 4
    assert f"there is no {tmp_path / 'books.db'}. Check the path, or run `stronghold migrate`." in outcome.err
    assert not (tmp_path / "books.db").exists()


@pytest.mark.parametrize("content", ["Date,Text,Amount\n", "folder"])
def test_a_file_that_is_no_database_is_an_error_of_the_file(tmp_path: Path, content: str) -> None:
    """Whoever names the bank's file, or a folder, gets the reason and not a stack of frames."""
    path = tmp_path / "books.db"
    path.mkdir() if content == "folder" else path.write_text(content * 100, encoding="utf-8")
    for command in ("verify", "migrate"):
        outcome = Shell(f"sqlite:///{path}")(command)
        assert outcome.code == 4
        assert outcome.err.startswith("Error: The database file can't be used: it ")


def test_a_file_without_tables_says_what_to_run(tmp_path: Path) -> None:
    """It is a database, only not one of ours yet."""
    (tmp_path / "books.db").touch()
    outcome = Shell(f"sqlite:///{tmp_path / 'books.db'}")("verify")
    assert outcome.code == 4
    assert "`stronghold migrate`" in outcome.err


def test_a_file_that_may_only_be_read_takes_no_rows(acme: Desk, tmp_path: Path) -> None:
    """Reading goes on."""
    shell = Shell(f"sqlite:///file:{tmp_path / 'books.db'}?mode=ro&uri=true")
    refused = shell("tenant", "add", "Rival", "--base-currency", "USD", "--owner", "user:eve")
    assert refused.code == 4
    assert "it is read-only. Allow this user to write the file and its folder." in refused.err
    assert shell("verify").code == 0


@pytest.mark.usefixtures("no_waiting")
def test_a_locked_file_is_said_to_be_locked_and_advice_to_programs_is_left_out(acme: Desk, shell: Shell) -> None:
    """Somebody else's unit is open; readers are not kept out by it."""
    with acme.books() as books:
        books.accounts.open(name="Bank", type="asset")
        refused = shell("tenant", "add", "Rival", "--base-currency", "USD", "--owner", "user:eve")
        assert shell("verify").code == 0
    assert refused.code == 4
    assert "The database was locked by another writer" in refused.err
    assert refused.err.endswith("Try again.\n")
    assert "stronghold.run" not in refused.err


@pytest.mark.postgres
@pytest.mark.parametrize("command", ["verify", "migrate"])
def test_a_server_that_does_not_answer_is_said_to_be_out_of_reach(tmp_path: Path, command: str) -> None:
    """With what the driver found, and what to look at."""
    pytest.importorskip("psycopg")
    outcome = Shell(f"postgresql+psycopg://ada:secret@/books?host={tmp_path}")(command)
    assert outcome.code == 4
    assert "can't be reached; check its URL, and whether it is running: " in outcome.err
    assert "secret" not in outcome.err


# --- errors


def test_with_json_an_error_is_a_document_too(shell: Shell) -> None:
    """A program reads the code, a person the same words on standard error."""
    outcome = shell("verify", "--tenant", "nobody", "--json")
    message = "There is no tenant nobody here: check the id and the tenant."
    assert outcome.code == 3
    assert outcome.document == {"error": {"code": "not_found", "message": message}}
    assert outcome.err == f"Error: {message}\n"


def test_an_error_is_written_to_standard_error_only(shell: Shell) -> None:
    """What is piped on is a result or nothing."""
    outcome = shell("verify", "--tenant", "nobody")
    assert (outcome.code, outcome.out) == (3, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("verify", "--frobnicate"), "No such option: --frobnicate"),
        (("verify", "acme"), "Got unexpected extra argument"),
        (("verify", "--tenant"), "requires an argument"),
        (("tenant", "add", "Acme"), "Missing option"),
        (("tenant", "frobnicate"), "No such command"),
        (("import", "commit"), "Missing argument"),
        (("import", "november.csv"), "No such command"),
        (("doctor", "--login", "shop"), "--login goes with --create-roles"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_that_is_not_understood_has_a_code_of_its_own(
    shell: Shell, arguments: tuple[str, ...], words: str
) -> None:
    """Nothing was tried."""
    outcome = shell(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert words in outcome.err


# --- help


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS), ("tenant", "add")], ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...], flag: str) -> None:
    """It needs no database, and names each command and option in words."""
    outcome = Shell()(*command, flag)
    assert outcome.code == 0
    assert "Usage: stronghold" in outcome.out
    assert flag in outcome.out


def test_the_commands_are_listed_in_the_order_in_which_one_needs_them() -> None:
    """Not by the alphabet."""
    listed = re.findall(r"^│ (\w[\w-]*) ", Shell()("--help").out, re.MULTILINE)
    assert listed == COMMANDS


def commands_below(group: Any, *above: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own click
    """Go through all commands, by their full names."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands_below(command, *above, name)
        else:
            yield " ".join([*above, name]), command


def test_whoever_must_say_whose_books_or_who_acts_may_do_so_by_the_environment() -> None:
    """The same variables and the same words, whatever the command."""
    variables = {"tenant": "STRONGHOLD_TENANT", "principal": "STRONGHOLD_PRINCIPAL"}
    asked = [
        (name, option)
        for name, command in commands_below(get_command(app))
        for option in command.params
        if option.param_type_name == "option" and option.required and option.name in variables
    ]
    assert len(asked) > 50
    assert [name for name, option in asked if option.envvar != variables[option.name]] == []
    assert [name for name, option in asked if option.name == "principal" and "--as" not in option.opts] == []


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete_commands(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a script of its own language, which asks the program itself."""
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: name, raising=False)
    shown = Shell()("--show-completion")
    assert shown.code == 0
    assert "_STRONGHOLD_COMPLETE" in shown.out
    assert "--install-completion" in Shell()("--help").out


def test_no_arguments_are_a_question_for_help() -> None:
    """Whose exit code still tells a script that nothing was done."""
    for arguments in ((), ("tenant",)):
        outcome = Shell()(*arguments)
        assert outcome.code == 2
        assert "Commands" in outcome.out + outcome.err


def test_the_version_is_that_of_the_package() -> None:
    """As the installer knows it."""
    assert Shell()("--version").out == f"stronghold {version('financial-stronghold')}\n"


# --- colour


def test_there_is_colour_on_a_terminal_only_if_it_is_wanted(sqlite_url: str) -> None:
    """The option and the variable NO_COLOR say the same; a pipe gets none in any case."""
    arguments = ("verify", "--tenant", "nobody")
    terminal = Shell(sqlite_url, FORCE_COLOR="1", TERM="xterm-256color")
    assert COLOUR.search(terminal(*arguments).err)
    assert not COLOUR.search(terminal(*arguments, "--no-color").err)
    assert not COLOUR.search(Shell(sqlite_url, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1")(*arguments).err)
    assert "\x1b" not in Shell(sqlite_url)(*arguments).err
