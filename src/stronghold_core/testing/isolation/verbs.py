"""Every verb of `books`, called by one tenant with another's ids.

A verb that this table does not know is a gap, so that a new one can't be forgotten. Where a verb takes no id, its
answer must hold nothing of the other's; where it takes one, it must answer as to an id that nobody has.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_type_hints

from stronghold_core.audit import AuditOutcome
from stronghold_core.bank_statements import StatementLine
from stronghold_core.errors import ConfigurationError
from stronghold_core.ids import new_id
from stronghold_core.ledger import Part, Post, Record, Split, Transfer
from stronghold_core.stronghold import Books
from stronghold_core.testing.isolation.tenants import LAYOUT, Belongings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stronghold_core.audit import AuditEventRecord
    from stronghold_core.pagination import Page

Attempt: TypeAlias = Callable[[Books, Belongings, Belongings], object]
"""Called with one's own books, the ids of somebody else, and one's own."""

_NO_VERBS: Final = frozenset({"context", "session"})
"""What `books` has besides verbs: who acts, and the session, which the paths to tables attack."""


def public_verbs() -> Iterator[str]:
    """Name every verb that hangs on `books`, by walking over it."""
    for name, member in vars(Books).items():
        if name.startswith("_") or name in _NO_VERBS:
            continue
        if isinstance(member, cached_property):
            noun = _type_of(member)
            yield from (f"{name}.{verb}" for verb in dir(noun) if not verb.startswith("_"))
        else:
            yield name


def _type_of(member: cached_property[Any]) -> type[Any]:
    """Return what a noun is: the annotation of the property that makes it."""
    found: type[Any] = get_type_hints(member.func)["return"]
    return found


def _day(books: Books, own: Belongings) -> Any:  # noqa: ANN401 - a date
    return books.transactions.get(own.transaction).effective_date


def _file(books: Books, own: Belongings) -> io.BytesIO:
    return io.BytesIO(f"Date,Amount\n{_day(books, own)},-1.00\n".encode())


def _line(books: Books, own: Belongings) -> StatementLine:
    return StatementLine(line=1, on=_day(books, own), amount="-1.00", description=str(new_id()))


def _previewed(preview: Any) -> object:  # noqa: ANN401 - a context manager of a preview
    with preview as rows:
        return [*rows, rows.summary]


def _undone(_carried_out: object) -> None:
    """Take back what one may do, so that no word of theirs gets into own rows."""
    raise ConfigurationError(reason="It was carried out.")


def _done(events: Page[AuditEventRecord]) -> list[AuditEventRecord]:
    """Leave out what was refused: what was asked for then, whoever asked knew."""
    return [event for event in events.items if event.outcome is AuditOutcome.DONE]


def _waited(books: Books, _theirs: Belongings, _own: Belongings) -> None:
    books.on_commit(lambda: None)


ATTEMPTS: Final[dict[str, tuple[Attempt, ...]]] = {
    "tenant.get": (lambda b, _t, _o: b.tenant.get(),),
    "tenant.update": (lambda b, _t, _o: b.tenant.update(name="own"),),
    "members.add": (lambda b, _t, _o: b.members.add(f"user:{new_id()}", role="viewer"),),
    "members.change_role": (
        lambda b, t, _: b.members.change_role(t.member, role="owner"),
        lambda b, t, _: b.members.change_role(t.principal, role="viewer"),
    ),
    "members.list": (lambda b, _t, _o: b.members.list(),),
    "members.remove": (
        lambda b, t, _: b.members.remove(t.member),
        lambda b, t, _: b.members.remove(t.principal),
    ),
    "invitations.create": (
        lambda b, _t, _o: b.invitations.create(role="viewer").invitation,
        lambda b, t, _: b.invitations.create(role=t.role),
    ),
    "invitations.list": (lambda b, _t, _o: b.invitations.list(),),
    "invitations.withdraw": (lambda b, t, _: b.invitations.withdraw(t.invitation),),
    "api_keys.create": (lambda b, _t, _o: b.api_keys.create("own", scopes=["account:read"]).key,),
    "api_keys.list": (lambda b, _t, _o: b.api_keys.list(),),
    "api_keys.revoke": (lambda b, t, _: b.api_keys.revoke(t.api_key),),
    "roles.create": (
        lambda b, t, _: b.roles.create(f"r{new_id().hex[-12:]}", inherits=[t.role]),
        # What another tenant calls its role, one may call one's own.
        lambda b, t, _: _undone(b.roles.create(t.role)),
    ),
    "roles.explain": (
        lambda b, t, _: str(b.roles.explain(t.principal, "account:read")).replace(t.principal, "…"),
        lambda b, t, _: b.roles.explain(t.member, "transaction:post").is_allowed,
    ),
    "roles.get": (lambda b, t, _: b.roles.get(t.role),),
    "roles.list": (lambda b, _t, _o: b.roles.list(),),
    "roles.remove": (lambda b, t, _: b.roles.remove(t.role),),
    "roles.update": (
        lambda b, t, _: b.roles.update(t.role, permissions=["*:*"]),
        lambda b, t, o: b.roles.update(o.role, inherits=[t.role]),
    ),
    "grants.give": (
        lambda b, t, o: b.grants.give(o.member, account=t.account, level="post"),
        lambda b, t, o: b.grants.give(t.member, account=o.account, level="post"),
    ),
    "grants.list": (
        lambda b, _t, _o: b.grants.list(),
        lambda b, t, _: b.grants.list(principal=t.member),
        lambda b, t, _: b.grants.list(account=t.account),
    ),
    "grants.take": (
        lambda b, t, _: b.grants.take(t.member, account=t.account),
        lambda b, t, o: b.grants.take(t.member, account=o.account),
    ),
    "admissions.admit": (
        lambda b, t, _: b.admissions.admit(t.member, role="viewer", reason="stolen"),
        lambda b, t, o: b.admissions.admit(o.guest, role=t.role, reason="stolen"),
    ),
    "admissions.list": (lambda b, _t, _o: b.admissions.list(),),
    "admissions.withdraw": (lambda b, t, _: b.admissions.withdraw(t.guest),),
    "accounts.balance": (lambda b, t, _: b.accounts.balance(t.account),),
    "accounts.close": (lambda b, t, _: b.accounts.close(t.other_account),),
    "accounts.find": (
        lambda b, t, _: b.accounts.find(name=f"{t.word} bank"),
        lambda b, t, _: b.accounts.find(external_reference=f"{t.word} iban"),
    ),
    "accounts.get": (lambda b, t, _: b.accounts.get(t.account),),
    "accounts.history": (lambda b, t, _: b.accounts.history(t.account),),
    "accounts.list": (
        lambda b, _t, _o: b.accounts.list(limit=500),
        lambda b, t, _: b.accounts.list(text=t.word),
        lambda b, t, _: b.accounts.list(after=t.accounts_cursor, limit=500),
    ),
    # What another tenant calls its account, one may call one's own.
    "accounts.open": (lambda b, _t, _o: b.accounts.open(name=str(new_id()), type="asset", opening_balance="1.00"),),
    "accounts.rename": (lambda b, t, _: b.accounts.rename(t.account, name="stolen"),),
    "accounts.reopen": (lambda b, t, _: b.accounts.reopen(t.account),),
    "accounts.set_limits": (lambda b, t, _: b.accounts.set_limits(t.account, min_balance="0.00"),),
    "categories.archive": (lambda b, t, _: b.categories.archive(t.other_category),),
    "categories.create": (
        lambda b, t, _: b.categories.create(name=str(new_id()), kind="expense", parent=t.category),
        lambda b, _t, _o: b.categories.create(name=str(new_id()), kind="expense"),
    ),
    "categories.find": (
        lambda b, t, _: b.categories.find(name=f"{t.word} food", kind="expense"),
        lambda b, t, _: b.categories.find(name=f"{t.word} rent", kind="expense", parent=t.category),
    ),
    "categories.get": (lambda b, t, _: b.categories.get(t.category),),
    "categories.list": (lambda b, _t, _o: b.categories.list(),),
    "categories.rename": (lambda b, t, _: b.categories.rename(t.category, name="stolen"),),
    "categories.restore": (lambda b, t, _: b.categories.restore(t.category),),
    "transactions.edit": (lambda b, t, _: b.transactions.edit(t.transaction, note="stolen"),),
    "transactions.find": (lambda b, t, _: b.transactions.find(reference=f"{t.word} reference"),),
    # Keys are forgotten by age: those of today stay, and other tenants' whatever their age.
    "transactions.forget_keys": (
        lambda b, _, o: b.transactions.forget_keys(
            used_before=b.transactions.get(o.transaction).recorded_at - timedelta(days=1)
        ),
    ),
    "transactions.get": (lambda b, t, _: b.transactions.get(t.transaction),),
    "transactions.iterate": (
        lambda b, _t, _o: list(b.transactions.iterate()),
        lambda b, t, _: list(b.transactions.iterate(account=t.account)),
        lambda b, t, _: list(b.transactions.iterate(text=t.word)),
    ),
    "transactions.list": (
        lambda b, _t, _o: b.transactions.list(limit=500),
        lambda b, t, _: b.transactions.list(account=t.account),
        lambda b, t, _: b.transactions.list(category=t.category),
        lambda b, t, _: b.transactions.list(text=t.word),
        lambda b, t, _: b.transactions.list(after=t.transactions_cursor, limit=500),
    ),
    "transactions.post": (
        lambda b, t, o: b.transactions.post([(o.account, "1.00"), (t.account, "-1.00")]),
        lambda b, t, _: b.transactions.post([(t.account, "1.00"), (t.other_account, "-1.00")]),
    ),
    "transactions.post_many": (
        lambda b, t, _: b.transactions.post_many([Record(account=t.account, amount="-1.00")]),
        lambda b, t, o: b.transactions.post_many([Record(account=o.account, amount="-1.00", category=t.category)]),
        lambda b, t, o: b.transactions.post_many(
            [Transfer(from_account=o.account, to_account=t.account, amount="1.00")]
        ),
        lambda b, t, o: b.transactions.post_many(
            [Split(account=o.account, amount="-1.00", parts=[Part(category=t.category, amount="-1.00")])]
        ),
        lambda b, t, o: b.transactions.post_many([Post(entries=[(o.account, "1.00"), (t.account, "-1.00")])]),
    ),
    "transactions.recategorise": (
        lambda b, t, _: b.transactions.recategorise(t.transaction, category=t.other_category),
        lambda b, t, o: b.transactions.recategorise(t.transaction, category=o.other_category),
        lambda b, t, o: b.transactions.recategorise(o.transaction, category=t.category),
        lambda b, t, o: b.transactions.recategorise(o.transaction, category=o.other_category, replaces=t.category),
    ),
    "transactions.record": (
        lambda b, t, _: b.transactions.record(account=t.account, amount="-1.00"),
        lambda b, t, o: b.transactions.record(account=o.account, amount="-1.00", category=t.category),
        # Neither tells that another tenant uses it.
        lambda b, t, o: _undone(
            b.transactions.record(
                account=o.account, amount="-1.00", idempotency_key=f"{t.word} key", reference=f"{t.word} reference"
            )
        ),
    ),
    "transactions.reverse": (lambda b, t, o: b.transactions.reverse(t.transaction, on=_day(b, o)),),
    "transactions.split": (
        lambda b, t, o: b.transactions.split(account=t.account, amount="-1.00", parts=[(o.category, "-1.00")]),
        lambda b, t, o: b.transactions.split(account=o.account, amount="-1.00", parts=[(t.category, "-1.00")]),
    ),
    "transactions.transfer": (
        lambda b, t, o: b.transactions.transfer(from_account=t.account, to_account=o.account, amount="1.00"),
        lambda b, t, o: b.transactions.transfer(from_account=o.account, to_account=t.account, amount="1.00"),
    ),
    "bank_statements.forget_layout": (lambda b, t, _: b.bank_statements.forget_layout(t.account),),
    "bank_statements.get": (lambda b, t, _: b.bank_statements.get(t.statement),),
    "bank_statements.import_csv": (
        lambda b, t, o: b.bank_statements.import_csv(_file(b, o), account=t.account, layout=LAYOUT),
        lambda b, t, o: b.bank_statements.import_csv(_file(b, o), account=t.account),
    ),
    "bank_statements.import_rows": (lambda b, t, o: b.bank_statements.import_rows([_line(b, o)], account=t.account),),
    "bank_statements.layout_of": (lambda b, t, _: b.bank_statements.layout_of(t.account),),
    "bank_statements.list": (
        lambda b, _t, _o: b.bank_statements.list(),
        lambda b, t, _: b.bank_statements.list(account=t.account),
    ),
    "bank_statements.preview_csv": (
        lambda b, t, o: _previewed(b.bank_statements.preview_csv(_file(b, o), account=t.account)),
    ),
    "bank_statements.preview_rows": (
        lambda b, t, o: _previewed(b.bank_statements.preview_rows([_line(b, o)], account=t.account)),
    ),
    "bank_statements.revert": (lambda b, t, _: b.bank_statements.revert(t.statement),),
    "bank_statements.save_layout": (
        lambda b, t, _: b.bank_statements.save_layout(t.account, LAYOUT, account_number="stolen"),
    ),
    "exports.csv": (lambda b, _t, _o: list(b.exports.csv()),),
    "exports.json_lines": (lambda b, _t, _o: list(b.exports.json_lines()),),
    "dashboard.accounts": (
        lambda b, _t, _o: b.dashboard.accounts(),
        lambda b, t, _: b.dashboard.accounts(accounts=[t.account]),
    ),
    "dashboard.budgets": (lambda b, _t, _o: b.dashboard.budgets(),),
    "dashboard.cash_flow": (
        lambda b, _t, _o: b.dashboard.cash_flow(),
        lambda b, t, _: b.dashboard.cash_flow(accounts=[t.account]),
    ),
    "dashboard.categories": (
        lambda b, _t, _o: b.dashboard.categories(),
        lambda b, t, _: b.dashboard.categories(accounts=[t.account]),
    ),
    "dashboard.net_worth": (
        lambda b, _t, _o: b.dashboard.net_worth(),
        lambda b, t, _: b.dashboard.net_worth(accounts=[t.account]),
    ),
    "dashboard.overview": (
        lambda b, _t, _o: b.dashboard.overview(),
        lambda b, t, o: b.dashboard.overview(accounts=[o.account, t.account]),
    ),
    "dashboard.summary": (
        lambda b, _t, _o: b.dashboard.summary(),
        lambda b, t, _: b.dashboard.summary(accounts=[t.account]),
    ),
    "dashboard.transactions": (
        lambda b, _t, _o: b.dashboard.transactions(),
        lambda b, t, _: b.dashboard.transactions(accounts=[t.account]),
    ),
    "audit.checkpoints": (lambda b, _t, _o: b.audit.checkpoints(),),
    # Of one's own log nothing is old enough to go.
    "audit.expire": (
        lambda b, t, _: b.audit.expire(sealed_before=t.checkpoint.sealed_at - timedelta(days=1), legal_basis="stolen"),
    ),
    "audit.redact": (lambda b, t, _: b.audit.redact(t.event, legal_basis="stolen"),),
    "audit.prove": (
        lambda b, t, _: b.audit.prove(t.event),
        lambda b, t, _: b.audit.prove(t.event, with_payload=True),
    ),
    "audit.prove_growth": (lambda b, t, _: b.audit.prove_growth(t.checkpoint),),
    "audit.stream": (lambda b, _t, _o: [e for e in b.audit.stream(limit=500) if e.outcome is AuditOutcome.DONE],),
    "audit.verify": (
        lambda b, _t, _o: b.audit.verify(),
        lambda b, t, _: b.audit.verify(since=t.checkpoint).is_sound,
    ),
    "audit.list": (
        lambda b, _t, _o: _done(b.audit.list(limit=500)),
        lambda b, t, _: b.audit.list(actor=t.principal),
        lambda b, t, _: b.audit.list(object_id=t.account),
        lambda b, t, _: _done(b.audit.list(after=t.audit_cursor, limit=500)),
    ),
    "verify": (lambda b, _t, _o: b.verify(),),
    "on_commit": (_waited,),
    "may": (lambda b, _t, _o: b.may("account:read"),),
    "require": (lambda b, _t, _o: b.require("account:read"),),
    "require_capability": (lambda b, _t, _o: b.require_capability("dashboards"),),
}
