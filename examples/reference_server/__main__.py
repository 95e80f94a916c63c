"""`./dev demo`: make the demo's books if they are not there, then serve the page about them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from examples.reference_server.app import USER, make_app
from examples.reference_server.keys import FolderError, load_keys
from examples.reference_server.people import let_in
from examples.reference_server.seeding import TRANSACTIONS, make_books
from examples.reference_server.serving import PortTakenError, address_of, check, listen, serve
from stronghold_core import Stronghold, StrongholdError

STOPPED = "\nStopped. Started again on the same folder, it goes on where it was."


def main() -> None:
    """Do what the command line says."""
    given = read_arguments()
    console = Console(highlight=False, soft_wrap=True)
    try:
        run(given, console)
    except (StrongholdError, FolderError, PortTakenError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        console.print(STOPPED)


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    arguments = argparse.ArgumentParser(prog="./dev demo --", description="Serve a dashboard on made-up books.")
    arguments.add_argument("--port", type=read_port, help="where to listen (default: 8765, or the next that is free)")
    arguments.add_argument("--no-browser", action="store_true", help="leave opening the page to you")
    arguments.add_argument("--data", type=Path, default=Path("demo-data"), help="the folder to keep everything in")
    arguments.add_argument("--database-url", help="keep the books in this database, not in a file of the folder")
    arguments.add_argument("--transactions", type=int, default=TRANSACTIONS, help="how many to make up")
    arguments.add_argument("--check", action="store_true", help="look at the page once over HTTP, and stop")
    return arguments.parse_args()


def read_port(text: str) -> int:
    """Read the number of a port; 0 is any that is free.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is none: ports are numbers from 0 to 65535.")


def run(given: argparse.Namespace, console: Console) -> None:
    """Make the books, and serve them.

    Raises:
        StrongholdError: If the database is not fit.
        PortTakenError: If the port is not free; nothing was made then.
        FolderError: If nothing can be kept in the folder.
    """
    folder: Path = given.data
    with listen(given.port) as taken:
        keys = load_keys(folder)
        with Stronghold(given.database_url or f"sqlite:///{folder / 'books.db'}") as stronghold:
            stronghold.migrate()
            let_in(stronghold, USER, keys.password)
            make_books(stronghold, console, transactions=given.transactions)
            app = make_app(stronghold, keys, folder)
            if given.check:
                check(app, taken, user=USER, password=keys.password, console=console)
                return
            greet(console, address_of(taken), keys.password, folder)
            serve(app, taken, opens_browser=not given.no_browser)


def greet(console: Console, address: str, password: str, folder: Path) -> None:
    """Say where the page is, and how to get in."""
    console.print(f"\n  [bold]{address}[/]\n")
    console.print(f"  Sign in as [bold]{USER}[/] with the password [bold]{password}[/]")
    console.print(f"  Everything is kept in {escape(str(folder))}. Ctrl-C stops the server.\n")


if __name__ == "__main__":
    main()
