"""The verbs that post: the part of `books.transactions` by which money moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stronghold_core.ledger.posting.records import (
    AnyDraft,
    EntryDraft,
    Part,
    Post,
    PostResult,
    Record,
    Split,
    TransactionRecord,
    Transfer,
)
from stronghold_core.ledger.posting.rules import checked_drafts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId
    from stronghold_core.ledger.posting.batch import OnError
    from stronghold_core.ledger.posting.service import Poster
    from stronghold_core.money import AnAmount
    from stronghold_core.periods import ADay
    from stronghold_core.tenancy import CurrentTenant


class Recording:
    """What a tenant's transactions come from."""

    def __init__(self, unit: Unit, tenant: CurrentTenant, poster: Poster) -> None:
        self._unit = unit
        self._tenant = tenant
        self._poster = poster

    def record(
        self,
        *,
        account: AnId,
        amount: AnAmount,
        category: AnId | None = None,
        on: ADay | None = None,
        description: str | None = None,
        payee: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> TransactionRecord:
        """Record money that came to an account, or left it.

        Args:
            account: The asset or liability account it happened to.
            amount: What the account gained, in its currency; negative if it lost.
            category: What it was for; "Uncategorised" if left out.
            on: The business date; today in the tenant's time zone if left out.
            description: The bank's or the caller's words.
            payee: Who was on the other side.
            note: Anything else.
            reference: The caller's own number of the transaction; used once per tenant, for ever.
            idempotency_key: Makes it safe to send the same request again.

        Raises:
            RuleError: If the books do not allow it; the subclass says why.
            DuplicateReferenceError: If the reference is taken.
        """
        draft = Record(
            account=account,
            amount=amount,
            category=category,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        return self._poster.post(draft)

    def split(
        self,
        *,
        account: AnId,
        amount: AnAmount,
        parts: Iterable[Part | tuple[AnId, AnAmount]],
        on: ADay | None = None,
        description: str | None = None,
        payee: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> TransactionRecord:
        """Record money that came or went for several categories, or for categories and other accounts.

        Args:
            account: As for `record`.
            amount: The whole, signed as for `record`.
            parts: Each category with its share, signed like the whole; they must add up to it. A `Part` may name an
                account instead: the loan that an instalment pays back beside its interest, the tax on an invoice.
            on: As for `record`; so are the rest.
            description: As for `record`.
            payee: As for `record`.
            note: As for `record`.
            reference: As for `record`.
            idempotency_key: As for `record`.

        Raises:
            UnbalancedError: If the parts do not add up to the amount.
            SelfTransferError: If a part is for *account* itself.
            CurrencyMismatchError: If a part's account is in another currency.
        """
        draft = Split(
            account=account,
            amount=amount,
            parts=parts,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        return self._poster.post(draft)

    def transfer(
        self,
        *,
        from_account: AnId,
        to_account: AnId,
        amount: AnAmount,
        to_amount: AnAmount | None = None,
        on: ADay | None = None,
        description: str | None = None,
        payee: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> TransactionRecord:
        """Move money between two accounts of the tenant; neither income nor expense.

        Args:
            from_account: What it leaves.
            to_account: Where it arrives.
            amount: What leaves, in the currency of *from_account*: positive.
            to_amount: What arrives, in the currency of *to_account*; needed between currencies, where the books keep
                the difference of rates on trading accounts.
            on: As for `record`; so are the rest.
            description: As for `record`.
            payee: As for `record`.
            note: As for `record`.
            reference: As for `record`.
            idempotency_key: As for `record`.

        Raises:
            SelfTransferError: If both accounts are the same.
            InsufficientFundsError: If *from_account* would fall below its limit.
        """
        draft = Transfer(
            from_account=from_account,
            to_account=to_account,
            amount=amount,
            to_amount=to_amount,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        return self._poster.post(draft)

    def post(
        self,
        entries: Iterable[EntryDraft | tuple[AnId, AnAmount]],
        *,
        on: ADay | None = None,
        description: str | None = None,
        payee: str | None = None,
        note: str | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> TransactionRecord:
        """Post a transaction line by line: debit positive, credit negative.

        Args:
            entries: Accounts with their amounts; each currency must add up to zero.
            on: As for `record`; so are the rest.
            description: As for `record`.
            payee: As for `record`.
            note: As for `record`.
            reference: As for `record`.
            idempotency_key: As for `record`.

        Raises:
            UnbalancedError: If a currency does not add up to zero; it names the difference.
        """
        draft = Post(
            entries=entries,
            on=on,
            description=description,
            payee=payee,
            note=note,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        return self._poster.post(draft)

    def post_many(self, drafts: Iterable[AnyDraft], *, on_error: OnError = "stop") -> list[PostResult]:
        """Post many drafts (`Record`, `Split`, `Transfer`, `Post`) with a constant number of statements.

        Args:
            drafts: What to post, in this order.
            on_error: With "stop" the first refusal is raised, with the draft's place as its `draft_number`, and nothing
                is posted; with "continue" refused drafts are reported in their place, and the others are posted.

        Returns:
            One result per draft, in their order.

        Raises:
            InvalidInputError: If one is no draft; then nothing is posted.
        """
        return self._poster.post_many(checked_drafts(drafts), on_error=on_error)
