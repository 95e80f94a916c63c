"""The verbs on accounts: `books.accounts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.audit import record_event
from stronghold_core.clock import checked_instant, today
from stronghold_core.currencies import get_currency
from stronghold_core.db import ConstraintError, table_of
from stronghold_core.errors import AccountNotEmptyError, DuplicateNameError, InvalidInputError, NotFoundError
from stronghold_core.forms import UNCHANGED, Unchanged
from stronghold_core.ids import AccountId, parse_id
from stronghold_core.ledger.accounts.models import Account
from stronghold_core.ledger.accounts.opening import new_account
from stronghold_core.ledger.accounts.queries import account_record, conditions_of, facts_of, load_facts
from stronghold_core.ledger.accounts.records import AccountFacts, AccountFilter, AccountRecord, AccountStatus, Purpose
from stronghold_core.ledger.accounts.rules import (
    MAX_NAME_LENGTH,
    MAX_REFERENCE_LENGTH,
    checked_limits,
    checked_type,
    listed_status,
    listed_type,
    usable_currency,
)
from stronghold_core.ledger.balances.queries import (
    balance_now,
    balance_on,
    balance_recorded_at,
    list_history,
    nominal_balances,
)
from stronghold_core.ledger.posting.records import Draft, TransactionKind
from stronghold_core.ledger.posting.rules import Head, Line
from stronghold_core.money import Money
from stronghold_core.pagination import DEFAULT_PAGE_SIZE, Page, checked_limit, decode_position, encode_cursor
from stronghold_core.periods import optional_day
from stronghold_core.permissions import Permission
from stronghold_core.tenancy import pin_currency
from stronghold_core.text import checked_text, optional_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement

    from stronghold_core.clock import AnInstant
    from stronghold_core.context import Reach
    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId, AuditId
    from stronghold_core.ledger.balances.records import HistoryRow
    from stronghold_core.ledger.posting.service import Poster
    from stronghold_core.money import AnAmount
    from stronghold_core.periods import ADay
    from stronghold_core.tenancy import CurrentTenant


class Accounts:
    """The accounts of the tenant."""

    def __init__(self, unit: Unit, tenant: CurrentTenant, poster: Poster) -> None:
        self._unit = unit
        self._tenant = tenant
        self._poster = poster

    def open(
        self,
        *,
        name: str,
        type: str,  # noqa: A002 - the bookkeeper's word
        currency: str | None = None,
        subtype: str = "other",
        min_balance: AnAmount | None = None,
        max_balance: AnAmount | None = None,
        external_reference: str | None = None,
        opening_balance: AnAmount | None = None,
        opened_on: ADay | None = None,
    ) -> AccountRecord:
        """Open an account.

        Args:
            name: What people call it; unique among the accounts that callers opened.
            type: ``asset``, ``liability`` or ``equity``.
            currency: Its currency for life; the tenant's base currency if left out.
            subtype: What people call accounts of this sort, such as ``checking`` or ``credit_card``.
            min_balance: The lowest balance it may have: 0 for no overdraft, −5000.00 for a card's limit of 5,000.
            max_balance: The highest balance it may have.
            external_reference: The host's own key of this account.
            opening_balance: What it holds already, signed, debit positive; posted against opening balances. Zero is
                the same as leaving it out.
            opened_on: The date of the opening balance; today if left out.

        Raises:
            DuplicateNameError: If an account has that name or external reference.
            InvalidInputError, UnknownCurrencyError, WithdrawnCurrencyError: If a field can't be so.
        """
        kind = checked_type(type)
        day = optional_day(opened_on, field="opened_on") or today(self._unit.clock, self._tenant.record.zone)
        money = usable_currency(currency or self._tenant.record.base_currency, on=day)
        limits = checked_limits(min_balance, max_balance, of=kind, currency=money)
        row = new_account(self._unit, kind, money, limits, name=name, subtype=subtype, reference=external_reference)
        with self._unit.verb(Permission.ACCOUNT_WRITE):
            pin_currency(self._unit.connection, money)
            self._insert(row)
            # A form sends zero where nobody filled anything in; an entry of zero would say nothing.
            opening = None if opening_balance is None else Money.of(opening_balance, money) or None
            payload = {"name": row.name, "type": kind, "currency": money.code, "opening_balance": opening}
            event = record_event(self._unit, "account.open", object_type="account", object_id=row.id, payload=payload)
            if opening is not None:
                self._post_opening_balance(row, opening, day, part_of=event)
            return self._record(row)

    def get(self, account: AnId) -> AccountRecord:
        """Return one account with its balance.

        Raises:
            NotFoundError: If this tenant has none with that id.
        """
        with self._unit.reading_accounts(Permission.ACCOUNT_READ) as reach:
            return self._record(self._row(account, within=reach))

    def find(self, *, name: str | None = None, external_reference: str | None = None) -> AccountRecord | None:
        """Return the account with that name, or that external reference; none if there is none."""
        with self._unit.reading_accounts(Permission.ACCOUNT_READ) as reach:
            if (name is None) == (external_reference is None):
                raise InvalidInputError(field="name", reason="give either a name or an external reference.")
            query = select(Account).where(Account.purpose == Purpose.OWN.value, *_within(reach))
            if name is not None:
                query = query.where(Account.name == checked_text(name, field="name", max_length=MAX_NAME_LENGTH))
            else:
                # An empty one is refused: to the database it would be that of every account without one.
                reference = checked_text(
                    external_reference or "", field="external_reference", max_length=MAX_REFERENCE_LENGTH
                )
                query = query.where(Account.external_reference == reference)
            row = self._unit.session.scalars(query).one_or_none()
            return None if row is None else self._record(row)

    def list(
        self,
        *,
        text: str | None = None,
        type: str | None = None,  # noqa: A002 - the bookkeeper's word
        subtype: str | None = None,
        currency: str | None = None,
        status: str | None = "open",
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[AccountRecord]:
        """List the accounts that callers opened, by name. Those behind categories are read by category.

        Args:
            text: Found in the name or the external reference, without regard to case.
            type: ``asset``, ``liability`` or ``equity``.
            subtype: What people call accounts of this sort, such as ``checking``.
            currency: The code of their currency.
            status: ``open``, ``closed``, or None for both.
            limit: How many on a page.
            after: The cursor of the page before.

        Raises:
            InvalidInputError, UnknownCurrencyError: If a condition can't be meant.
        """
        with self._unit.reading_accounts(Permission.ACCOUNT_READ) as reach:
            wanted = AccountFilter(
                text=optional_text(text, field="text", max_length=MAX_NAME_LENGTH),
                type=listed_type(type),
                subtype=optional_text(subtype, field="subtype", max_length=MAX_NAME_LENGTH),
                currency=None if currency is None else get_currency(currency).code,
                status=listed_status(status),
            )
            scope = ("accounts", self._unit.tenant_id, wanted)
            query = select(Account).where(*conditions_of(wanted, self._unit.backend.name), *_within(reach))
            if after is not None:
                query = query.where(Account.name > decode_position(after, _name, scope=scope)[0])
            rows = self._unit.session.scalars(query.order_by(Account.name).limit(checked_limit(limit) + 1)).all()
            has_more, rows = len(rows) > limit, rows[:limit]
            nominal = nominal_balances(self._unit, [AccountId(row.id) for row in rows if not row.is_chained])
            records = [
                account_record(row, row.balance_minor if row.is_chained else nominal.get(AccountId(row.id), 0))
                for row in rows
            ]
            cursor = encode_cursor([rows[-1].name], scope=scope) if has_more else None
            return Page(items=tuple(records), next_cursor=cursor)

    def rename(self, account: AnId, *, name: str) -> AccountRecord:
        """Give an account another name."""
        with self._unit.verb(Permission.ACCOUNT_WRITE):
            row = self._own_row(account)
            before, row.name = row.name, checked_text(name, field="name", max_length=MAX_NAME_LENGTH)
            self._flush(row)
            return self._record_change("account.rename", row, {"before": before, "after": row.name})

    def set_limits(
        self,
        account: AnId,
        *,
        min_balance: AnAmount | Unchanged | None = UNCHANGED,
        max_balance: AnAmount | Unchanged | None = UNCHANGED,
    ) -> AccountRecord:
        """Set one limit of an account, or both.

        An account that is beyond a new limit stays so; it may then only move back towards it.

        Args:
            account: Whose limits to set.
            min_balance: The lowest balance it may have; None lifts the limit.
            max_balance: The highest balance it may have; None lifts the limit.

        Raises:
            InvalidInputError: If the account can't have limits, or they contradict each other.
        """
        with self._unit.verb(Permission.ACCOUNT_WRITE):
            row = self._own_row(account)
            if min_balance is UNCHANGED and max_balance is UNCHANGED:
                return self._record(row)
            facts = facts_of(row)
            low, high = checked_limits(
                _money(row.min_balance_minor, facts) if isinstance(min_balance, Unchanged) else min_balance,
                _money(row.max_balance_minor, facts) if isinstance(max_balance, Unchanged) else max_balance,
                of=facts.type,
                currency=facts.currency,
            )
            row.min_balance_minor, row.max_balance_minor = low, high
            limits = {"min_balance": _money(low, facts), "max_balance": _money(high, facts)}
            return self._record_change("account.set_limits", row, limits)

    def close(self, account: AnId) -> AccountRecord:
        """Close an empty account: it takes no more entries, and keeps its history.

        Raises:
            AccountNotEmptyError: If it holds money, or money is held on it.
        """
        with self._unit.verb(Permission.ACCOUNT_WRITE):
            row = self._own_row(account, also_from_entries=True)
            balance = self._record(row).balance
            if balance or row.held_minor:
                raise AccountNotEmptyError(name=row.name, balance=balance)
            row.status = AccountStatus.CLOSED.value
            return self._record_change("account.close", row, {})

    def reopen(self, account: AnId) -> AccountRecord:
        """Let a closed account take entries again."""
        with self._unit.verb(Permission.ACCOUNT_WRITE):
            row = self._own_row(account)
            row.status = AccountStatus.OPEN.value
            return self._record_change("account.reopen", row, {})

    def balance(self, account: AnId, *, on: ADay | None = None, recorded_at: AnInstant | None = None) -> Money:
        """Return the balance now, at the end of a business day, or as it was recorded at an instant.

        Instants younger than the longest running transaction are provisional: what it wrote carries a time that may
        already have passed.

        Raises:
            InvalidInputError: If both *on* and *recorded_at* are given, or *recorded_at* has no time zone.
        """
        with self._unit.reading_accounts(Permission.ACCOUNT_READ) as reach:
            facts = self._facts(account, within=reach)
            if on is not None and recorded_at is not None:
                raise InvalidInputError(field="on", reason="give a day or an instant, not both.")
            if recorded_at is not None:
                instant = checked_instant(recorded_at, field="recorded_at")
                return Money(balance_recorded_at(self._unit, facts, instant), facts.currency)
            day = optional_day(on, field="on")
            minor = balance_now(self._unit, facts) if day is None else balance_on(self._unit, facts.id, day)
            return Money(minor, facts.currency)

    def history(
        self,
        account: AnId,
        *,
        first: ADay | None = None,
        last: ADay | None = None,
        limit: int = DEFAULT_PAGE_SIZE,
        after: str | None = None,
    ) -> Page[HistoryRow]:
        """List an account's entries, the latest business date first, each with the running balance after it.

        The balance runs in the order of business dates, so a back-dated entry reads right.
        """
        with self._unit.reading_accounts(Permission.TRANSACTION_READ) as reach:
            facts = self._facts(account, within=reach)
            return list_history(
                self._unit,
                facts,
                first=optional_day(first, field="first"),
                last=optional_day(last, field="last"),
                limit=checked_limit(limit),
                after=after,
            )

    # ------------------------------------------------------------------ inside

    def _post_opening_balance(self, row: Account, amount: Money, day: date, *, part_of: AuditId) -> None:
        facts = facts_of(row)
        head = Head(Purpose.OPENING, None, facts.currency)
        other = self._poster.heads([head]).found[head]
        lines = [Line(facts, amount.minor), Line(other, -amount.minor)]
        draft = Draft(on=day, description="Opening balance")
        self._poster.post_lines(draft, TransactionKind.OPENING, lines, part_of=part_of)
        self._unit.session.refresh(row)

    def _insert(self, row: Account) -> None:
        self._unit.session.add(row)
        self._flush(row)

    def _flush(self, row: Account) -> None:
        name, reference = row.name, row.external_reference
        try:
            with self._unit.savepoint():
                self._unit.session.flush()
        except ConstraintError as error:
            if error.constraint == "ux_stronghold_account_name":
                raise self._duplicate("name", name) from error
            if error.constraint == "ux_stronghold_account_external_reference":
                raise self._duplicate("external_reference", reference or "") from error
            raise

    def _duplicate(self, field: str, value: str) -> DuplicateNameError:
        """Say what is taken; and if by an account that no list shows any more, how to bring that back."""
        column = table_of(Account).c
        query = select(column.status).where(
            column.tenant_id == self._unit.tenant_id, column.purpose == Purpose.OWN.value, column[field] == value
        )
        words = field.replace("_", " ")
        if self._unit.connection.execute(query).scalar_one_or_none() != AccountStatus.CLOSED:
            return DuplicateNameError(kind="account", name=value, field=words)
        remedy = "it is closed; reopen it with books.accounts.reopen(…), or choose another one."
        return DuplicateNameError(kind="account", name=value, field=words, remedy=remedy)

    def _facts(self, account: AnId, *, within: Reach) -> AccountFacts:
        account_id = AccountId(parse_id(account, field="account"))
        facts = load_facts(self._unit, [account_id])
        if account_id not in facts or not within.covers(account_id):
            raise NotFoundError(kind="account", key=account_id)
        return facts[account_id]

    def _row(self, account: AnId, *, within: Reach, lock: bool = False, also_from_entries: bool = False) -> Account:
        account_id = parse_id(account, field="account")
        query = select(Account).where(Account.id == account_id, *_within(within))
        if lock:
            query = query.with_for_update(key_share=not also_from_entries)
        row = self._unit.session.scalars(query).one_or_none()
        if row is None:
            raise NotFoundError(kind="account", key=account_id)
        return row

    def _own_row(self, account: AnId, *, also_from_entries: bool = False) -> Account:
        """Lock an account that a caller opened, and may see; those behind categories follow their category.

        Whoever changes an account is shown it with its balance.

        Args:
            account: Whose row to lock.
            also_from_entries: Whether to wait for entries of other units as well, and keep new ones waiting. An equity
                account's entries leave its row alone but for a lock that says that it must not go away.
        """
        reach = self._unit.reach(Permission.ACCOUNT_READ)
        row = self._row(account, within=reach, lock=True, also_from_entries=also_from_entries)
        if row.purpose != Purpose.OWN.value:
            raise InvalidInputError(field="account", reason="it was opened by the engine; change its category instead.")
        return row

    def _record(self, row: Account) -> AccountRecord:
        balance = row.balance_minor if row.is_chained else balance_now(self._unit, facts_of(row))
        return account_record(row, balance)

    def _record_change(self, action: str, row: Account, payload: Mapping[str, object]) -> AccountRecord:
        self._unit.session.flush()
        record_event(self._unit, action, object_type="account", object_id=row.id, payload=payload)
        return self._record(row)


def _within(reach: Reach) -> Iterable[ColumnElement[bool]]:
    """Say in SQL that an account is one of those that a permission reaches."""
    return () if reach.accounts is None else (Account.id.in_(reach.accounts),)


def _name(text: str) -> str:
    return checked_text(text, field="name", max_length=MAX_NAME_LENGTH)


def _money(minor: int | None, facts: AccountFacts) -> Money | None:
    return None if minor is None else Money(minor, facts.currency)
