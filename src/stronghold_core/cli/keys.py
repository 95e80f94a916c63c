"""`stronghold keys …`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.layout import Column, table
from stronghold_core.identity.tokens.rules import KEPT_FOR
from stronghold_core.keys import Algorithm, KeyFile, read_keys

if TYPE_CHECKING:
    from stronghold_core.cli.desk import Desk
    from stronghold_core.keys import Key, KeyRing

keys = typer.Typer(name="keys", help="Make the secret keys that tokens are signed with, and rotate them.")

KeysFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file; nobody but its owner may read it.")]
KeysPlace = Annotated[str, typer.Argument(metavar="PLACE", help="A file, or env:NAME for a variable that holds it.")]


@keys.command()
def new(
    context: typer.Context,
    path: KeysFile,
    *,
    algorithm: Annotated[
        Algorithm, typer.Option(help="By what it signs; HS256 only where nobody else has to verify.")
    ] = Algorithm.EDDSA,
) -> None:
    """Make a file with one new key; a file that is there is never written over."""
    made = KeyFile(path).create(now=datetime.now(UTC), algorithm=algorithm)
    _answer(context.obj, made, f"{path} holds the key {made.active.kid} now. Keep it secret.")


@keys.command("list")
def list_keys(context: typer.Context, place: KeysPlace) -> None:
    """List keys, the active one first; never what is secret of them."""
    _answer(context.obj, read_keys(place))


@keys.command()
def rotate(
    context: typer.Context,
    path: KeysFile,
    *,
    algorithm: Annotated[Algorithm | None, typer.Option(help="As the key before, if left out.")] = None,
    forget_after: Annotated[
        int | None,
        typer.Option(
            "--forget-after", min=1, metavar="DAYS", help="Take keys away that have been retired for so many days."
        ),
    ] = None,
) -> None:
    """Let a new key sign from now on; what the one before has signed stays good as long as it would have."""
    after = None if forget_after is None else timedelta(days=forget_after)
    rotated = KeyFile(path).rotate(now=datetime.now(UTC), algorithm=algorithm, forget_after=after)
    _answer(context.obj, rotated, f"{rotated.active.kid} signs from now on.")


@keys.command()
def forget(
    context: typer.Context, path: KeysFile, kid: Annotated[str, typer.Argument(metavar="KID", help="Its name.")]
) -> None:
    """Take a retired key away: what it has signed is refused at once, as it must be if the key was stolen."""
    _answer(context.obj, KeyFile(path).forget(kid), f"{kid} is gone.")


@keys.command()
def publish(context: typer.Context, place: KeysPlace) -> None:
    """Print what others verify with, as a JSON Web Key Set: public halves alone."""
    desk: Desk = context.obj
    desk.terminal.tell(read_keys(place).jwks(datetime.now(UTC), kept_for=KEPT_FOR))


def _answer(desk: Desk, ring: KeyRing, message: str | None = None) -> None:
    if desk.terminal.is_json:
        desk.terminal.tell({"keys": [_described(key) for key in ring.keys]})
        return
    if message is not None:
        desk.terminal.show(message)
        return
    columns = [Column("Key"), Column("Algorithm"), Column("Since"), Column("Retired")]
    rows = [
        [key.kid, key.algorithm, f"{key.created_at:%Y-%m-%d}", f"{key.retired_at:%Y-%m-%d}" if key.retired_at else ""]
        for key in ring.keys
    ]
    desk.terminal.show(table(columns, rows))


def _described(key: Key) -> dict[str, str | None]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "created_at": key.created_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
    }
