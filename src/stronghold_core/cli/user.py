"""`stronghold user …`."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import After, Limit
from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.identity import UserRecord
    from stronghold_core.stronghold import Stronghold

user = typer.Typer(name="user", help="Let people sign in.", no_args_is_help=True)

AUser = Annotated[str, typer.Argument(metavar="USER", help="The name they sign in with, or their id.")]
FromStdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password as one line of standard input, and ask nothing.")
]


@user.command("list")
def list_users(context: typer.Context, *, limit: Limit = DEFAULT_PAGE_SIZE, after: After = None) -> None:
    """List all users, the oldest first."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        page = stronghold.identity.users.list(limit=limit, after=after)
    desk.answer_page(page, _render(page.items))


@user.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with, such as an e-mail address.")],
    *,
    called: Annotated[
        str | None,
        typer.Option("--called", metavar="PRINCIPAL", help="What members are called by; user: and an id if left out."),
    ] = None,
    from_stdin: FromStdin = False,
) -> None:
    """Let somebody sign in; their password is asked for, and shown nowhere."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        password = _password(from_stdin=from_stdin)
        made = stronghold.identity.users.create(name, password=password, principal=called)
    desk.answer(made, f"{made.login_name} can sign in now, and is {made.principal}.")


@user.command()
def disable(context: typer.Context, name: AUser) -> None:
    """Let somebody sign in no more, and end all their sessions."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        disabled = stronghold.identity.users.disable(_find(stronghold, name).id)
    desk.answer(disabled, f"{disabled.login_name} can't sign in any more.")


@user.command()
def enable(context: typer.Context, name: AUser) -> None:
    """Let somebody sign in again."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        enabled = stronghold.identity.users.enable(_find(stronghold, name).id)
    desk.answer(enabled, f"{enabled.login_name} can sign in again.")


@user.command()
def password(
    context: typer.Context,
    name: AUser,
    *,
    removes_second_factor: Annotated[
        bool, typer.Option("--without-second-factor", help="They have lost their authenticator app as well.")
    ] = False,
    from_stdin: FromStdin = False,
) -> None:
    """Give somebody a new password, and end all their sessions."""
    desk: Desk = context.obj
    with desk.open() as stronghold:
        found = _find(stronghold, name)
        chosen = _password(from_stdin=from_stdin)
        stronghold.identity.users.set_password(found.id, chosen, removes_second_factor=removes_second_factor)
    desk.answer(found, f"{found.login_name} has a new password, and is signed out everywhere.")


def _password(*, from_stdin: bool) -> str:
    if not from_stdin:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InvalidInputError(field="password", reason="standard input has none; write it as one line.")
    return line


def _find(stronghold: Stronghold, key: str) -> UserRecord:
    """Find the user with that id, or that name; the id wins, so that nobody is found by a name that looks like one."""
    with suppress(ValueError, NotFoundError):
        return stronghold.identity.users.get(UUID(key))
    found = stronghold.identity.users.find(login_name=key)
    if found is None:
        raise NotFoundError(kind="user", key=key)
    return found


def _render(users: Iterable[UserRecord]) -> Table:
    columns = [Column("Name", is_flexible=True), Column("Principal"), Column("Status"), Column("Since")]
    return table(columns, [[one.login_name, one.principal, one.status, f"{one.created_at:%Y-%m-%d}"] for one in users])
