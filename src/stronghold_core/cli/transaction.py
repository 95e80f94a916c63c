"""`stronghold transaction …`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group

from stronghold_core.cli.finding import find_account, find_category, find_transaction
from stronghold_core.cli.layout import Column, facts, money, table
from stronghold_core.cli.names import Moved, Names
from stronghold_core.cli.options import (
    After,
    Description,
    First,
    Key,
    Last,
    Limit,
    Note,
    On,
    Payee,
    Principal,
    Reference,
    Tenant,
)
from stronghold_core.cli.text import Text
from stronghold_core.forms import UNCHANGED
from stronghold_core.ledger import Part
from stronghold_core.pagination import DEFAULT_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.table import Table

    from stronghold_core.cli.desk import Desk
    from stronghold_core.forms import Unchanged
    from stronghold_core.ids import AccountId
    from stronghold_core.ledger import TransactionRecord
    from stronghold_core.pagination import Page
    from stronghold_core.stronghold import Books

WIDE = 120
"""From how many columns on a list has room for everything."""

transaction = typer.Typer(name="transaction", help="Post, find and take back transactions.", no_args_is_help=True)

ATransaction = Annotated[str, typer.Argument(metavar="TRANSACTION", help="Its id or reference.")]


# ------------------------------------------------------------------ finding


@transaction.command("list")
def list_transactions(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Found in description, payee, note or reference.")
    ] = None,
    first: First = None,
    last: Last = None,
    account: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="That touched that account.")] = None,
    category: Annotated[str | None, typer.Option(metavar="CATEGORY", help="For that category, or one below.")] = None,
    min_amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of at least that size.")] = None,
    max_amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of at most that size.")] = None,
    with_ids: Annotated[
        bool, typer.Option("--ids", help="Show ids, in a narrow terminal instead of accounts.")
    ] = False,
    limit: Limit = DEFAULT_PAGE_SIZE,
    after: After = None,
) -> None:
    """List transactions, the latest business date first; all conditions must hold."""
    desk: Desk = context.obj

    def find(books: Books) -> tuple[Page[TransactionRecord], Names, AccountId | None]:
        touched = None if account is None else find_account(books, account).id
        page = books.transactions.list(
            text=text,
            first=first,
            last=last,
            account=touched,
            category=None if category is None else find_category(books, category).id,
            min_amount=min_amount,
            max_amount=max_amount,
            limit=limit,
            after=after,
        )
        return page, Names(books, page), touched

    page, names, touched = desk.read(tenant, principal, find)
    moved = [Moved(one, names, touched) for one in page]
    desk.answer_page(page, render_transactions(page.items, moved, with_ids=with_ids, width=desk.terminal.width))


@transaction.command()
def show(context: typer.Context, key: ATransaction, *, tenant: Tenant, principal: Principal) -> None:
    """Show one transaction with its entries."""
    desk: Desk = context.obj

    def find(books: Books) -> tuple[TransactionRecord, Names]:
        found = find_transaction(books, key)
        return found, Names(books, [found])

    desk.answer(*_laid_out(desk.read(tenant, principal, find)))


# ------------------------------------------------------------------ posting


@transaction.command()
def add(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    account: Annotated[str, typer.Option(metavar="ACCOUNT", help="The account it happened to.")],
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="What the account gained, such as 12.30 or -12.30.")],
    category: Annotated[
        str | None, typer.Option(metavar="CATEGORY", help="What it was for; Uncategorised if left out.")
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="CATEGORY=AMOUNT", help="A share of it, signed alike; again for each category."),
    ] = None,
    on: On = None,
    description: Description = None,
    payee: Payee = None,
    note: Note = None,
    reference: Reference = None,
    key: Key = None,
) -> None:
    """Record money that came to an account, or left it, for one category or several."""
    if category is not None and parts:
        raise typer.BadParameter("give either --category or --part.")

    def post(books: Books) -> TransactionRecord:
        touched = find_account(books, account).id
        if parts:
            verb = partial(books.transactions.split, parts=[_part(books, part) for part in parts])
        else:
            chosen = None if category is None else find_category(books, category).id
            verb = partial(books.transactions.record, category=chosen)
        return verb(
            account=touched,
            amount=amount,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=key,
        )

    _post(context, tenant, principal, post)


@transaction.command()
def transfer(
    context: typer.Context,
    *,
    tenant: Tenant,
    principal: Principal,
    from_account: Annotated[str, typer.Option("--from", metavar="ACCOUNT", help="What it leaves.")],
    to_account: Annotated[str, typer.Option("--to", metavar="ACCOUNT", help="Where it arrives.")],
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="What leaves: positive.")],
    to_amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What arrives, if that is another currency.")
    ] = None,
    on: On = None,
    description: Description = None,
    payee: Payee = None,
    note: Note = None,
    reference: Reference = None,
    key: Key = None,
) -> None:
    """Move money between two accounts; neither income nor expense."""
    _post(
        context,
        tenant,
        principal,
        lambda books: books.transactions.transfer(
            from_account=find_account(books, from_account).id,
            to_account=find_account(books, to_account).id,
            amount=amount,
            to_amount=to_amount,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=key,
        ),
    )


@transaction.command()
def reverse(
    context: typer.Context,
    key: ATransaction,
    *,
    tenant: Tenant,
    principal: Principal,
    on: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The original's date, or a later one.")],
    description: Description = None,
    payee: Payee = None,
    note: Note = None,
    reference: Reference = None,
    idempotency_key: Key = None,
) -> None:
    """Take a transaction back by posting its opposite; the original stays."""
    _post(
        context,
        tenant,
        principal,
        lambda books: books.transactions.reverse(
            find_transaction(books, key).id,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        ),
    )


# ------------------------------------------------------------------ changing


@transaction.command()
def recategorise(
    context: typer.Context,
    key: ATransaction,
    *,
    tenant: Tenant,
    principal: Principal,
    category: Annotated[str, typer.Option(metavar="CATEGORY", help="What it was for, really.")],
    replaces: Annotated[
        str | None, typer.Option(metavar="CATEGORY", help="Which of its categories to replace, if it has several.")
    ] = None,
) -> None:
    """Move a transaction to another category."""
    _post(
        context,
        tenant,
        principal,
        lambda books: books.transactions.recategorise(
            find_transaction(books, key).id,
            category=find_category(books, category).id,
            replaces=None if replaces is None else find_category(books, replaces).id,
        ),
    )


@transaction.command()
def edit(
    context: typer.Context,
    key: ATransaction,
    *,
    tenant: Tenant,
    principal: Principal,
    description: Description = None,
    payee: Payee = None,
    note: Note = None,
) -> None:
    """Change the words of a transaction; an empty text erases them."""
    _post(
        context,
        tenant,
        principal,
        lambda books: books.transactions.edit(
            find_transaction(books, key).id, description=_words(description), payee=_words(payee), note=_words(note)
        ),
    )


# ------------------------------------------------------------------ inside


def _post(context: typer.Context, tenant: str, principal: str, post: Callable[[Books], TransactionRecord]) -> None:
    desk: Desk = context.obj

    def posted(books: Books) -> tuple[TransactionRecord, Names]:
        one = post(books)
        return one, Names(books, [one])

    desk.answer(*_laid_out(desk.write(tenant, principal, posted)))


def _part(books: Books, written: str) -> Part:
    """Read a share of a split; a category's name may hold the sign, an amount can't."""
    name, sign, amount = written.rpartition("=")
    if not sign:
        raise typer.BadParameter(f"{written!r} is no CATEGORY=AMOUNT.", param_hint="--part")
    return Part(category=find_category(books, name).id, amount=amount)


def _words(given: str | None) -> str | Unchanged | None:
    if given is None:
        return UNCHANGED
    return given or None


# ------------------------------------------------------------------ for people


def render_transactions(
    transactions: Sequence[TransactionRecord], moved: Sequence[Moved], *, with_ids: bool, width: int
) -> Table:
    """Lay out a list of transactions; what was taken back is struck through."""
    has_ids, has_names = with_ids or width >= WIDE, not with_ids or width >= WIDE
    columns = [
        *([Column("Id")] if has_ids else []),
        Column("Date"),
        Column("What", is_flexible=True),
        *([Column("Account", is_flexible=True), Column("For", is_flexible=True)] if has_names else []),
        Column("Amount", "right"),
    ]
    rows = []
    for one, line in zip(transactions, moved, strict=True):
        style = "strike dim" if one.reversed_by_id is not None else ""
        names = [line.where, line.other] if has_names else []
        cells = [Text(cell, style) for cell in (f"{one.effective_date}", words_of(one), *names)]
        rows.append([*([Text(f"{one.id}", "dim")] if has_ids else []), *cells, money(line.amount, style=style)])
    return table(columns, rows)


def words_of(one: TransactionRecord) -> str:
    """Say what it was: payee, description, or else what sort of event."""
    return one.description or one.payee or one.kind.value


def _laid_out(found: tuple[TransactionRecord, Names]) -> tuple[TransactionRecord, Group]:
    one, names = found
    return one, render_transaction(one, names)


def render_transaction(one: TransactionRecord, names: Names) -> Group:
    """Lay out one transaction and its entries."""
    known = facts(
        [
            ("Date", f"{one.effective_date}"),
            ("Description", one.description),
            ("Payee", one.payee),
            ("Note", one.note),
            ("Reference", one.reference),
            ("Kind", one.kind.value),
            ("Takes back", one.reverses_id),
            ("Taken back by", one.reversed_by_id),
            ("Posted before", "yes, under the same idempotency key" if one.is_replay else None),
            ("Id", one.id),
        ]
    )
    columns = [
        Column("Account or category", is_flexible=True),
        Column("Amount", "right"),
        Column("Balance after", "right"),
    ]
    entries: list[list[Text | str]] = [
        [names.of(entry), money(entry.amount), money(entry.balance_after)] for entry in one.entries
    ]
    return Group(known, Text(), table(columns, entries))
