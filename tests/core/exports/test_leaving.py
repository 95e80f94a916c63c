"""A tenant leaves one database and comes to another: all of it, or nothing."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import ManualClock, Record, Stronghold, register_currency
from stronghold_core.db import Base
from stronghold_core.demo_data import plant
from stronghold_core.errors import (
    ApiKeyRefusedError,
    DuplicateTenantError,
    ExportFileError,
    InvitationRefusedError,
    NotFoundError,
    TenantExistsError,
)
from stronghold_core.exports.tables import tenant_tables
from stronghold_core.ids import new_id
from tests.support.ledger import create_category, open_account, record
from tests.support.stronghold import ADA, EVE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from stronghold_core import CategoryId, TenantId
    from tests.support.stronghold import Desk

DAY = date(2025, 11, 4)


@pytest.fixture
def elsewhere(tmp_path: Path, migrated_file: Path, clock: ManualClock) -> Generator[Stronghold]:
    """Open another database, a file."""
    path = tmp_path / "elsewhere.db"
    path.write_bytes(migrated_file.read_bytes())
    with closing(Stronghold(f"sqlite:///{path}", clock=clock)) as opened:
        yield opened


@pytest.fixture
def busy(acme: Desk, rival: Desk) -> Desk:
    """Let Acme do everything that leaves rows, and its rival something."""
    register_currency("TESTPOINT", exponent=0, name="Points")
    bank = open_account(acme, "Bank", opening_balance="900.00", opened_on=DAY, min_balance="0", external_reference="b")
    points = open_account(acme, "Points", currency="TESTPOINT")
    food = create_category(acme, "Food")
    rolls = create_category(acme, "Rolls", parent=food.id)
    with acme.books() as books:
        moved = books.transactions.transfer(from_account=bank.id, to_account=points.id, amount="5", to_amount="500")
        first = books.transactions.record(account=bank.id, amount="-5", category=food.id, on=DAY, description="é\n=1")
        books.transactions.recategorise(first.id, category=rolls.id)
        once = books.transactions.reverse(first.id, on=DAY)
        twice = books.transactions.reverse(once.id, on=DAY)
        books.transactions.reverse(twice.id, on=DAY)
        books.transactions.edit(moved.id, note="edited")
        drafts = [Record(account=bank.id, amount="-1", idempotency_key=f"k{n}", reference=f"r{n}") for n in range(40)]
        books.transactions.post_many(drafts)
        statement = io.BytesIO(b"Date,Description,Amount\n2025-11-05,Tea,-2.00\n2025-11-06,Cake,-3.00\n")
        books.bank_statements.import_csv(statement, account=bank.id)
        books.categories.archive(food.id)
        books.members.add("user:bob", role="viewer")
        books.tenant.update(time_zone="Europe/Berlin")
        books.accounts.close(books.accounts.open(name="Old", type="asset").id)
    theirs = open_account(rival, "Bank")
    record(rival, account=theirs.id, amount="7")
    return acme


def exported(stronghold: Stronghold, tenant_id: TenantId) -> bytes:
    """Export a tenant into memory."""
    file = io.BytesIO()
    stronghold.tenants.export(tenant_id, file)
    return file.getvalue()


def rows_in(file: bytes) -> list[str]:
    """Return the rows of a file in an order of their own, without what leaving and coming add."""
    documents = [json.loads(line) for line in file.splitlines()[1:-1]]
    added = {"tenant.restore", "tenant.export"}
    kept = [one for one in documents if one["row"].get("action") not in added and one["table"] != "revision"]
    for one in kept:
        one["row"].pop("authz_version", None)
    return sorted(json.dumps(one, sort_keys=True) for one in kept)


def revision_in(file: bytes) -> int:
    """Return how many changes a file counts."""
    documents = [json.loads(line) for line in file.splitlines()[1:-1]]
    return sum(one["row"]["count"] for one in documents if one["table"] == "revision")


def authz_version_in(file: bytes) -> int:
    """Return what stands for the roles of an exported tenant in the memory of processes."""
    rows = [json.loads(line)["row"] for line in file.splitlines()[1:-1]]
    return int(next(row["authz_version"] for row in rows if "authz_version" in row))


def test_an_export_leaves_an_event_and_changes_nothing(busy: Desk) -> None:
    """Somebody has read all that there is: the log says so before the first row is written, also in the file."""
    before, after = (exported(busy.stronghold, busy.tenant.id) for _ in range(2))
    assert revision_in(before) == revision_in(after)
    assert before.count(b"tenant.export") == 1
    with busy.books(read_only=True) as books:
        events = books.audit.list(action="tenant.export").items
    assert [(one.kind, one.outcome, one.actor, one.object_id) for one in events] == [
        ("access", "done", "system:export", busy.tenant.id)
    ] * 2


def test_an_export_that_fails_on_its_way_has_left_its_event(busy: Desk) -> None:
    """Some of the rows are out."""

    class Full(io.BytesIO):
        def write(self, line: Any, /) -> int:  # noqa: ANN401
            if b'"entry"' in line:
                raise OSError("full")
            return super().write(line)

    with pytest.raises(OSError, match="full"):
        busy.stronghold.tenants.export(busy.tenant.id, Full())
    with busy.books(read_only=True) as books:
        assert len(books.audit.list(action="tenant.export").items) == 1


def test_coming_counts_as_a_change(busy: Desk, elsewhere: Stronghold) -> None:
    """As creating a tenant does: whoever keeps an answer has to notice."""
    fresh = busy.stronghold.tenants.create(kind="user", name="Fresh", base_currency="EUR", owner=ADA)
    assert revision_in(exported(busy.stronghold, fresh.id)) == 1
    file = exported(busy.stronghold, busy.tenant.id)
    elsewhere.tenants.restore(io.BytesIO(file))
    assert revision_in(exported(elsewhere, busy.tenant.id)) == revision_in(file) + 1


def test_what_processes_remember_of_roles_is_not_taken_for_those_that_come(busy: Desk, elsewhere: Stronghold) -> None:
    """The file may have been changed since, and say something else than was remembered under the same version."""
    left = exported(busy.stronghold, busy.tenant.id)
    elsewhere.tenants.restore(io.BytesIO(left))
    assert authz_version_in(exported(elsewhere, busy.tenant.id)) != authz_version_in(left)


def test_a_restored_tenant_is_the_one_that_was_exported(busy: Desk, elsewhere: Stronghold) -> None:
    """Row by row with every id, from either kind of database; it verifies, figures agree, and work goes on there."""
    file = exported(busy.stronghold, busy.tenant.id)
    told: list[int] = []
    restored = elsewhere.tenants.restore(io.BytesIO(file), progress=told.append)
    assert restored.tenant_id == busy.tenant.id
    assert told[-1] == restored.total == len(file.splitlines()) - 2
    assert rows_in(exported(elsewhere, busy.tenant.id)) == rows_in(file)
    assert elsewhere.verify(busy.tenant.id).is_sound
    assert list(elsewhere.tenants.ids()) == [busy.tenant.id]
    for look in (
        # Coming is a change, so what was kept of the other books does not count here.
        lambda books: books.dashboard.overview((DAY, DAY)).model_copy(update={"fingerprint": ""}),
        lambda books: books.accounts.list(status=None),
        lambda books: list(books.transactions.iterate()),
        lambda books: books.members.list(),
        lambda books: books.tenant.get(),
    ):
        here, there = (one.read(busy.tenant.id, principal=ADA, do=look) for one in (busy.stronghold, elsewhere))
        assert here == there
    with elsewhere.books(busy.tenant.id, principal=ADA) as books:
        bank = books.accounts.find(name="Bank")
        assert bank is not None
        replay = books.transactions.record(account=bank.id, amount="-1", idempotency_key="k1", reference="r1")
        assert replay.is_replay
        books.transactions.record(account=bank.id, amount="-1")
        assert books.audit.list(action="tenant.restore")[0].actor == "system:restore"
    assert elsewhere.verify(busy.tenant.id).is_sound


def test_a_tenant_comes_to_either_kind_of_database(stronghold: Stronghold, elsewhere: Stronghold) -> None:
    """From a file to where the test's database is: entries come in many statements, each of whole transactions."""
    planted = plant(elsewhere, "provider", principal=ADA, transactions=1_500, until=DAY)
    file = exported(elsewhere, planted.id)
    stronghold.tenants.restore(io.BytesIO(file))
    assert rows_in(exported(stronghold, planted.id)) == rows_in(file)
    assert stronghold.verify(planted.id).is_sound
    with pytest.raises(NotFoundError), stronghold.books(planted.id, principal=EVE):
        pass


def test_rows_come_after_those_they_refer_to_whatever_their_ids(
    stronghold: Stronghold, elsewhere: Stronghold, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of several processes follow their clocks, so a child's may be smaller than its parent's."""
    falling = iter(sorted((new_id() for _ in range(20)), reverse=True))
    tenant = elsewhere.tenants.create(kind="user", name="A", base_currency="USD", owner=ADA)
    with elsewhere.books(tenant.id, principal=ADA) as books:
        bank = books.accounts.open(name="Bank", type="asset")
        for module in ("categories.service", "posting.batch"):
            monkeypatch.setattr(f"stronghold_core.ledger.{module}.new_id", lambda: next(falling))
        above: CategoryId | None = None
        for name in "abc":
            above = books.categories.create(name=name, kind="expense", parent=above).id
        last = books.transactions.record(account=bank.id, amount="5", on=DAY)
        for _ in range(3):
            last = books.transactions.reverse(last.id, on=DAY)
    file = exported(elsewhere, tenant.id)
    stronghold.tenants.restore(io.BytesIO(file))
    assert rows_in(exported(stronghold, tenant.id)) == rows_in(file)


def test_nothing_of_another_tenant_leaves(busy: Desk, rival: Desk) -> None:
    """Not an id, and not a name."""
    file = exported(busy.stronghold, busy.tenant.id)
    assert str(rival.tenant.id).encode() not in file
    assert b"Rival" not in file
    assert EVE.encode() not in file


def test_a_tenant_that_is_here_stays_as_it_is(busy: Desk) -> None:
    """Whatever the file says of it."""
    file = exported(busy.stronghold, busy.tenant.id)
    with pytest.raises(TenantExistsError) as caught:
        busy.stronghold.tenants.restore(io.BytesIO(file))
    assert caught.value.tenant_id == busy.tenant.id
    assert rows_in(exported(busy.stronghold, busy.tenant.id)) == rows_in(file)


def test_an_external_reference_that_another_tenant_has_is_refused(
    stronghold: Stronghold, elsewhere: Stronghold
) -> None:
    """It is named; nothing is restored."""
    fields: dict[str, Any] = {"kind": "user", "name": "A", "base_currency": "USD", "external_reference": "taken"}
    leaving = elsewhere.tenants.create(**fields, owner=ADA)
    here = stronghold.tenants.create(**fields, owner=EVE)
    with pytest.raises(DuplicateTenantError, match="'taken'"):
        stronghold.tenants.restore(io.BytesIO(exported(elsewhere, leaving.id)))
    assert [one.id for one in stronghold.tenants.list() if one.external_reference == "taken"] == [here.id]
    with pytest.raises(NotFoundError):
        stronghold.tenants.get(leaving.id)


def changed(line: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change a line's document."""
    document = json.loads(line)
    change(document)
    return json.dumps(document).encode() + b"\n"


DAMAGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "no last line": lambda lines: lines[:-1],
    "a row missing": lambda lines: [*lines[:-2], lines[-1]],
    "a row twice": lambda lines: [*lines[:-1], lines[-2], lines[-1]],
    "something behind": lambda lines: [*lines, b"{}\n"],
    "half a line": lambda lines: [*lines[:4], lines[4][:-9]],
    "another name": lambda lines: [line.replace(b'"name":"A"', b'"name":"B"') for line in lines],
    "another column": lambda lines: [
        *(*lines[:3], changed(lines[3], lambda one: one["row"].update(colour="red")), *lines[4:])
    ],
    "another type": lambda lines: [lines[0], changed(lines[1], lambda one: one["row"].update(days_ahead="7"))],
    "another table": lambda lines: [lines[0], changed(lines[1], lambda one: one.update(table="currency")), *lines[2:]],
    "nothing": lambda _lines: [],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_of_a_damaged_file_nothing_is_restored(stronghold: Stronghold, elsewhere: Stronghold, damage: str) -> None:
    """Whether it was cut off, changed, or is none."""
    tenant = elsewhere.tenants.create(kind="user", name="A", base_currency="USD", owner=ADA)
    with elsewhere.books(tenant.id, principal=ADA) as books:
        books.accounts.open(name="Bank", type="asset", opening_balance="5")
    file = b"".join(DAMAGES[damage](exported(elsewhere, tenant.id).splitlines(keepends=True)))
    before = len(list(stronghold.tenants.ids()))
    with pytest.raises(ExportFileError):
        stronghold.tenants.restore(io.BytesIO(file))
    assert len(list(stronghold.tenants.ids())) == before


def test_books_that_do_not_agree_are_not_restored(stronghold: Stronghold, elsewhere: Stronghold) -> None:
    """Although the file itself is whole: somebody changed a balance, and the end to go with it."""
    tenant = elsewhere.tenants.create(kind="user", name="A", base_currency="USD", owner=ADA)
    with elsewhere.books(tenant.id, principal=ADA) as books:
        books.accounts.open(name="Bank", type="asset", opening_balance="5")
    file = exported(elsewhere, tenant.id)
    forged = forge(file, lambda row: row.update(balance_minor=9_00), table="account")
    with pytest.raises(ExportFileError, match="its books do not agree: balance, account"):
        stronghold.tenants.restore(io.BytesIO(forged))
    with pytest.raises(NotFoundError):
        stronghold.tenants.get(tenant.id)


def forge(file: bytes, change: Callable[[dict[str, Any]], object], *, table: str) -> bytes:
    """Change the first chained row of a table, and let the end agree with it."""
    *lines, end = file.splitlines(keepends=True)
    for number, line in enumerate(lines[1:], 1):
        document = json.loads(line)
        if document["table"] == table and document["row"].get("version", True):
            change(document["row"])
            lines[number] = json.dumps(document).encode() + b"\n"
            break
    closing_words = json.loads(end)
    closing_words["end"]["sha256"] = hashlib.sha256(b"".join(lines)).hexdigest()
    return b"".join(lines) + json.dumps(closing_words).encode() + b"\n"


def test_a_tenant_that_nobody_would_find_is_not_restored(stronghold: Stronghold, elsewhere: Stronghold) -> None:
    """Somebody took the line of the directory out, and let the end agree: its id would be taken, and it not there."""
    tenant = elsewhere.tenants.create(kind="user", name="A", base_currency="USD", owner=ADA)
    *lines, end = exported(elsewhere, tenant.id).splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line).get("table") != "tenant_directory"]
    assert len(kept) == len(lines) - 1
    closing_words = json.loads(end)
    closing_words["end"]["rows"]["tenant_directory"] = 0
    closing_words["end"]["sha256"] = hashlib.sha256(b"".join(kept)).hexdigest()
    with pytest.raises(ExportFileError, match="no row of the directory"):
        stronghold.tenants.restore(io.BytesIO(b"".join([*kept, json.dumps(closing_words).encode(), b"\n"])))


def test_what_lets_somebody_in_does_not_travel(busy: Desk, elsewhere: Stronghold) -> None:
    """Else a key would hold in two places, and a file could bring one that nobody there has made."""
    with busy.books() as books:
        key = books.api_keys.create("exporter", scopes=["*:read"])
        token = books.invitations.create(role="viewer").token
    elsewhere.tenants.restore(io.BytesIO(exported(busy.stronghold, busy.tenant.id)))
    with pytest.raises(ApiKeyRefusedError):
        elsewhere.identity.check_api_key(key.text)
    with pytest.raises(InvitationRefusedError):
        elsewhere.identity.accept_invitation(token, principal="user:cy")
    assert busy.stronghold.identity.check_api_key(key.text).key_id == key.key.id


def test_a_tenant_that_is_missing_cannot_leave(stronghold: Stronghold) -> None:
    """And no file is begun."""
    file = io.BytesIO()
    with pytest.raises(NotFoundError):
        stronghold.tenants.export("019a9d3c-0000-7000-8000-000000000001", file)
    assert file.getvalue() == b""


def test_every_table_of_a_tenant_leaves_with_all_its_columns() -> None:
    """A table that is added later comes along by itself, unless it belongs to nobody; what lets somebody in stays."""
    staying = {"stronghold_api_key", "stronghold_invitation"}
    left = {f"stronghold_{table.name}": {*table.columns, "tenant_id"} for table in tenant_tables()}
    assert left == {
        table.name: set(table.columns.keys())
        for table in Base.metadata.sorted_tables
        if "tenant_id" in table.c and table.name not in staying
    }
    assert [table.name for table in tenant_tables()][:2] == ["tenant", "tenant_directory"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("transaction", "kind", "bogus"),
        ("tenant", "base_currency", "bogus"),
        ("tenant", "time_zone", "bogus"),
        ("membership", "role", "bogus"),
        ("account", "held_minor", 7),
        ("account", "name", "Bank\x1b[31m"),
        ("account", "name", "x" * 201),
        ("account", "name", " "),
        ("category", "name", "Food\x00"),
        ("transaction", "description", "x" * 501),
        ("transaction", "note", "\x07"),
        ("tenant", "days_ahead", -1),
        ("membership", "principal_id", "bogus"),
        ("audit_event", "kind", "bogus"),
        ("audit_event", "outcome", "bogus"),
        ("audit_event", "actor", "bogus"),
        ("audit_event", "payload", "[]"),
        ("audit_event", "payload", "bogus"),
        ("revision", "lane", -1),
        ("revision", "lane", 1_024),
        ("day_total", "lane", 1_024),
        ("statement_row", "occurrence", 0),
        ("statement_row", "occurrence", -1),
        ("statement_import", "refused", -1),
        ("statement_layout", "layout", "bogus"),
        ("statement_layout", "layout", "[]"),
        ("statement_layout", "layout", '{"bogus": 1}'),
        ("statement_layout", "layout", '{"delimiter": ";;"}'),
        ("statement_layout", "account_number", "x" * 201),
    ],
)
def test_a_row_that_no_verb_could_have_written_is_not_restored(
    busy: Desk, elsewhere: Stronghold, *, table: str, column: str, value: object
) -> None:
    """Reading it would end in an error that is none of ours, or in money that nothing holds and nobody can take."""
    file = forge(exported(busy.stronghold, busy.tenant.id), lambda row: row.update({column: value}), table=table)
    with pytest.raises(ExportFileError):
        elsewhere.tenants.restore(io.BytesIO(file))


@pytest.fixture
def granted(acme: Desk) -> Desk:
    """Let the teen post to Acme's purse; somebody of the platform's is let in."""
    purse = open_account(acme, "Purse", opening_balance="5.00")
    acme.stronghold.staff.appoint("user:sam", role="operator")
    with acme.books() as books:
        books.roles.create("guest", permissions=["tenant:read"])
        books.members.add("user:teen", role="guest")
        books.grants.give("user:teen", account=purse.id, level="post")
        books.admissions.admit("user:sam", role="viewer", reason="Ticket 7")
    return acme


def test_grants_come_as_they_were(granted: Desk, elsewhere: Stronghold) -> None:
    """They hold at once, and can be taken."""
    elsewhere.tenants.restore(io.BytesIO(exported(granted.stronghold, granted.tenant.id)))
    with elsewhere.books(granted.tenant.id, principal="user:teen") as books:
        (purse,) = books.accounts.list().items
        books.transactions.record(account=purse.id, amount="-1.00")
    with elsewhere.books(granted.tenant.id, principal=ADA) as books:
        books.grants.take("user:teen", account=purse.id)
        assert books.grants.list() == []


@pytest.mark.parametrize("forgery", ["a stranger", "no level", "asleep", "awake in vain", "the engine's account"])
def test_grants_that_no_verb_gave_are_not_restored(granted: Desk, elsewhere: Stronghold, forgery: str) -> None:
    """Nor is a mark that would let them sleep until somebody gives the next one."""
    with granted.books() as books:
        entries = books.transactions.list().items[0].entries
        purse = books.accounts.list().items[0].id
    engines = next(entry.account_id for entry in entries if entry.account_id != purse)
    changes: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
        "a stranger": ("account_grant", lambda row: row.update(principal_id="user:eve")),
        "no level": ("account_grant", lambda row: row.update(level="own")),
        "asleep": ("membership", lambda row: row.update(has_grants=False) if row["has_grants"] else None),
        "awake in vain": ("membership", lambda row: row.update(has_grants=True)),
        "the engine's account": ("account_grant", lambda row: row.update(account_id=str(engines))),
    }
    table, change = changes[forgery]
    file = exported(granted.stronghold, granted.tenant.id)
    with pytest.raises(ExportFileError):
        elsewhere.tenants.restore(io.BytesIO(forge_all(file, change, table=table)))
    with pytest.raises(NotFoundError):
        elsewhere.tenants.get(granted.tenant.id)


def test_a_tenant_without_an_owner_is_not_restored(granted: Desk, elsewhere: Stronghold) -> None:
    """Nobody could ever make one again: only owners say who is one."""
    file = exported(granted.stronghold, granted.tenant.id)
    ownerless = forge_all(file, lambda row: row.update(role="viewer"), table="membership")
    with pytest.raises(ExportFileError, match="nobody is its owner"):
        elsewhere.tenants.restore(io.BytesIO(ownerless))
    with pytest.raises(NotFoundError):
        elsewhere.tenants.get(granted.tenant.id)


def test_an_admission_comes_as_it_was(granted: Desk, elsewhere: Stronghold) -> None:
    """Whom the platform there has appointed before is let in, until the time is over."""
    elsewhere.staff.appoint("user:sam", role="support")
    with granted.books() as books:
        books.admissions.admit("user:sam", role="viewer", reason="Ticket 8", days=30)
    elsewhere.tenants.restore(io.BytesIO(exported(granted.stronghold, granted.tenant.id)))
    with elsewhere.books(granted.tenant.id, principal="user:sam") as books:
        assert books.may("account:read")


@pytest.mark.parametrize("forgery", ["for ever", "from some day on", "a member's, asleep"])
def test_admissions_that_no_verb_gave_are_not_restored(granted: Desk, elsewhere: Stronghold, forgery: str) -> None:
    """Each would let somebody in whom nobody has admitted: at once, or when they are appointed or a member no more."""
    far = "9000-01-01T00:00:00+00:00"
    changes: dict[str, Callable[[dict[str, Any]], object]] = {
        "for ever": lambda row: row.update(until=far),
        "from some day on": lambda row: row.update(since=far, until="9000-01-02T00:00:00+00:00"),
        "a member's, asleep": lambda row: row.update(principal_id="user:teen"),
    }
    file = exported(granted.stronghold, granted.tenant.id)
    with pytest.raises(ExportFileError, match="its admissions do not agree"):
        elsewhere.tenants.restore(io.BytesIO(forge_all(file, changes[forgery], table="admission")))
    with pytest.raises(NotFoundError):
        elsewhere.tenants.get(granted.tenant.id)


def test_a_forged_file_gives_nobody_anything_beyond_its_own_tenant(
    granted: Desk, rival: Desk, elsewhere: Stronghold
) -> None:
    """Whoever makes themselves its owner is a stranger to the others, and none of the platform's people."""
    mine = elsewhere.tenants.create(kind="user", name="Mine", base_currency="USD", owner=rival.principal)
    with elsewhere.books(mine.id, principal=rival.principal) as books:
        books.members.add("user:teen", role="owner")
    here = granted.stronghold
    here.tenants.restore(io.BytesIO(exported(elsewhere, mine.id)))
    with pytest.raises(NotFoundError), here.books(granted.tenant.id, principal=rival.principal):
        pass
    with here.books(granted.tenant.id, principal="user:teen") as books:
        assert books.context.permissions == {"tenant:read"}
        assert len(books.context.on_accounts) == 1
    assert [one.principal for one in here.staff.list()] == ["user:sam"]
    row = json.dumps({"table": "staff", "row": {"principal_id": "user:eve", "role": "operator", "since": "2025-01-01"}})
    second = elsewhere.tenants.create(kind="user", name="Second", base_currency="USD", owner=rival.principal)
    lines = exported(elsewhere, second.id).splitlines(keepends=True)
    with pytest.raises(ExportFileError, match="is no row of this schema"):
        here.tenants.restore(io.BytesIO(b"".join([*lines[:-1], row.encode() + b"\n", lines[-1]])))


def forge_all(file: bytes, change: Callable[[dict[str, Any]], object], *, table: str) -> bytes:
    """Change all rows of a table, and let the end agree with them."""
    *lines, end = file.splitlines(keepends=True)
    for number, line in enumerate(lines[1:], 1):
        document = json.loads(line)
        if document["table"] == table:
            change(document["row"])
            lines[number] = json.dumps(document).encode() + b"\n"
    closing_words = json.loads(end)
    closing_words["end"]["sha256"] = hashlib.sha256(b"".join(lines)).hexdigest()
    return b"".join(lines) + json.dumps(closing_words).encode() + b"\n"
