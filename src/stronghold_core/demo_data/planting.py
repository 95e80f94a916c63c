"""Posting a story into a stronghold, batch by batch, as any program would: through the public verbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from stronghold_core.currencies import Currency, get_currency
from stronghold_core.demo_data.records import (
    DemoAccount,
    DemoCategory,
    DemoEvent,
    DemoItem,
    DemoKind,
    DemoRecord,
    DemoSplit,
    Path,
)
from stronghold_core.demo_data.stories import checked_count, checked_kind, first_day, generate
from stronghold_core.ledger import Part, Record, Split, Transfer
from stronghold_core.money import Money
from stronghold_core.periods import optional_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stronghold_core.ids import AccountId, CategoryId
    from stronghold_core.ledger import AnyDraft
    from stronghold_core.periods import ADay
    from stronghold_core.stronghold import Books, Stronghold
    from stronghold_core.tenancy import TenantRecord

BATCH_SIZE: Final = 1_000
"""How many events are posted at once."""

_NAMES: Final = {
    DemoKind.HOUSEHOLD: ("user", "Ada and Ben's household"),
    DemoKind.COMPANY: ("organization", "Brightwater Design"),
    DemoKind.PROVIDER: ("organization", "Fiberline Internet"),
}


def plant(
    stronghold: Stronghold,
    kind: str,
    *,
    principal: str,
    transactions: int,
    seed: int = 1,
    since: ADay | None = None,
    until: ADay | None = None,
    progress: Callable[[int], object] | None = None,
) -> TenantRecord:
    """Post a story as a tenant of its own, and return the tenant.

    Each batch is committed for itself. Planting again what is there posts nothing; after an interruption the same call
    goes on where it stopped. Books of that kind which tell another story stay as they are.

    Args:
        stronghold: Where to.
        kind: ``household``, ``company`` or ``provider``. The tenant's external reference is ``demo-`` and that.
        principal: Who owns it and posts.
        transactions: How many, opening balances not counted.
        seed: Which of all such books.
        since: The day of the opening balances; if left out, as early as so many transactions ask for.
        until: The last day; the day on which the tenant was made if left out.
        progress: Told after each batch how many are there by now.

    Raises:
        InvalidInputError: If there is no such kind, or the number can't be meant, or the last day is before the first.
    """
    wanted, count = checked_kind(kind), checked_count(transactions)
    begin = optional_day(since, field="since")
    tenant = stronghold.tenants.find(external_reference=f"demo-{wanted}") or _create(stronghold, wanted, principal)
    last = optional_day(until, field="until") or tenant.created_at.astimezone(tenant.zone).date()
    first = begin or first_day(wanted, transactions=count, last=last)
    name = f"demo-{seed}-{count}-{last}" if begin is None else f"demo-{seed}-{count}-{begin}-{last}"
    if stronghold.read(tenant.id, principal=principal, do=partial(_tells_another, name=name)):
        return tenant
    shelf = _Shelf()
    for batch in _batches(name, generate(wanted, seed=seed, first=first, last=last, transactions=count)):
        shelf = stronghold.run(tenant.id, principal=principal, do=partial(_plant_batch, batch=batch, shelf=shelf))
        if progress is not None:
            progress(batch.number + len(batch.events))
    return tenant


def _create(stronghold: Stronghold, kind: DemoKind, principal: str) -> TenantRecord:
    tenant_kind, name = _NAMES[kind]
    return stronghold.tenants.create(
        kind=tenant_kind, name=name, base_currency="EUR", owner=principal, external_reference=f"demo-{kind}"
    )


def _tells_another(books: Books, *, name: str) -> bool:
    """Tell whether there are transactions, but not the first one of the story of that *name*."""
    is_empty = not books.transactions.list(limit=1).items
    return not is_empty and books.transactions.find(reference=_Batch(name, 0).reference) is None


# ------------------------------------------------------------------ batches


@dataclass(slots=True)
class _Batch:
    """A part of a story: what is to be opened first, and what happens then."""

    story: str
    number: int
    """How many events came before it."""
    opened: list[DemoCategory | DemoAccount] = field(default_factory=list)
    events: list[DemoEvent] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """By which its first transaction is found again."""
        return f"{self.story}-{self.number}"


def _batches(name: str, story: Iterable[DemoItem]) -> Iterator[_Batch]:
    batch = _Batch(name, 0)
    for item in story:
        if isinstance(item, (DemoCategory, DemoAccount)):
            batch.opened.append(item)
            continue
        batch.events.append(item)
        if len(batch.events) == BATCH_SIZE:
            yield batch
            batch = _Batch(name, batch.number + BATCH_SIZE)
    if batch.opened or batch.events:
        yield batch


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where what was opened is found by its name."""

    categories: dict[Path, CategoryId] = field(default_factory=dict)
    accounts: dict[str, tuple[AccountId, Currency]] = field(default_factory=dict)


def _plant_batch(books: Books, *, batch: _Batch, shelf: _Shelf) -> _Shelf:
    """Post one batch unless it is there; return the shelf with what it opened, for this may be undone and repeated."""
    shelf = _Shelf({**shelf.categories}, {**shelf.accounts})
    for item in batch.opened:
        if isinstance(item, DemoCategory):
            shelf.categories[item.path] = _category(books, item, shelf)
        else:
            shelf.accounts[item.name] = (_account(books, item), get_currency(item.currency))
    if batch.events and books.transactions.find(reference=batch.reference) is None:
        first, rest = batch.events[0], batch.events[1:]
        drafts = chain([_draft(first, shelf, batch.reference)], (_draft(event, shelf) for event in rest))
        books.transactions.post_many(drafts)
    return shelf


def _category(books: Books, item: DemoCategory, shelf: _Shelf) -> CategoryId:
    *above, name = item.path
    parent = shelf.categories[tuple(above)] if above else None
    found = books.categories.find(name=name, kind=item.kind, parent=parent)
    return (found or books.categories.create(name=name, kind=item.kind, parent=parent)).id


def _account(books: Books, item: DemoAccount) -> AccountId:
    found = books.accounts.find(name=item.name)
    if found is not None:
        return found.id
    currency = get_currency(item.currency)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    return books.accounts.open(
        name=item.name,
        type=item.type,
        subtype=item.subtype,
        currency=item.currency,
        min_balance=money(item.min_minor),
        max_balance=money(item.max_minor),
        opening_balance=money(item.opening_minor),
        opened_on=item.on,
    ).id


# ------------------------------------------------------------------ drafts


def _draft(event: DemoEvent, shelf: _Shelf, reference: str | None = None) -> AnyDraft:
    """Make an event the draft that posts it."""
    if isinstance(event, DemoRecord):
        account, currency = shelf.accounts[event.account]
        return Record(
            account=account,
            amount=Money(event.minor, currency),
            category=shelf.categories[event.category],
            on=event.on,
            payee=event.payee,
            description=event.description,
            reference=reference,
        )
    if isinstance(event, DemoSplit):
        account, currency = shelf.accounts[event.account]
        return Split(
            account=account,
            amount=Money(event.minor, currency),
            parts=[_part(target, Money(minor, currency), shelf) for target, minor in event.parts],
            on=event.on,
            payee=event.payee,
            description=event.description,
            reference=reference,
        )
    source, source_currency = shelf.accounts[event.from_account]
    target, target_currency = shelf.accounts[event.to_account]
    return Transfer(
        from_account=source,
        to_account=target,
        amount=Money(event.minor, source_currency),
        to_amount=None if event.to_minor is None else Money(event.to_minor, target_currency),
        on=event.on,
        payee=event.payee,
        description=event.description,
        reference=reference,
    )


def _part(target: Path | str, amount: Money, shelf: _Shelf) -> Part:
    if isinstance(target, str):
        return Part(account=shelf.accounts[target][0], amount=amount)
    return Part(category=shelf.categories[target], amount=amount)
