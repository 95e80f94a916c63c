"""Two tenants for the kit, each with one of everything that books can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from stronghold_core.audit import Checkpoint
from stronghold_core.bank_statements import CsvLayout, StatementLine
from stronghold_core.ids import (
    AccountId,
    ApiKeyId,
    AuditId,
    CategoryId,
    ImportId,
    InvitationId,
    PrincipalId,
    TenantId,
    TransactionId,
    new_id,
)

if TYPE_CHECKING:
    from stronghold_core.ledger import TransactionRecord
    from stronghold_core.stronghold import Books, Stronghold

LAYOUT: Final = CsvLayout(
    date_column="Date",
    amount_column="Amount",
    delimiter=",",
    encoding="utf-8",
    date_format="%Y-%m-%d",
    decimal_mark=".",
)


class Belongings(NamedTuple):
    """What one tenant has, by which another might try to reach it."""

    tenant: TenantId
    principal: PrincipalId
    member: PrincipalId
    guest: PrincipalId
    role: str
    account: AccountId
    other_account: AccountId
    category: CategoryId
    other_category: CategoryId
    transaction: TransactionId
    statement: ImportId
    event: AuditId
    checkpoint: Checkpoint
    api_key: ApiKeyId
    invitation: InvitationId
    word: str
    """In every name, reference and text of theirs."""
    accounts_cursor: str | None
    transactions_cursor: str | None
    audit_cursor: str | None


def settle(stronghold: Stronghold, *, amount: int) -> Belongings:
    """Create a tenant, and give it one of everything.

    Args:
        stronghold: Where.
        amount: What its figures are made of; another tenant's are made of another one.
    """
    word = f"isolation{uuid4().hex[:12]}"
    owner = PrincipalId(f"user:{word}")
    tenant = stronghold.tenants.create(
        kind="organization", name=f"{word} tenant", base_currency="USD", owner=owner, external_reference=f"{word} host"
    )
    stronghold.staff.appoint(_guest(word), role="support")
    belongings = stronghold.run(tenant.id, principal=owner, do=lambda books: _furnish(books, owner, word, amount))
    sealed: list[Checkpoint] = []
    stronghold.seal(tenant.id, export=sealed.append)
    return belongings._replace(checkpoint=sealed[-1])


def _guest(word: str) -> PrincipalId:
    return PrincipalId(f"user:{word}guest")


def _pay(books: Books, *, account: AccountId, category: CategoryId, word: str, amount: int) -> TransactionRecord:
    return books.transactions.record(
        account=account,
        amount=f"-{amount}.00",
        category=category,
        description=f"{word} description",
        payee=f"{word} payee",
        note=f"{word} note",
        reference=f"{word} reference",
        idempotency_key=f"{word} key",
    )


def _furnish(books: Books, owner: PrincipalId, word: str, amount: int) -> Belongings:
    guest = _guest(word)
    bank = books.accounts.open(
        name=f"{word} bank", type="asset", external_reference=f"{word} iban", opening_balance=f"{9 * amount}.00"
    )
    cash = books.accounts.open(name=f"{word} cash", type="asset")
    food = books.categories.create(name=f"{word} food", kind="expense")
    rent = books.categories.create(name=f"{word} rent", kind="expense", parent=food.id)
    payment = _pay(books, account=bank.id, category=food.id, word=word, amount=amount)
    books.transactions.transfer(from_account=bank.id, to_account=cash.id, amount=f"{amount}.10")
    member = books.members.add(f"user:{word}member", role="viewer")
    role = books.roles.create(word, permissions=["account:read"], description=f"{word} role", inherits=["viewer"])
    books.grants.give(member.principal, account=bank.id, level="post")
    books.admissions.admit(guest, role="viewer", reason=f"{word} reason")
    line = StatementLine(
        line=1, on=payment.effective_date, amount=f"-{amount}.20", description=f"{word} line", bank_id=f"{word} bank id"
    )
    imported = books.bank_statements.import_rows([line], account=bank.id, source=f"{word}.csv")
    books.bank_statements.save_layout(bank.id, LAYOUT, account_number=f"{word} number")
    made = books.api_keys.create(f"{word} key", scopes=["account:read"])
    asked = books.invitations.create(role=word, note=f"{word} invited")
    return Belongings(
        tenant=books.context.tenant_id,
        principal=owner,
        member=member.principal,
        guest=guest,
        role=role.name,
        account=bank.id,
        other_account=cash.id,
        category=food.id,
        other_category=rent.id,
        transaction=payment.id,
        statement=imported.import_id or ImportId(new_id()),
        event=books.audit.list(limit=1).items[0].id,
        checkpoint=_nobodys_checkpoint(),
        api_key=made.key.id,
        invitation=asked.invitation.id,
        word=word,
        accounts_cursor=books.accounts.list(limit=1).next_cursor,
        transactions_cursor=books.transactions.list(limit=1).next_cursor,
        audit_cursor=books.audit.list(limit=1).next_cursor,
    )


def nobodys(theirs: Belongings) -> Belongings:
    """Return belongings of the same shape that nobody has; cursors stay, since nobody can make any up."""
    word = f"isolation{uuid4().hex[:12]}"
    return Belongings(
        tenant=TenantId(new_id()),
        principal=PrincipalId(f"user:{word}"),
        member=PrincipalId(f"user:{word}member"),
        guest=_guest(word),
        role=word,
        account=AccountId(new_id()),
        other_account=AccountId(new_id()),
        category=CategoryId(new_id()),
        other_category=CategoryId(new_id()),
        transaction=TransactionId(new_id()),
        statement=ImportId(new_id()),
        event=AuditId(new_id()),
        checkpoint=_nobodys_checkpoint(),
        api_key=ApiKeyId(new_id()),
        invitation=InvitationId(new_id()),
        word=word,
        accounts_cursor=theirs.accounts_cursor,
        transactions_cursor=theirs.transactions_cursor,
        audit_cursor=theirs.audit_cursor,
    )


def _nobodys_checkpoint() -> Checkpoint:
    return Checkpoint(
        tenant_id=TenantId(new_id()), batches=1, events=1, root="0" * 64, sealed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
