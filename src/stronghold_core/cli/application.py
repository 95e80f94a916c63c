"""The program: its global options, its commands, and what becomes of errors."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from stronghold_core.cli.account import account
from stronghold_core.cli.admission import admission
from stronghold_core.cli.api_key import api_key
from stronghold_core.cli.audit import audit
from stronghold_core.cli.category import category
from stronghold_core.cli.dashboard import dashboard
from stronghold_core.cli.demo import demo
from stronghold_core.cli.desk import URL_VARIABLE, Desk
from stronghold_core.cli.doctor import doctor
from stronghold_core.cli.exits import ExitCode, exit_code_of
from stronghold_core.cli.export import export
from stronghold_core.cli.grant import grant
from stronghold_core.cli.history import balance, history
from stronghold_core.cli.invitation import invitation
from stronghold_core.cli.keys import keys
from stronghold_core.cli.member import member
from stronghold_core.cli.migrate import migrate
from stronghold_core.cli.role import role
from stronghold_core.cli.seal import seal
from stronghold_core.cli.staff import staff
from stronghold_core.cli.statement import imports
from stronghold_core.cli.tenant import tenant
from stronghold_core.cli.terminal import Terminal
from stronghold_core.cli.transaction import transaction
from stronghold_core.cli.user import user
from stronghold_core.cli.verify import verify
from stronghold_core.errors import StrongholdError

_FLAGS: Final = frozenset({"--json", "--no-color"})
_VALUED: Final = "--database-url"

_ORDER: Final = (
    *("demo", "migrate", "doctor", "keys", "user", "staff", "tenant", "member", "invitation", "api-key", "role"),
    *("grant", "admission"),
    *("account", "category", "transaction"),
    *("import", "export", "history", "balance", "dashboard", "verify", "seal", "audit"),
)
_PLURALS: Final = {
    **{f"{name}s": name for name in ("user", "tenant", "member", "invitation", "api-key", "role", "grant")},
    **{f"{name}s": name for name in ("admission", "account", "transaction", "balance")},
    "categories": "category",
}
_EPILOG: Final = (
    "The global options may also stand after the command.\n\n"
    "Exit codes: 0 done; 1 a check failed, or rows were left out; 2 the command was not understood; 3 the books "
    "refused it; 4 the database, the configuration or a disk is at fault; 70 something unexpected; 130 interrupted; "
    "141 nobody read on."
)


class Program(TyperGroup):
    """Takes the global options wherever they stand, and turns errors into messages and exit codes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer has its own click, unnamed
        """Read the arguments, the global options first."""
        return super().parse_args(ctx, globals_first(args))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - the same
        """List the commands in the order in which one needs them."""
        return [name for name in _ORDER if name in self.commands]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - the same
        """Find a command; a group is understood in the plural as well."""
        return super().get_command(ctx, _PLURALS.get(cmd_name, cmd_name))

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the same
        """Run the command; a mistake of the user's ends in a message, never in a traceback."""
        try:
            return super().invoke(ctx)
        except StrongholdError as error:
            terminal = ctx.obj.terminal if isinstance(ctx.obj, Desk) else Terminal()
            terminal.complain(error)
            raise typer.Exit(exit_code_of(error)) from error
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from interrupt


def globals_first(arguments: list[str]) -> list[str]:
    """Move the global options before the command, up to a ``--``.

    >>> globals_first(["verify", "--json", "--database-url", "sqlite://", "--tenant", "acme"])
    ['--json', '--database-url', 'sqlite://', 'verify', '--tenant', 'acme']
    """
    first: list[str] = []
    rest: list[str] = []
    left = iter(arguments)
    for argument in left:
        if argument == "--":
            return [*first, *rest, argument, *left]
        if argument in _FLAGS or argument.startswith(f"{_VALUED}="):
            first.append(argument)
        elif argument == _VALUED:
            first += [argument, *([value] if (value := next(left, None)) is not None else [])]
        else:
            rest.append(argument)
    return first + rest


app = typer.Typer(
    name="stronghold",
    cls=Program,
    help="Exact double-entry books for many tenants: set the database up, post, import, look, verify.",
    epilog=_EPILOG,
    no_args_is_help=True,
    # A traceback is for a mistake of ours; it shows no values, which may be anybody's money.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(value: bool) -> None:  # noqa: FBT001 - the signature of a callback
    if value:
        typer.echo(f"stronghold {version('financial-stronghold')}")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction]
    context: typer.Context,
    *,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar=URL_VARIABLE,
            metavar="URL",
            help="The database: sqlite:///books.db or postgresql+psycopg://user@host/name.",
        ),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
    is_plain: Annotated[bool, typer.Option("--no-color", help="No colour, as with the variable NO_COLOR.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    context.obj = Desk(Terminal(is_json=is_json, is_plain=is_plain), database_url)


app.command()(demo)
app.command()(migrate)
app.command()(doctor)
for group in (keys, user, staff, tenant, member, invitation, api_key, role, grant, admission):
    app.add_typer(group)
for group in (account, category, transaction):
    app.add_typer(group)
app.add_typer(imports)
app.command()(export)
app.command()(history)
app.command()(balance)
app.command()(dashboard)
app.command()(verify)
app.command()(seal)
app.add_typer(audit)
