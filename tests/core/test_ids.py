"""Row ids are UUIDs of version 7 that only grow; principals are names of four kinds."""

from __future__ import annotations

import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest

from stronghold_core import ids
from stronghold_core.errors import InvalidInputError
from stronghold_core.ids import CategoryId, new_id, parse_id, parse_principal
from stronghold_core.ledger import CategoryKind, CategoryRecord
from stronghold_core.ledger.categories.records import CategoryStatus

SOME_ID = "019a9d3c-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def _own_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test does to the last stamp ends with the test."""
    monkeypatch.setattr(ids, "_last_stamp", ids._last_stamp)


# --- row ids


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Version and variant are those of RFC 9562."""
    made = new_id()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_begins_with_the_unix_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first 48 bits are the time in milliseconds, the next 12 its fraction in 4,096ths."""
    monkeypatch.setattr(ids, "_last_stamp", 0)
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_123_500_000)
    made = new_id()
    assert made.int >> 80 == 1_700_000_000_123
    assert made.int >> 64 & 0xFFF == 2048


def test_ids_of_one_process_only_grow() -> None:
    """Each id is greater than the one before, also within one tick of the clock."""
    made = [new_id() for _ in range(2_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_grow_while_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the fraction used up the millisecond runs ahead instead of repeating itself."""
    monkeypatch.setattr(ids, "_last_stamp", 0)
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_999_999_999)
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert made[-1].int >> 80 == 1_700_000_001_001


def test_ids_grow_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction of the machine's clock does not bring old ids back."""
    before = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert new_id() > before


def test_the_last_62_bits_are_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that make an id in the same instant still make two."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    tails = set()
    for _ in range(100):
        monkeypatch.setattr(ids, "_last_stamp", 0)
        tails.add(new_id().int & (1 << 62) - 1)
    assert len(tails) == 100


def test_threads_never_get_the_same_stamp() -> None:
    """The stamp is taken under a lock: ids of many threads are all different in their first half already."""
    start = threading.Barrier(4)

    def make() -> list[int]:
        start.wait()
        return [new_id().int >> 62 for _ in range(500)]

    with ThreadPoolExecutor(4) as pool:
        halves = [half for made in [pool.submit(make) for _ in range(4)] for half in made.result()]
    assert len(set(halves)) == len(halves)


def test_a_forked_process_makes_ids_of_its_own() -> None:
    """A fork copies the last stamp but not what is random, so parent and children never agree."""
    with multiprocessing.get_context("fork").Pool(2) as pool:
        made = [*pool.map(_new_ids, [50, 50]), _new_ids(50)]
    assert len({one for batch in made for one in batch}) == 150


def _new_ids(count: int) -> list[UUID]:
    return [new_id() for _ in range(count)]


# --- ids from outside


@pytest.mark.parametrize(
    "written", [SOME_ID, SOME_ID.upper(), SOME_ID.replace("-", ""), f"urn:uuid:{SOME_ID}", UUID(SOME_ID)]
)
def test_an_id_is_read_in_every_form_a_uuid_is_written(written: UUID | str) -> None:
    """What Python reads as a UUID is one, and a UUID stays itself."""
    assert parse_id(written, field="account") == UUID(SOME_ID)


@pytest.mark.parametrize("wrong", ["", SOME_ID[:-1], "acme", "'; drop table", 42, None, b"0" * 16, [SOME_ID]])
def test_what_is_no_id_is_refused_by_its_field(wrong: object) -> None:
    """The error names the field, and shows what an id looks like."""
    with pytest.raises(InvalidInputError, match="ids look like 0000") as caught:
        parse_id(wrong, field="account")  # type: ignore[arg-type]
    assert caught.value.field == "account"


def test_a_refusal_does_not_repeat_a_flood() -> None:
    """Of a megabyte of rubbish only the first sixty characters get into the message, and so into logs."""
    with pytest.raises(InvalidInputError) as caught:
        parse_id("x" * 1_000_000, field="account")
    assert len(str(caught.value)) < 200


def test_a_record_in_the_place_of_its_id_is_told_so() -> None:
    """The id is in the record's hand; its whole content in the message would help nobody."""
    record = CategoryRecord(
        id=CategoryId(UUID(SOME_ID)),
        name="Food",
        kind=CategoryKind.EXPENSE,
        parent_id=None,
        status=CategoryStatus.OPEN,
        is_default=False,
    )
    with pytest.raises(InvalidInputError, match=r"^category: CategoryRecord is a whole record; pass its \.id\.$"):
        parse_id(record, field="category")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "way"),
    [
        ("account", "books.accounts.find(name=…)"),
        ("to_account", "books.accounts.find(name=…)"),
        ("parent", "books.categories.find(name=…, kind=…)"),
        ("transaction", "books.transactions.find(reference=…)"),
        ("tenant_id", "stronghold.tenants.find(external_reference=…)"),
    ],
)
def test_a_name_in_the_place_of_an_id_is_told_how_to_find_that(field: str, way: str) -> None:
    """Only text may be a name."""
    with pytest.raises(InvalidInputError) as caught:
        parse_id("Bank", field=field)
    assert str(caught.value).endswith(f" Get the id with {way}.")
    with pytest.raises(InvalidInputError) as caught:
        parse_id(7, field=field)  # type: ignore[arg-type]
    assert "find(" not in str(caught.value)


# --- principals


@pytest.mark.parametrize(
    "name",
    ["user:ada", "service:billing", "key:fs_live_7", "system:verify", "user:ada@example.com", "user:Zoë", "user:1"],
)
def test_a_principal_is_a_kind_and_a_name(name: str) -> None:
    """All four kinds are known, and a name may be an address or in any script."""
    assert parse_principal(name) == name


@pytest.mark.parametrize(
    "wrong",
    [
        "ada",
        "",
        "user:",
        "User:ada",
        "robot:r2",
        "user:a b",
        "user:ada\n",
        "user:\tada",
        "user:a\x00b",
        "user:a\x7fb",
        " user:ada",
        42,
        None,
        b"user:ada",
    ],
)
def test_what_is_no_principal_is_refused(wrong: object) -> None:
    """A kind that is unknown, spaces and control characters are refused, and the message shows the form."""
    with pytest.raises(InvalidInputError, match="write user:…, service:…, key:… or system:…") as caught:
        parse_principal(wrong)  # type: ignore[arg-type]
    assert caught.value.field == "principal"


@pytest.mark.parametrize("wrong", ["user:\ud800", "user:a\u2028b", "user:a\u00a0b", "user:a\u0085b"])
def test_a_principal_that_no_database_or_log_can_hold_is_refused(wrong: str) -> None:
    """Half a surrogate pair is no text to a database, and a foreign space or line end forges a line in a log."""
    with pytest.raises(InvalidInputError):
        parse_principal(wrong)


@pytest.mark.parametrize(
    "wrong", ["user:ada\u200b", "user:\ufeffada", "user:\u202eada", "user:ada\u00ad", "user:Zoe\u0308"]
)
def test_a_principal_that_looks_like_another_is_refused(wrong: str) -> None:
    """Who reads a list of members, or the log, could not tell the two apart."""
    with pytest.raises(InvalidInputError, match="invisible"):
        parse_principal(wrong)


def test_a_principal_has_at_most_190_characters_after_its_kind() -> None:
    """The longest one fits into its column, and one more is refused."""
    assert len(parse_principal("service:" + "x" * 190)) == 198
    with pytest.raises(InvalidInputError):
        parse_principal("user:" + "x" * 191)
