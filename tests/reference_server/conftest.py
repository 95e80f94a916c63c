"""The reference server, really listening, with small books that a test can know by heart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest

from examples.reference_server.app import USER, make_app
from examples.reference_server.keys import Keys
from examples.reference_server.people import let_in
from examples.reference_server.serving import Running, listen
from stronghold_core import AccountRecord, CategoryRecord, Record, Stronghold, TenantRecord, Transfer
from tests.support.stronghold import ADA, EVE

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

KEYS = Keys(password="open-sesame-for-ada", cookie_key="k" * 64)
TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Home:
    """Ada's books: ninety purchases, a salary, a transfer, some pounds."""

    tenant: TenantRecord
    checking: AccountRecord
    savings: AccountRecord
    food: CategoryRecord
    groceries: CategoryRecord

    @property
    def path(self) -> str:
        """Where their pages are."""
        return f"/t/{self.tenant.id}"


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser that keeps cookies, follows no redirects, and can read forms."""

    client: httpx2.Client
    stronghold: Stronghold
    home: Home
    foreign: TenantRecord
    """Eve's books."""

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return self.client.get(path, headers=headers)

    def read(self, path: str) -> str:
        """Return a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.text

    def token(self, path: str = "/sign-in") -> str:
        """Read the token out of the form of a page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.read(path))
        assert found
        return found[1]

    def sign_in(self, password: str = KEYS.password) -> httpx2.Response:
        """Fill the form in, and send it."""
        return self.client.post("/sign-in", data={"csrf": self.token(), "user": USER, "password": password})

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form of these books, with its token."""
        return self.client.post(path, data={"csrf": self.token(self.home.path), **fields})

    def upload(self, content: bytes, *, name: str = "march.csv", account: AccountRecord | None = None) -> str:
        """Send a bank's file, and return where its preview is."""
        fields = {"csrf": self.token(self.home.path), "account": str((account or self.home.checking).id)}
        answer = self.client.post(f"{self.home.path}/imports", data=fields, files={"file": (name, content)})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


@pytest.fixture
def stranger(database_url: str, tmp_path: Path) -> Generator[Visitor]:
    """Come to the sign-in page of a server with Ada's and Eve's books."""
    with Stronghold(database_url) as stronghold:
        home = furnish(stronghold)
        foreign = stronghold.tenants.create(kind="user", name="Eve", base_currency="EUR", owner=EVE)
        let_in(stronghold, USER, KEYS.password)
        app = make_app(stronghold, KEYS, tmp_path)
        with listen(0) as taken, Running(app, taken) as running, httpx2.Client(base_url=running.address) as client:
            yield Visitor(client, stronghold, home, foreign)


@pytest.fixture
def visitor(stranger: Visitor) -> Visitor:
    """Sign in as Ada."""
    assert stranger.sign_in().status_code == 303
    return stranger


def furnish(stronghold: Stronghold) -> Home:
    """Post Ada's books: all amounts of this year are known."""
    tenant = stronghold.tenants.create(kind="user", name="Ada & Co <b>", base_currency="USD", owner=ADA)
    with stronghold.books(tenant.id, principal=ADA) as books:
        checking = books.accounts.open(name="Checking", type="asset", subtype="checking")
        savings = books.accounts.open(name="Savings", type="asset", subtype="savings")
        books.accounts.open(name="Pounds", type="asset", currency="GBP", opening_balance="70.00", opened_on=days_ago(9))
        food = books.categories.create(name="Food", kind="expense")
        groceries = books.categories.create(name="Groceries", kind="expense", parent=food.id)
        salary = books.categories.create(name="Salary", kind="income")
        drafts = [
            Record(
                account=checking.id, amount="-10.00", category=groceries.id, on=days_ago(1), payee=f"Market {number}"
            )
            for number in range(90)
        ]
        books.transactions.post_many(
            [
                Record(account=checking.id, amount="12345.60", category=salary.id, on=days_ago(2), payee="Employer"),
                Transfer(from_account=checking.id, to_account=savings.id, amount="500.00", on=days_ago(2)),
                *drafts,
            ]
        )
    return Home(tenant, checking, savings, food, groceries)


def days_ago(days: int) -> date:
    """Count back from today."""
    return TODAY - timedelta(days=days)
