"""The demo's books: a household and a company of three years, and a year that came from a bank's file.

Made once: what is there already is left as it is, so whoever starts the demo again goes on where they were.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.progress import Progress, TaskID

from stronghold_core import Books, Money, Origin, Stronghold
from stronghold_core.demo_data import plant

if TYPE_CHECKING:
    from rich.console import Console

    from stronghold_core import AccountRecord, TenantRecord

OWNER: Final = "user:ada"
TRANSACTIONS: Final = 20_000
_YEARS: Final = 3
_STATEMENT: Final = Path(__file__).parents[1] / "data" / "checking.csv"
_RULES: Final = {
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
"""What the bank's words mean. Order matters: of two rules for one transaction the later one wins."""


def make_books(stronghold: Stronghold, console: Console, *, transactions: int = TRANSACTIONS) -> None:
    """Post the demo's books, as far as they are not there, and show how it goes."""
    # As many as a family really has; the rest is the company's.
    counts = {"household": transactions // 5, "company": transactions - transactions // 5}
    with Progress(console=console, transient=True) as progress:
        for kind, count in counts.items():
            bar = progress.add_task(f"Posting a {kind}", total=count)
            _plant(stronghold, kind, count, partial(_update, progress, bar))
        import_year(stronghold)


def _plant(stronghold: Stronghold, kind: str, count: int, progress: partial[None]) -> None:
    """Post a story of the last years: of those before the tenant was made, if an earlier start has made it."""
    tenant = stronghold.tenants.find(external_reference=f"demo-{kind}")
    today = datetime.now(UTC).date() if tenant is None else tenant.created_at.astimezone(UTC).date()
    since = date(today.year - _YEARS, today.month, 1)
    plant(stronghold, kind, principal=OWNER, transactions=count, since=since, progress=progress)


def _update(progress: Progress, bar: TaskID, done: int) -> None:
    progress.update(bar, completed=done)


# ------------------------------------------------------------------ from a bank's file


def import_year(stronghold: Stronghold) -> TenantRecord:
    """Import a bank's file into books of their own, and sort it; nothing of it is posted twice."""
    tenant = stronghold.tenants.find(external_reference="demo-abroad") or stronghold.tenants.create(
        kind="user", name="Ada's year abroad", base_currency="USD", owner=OWNER, external_reference="demo-abroad"
    )
    origin = Origin(cause=f"import:{_STATEMENT.name}")
    # One unit of work: the file is imported and sorted, or neither.
    stronghold.run(tenant.id, principal=OWNER, do=_import, origin=origin)
    return tenant


def _import(books: Books) -> None:
    if books.accounts.find(name="Checking") is not None:
        return
    checking = _open_checking(books)
    books.bank_statements.import_csv(_STATEMENT, account=checking.id)
    # What the bank prints in the last row of its file.
    assert books.accounts.balance(checking.id) == Money.of("17594.99", "USD")
    _categorise(books)


def _open_checking(books: Books) -> AccountRecord:
    return books.accounts.open(
        name="Checking", type="asset", subtype="checking", opening_balance="2150.00", opened_on=date(2024, 12, 31)
    )


def _categorise(books: Books) -> None:
    """Move what the rules know out of "Uncategorised"."""
    for words, (kind, name) in _RULES.items():
        category = books.categories.find(name=name, kind=kind) or books.categories.create(name=name, kind=kind)
        for transaction in books.transactions.list(text=words, limit=500):
            books.transactions.recategorise(transaction.id, category=category.id)
