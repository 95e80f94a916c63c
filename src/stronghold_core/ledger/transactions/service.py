"""The verbs on transactions: `books.transactions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from stronghold_core.audit import record_event
from stronghold_core.clock import checked_instant
from stronghold_core.db import table_of
from stronghold_core.errors import AlreadyReversedError, InvalidInputError, ReversalDateError
from stronghold_core.forms import UNCHANGED, Unchanged
from stronghold_core.ids import AccountId, CategoryId, TransactionId, parse_id
from stronghold_core.ledger.posting.models import Transaction
from stronghold_core.ledger.posting.queries import (
    delete_keys,
    find_references,
    find_reversal,
    get_transaction,
    lock_transaction,
)
from stronghold_core.ledger.posting.records import (
    MAX_DESCRIPTION_LENGTH,
    MAX_NOTE_LENGTH,
    MAX_PAYEE_LENGTH,
    MAX_REFERENCE_LENGTH,
    TransactionKind,
    TransactionRecord,
)
from stronghold_core.ledger.transactions.corrections import recategorise
from stronghold_core.ledger.transactions.queries import iterate_transactions, list_transactions
from stronghold_core.ledger.transactions.recording import Recording
from stronghold_core.ledger.transactions.records import Reversal, TransactionFilter
from stronghold_core.ledger.transactions.rules import reversing_lines
from stronghold_core.ledger.transactions.sight import get_changeable, see, seen_within
from stronghold_core.money import Money
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page, checked_limit
from stronghold_core.periods import optional_day
from stronghold_core.permissions import Permission
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from stronghold_core.clock import AnInstant
    from stronghold_core.context import Reach
    from stronghold_core.ids import AnId
    from stronghold_core.money import AnAmount
    from stronghold_core.periods import ADay


class Transactions(Recording):
    """What moved the tenant's money."""

    # ------------------------------------------------------------------ correcting

    def reverse(
        self,
        transaction: AnId,
        *,
        on: ADay,
        description: str | None = None,
        payee: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> TransactionRecord:
        """Take a transaction back by posting its opposite; the original stays.

        Whoever may not read it does not take it back either.

        Args:
            transaction: What to take back.
            on: The date of the reversal: the original's or later.
            description: Why. The original keeps its words, and the reversal has none but those given here.
            payee: Who was on the other side.
            note: Anything else.
            reference: The caller's own number of the reversal, such as a credit note's.
            idempotency_key: Makes it safe to send the same request again.

        Raises:
            AlreadyReversedError: If it was taken back before.
            ReversalDateError: If *on* is before the original's date.
            DuplicateReferenceError: If the reference is taken.
        """
        draft = Reversal(
            transaction=transaction,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        if draft.on is None:
            raise InvalidInputError(field="on", reason="a reversal needs a date: the original's or a later one.")
        with self._unit.verb(Permission.TRANSACTION_REVERSE):
            get_changeable(self._unit, Permission.TRANSACTION_REVERSE, draft.transaction)
            # Corrections and reversals of one transaction wait for each other here, so what is read next is final.
            lock_transaction(self._unit, draft.transaction)
            return self._poster.find_replay(draft) or self._reverse(draft, draft.on)

    def recategorise(self, transaction: AnId, *, category: AnId, replaces: AnId | None = None) -> TransactionRecord:
        """Move a transaction from one category to another, by correcting entries with its original date.

        Whoever may not read it does not move it either.

        Args:
            transaction: What to correct.
            category: What it was for, really.
            replaces: Which of its categories to replace; may be left out if there is only one.

        Raises:
            AlreadyReversedError: If the transaction was taken back.
            CorrectionConflictError: If somebody else corrected it at the same moment.
            NotCategorisedError: If it has no category, or several and *replaces* does not say which.
        """
        with self._unit.verb_on_accounts(Permission.TRANSACTION_RECATEGORISE):
            return recategorise(
                self._unit,
                self._poster,
                TransactionId(parse_id(transaction, field="transaction")),
                category=parse_id(category, field="category"),
                replaces=None if replaces is None else parse_id(replaces, field="replaces"),
            )

    def edit(
        self,
        transaction: AnId,
        *,
        description: str | Unchanged | None = UNCHANGED,
        payee: str | Unchanged | None = UNCHANGED,
        note: str | Unchanged | None = UNCHANGED,
    ) -> TransactionRecord:
        """Change the words of a transaction; its money can't be changed. Whoever may not read it changes no word of it.

        Args:
            transaction: Whose words to change.
            description: The new description; None erases it.
            payee: The new payee; None erases it.
            note: The new note; None erases it.
        """
        given = {"description": description, "payee": payee, "note": note}
        words = {
            name: optional_text(value, field=name, max_length=_WORDS[name])
            for name, value in given.items()
            if not isinstance(value, Unchanged)
        }
        transaction_id = TransactionId(parse_id(transaction, field="transaction"))
        with self._unit.verb_on_accounts(Permission.TRANSACTION_ANNOTATE):
            before = get_changeable(self._unit, Permission.TRANSACTION_ANNOTATE, transaction_id)
            changes = {name: value for name, value in words.items() if getattr(before, name) != value}
            if not changes:
                return before
            table = table_of(Transaction)
            self._unit.connection.execute(
                update(table)
                .where(table.c.tenant_id == self._unit.tenant_id, table.c.id == transaction_id)
                .values(**changes)
            )
            record_event(
                self._unit,
                "transaction.edit",
                object_type="transaction",
                object_id=transaction_id,
                payload={"before": {name: getattr(before, name) for name in changes}, "after": changes},
            )
            return before.model_copy(update=changes)

    def forget_keys(self, *, used_before: AnInstant) -> int:
        """Delete idempotency keys that nobody will send again, and return how many there were.

        A request repeated after its key is gone is carried out again; references stay taken for ever.

        Args:
            used_before: Keys used earlier than this instant go.
        """
        instant = checked_instant(used_before, field="used_before")
        with self._unit.verb(Permission.TENANT_WRITE):
            count = delete_keys(self._unit, instant)
            record_event(
                self._unit,
                "idempotency_key.forget",
                object_type="idempotency_key",
                object_id=None,
                payload={"used_before": instant, "count": count},
            )
            return count

    # ------------------------------------------------------------------ reading

    def get(self, transaction: AnId) -> TransactionRecord:
        """Return one transaction with its entries.

        Raises:
            NotFoundError: If this tenant has none with that id.
        """
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            found = get_transaction(self._unit, TransactionId(parse_id(transaction, field="transaction")))
            return see(self._unit, reach, found)

    def find(self, *, reference: str) -> TransactionRecord | None:
        """Return the transaction with exactly that reference; none if there is none.

        So whoever does not know whether a posting was written, and gave it a reference, can look.
        """
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            wanted = checked_text(reference, field="reference", max_length=MAX_REFERENCE_LENGTH)
            found = find_references(self._unit, [wanted])
            records = [get_transaction(self._unit, transaction) for transaction in found.values()]
            return next(iter(seen_within(self._unit, reach, records)), None)

    def list(
        self,
        *,
        text: str | None = None,
        first: ADay | None = None,
        last: ADay | None = None,
        account: AnId | None = None,
        category: AnId | None = None,
        min_amount: AnAmount | None = None,
        max_amount: AnAmount | None = None,
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[TransactionRecord]:
        """List transactions, the latest business date first; every condition that is given must hold.

        Args:
            text: Found in description, payee, note or reference, without regard to case.
            first: The first business date.
            last: The last business date.
            account: An account that it touched.
            category: A category it was for, or one below that.
            min_amount: The least size of some entry. Text and decimals are in the currency of *account*, or if that is
                left out in the tenant's base currency.
            max_amount: The largest size of some entry, read in the same way.
            limit: How many on a page.
            after: The cursor of the page before.

        Raises:
            InvalidInputError: If a condition can't be meant, or the two sizes are in two currencies.
        """
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            wanted = self._wanted(
                reach,
                text=text,
                first=first,
                last=last,
                account=account,
                category=category,
                min_amount=min_amount,
                max_amount=max_amount,
            )
            page = list_transactions(self._unit, wanted, limit=checked_limit(limit), after=after)
            return Page(items=tuple(seen_within(self._unit, reach, page.items)), next_cursor=page.next_cursor)

    def iterate(
        self,
        *,
        text: str | None = None,
        first: ADay | None = None,
        last: ADay | None = None,
        account: AnId | None = None,
        category: AnId | None = None,
        min_amount: AnAmount | None = None,
        max_amount: AnAmount | None = None,
    ) -> Iterator[TransactionRecord]:
        """Go through all transactions, the earliest business date first, while the unit is open; memory stays flat.

        In a read unit they are of one snapshot. The conditions are those of `list`, and checked at once.

        Args:
            text: As for `list`; so are the rest.
            first: As for `list`.
            last: As for `list`.
            account: As for `list`.
            category: As for `list`.
            min_amount: As for `list`.
            max_amount: As for `list`.

        Raises:
            InvalidInputError: As for `list`.
        """
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            wanted = self._wanted(
                reach,
                text=text,
                first=first,
                last=last,
                account=account,
                category=category,
                min_amount=min_amount,
                max_amount=max_amount,
            )
        return self._each(wanted)

    # ------------------------------------------------------------------ inside

    def _wanted(
        self,
        reach: Reach,
        *,
        text: str | None,
        first: ADay | None,
        last: ADay | None,
        account: AnId | None,
        category: AnId | None,
        min_amount: AnAmount | None,
        max_amount: AnAmount | None,
    ) -> TransactionFilter:
        account_id = None if account is None else AccountId(parse_id(account, field="account"))
        wanted = TransactionFilter(
            text=optional_text(text, field="text", max_length=MAX_NOTE_LENGTH),
            first=optional_day(first, field="first"),
            last=optional_day(last, field="last"),
            account=account_id,
            category=None if category is None else CategoryId(parse_id(category, field="category")),
            min_amount=self._size(min_amount, account_id, reach),
            max_amount=self._size(max_amount, account_id, reach),
            within=None if reach.accounts is None else tuple(sorted(reach.accounts)),
        )
        wanted.check()
        return wanted

    def _each(self, wanted: TransactionFilter) -> Iterator[TransactionRecord]:
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            for some in iterate_transactions(self._unit, wanted):
                yield from seen_within(self._unit, reach, some)

    def _size(self, amount: AnAmount | None, account: AccountId | None, reach: Reach) -> Money | None:
        if amount is None:
            return None
        if isinstance(amount, Money):
            return Money.of(amount, amount.currency)
        # An account that is missing, or not seen, is no error here: nothing is found, whatever the size.
        facts = self._poster.facts([account]).get(account) if account is not None and reach.covers(account) else None
        return Money.of(amount, self._tenant.record.base_currency if facts is None else facts.currency)

    def _reverse(self, draft: Reversal, on: date) -> TransactionRecord:
        original = get_transaction(self._unit, draft.transaction)
        if reversal := find_reversal(self._unit, original.id):
            raise AlreadyReversedError(transaction_id=original.id, reversal_id=reversal)
        if on < original.effective_date:
            raise ReversalDateError(on=on, original=original.effective_date)
        facts = self._poster.facts(entry.account_id for entry in original.entries)
        lines = reversing_lines(original.entries, facts)
        if not lines:
            raise InvalidInputError(
                field="transaction", reason="its entries cancel out; there is nothing to take back."
            )
        return self._poster.post_lines(draft, TransactionKind.REVERSAL, lines, reverses_id=original.id)


_WORDS = {"description": MAX_DESCRIPTION_LENGTH, "payee": MAX_PAYEE_LENGTH, "note": MAX_NOTE_LENGTH}
