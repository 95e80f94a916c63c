"""The platform's own people: they see no tenant's money unless it lets them in, and leave a trace wherever they go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stronghold_core import Origin, Permission, Stronghold
from stronghold_core.errors import (
    AlreadyMemberError,
    ConfigurationError,
    EscalationError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    StaffDeniedError,
    StrongholdError,
)
from stronghold_core.ids import new_id
from stronghold_core.rbac.staff.rules import NEVER, TASKS, StaffRole, StaffTask
from tests.support.stronghold import ADA, NOW, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core import AuditEventRecord, Books, ManualClock, StaffDesk
    from tests.support.rows import Vault

AUDIT = {"stronghold_audit_event"}


@pytest.fixture
def sam(stronghold: Stronghold) -> str:
    """Appoint somebody who supports tenants."""
    name = f"user:sam-{new_id()}"
    stronghold.staff.appoint(name, role="support")
    return name


@pytest.fixture
def olga(stronghold: Stronghold) -> str:
    """Appoint somebody who operates the platform."""
    name = f"user:olga-{new_id()}"
    stronghold.staff.appoint(name, role="operator")
    return name


def log_of(desk: Desk, actor: str) -> list[AuditEventRecord]:
    """Read what the tenant's log says of somebody, in its order."""
    with desk.books() as books:
        return [*reversed(books.audit.list(actor=actor).items)]


def trail(desk: Desk, actor: str) -> list[tuple[str, str, str]]:
    """Tell what they did."""
    return [(event.action, event.kind.value, event.outcome.value) for event in log_of(desk, actor)]


# --- appointing


def test_people_are_appointed_changed_listed_and_dismissed(stronghold: Stronghold) -> None:
    """By the host, in its own name."""
    name = f"user:{new_id()}"
    appointed = stronghold.staff.appoint(name, role="support")
    assert (appointed.principal, appointed.role, appointed.since) == (name, StaffRole.SUPPORT, NOW)
    changed = stronghold.staff.appoint(name, role=StaffRole.OPERATOR)
    assert changed.role is StaffRole.OPERATOR
    assert [one for one in stronghold.staff.list() if one.principal == name] == [changed]
    stronghold.staff.dismiss(name)
    assert name not in {one.principal for one in stronghold.staff.list()}
    with pytest.raises(NotFoundError):
        stronghold.staff.dismiss(name)


@pytest.mark.parametrize(
    ("name", "role"), [("sam", "support"), ("user:sam", "boss"), ("user:sam", None), (None, "support")]
)
def test_nobody_else_is_appointed(stronghold: Stronghold, name: Any, role: Any) -> None:  # noqa: ANN401
    """A name or a role that can't be is refused."""
    before = stronghold.staff.list()
    with pytest.raises(InvalidInputError):
        stronghold.staff.appoint(name, role=role)
    assert stronghold.staff.list() == before


# --- what they may without being let in


def test_no_task_of_theirs_is_a_permission_in_books() -> None:
    """An operator may do all that there is, and support no more than look."""
    assert TASKS[StaffRole.OPERATOR] == set(StaffTask)
    assert TASKS[StaffRole.SUPPORT] == {StaffTask.SEE_TENANT, StaffTask.SEE_MEMBERS, StaffTask.EXPLAIN}
    assert not {str(task) for task in StaffTask} & {str(permission) for permission in Permission}


def test_support_looks_things_up_and_each_look_is_recorded(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """Settings, members, and why somebody may not."""
    key = f"customer-{new_id()}"
    tenant = stronghold.tenants.create(
        kind="user", name="Kim", base_currency="USD", owner="user:kim", external_reference=key
    )
    desk = stronghold.staff.desk(sam)
    assert desk.tenant(acme.tenant.id) == acme.tenant
    assert desk.find(external_reference=key) == tenant
    assert desk.find(external_reference=f"{key}-x") is None
    assert [member.principal for member in desk.members(acme.tenant.id)] == [ADA]
    assert desk.explain(acme.tenant.id, principal=ADA, permission="owner:write").is_allowed
    assert trail(acme, sam) == [
        ("staff.see_tenant", "access", "done"),
        ("staff.see_members", "access", "done"),
        ("staff.explain", "access", "done"),
    ]
    assert trail(Desk(stronghold, tenant, "user:kim"), sam) == [("staff.see_tenant", "access", "done")]


def test_support_is_told_what_a_tenant_is_without(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """Whoever asks why somebody may not would else look for the reason elsewhere."""
    desk = stronghold.staff.desk(sam)
    assert desk.explain(acme.tenant.id, principal=ADA, permission="dashboard:read").is_allowed
    stronghold.tenants.switch_capabilities(acme.tenant.id, {"dashboards": False})
    why = desk.explain(acme.tenant.id, principal=ADA, permission="dashboard:read")
    assert not why.is_allowed
    assert str(why) == "Nobody may do dashboard:read here: the tenant has no dashboards, which it needs."


def operations(desk: StaffDesk, acme: Desk) -> dict[str, Callable[[], object]]:
    """Name what only an operator does with a tenant."""
    return {
        "staff.switch_capabilities": lambda: desk.switch_capabilities(acme.tenant.id, {"dashboards": False}),
        "staff.verify": lambda: desk.verify(acme.tenant.id),
    }


def test_an_operator_runs_things(stronghold: Stronghold, acme: Desk, olga: str) -> None:
    """Under their own name, also where a change has an event of its own."""
    desk = stronghold.staff.desk(olga)
    for verb in operations(desk, acme).values():
        assert verb()
    assert trail(acme, olga) == [
        ("staff.switch_capabilities", "access", "done"),
        ("tenant.switch_capabilities", "change", "done"),
        ("staff.verify", "access", "done"),
    ]
    made = desk.create_tenant(kind="user", name="Kim", base_currency="USD", owner="user:kim")
    assert trail(Desk(stronghold, made, "user:kim"), olga) == [("tenant.create", "change", "done")]


def test_support_does_not(stronghold: Stronghold, acme: Desk, sam: str, vault: Vault) -> None:
    """Each attempt is denied, recorded, and changes nothing."""
    desk = stronghold.staff.desk(sam)
    before = vault.rows(without=AUDIT)
    for task, verb in operations(desk, acme).items():
        with pytest.raises(StaffDeniedError, match="they are of its support") as caught:
            verb()
        assert caught.value.permission == task
    with pytest.raises(StaffDeniedError):
        desk.create_tenant(kind="user", name="Kim", base_currency="USD", owner="user:kim")
    assert vault.rows(without=AUDIT) == before
    assert trail(acme, sam) == [(task, "security", "denied") for task in operations(desk, acme)]


def test_whoever_is_none_of_them_does_nothing_at_a_desk(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """An owner of the tenant neither, nor one who was dismissed; a tenant that is not there is just that."""
    stronghold.staff.dismiss(sam)
    key = f"customer-{new_id()}"
    theirs = stronghold.tenants.create(
        kind="user", name="Kim", base_currency="USD", owner="user:kim", external_reference=key
    )
    for name in (ADA, sam):
        desk = stronghold.staff.desk(name)
        for verb in (desk.tenant, desk.members, desk.verify):
            with pytest.raises(StaffDeniedError, match="none of the platform's own people"):
                verb(acme.tenant.id)
        assert [outcome for _, _, outcome in trail(acme, sam)] == ["denied"] * 3 if name == sam else True
        with pytest.raises(NotFoundError):
            desk.tenant(new_id())
        for guess in (key, f"{key}-x"):
            with pytest.raises(StaffDeniedError):
                desk.find(external_reference=guess)
        assert trail(Desk(stronghold, theirs, "user:kim"), name) == [("staff.see_tenant", "security", "denied")]


def test_a_task_that_fails_is_not_recorded_as_done(stronghold: Stronghold, acme: Desk, olga: str, vault: Vault) -> None:
    """Nor is half of it there."""
    before = vault.rows()
    with pytest.raises(InvalidInputError):
        stronghold.staff.desk(olga).switch_capabilities(acme.tenant.id, {"nonsense": True})
    assert vault.rows() == before


@pytest.mark.parametrize("role", list(StaffRole))
def test_none_of_them_opens_books_unless_they_are_let_in(stronghold: Stronghold, acme: Desk, role: StaffRole) -> None:
    """They are strangers like anybody."""
    name = f"user:{new_id()}"
    stronghold.staff.appoint(name, role=role)
    with pytest.raises(NotFoundError), Desk(stronghold, acme.tenant, name).books():
        pass
    assert trail(acme, name) == [("tenant:enter", "security", "denied")]


# --- being let in


def test_whom_a_tenant_lets_in_sees_what_the_role_allows_for_some_days(
    stronghold: Stronghold, acme: Desk, sam: str, clock: ManualClock
) -> None:
    """And is a stranger again afterwards."""
    with acme.books() as books:
        admitted = books.admissions.admit(sam, role="viewer", reason="Ticket 7", days=2)
        assert books.admissions.list() == [admitted]
    assert (admitted.principal, admitted.role, admitted.reason, admitted.admitted_by) == (
        sam,
        "viewer",
        "Ticket 7",
        ADA,
    )
    assert (admitted.since, admitted.until) == (NOW, NOW + timedelta(days=2))
    guest = Desk(stronghold, acme.tenant, sam)
    with guest.books(read_only=True) as books:
        assert books.accounts.list().items == ()
        assert books.context.principal == sam
        with pytest.raises(PermissionDeniedError):
            books.audit.list()
    clock.advance(timedelta(days=2) - timedelta(seconds=1))
    with guest.books():
        pass
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotFoundError), guest.books():
        pass


def test_each_of_their_units_is_recorded_before_they_see_anything(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """Also one that is rolled back, or only reads; with where the request came from."""
    with acme.books() as books:
        books.admissions.admit(sam, role="member", reason="Ticket 7")
    origin = Origin(request_id="r-1")
    with (
        pytest.raises(LookupError),
        stronghold.books(acme.tenant.id, principal=sam, origin=origin) as books,
    ):
        raise LookupError
    stronghold.read(acme.tenant.id, principal=sam, do=lambda books: books.accounts.list())
    stronghold.run(acme.tenant.id, principal=sam, do=lambda books: books.categories.list())
    events = log_of(acme, sam)
    assert [(event.action, event.kind.value) for event in events] == [("admission.enter", "access")] * 3
    assert [event.request_id for event in events] == ["r-1", None, None]
    assert [(event.payload or {})["read_only"] for event in events] == [False, True, False]


def test_a_guest_joins_no_transaction_of_a_host(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """The host could roll it back, and the record with it."""
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
    with stronghold.database.engine.connect() as connection, connection.begin():
        joined = stronghold.books(acme.tenant.id, principal=sam, connection=connection)
        with pytest.raises(ConfigurationError, match="open a unit without session or connection"), joined:
            pass


def test_a_guest_lets_nobody_in_whatever_the_role(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """An owner admitted them as an owner, which is nearly one."""
    with acme.books() as books:
        books.admissions.admit(sam, role="owner", reason="Ticket 7")
    with Desk(stronghold, acme.tenant, sam).books() as books:
        assert books.context.permissions == frozenset(Permission) - NEVER
        books.accounts.open(name="Bank", type="asset")
        for verb in (
            lambda: books.members.add("user:friend", role="viewer"),
            lambda: books.admissions.admit(sam, role="viewer", reason="Longer", days=30),
            lambda: books.roles.create("mine"),
        ):
            with pytest.raises(PermissionDeniedError):
                verb()


def test_an_explanation_knows_whom_a_tenant_has_let_in(
    stronghold: Stronghold, acme: Desk, sam: str, clock: ManualClock
) -> None:
    """It says what their units would hold, as long as they are let in."""
    with acme.books() as books:
        books.admissions.admit(sam, role="owner", reason="Ticket 7")
    with Desk(stronghold, acme.tenant, sam).books() as books:
        for permission in Permission:
            why = books.roles.explain(sam, permission)
            assert (why.is_allowed, why.role) == (books.may(permission), "owner")
        assert "nobody does who is admitted" in str(books.roles.explain(sam, "member:write"))
    clock.advance(timedelta(days=1))
    with acme.books() as books:
        assert books.roles.explain(sam, "account:read").role is None


def test_it_ends_when_it_is_withdrawn_or_when_they_are_dismissed(
    stronghold: Stronghold, acme: Desk, sam: str, clock: ManualClock
) -> None:
    """From their next unit on; whoever is appointed again, or given the name, has to be let in again."""
    guest = Desk(stronghold, acme.tenant, sam)
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
    stronghold.staff.dismiss(sam)
    with pytest.raises(NotFoundError), guest.books():
        pass
    clock.advance(timedelta(seconds=1))
    stronghold.staff.appoint(sam, role="support")
    with pytest.raises(NotFoundError), guest.books():
        pass
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
    stronghold.staff.appoint(sam, role="operator")
    with guest.books():
        pass
    with acme.books() as books:
        books.admissions.withdraw(sam)
        with pytest.raises(NotFoundError):
            books.admissions.withdraw(sam)
    with pytest.raises(NotFoundError), guest.books():
        pass


def test_a_tenant_lets_in_for_itself_alone(stronghold: Stronghold, acme: Desk, rival: Desk, sam: str) -> None:
    """Another one's books stay shut, and its list empty."""
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
    with pytest.raises(NotFoundError), Desk(stronghold, rival.tenant, sam).books():
        pass
    with rival.books() as books:
        assert books.admissions.list() == []
        with pytest.raises(NotFoundError):
            books.admissions.withdraw(sam)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"principal": "user:nobody"}, NotFoundError),
        ({"principal": "sam"}, InvalidInputError),
        ({"role": "boss"}, InvalidInputError),
        ({"reason": " "}, InvalidInputError),
        ({"reason": "x" * 201}, InvalidInputError),
        ({"days": 0}, InvalidInputError),
        ({"days": 31}, InvalidInputError),
        ({"days": True}, InvalidInputError),
    ],
    ids=range(8),
)
def test_a_bad_admission_is_refused_and_recorded(
    acme: Desk, sam: str, vault: Vault, *, given: dict[str, Any], error: type[StrongholdError]
) -> None:
    """Somebody whom the platform does not know, no role, no reason, too long."""
    right: dict[str, Any] = {"principal": sam, "role": "viewer", "reason": "Ticket 7", "days": 1}
    before = vault.rows(without=AUDIT)
    with acme.books() as books, pytest.raises(error):
        books.admissions.admit(**(right | given))
    assert vault.rows(without=AUDIT) == before
    event = log_of(acme, ADA)[-1]
    assert (event.action, event.outcome.value) == ("admission.admit", "denied")


def test_a_member_is_not_admitted_as_well(acme: Desk, sam: str) -> None:
    """They have a role already."""
    acme.seat(sam, "viewer")
    with acme.books() as books, pytest.raises(AlreadyMemberError):
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")


def test_nobody_admits_to_more_than_they_hold(acme: Desk, sam: str) -> None:
    """Nor does whoever may not write members at all."""
    admin, viewer = acme.seat("user:adam", "admin"), acme.seat("user:vic", "viewer")
    with admin.books() as books:
        with pytest.raises(EscalationError):
            books.admissions.admit(sam, role="owner", reason="Ticket 7")
        books.admissions.admit(sam, role="admin", reason="Ticket 7")
    with viewer.books() as books:
        with pytest.raises(PermissionDeniedError):
            books.admissions.admit(sam, role="viewer", reason="Ticket 7")
        with pytest.raises(PermissionDeniedError):
            books.admissions.list()


def test_a_role_by_which_somebody_is_let_in_is_in_use(acme: Desk, sam: str) -> None:
    """It can't be removed from under them."""
    with acme.books() as books:
        books.roles.create("looker", permissions=["account:read"])
        books.admissions.admit(sam, role="looker", reason="Ticket 7")
        with pytest.raises(StrongholdError, match=sam):
            books.roles.remove("looker")


def test_the_log_says_who_let_whom_in_and_why(acme: Desk, sam: str) -> None:
    """And when they are let in no more."""
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
        books.admissions.withdraw(sam)
    admitted, withdrawn = log_of(acme, ADA)[-2:]
    assert admitted.payload == {
        "staff": sam,
        "role": "viewer",
        "reason": "Ticket 7",
        "until": (NOW + timedelta(days=1)).isoformat(),
    }
    assert (withdrawn.action, withdrawn.payload) == ("admission.withdraw", {"staff": sam})


def test_a_guest_is_in_no_list_of_members(acme: Desk, sam: str, stronghold: Stronghold) -> None:
    """Nor is the tenant in the list of theirs."""
    with acme.books() as books:
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
        assert [member.principal for member in books.members.list()] == [ADA]
    assert stronghold.tenants.list_of(sam) == []


def test_an_admission_ends_when_they_become_a_member(stronghold: Stronghold, acme: Desk, sam: str) -> None:
    """Else it would let them in again once they are none any more."""
    with acme.books() as books:
        books.admissions.admit(sam, role="admin", reason="Ticket 7", days=30)
        books.members.add(sam, role="viewer")
        assert books.admissions.list() == []
        books.members.remove(sam)
    with pytest.raises(NotFoundError), Desk(stronghold, acme.tenant, sam).books():
        pass


@pytest.mark.parametrize(
    "verb",
    [
        lambda books, sam: books.admissions.withdraw(sam),
        lambda books, sam: books.admissions.admit(sam, role="tier", reason="Ticket 8"),
        lambda books, sam: books.members.add(sam, role="tier"),
    ],
    ids=["withdrawn", "admitted anew", "made a member"],
)
def test_nobody_ends_an_admission_to_more_than_they_hold(
    acme: Desk,
    sam: str,
    clock: ManualClock,
    verb: Callable[[Books, str], object],
) -> None:
    """They would take what they could not give. One whose time is over allows nothing any more."""
    with acme.books() as books:
        books.roles.create("tier", permissions=["tenant:read"])
        books.roles.create("doorkeeper", permissions=["member:write"], inherits=["tier"])
        books.admissions.admit(sam, role="viewer", reason="Ticket 7")
    keeper, guest = acme.seat("user:kim", "doorkeeper"), Desk(acme.stronghold, acme.tenant, sam)
    with pytest.raises(EscalationError, match="account:read"), keeper.books() as books:
        verb(books, sam)
    with guest.books() as books:
        assert books.may("account:read")
    clock.advance(timedelta(days=1))
    with keeper.books() as books:
        verb(books, sam)


def test_an_admin_withdraws_whom_an_owner_has_let_in(acme: Desk, sam: str) -> None:
    """What owners alone may do nobody does who is admitted, so nothing is taken that an admin does not hold."""
    with acme.books() as books:
        books.admissions.admit(sam, role="owner", reason="Ticket 7")
    with acme.seat("user:adam", "admin").books() as books:
        books.admissions.withdraw(sam)
        assert books.admissions.list() == []
