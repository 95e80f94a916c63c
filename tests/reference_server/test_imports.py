"""A bank's file on the page: sent, looked at, imported, taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from stronghold_core import Money
from tests.support.stronghold import ADA, EVE

if TYPE_CHECKING:
    from tests.reference_server.conftest import Visitor

GOOD = b"Date,Description,Amount\n2026-03-28,Tea,-3.00\n2026-03-29,Wages,20.50\n"
DAMAGED = GOOD + b"2026-02-30,Never,-1.00\n"
OPEN = b"Date,Description,Amount\n01/02/2026,Tea,-3.00\n03/04/2026,Tea,-4.00\n"


def imported(visitor: Visitor, preview: str, **fields: str) -> str:
    """Decide for a file, and return the page with what became of it."""
    answer = visitor.post(preview, **fields)
    assert answer.status_code == 303, answer.text
    return visitor.read(answer.headers["location"])


def balance(visitor: Visitor) -> Money:
    """Ask the books themselves."""
    with visitor.stronghold.books(visitor.home.tenant.id, principal=ADA, read_only=True) as books:
        return books.accounts.balance(visitor.home.checking.id)


def test_a_preview_posts_nothing(visitor: Visitor) -> None:
    """It shows each row with its verdict, and what all of them would come to."""
    before = balance(visitor)
    page = visitor.read(visitor.upload(GOOD))
    assert page.count('<span class="badge is-new">New</span>') == 2
    assert 'bring <span class="amount">20.50</span>' in page
    assert "Import 2 transactions" in page
    assert balance(visitor) == before


def test_an_import_posts_and_can_be_taken_back(visitor: Visitor) -> None:
    """And the list of imports remembers both."""
    before = balance(visitor)
    assert "2 transactions imported" in imported(visitor, visitor.upload(GOOD))
    assert balance(visitor) == before + Money.of("17.50", "USD")
    listed = visitor.read(f"{visitor.home.path}/imports")
    assert "march.csv" in listed
    form = re.search(r'action="([^"]+/revert)"', listed)
    assert form
    assert visitor.post(form[1]).status_code == 303
    assert balance(visitor) == before
    again = visitor.read(f"{visitor.home.path}/imports")
    assert "taken back" in again
    assert "/revert" not in again
    assert visitor.post(form[1]).status_code == 409


def test_a_file_that_is_there_already_has_nothing_to_import(visitor: Visitor) -> None:
    """Each row says so."""
    imported(visitor, visitor.upload(GOOD))
    page = visitor.read(visitor.upload(GOOD))
    assert page.count('<span class="badge is-duplicate">Duplicate</span>') == 2
    assert "There is nothing new in this file." in page


def test_a_form_that_is_sent_twice_imports_once(visitor: Visitor) -> None:
    """The second answer tells of the first."""
    preview = visitor.upload(GOOD)
    assert imported(visitor, preview) == imported(visitor, preview)


def test_a_row_that_can_not_be_posted_holds_the_file_up(visitor: Visitor) -> None:
    """Its reason stands beside it; whoever says so imports the others."""
    preview = visitor.upload(DAMAGED)
    page = visitor.read(preview)
    assert '<span class="badge is-invalid">Invalid</span>' in page
    before = balance(visitor)
    refused = visitor.post(preview)
    assert refused.status_code == 422
    assert "Line 4" in refused.text
    assert balance(visitor) == before
    assert "Line 4" in imported(visitor, preview, skips_invalid="true")
    assert balance(visitor) == before + Money.of("17.50", "USD")


def test_a_file_that_can_be_read_in_two_ways_is_asked_about(visitor: Visitor) -> None:
    """Money is never guessed, nor is a day."""
    preview = visitor.upload(OPEN)
    page = visitor.read(preview)
    assert "can be read in more than one way" in page
    assert "03/02/2026 is 3 February 2026" in page
    assert "03/02/2026 is 2 March 2026" not in page
    assert "02/03/2026 is 3 February 2026" in page
    answer = visitor.post(f"{preview}/layout", field="date_format", value='"%d/%m/%Y"')
    assert answer.status_code == 303
    shown = visitor.read(answer.headers["location"])
    assert "1\N{NO-BREAK SPACE}Feb\N{NO-BREAK SPACE}2026" in shown
    assert "2 transactions imported" in imported(visitor, preview)


def test_an_answer_that_is_none_is_refused(visitor: Visitor) -> None:
    """Whatever a form brings."""
    preview = visitor.upload(OPEN)
    for field, value in (
        ("nonsense", '"x"'),
        ("date_format", "{"),
        ("date_format", "[1]"),
        ("date_format", "[" * 5_000),
    ):
        assert visitor.post(f"{preview}/layout", field=field, value=value).status_code == 422


def test_an_answer_that_is_no_text_spoils_nothing(visitor: Visitor) -> None:
    """It is not written down, so the file can still be answered for."""
    preview = visitor.upload(OPEN)
    assert visitor.post(f"{preview}/layout", field="date_format", value='"\\ud800"').status_code == 422
    assert "can be read in more than one way" in visitor.read(preview)


def test_a_file_that_is_no_statement_is_refused_in_words(visitor: Visitor) -> None:
    """The library's own."""
    answer = visitor.get(visitor.upload(b"\x89PNG\r\n\x1a\n\x00\x00", name="cat.csv"))
    assert answer.status_code == 422
    assert "file" in answer.text


def test_a_form_without_a_file_is_refused_in_words(visitor: Visitor) -> None:
    """As a browser sends it if nothing was chosen."""
    answer = visitor.post(f"{visitor.home.path}/imports", account=str(visitor.home.checking.id))
    assert answer.status_code == 422
    assert "file" in answer.text


def test_the_name_of_a_file_leads_to_no_other_folder(visitor: Visitor) -> None:
    """It is only shown."""
    page = visitor.read(visitor.upload(GOOD, name="../../../etc/upload.json"))
    assert "<h1>upload.json</h1>" in page


@pytest.mark.parametrize("name", ["\N{MONEY BAG}" * 120 + ".csv", "Upload.JSON", "nul"])
def test_a_file_may_have_any_name(visitor: Visitor, name: str) -> None:
    """What is written on it is no name for the system that keeps it."""
    assert "2 transactions imported" in imported(visitor, visitor.upload(GOOD, name=name))
    assert name[-100:] in visitor.read(f"{visitor.home.path}/imports")


def test_a_file_for_other_books_is_not_there(visitor: Visitor) -> None:
    """Not even for whoever sent it: its account is not in these books."""
    with visitor.stronghold.books(visitor.foreign.id, principal=EVE) as books:
        books.members.add(ADA, role="admin")
    preview = visitor.upload(GOOD)
    elsewhere = preview.replace(str(visitor.home.tenant.id), str(visitor.foreign.id))
    assert visitor.get(elsewhere).status_code == 404


def test_nothing_is_kept_for_an_account_that_is_not_there(visitor: Visitor) -> None:
    """It is looked up before the file is."""
    fields = {"csrf": visitor.token(visitor.home.path), "account": str(uuid4())}
    answer = visitor.client.post(f"{visitor.home.path}/imports", data=fields, files={"file": ("a.csv", GOOD)})
    assert answer.status_code == 404
