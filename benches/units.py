"""What a unit of work costs by itself, and what the audit event adds to a posting."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from benches.figures import compared
from benches.measuring import in_turns, milliseconds
from benches.ours import CURRENCY, open_tenant
from benches.postings import poster
from benches.sides import PAYEE, PRINCIPAL, WORDS, Tenant, orders
from stronghold_core import Money
from stronghold_core.audit import event_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benches.figures import Figure
    from benches.grounds import Ground, Grounds
    from benches.sizes import Sizes


def select(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: a unit of work that reads one account."""
    for ground in grounds.each():
        tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
        ours, raw = ground.ours(tenant), ground.raw(tenant)
        assert ours.read_account() == raw.read_account()
        mine, theirs = in_turns(
            [partial(milliseconds, side.read_account, seconds=sizes.reading_seconds) for side in (ours, raw)],
            rounds=sizes.rounds,
        )
        yield compared(f"{ground.name}, a unit that reads one account", "ms", ours=mine, beside=theirs)


def audit(grounds: Grounds, sizes: Sizes) -> Iterator[Figure]:
    """Both databases: the share of a single posting that goes into its audit event."""
    for ground in grounds.each():
        tenant = open_tenant(ground, accounts=sizes.accounts, categories=sizes.categories)
        ours, raw = ground.ours(tenant), ground.raw(tenant)
        prepared = milliseconds(_event_maker(ground, tenant), seconds=sizes.reading_seconds)
        ground.settle()
        posting, audited, unaudited = in_turns(
            [
                partial(milliseconds, poster(tenant, post), seconds=sizes.seconds / 4)
                for post in (ours.post, raw.post, raw.post_without_audit)
            ],
            rounds=sizes.rounds,
        )
        # The row's cost can only be seen where it can be left out: on the raw side.
        event = [prepared + max(0.0, one - other) for one, other in zip(audited, unaudited, strict=True)]
        yield compared(
            f"{ground.name}, audit event of a single posting", "ms", ours=event, beside=posting, against="the posting"
        )


def _event_maker(ground: Ground, tenant: Tenant) -> Callable[[], object]:
    """Return a step that prepares the event of one posting, as the posting engine does."""
    order = next(orders(tenant, seed=0))
    with ground.stronghold.books(tenant.id, principal=PRINCIPAL) as books:
        context = books.context
    amounts = (order.account, order.amount_minor), (order.leaf, -order.amount_minor)
    payload = {
        "date": order.day,
        "description": WORDS,
        "payee": PAYEE,
        "entries": [[account, Money(amount, CURRENCY)] for account, amount in amounts],
    }
    return partial(
        event_row,
        context,
        at=datetime.now(UTC),
        action="transaction.record",
        object_type="transaction",
        object_id=order.account,
        payload=payload,
    )
