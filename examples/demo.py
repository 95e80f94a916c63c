"""The main job in its smallest real form: a bank's file becomes books, and the books become a dashboard.

Before that come the books of a household and a company, made up, with 20,000 transactions. Run it from the project's
folder with `python -m examples.demo`, twice: the second time everything is there already.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from stronghold_core import Books, Money, Origin, Stronghold, month_of
from stronghold_core.cli.overview import render_overview
from stronghold_core.cli.statement import render_import
from stronghold_core.demo_data import plant

if TYPE_CHECKING:
    from stronghold_core import AccountRecord

ADA = "user:ada"
STATEMENT = Path(__file__).parent / "data" / "checking.csv"
# What the bank's words mean. Order matters: of two rules for one transaction the later one wins.
RULES = {
    "payroll": ("income", "Salary"),
    "interest payment": ("income", "Interest"),
    "tax ref": ("income", "Tax refund"),
    "property mgmt": ("expense", "Rent"),
    "power": ("expense", "Utilities"),
    "clearwave": ("expense", "Utilities"),
    "market": ("expense", "Groceries"),
    "grocer": ("expense", "Groceries"),
    "coffee": ("expense", "Eating out"),
    "taqueria": ("expense", "Eating out"),
    "seafood": ("expense", "Eating out"),
    "noodle": ("expense", "Eating out"),
    "transit": ("expense", "Transport"),
    "cascade air": ("expense", "Travel"),
    "lakeside inn": ("expense", "Travel"),
    "cardmember": ("expense", "Credit card"),
    # The return is money that came in, but no income: it makes the spending smaller.
    "outfitters": ("expense", "Clothes"),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description="Show what the library does, on SQLite.")
    arguments.add_argument("--data", type=Path, default=Path("demo-data"), help="the folder to keep the books in")
    arguments.add_argument("--transactions", type=int, default=20_000, help="how many to make up")
    given = arguments.parse_args()
    folder: Path = given.data
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder / 'books.db'}"
    console = Console(highlight=False)
    with Stronghold(url) as stronghold:
        stronghold.migrate()
        make_up(stronghold, console, given.transactions)
        show(stronghold, console)
    print(f"\nThe books are in {folder}. Start this again, or look at another month:\n")
    print(f"  {command()} --database-url {url} dashboard --tenant demo --principal {ADA} --month 2025-07")


def command() -> str:
    """Return how to call the command line from here; what runs this need not be on the PATH of its reader."""
    return os.path.relpath(Path(sys.executable).with_name("stronghold"))


def make_up(stronghold: Stronghold, console: Console, transactions: int) -> None:
    """Post plausible books, unless they are there, and show them."""
    halves = {"household": transactions - transactions // 2, "company": transactions // 2}
    with Progress(console=console, transient=True) as progress:
        bars = {kind: progress.add_task(f"Posting a {kind}", total=count) for kind, count in halves.items()}
        made = [
            plant(
                stronghold,
                kind,
                principal=ADA,
                transactions=count,
                progress=lambda done, kind=kind: progress.update(bars[kind], completed=done),  # type: ignore[misc]
            )
            for kind, count in halves.items()
        ]
    for tenant in made:
        overview = stronghold.read(tenant.id, principal=ADA, do=lambda books: books.dashboard.overview())
        console.print(render_overview(overview), "")
        verification = stronghold.verify(tenant.id)
        assert verification.is_sound, verification.findings


def show(stronghold: Stronghold, console: Console) -> None:
    home = stronghold.tenants.find(external_reference="demo") or stronghold.tenants.create(
        kind="user", name="Ada's household", base_currency="USD", owner=ADA, external_reference="demo"
    )
    # One unit of work: the file is imported and sorted, or neither.
    with stronghold.books(home.id, principal=ADA, origin=Origin(cause=f"import:{STATEMENT.name}")) as books:
        checking = books.accounts.find(name="Checking") or open_checking(books)
        result = books.bank_statements.import_csv(STATEMENT, account=checking.id)
        if result.posted:
            categorise(books)
        # What the bank prints in the last row of its file.
        assert books.accounts.balance(checking.id) == Money.of("17594.99", "USD")
    december = stronghold.read(
        home.id, principal=ADA, do=lambda books: books.dashboard.overview(month_of(date(2025, 12, 1)))
    )
    console.print(render_import(result, checking.name), render_overview(december), sep="\n")
    assert stronghold.verify(home.id).is_sound


def open_checking(books: Books) -> AccountRecord:
    return books.accounts.open(
        name="Checking", type="asset", subtype="checking", opening_balance="2150.00", opened_on=date(2024, 12, 31)
    )


def categorise(books: Books) -> None:
    """Move what the rules know out of "Uncategorised"."""
    for words, (kind, name) in RULES.items():
        category = books.categories.find(name=name, kind=kind) or books.categories.create(name=name, kind=kind)
        for transaction in books.transactions.list(text=words, limit=500):
            books.transactions.recategorise(transaction.id, category=category.id)


if __name__ == "__main__":
    main()
