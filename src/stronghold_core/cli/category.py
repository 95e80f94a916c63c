"""`stronghold category …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from stronghold_core.cli.finding import find_category
from stronghold_core.cli.layout import Column, table
from stronghold_core.cli.options import Principal, Tenant
from stronghold_core.cli.text import Text
from stronghold_core.ledger import CategoryStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.ids import CategoryId
    from stronghold_core.ledger import CategoryRecord
    from stronghold_core.stronghold import Books

category = typer.Typer(name="category", help="Make and list categories.", no_args_is_help=True)

ACategory = Annotated[
    str, typer.Argument(metavar="CATEGORY", help="Its name, its path such as Food/Groceries, the beginning, or its id.")
]


@category.command("list")
def list_categories(context: typer.Context, *, tenant: Tenant, principal: Principal) -> None:
    """List all categories as the tree that they are."""
    desk: Desk = context.obj
    tree = desk.read(tenant, principal, lambda books: books.categories.list())
    if desk.terminal.is_json:
        desk.terminal.tell({"items": [one.model_dump(mode="json") for one in tree]})
    else:
        desk.terminal.show(render_categories(tree))


@category.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Unique among its siblings.")],
    *,
    tenant: Tenant,
    principal: Principal,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="income or expense; with a parent, its kind.")
    ] = None,
    parent: Annotated[str | None, typer.Option(metavar="CATEGORY", help="What it belongs under.")] = None,
) -> None:
    """Make a category."""
    if kind is None and parent is None:
        raise typer.BadParameter("give --kind, or a --parent whose kind it has.")

    def create(books: Books) -> CategoryRecord:
        above = None if parent is None else find_category(books, parent)
        chosen = kind or (above.kind.value if above is not None else "")
        return books.categories.create(name=name, kind=chosen, parent=None if above is None else above.id)

    desk: Desk = context.obj
    created = desk.write(tenant, principal, create)
    desk.answer(created, f"Made {created.name}, {created.kind.value} category {created.id}.")


@category.command()
def rename(
    context: typer.Context,
    name: ACategory,
    new_name: Annotated[str, typer.Argument(metavar="NEW-NAME", help="What people will call it.")],
    *,
    tenant: Tenant,
    principal: Principal,
) -> None:
    """Give a category another name."""
    desk: Desk = context.obj
    changed = desk.write(
        tenant, principal, lambda books: books.categories.rename(find_category(books, name).id, name=new_name)
    )
    desk.answer(changed, f"The category is called {changed.name} now.")


@category.command()
def archive(context: typer.Context, name: ACategory, *, tenant: Tenant, principal: Principal) -> None:
    """Take a category out of use; what was booked on it stays."""
    desk: Desk = context.obj
    changed = desk.write(tenant, principal, lambda books: books.categories.archive(find_category(books, name).id))
    desk.answer(changed, f"Archived {changed.name}.")


@category.command()
def restore(context: typer.Context, name: ACategory, *, tenant: Tenant, principal: Principal) -> None:
    """Put an archived category back into use."""
    desk: Desk = context.obj
    changed = desk.write(tenant, principal, lambda books: books.categories.restore(find_category(books, name).id))
    desk.answer(changed, f"Restored {changed.name}.")


def render_categories(tree: Sequence[CategoryRecord]) -> Table:
    """Lay out the tree, children below their parent and further in."""
    depths: dict[CategoryId, int] = {}
    rows: list[list[Text | str]] = []
    for one in tree:
        depths[one.id] = 0 if one.parent_id is None else depths[one.parent_id] + 1
        words = f"{'  ' * depths[one.id]}{one.name}"
        is_open = one.status is CategoryStatus.OPEN
        rows.append([Text(words, "" if is_open else "dim"), Text(one.kind.value, "dim"), "" if is_open else "archived"])
    return table([Column("Category", is_flexible=True), Column("Kind"), Column("")], rows)
