"""Every error of the library, in one tree, so that a host can map a family instead of a list.

    StrongholdError
    ├── ConfigurationError         the program or the deployment is wrong            HTTP 500
    ├── RuleError                  the request breaks a rule of the books            HTTP 422
    ├── AuthenticationError        nobody knows who is asking                        HTTP 401
    ├── PermissionDeniedError      it is known who asks, and they may not            HTTP 403
    ├── NotFoundError              missing, or another tenant's: the same answer     HTTP 404
    ├── ConflictError              it is already so, or somebody was faster          HTTP 409
    ├── StaleVersionError          it changed since the caller read it               HTTP 412
    ├── TooManyRequestsError       the caller must slow down                         HTTP 429
    ├── UnavailableError           try again later                                   HTTP 503
    │   └── RetryableConflictError the whole unit of work may be run again
    └── IntegrityFaultError        stored data contradict themselves: always report  HTTP 500

Each class has a permanent dotted ``code``, typed attributes, and a message that names the thing, the fact and the
way out. An error that ended a batch of drafts says in ``draft_number`` which of them it was, counted from 0.
Subclasses are declared like dataclasses: their annotations are their keyword arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from stronghold_core.money import Money


@dataclass_transform(kw_only_default=True, eq_default=False)
class _Declared(Exception):  # noqa: N818 - the root below carries the suffix; this only declares fields
    """Turns a subclass's annotations into keyword arguments, attributes and a message."""

    code: ClassVar[str]
    template: ClassVar[str]
    _named: ClassVar[frozenset[str]]
    """The attributes that the message says."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        cls._named = frozenset(name for _, name, _, _ in Formatter().parse(cls.template) if name)
        dataclass(eq=False, repr=False, kw_only=True)(cls)

    def __post_init__(self) -> None:
        self.args = (self.template.format(**{name: _in_words(fact) for name, fact in self.attributes().items()}),)
        self.draft_number: int | None = None
        """Which draft of a batch it was that `post_many` refused, counted from 0; None outside a batch."""

    def attributes(self) -> dict[str, Any]:
        """Return what the error names, by attribute: what an API may put beside the message.

        These are facts: what the message says, and what else was given when the error was raised. A default that a
        family has for its members is none.
        """
        every = {field: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            field.name: value
            for field, value in every.items()
            if field.name in self._named or value is not field.default
        }

    def __reduce__(
        self,
    ) -> tuple[Callable[..., Exception], tuple[type[_Declared], Mapping[str, Any]], Mapping[str, Any]]:
        # Exceptions cross process borders (pools, task queues); the default would call cls(*args).
        return _rebuild, (type(self), self.attributes()), {"draft_number": self.draft_number}


def _in_words(fact: object) -> object:
    """Write several things as people list them; one as it is."""
    return ", ".join(map(str, fact)) if isinstance(fact, tuple) else fact


def _rebuild(cls: type[_Declared], attributes: Mapping[str, Any]) -> Exception:
    return cls(**attributes)


class StrongholdError(_Declared):
    """The root: catching it catches everything that this library raises on purpose."""

    code = "stronghold.error"
    template = "The operation failed."


# ------------------------------------------------------------------ families


class ConfigurationError(StrongholdError):
    """The program or the deployment is wrong; no other input would have helped."""

    code = "configuration.invalid"
    template = "{reason}"
    reason: str = "The configuration is not usable."


class RuleError(StrongholdError):
    """The request breaks a rule of the books; nothing was changed."""

    code = "rule.broken"
    template = "The request breaks a rule of the books."


class AuthenticationError(StrongholdError):
    """It is not known who is asking."""

    code = "authentication.failed"
    template = "Sign in first: the request carries no valid proof of who is asking."


class PermissionDeniedError(StrongholdError):
    """The principal is known, a member of the tenant, and may not do this."""

    code = "permission.denied"
    template = (
        "{principal} may not do this: it needs the permission {permission}; ask an owner or admin of the tenant for it."
    )
    principal: str
    permission: str


class NotFoundError(StrongholdError):
    """Nothing of this kind has this key *in this tenant*; another tenant's answers alike."""

    code = "not_found"
    template = "There is no {kind} {key} here: check the id and the tenant."
    kind: str
    key: object


class ConflictError(StrongholdError):
    """The request contradicts what is already stored."""

    code = "conflict"
    template = "The request contradicts what is already stored."


class StaleVersionError(StrongholdError):
    """The thing changed after the caller had read it."""

    code = "stale_version"
    template = "{kind} {key} changed since it was read: read it again and repeat the change."
    kind: str
    key: object


class TooManyRequestsError(StrongholdError):
    """The caller exceeded a limit of requests."""

    code = "too_many_requests"
    template = "Too many requests: try again in {retry_after_seconds} seconds."
    retry_after_seconds: int


class UnavailableError(StrongholdError):
    """The database can't serve the request now; later it may."""

    code = "unavailable"
    template = "{reason}"
    reason: str = "The database is not available: try again later."


class RetryableConflictError(UnavailableError):
    """Another unit of work was in the way; running the whole unit again is safe and usually helps."""

    code = "unavailable.conflict"
    template = "{reason} Run the whole unit again, or use stronghold.run(…), which does."
    reason: str = "Another unit of work was in the way."


class IntegrityFaultError(StrongholdError):
    """Stored data contradict themselves. Never swallow this one."""

    code = "integrity.fault"
    template = "The stored data contradict themselves: {reason} Stop writing and run `stronghold verify`."
    reason: str


# ------------------------------------------------------------------ configuration


class SchemaMissingError(ConfigurationError):
    """The database has no tables of this library."""

    code = "schema.missing"
    template = "The database holds no stronghold tables: run stronghold.migrate() or `stronghold migrate` first."


class SchemaOutdatedError(ConfigurationError):
    """The database is of an older schema than this version of the library."""

    code = "schema.outdated"
    template = "The database is at schema {found}, this version needs {needed}: run `stronghold migrate`."
    found: str
    needed: str


class SchemaNewerError(ConfigurationError):
    """The database was migrated by a newer version of the library."""

    code = "schema.newer"
    template = "The database is at schema {found}, which this version does not know: upgrade financial-stronghold."
    found: str


class RoleMissingError(ConfigurationError):
    """PostgreSQL's second wall can't stand: the login can't become the app role."""

    code = "roles.missing"
    template = (
        "The database role {login} can't become {app_role}, under which tenants are kept apart: {fact}. "
        "Run `stronghold doctor --create-roles --login {login}` as a role that may create roles, or this SQL:\n{sql}"
    )
    login: str
    app_role: str
    fact: str
    sql: str


class UnsafeRoleError(ConfigurationError):
    """The app role itself would walk through row-level security."""

    code = "roles.unsafe"
    template = "The app role {app_role} {fact}, so row-level security would not hold: {remedy}"
    app_role: str
    fact: str
    remedy: str


class DateStyleError(ConfigurationError):
    """PostgreSQL writes instants in a style that its driver can't read."""

    code = "database.date_style"
    template = (
        "PostgreSQL writes dates to this connection in the style {style}, and its driver reads instants only as ISO: "
        "run this SQL, and connect anew.\n{sql}"
    )
    style: str
    sql: str


class UnsupportedDatabaseError(ConfigurationError):
    """The database is of a kind this library was never tested on."""

    code = "database.unsupported"
    template = "{dialect} is not supported: use SQLite (sqlite:///books.db) or PostgreSQL (postgresql+psycopg://…)."
    dialect: str


class DatabaseFileError(ConfigurationError):
    """The SQLite file can't be opened, read or written."""

    code = "database.file"
    template = "The database file can't be used: {fact}. {remedy}"
    fact: str
    remedy: str


class UnitAlreadyOpenError(ConfigurationError):
    """A second unit of work was opened on a connection that already serves one."""

    code = "unit.already_open"
    template = (
        "This connection already serves a unit of work for tenant {tenant_id} and {principal}: leave that block first, "
        "or open the second one on a connection of its own."
    )
    tenant_id: object
    principal: str


class UnitClosedError(ConfigurationError):
    """The unit of work was used after its block had ended."""

    code = "unit.closed"
    template = "This unit of work has ended: open a new one with stronghold.books(…)."


class UnitBrokenError(ConfigurationError):
    """A statement failed in a way that spoiled the whole transaction."""

    code = "unit.broken"
    template = "This unit of work can only be rolled back, because an earlier statement failed in it: {cause}"
    cause: str


class TransactionEndedError(ConfigurationError):
    """The host committed or rolled back inside the block of a unit that had joined its transaction."""

    code = "unit.transaction_ended"
    template = (
        "The transaction that this unit joined was ended inside the unit's block. What the unit had done by then is "
        "committed if you committed, and gone if you rolled back: look before you repeat it, and end your transaction "
        "after the block."
    )


class CallbackFailedError(ConfigurationError):
    """Something that was to happen after the commit failed; the money is committed all the same.

    Never retried: running the unit again would post it again.
    """

    code = "unit.callback_failed"
    template = "The unit of work is committed, but a callback after it failed ({cause}): do only that again."
    cause: str


class ReadOnlyUnitError(ConfigurationError):
    """A verb that writes was called in a read unit."""

    code = "unit.read_only"
    template = "This unit of work only reads: call the verb in stronghold.books(…) or stronghold.run(…)."


class UnscopedStatementError(ConfigurationError):
    """A statement on a tenant table did not carry the tenant."""

    code = "tenant.unscoped_statement"
    template = (
        "A statement reaches {table} without comparing tenant_id to this unit's tenant: add that condition, or query "
        "the mapped class."
    )
    table: str


class UndeclaredTableError(ConfigurationError):
    """One of the host's tables does not say whose rows it holds."""

    code = "tenant.undeclared_table"
    template = (
        "The table {table} does not say whose rows it holds. If they belong to tenants, put TenantScoped on its class, "
        "or info={{'stronghold': 'tenant'}} on the table; if to nobody, info={{'stronghold': 'global'}}; or name it in "
        "register_tables(…, scopes={{'{table}': …}})."
    )
    table: str


class TenantTableError(ConfigurationError):
    """A key of one of the host's tables leaves the tenant out, so that it leads from one tenant to another."""

    code = "tenant.table_keys"
    template = "The table {table} does not keep tenants apart: {facts}."
    table: str
    facts: str


class OpenTableError(ConfigurationError):
    """PostgreSQL does not keep tenants apart in a table that the host registered."""

    code = "tenant.open_table"
    template = (
        "Tables of the host's stand outside the database's wall: {facts}. Run this SQL as their owner, in a migration "
        "of yours:\n{sql}"
    )
    facts: str
    sql: str


class LedgerTableError(ConfigurationError):
    """A statement of the host's would write a table of this library, or is text that names one."""

    code = "tenant.ledger_table"
    template = (
        "A statement of the host's writes {table}, or is text that might: verbs alone write the library's tables. Read "
        "them through SQLAlchemy's expressions, not through text."
    )
    table: str


class ForeignTenantRowError(ConfigurationError):
    """An object of another tenant, or of none, reached the session of this one."""

    code = "tenant.foreign_row"
    template = "A row of {table} belongs to tenant {found}, this unit of work to {expected}: nothing was written."
    table: str
    found: object
    expected: object


# ------------------------------------------------------------------ unavailable


class DatabaseBusyError(RetryableConflictError):
    """Somebody else held the lock for longer than we wait."""

    code = "unavailable.busy"
    reason: str = (
        "The database was locked by another writer for longer than the busy timeout; "
        "perhaps by a unit of work that is open around this one."
    )


class DatabaseGoneError(RetryableConflictError):
    """The connection broke before COMMIT was sent, so nothing was written."""

    code = "unavailable.gone"
    reason: str = "The connection to the database was lost before the unit was committed; nothing was written."


class CommitOutcomeUnknownError(UnavailableError):
    """The connection broke while COMMIT was on its way: it may or may not have happened.

    Not retryable as such: run the unit again only when each posting in it carries an idempotency key.
    """

    code = "unavailable.commit_unknown"
    template = (
        "The connection was lost while COMMIT was on its way, so it is unknown whether the unit was written: repeat it "
        "with the same idempotency keys, or look for its references with books.transactions.find(reference=…)."
    )


class StorageFullError(UnavailableError):
    """The disk of the database is full."""

    code = "unavailable.storage_full"
    reason: str = "The database's disk is full: nothing was written; free space and try again."


# ------------------------------------------------------------------ input


class InvalidInputError(RuleError):
    """One field of the request has a value that can't be meant."""

    code = "input.invalid"
    template = "{field}: {reason}"
    field: str
    reason: str
    value: object = None


class InvalidCursorError(RuleError):
    """The page cursor is not one of ours, or belongs to another list."""

    code = "input.cursor"
    template = "The cursor does not belong to this list: start again from the first page."


class UnknownCurrencyError(RuleError):
    """No ISO 4217 currency and no registered one has this code."""

    code = "currency.unknown"
    template = "{currency!r} is not a known currency{hint}: use an ISO 4217 code, or register_currency() your own."
    currency: str
    hint: str = ""


class WithdrawnCurrencyError(RuleError):
    """The currency no longer exists on that day."""

    code = "currency.withdrawn"
    template = "{currency} was withdrawn on {withdrawn_on}: open new accounts in its successor."
    currency: str
    withdrawn_on: date


class CurrencyConflictError(ConflictError):
    """The code is taken, with another exponent."""

    code = "currency.conflict"
    template = "{currency} is taken, with {existing_exponent} decimals, not {exponent}: choose another code."
    currency: str
    existing_exponent: int
    exponent: int


class CurrencyMismatchError(RuleError):
    """Two currencies met where there can be only one."""

    code = "currency.mismatch"
    template = "{subject} is in {expected}, the amount is in {found}: {remedy}"
    subject: str
    expected: str
    found: str
    remedy: str = "amounts of different currencies are never added."


class AmountTypeError(RuleError, TypeError):
    """The amount is a float, or an int that might mean minor or major units; or money met something else."""

    code = "amount.type"
    template = "{subject} can't be of the type {type_name}: {remedy}"
    type_name: str
    subject: str = "An amount"
    remedy: str = "write '12.30' or a Decimal, or Money(1230, 'USD') in minor units."


class AmountSyntaxError(RuleError):
    """The text is not a plain decimal number."""

    code = "amount.syntax"
    template = "{text!r} is not an amount: write digits with a point for the decimals, such as '-1200.50'."
    text: str


class LossyAmountError(RuleError):
    """The amount has more decimals than its currency; rounding is the caller's decision."""

    code = "amount.lossy"
    template = "{text} has more decimals than {currency} has ({exponent}): round it yourself, we never do."
    text: str
    currency: str
    exponent: int


class AmountOverflowError(RuleError):
    """The amount, or what it would lead to, does not fit into 63 bits of minor units."""

    code = "amount.overflow"
    template = (
        "{subject} does not fit into {bits} bits of minor units: split it, or use a currency with fewer decimals."
    )
    subject: str
    bits: int = 63


# ------------------------------------------------------------------ tenancy


class LastOwnerError(RuleError):
    """A tenant always keeps one owner."""

    code = "tenancy.last_owner"
    template = "{principal} is the last owner of this tenant: make somebody else an owner first."
    principal: str


class AlreadyMemberError(ConflictError):
    """The principal is a member already."""

    code = "tenancy.already_member"
    template = "{principal} is already a member of this tenant, with the role {role}: change that role instead."
    principal: str
    role: str


class DuplicateTenantError(ConflictError):
    """Another tenant has this external reference."""

    code = "tenancy.duplicate_reference"
    template = (
        "There is already a tenant with the external reference {external_reference!r}: use that one, or choose another "
        "reference."
    )
    external_reference: str


class TenantExistsError(ConflictError):
    """A tenant that is to be restored is here already."""

    code = "tenancy.exists"
    template = "Tenant {tenant_id} is here already: nothing was restored, and what is here stays as it is."
    tenant_id: object


# ------------------------------------------------------------------ roles


class UnknownPermissionError(RuleError):
    """A role or a key names a permission that does not exist."""

    code = "rbac.unknown_permission"
    template = "{permission!r} is no permission: {reason}"
    permission: str
    reason: str


class EscalationError(PermissionDeniedError):
    """Somebody would give, or take, more than they hold themselves."""

    code = "rbac.escalation"
    template = (
        "{principal} may not do this: it gives or takes {missing}, which {principal} does not hold; ask somebody who "
        "holds all of it."
    )
    missing: tuple[str, ...]


class OwnRoleError(PermissionDeniedError):
    """Somebody would change the role that they hold."""

    code = "rbac.own_role"
    template = "{principal} may not change the role {role}, which they hold: ask another member who may write roles."
    role: str


class CapabilityOffError(PermissionDeniedError):
    """The tenant is without what the verb needs, whatever the principal's role."""

    code = "rbac.capability_off"
    template = "This tenant has no {capability}, which this needs: whoever runs the platform can turn it on."
    capability: str


class StaffDeniedError(PermissionDeniedError):
    """One of the platform's own people would do what their role with the platform does not include."""

    code = "rbac.staff_denied"
    template = "{principal} may not do {permission}: they are {fact}; ask whoever runs the platform."
    fact: str


class BuiltInRoleError(RuleError):
    """A role that comes with the library can't be changed, nor another one have its name."""

    code = "rbac.built_in_role"
    template = "{role} is a built-in role: create one of another name, which may inherit it."
    role: str


class DuplicateRoleError(ConflictError):
    """The tenant has a role of that name."""

    code = "rbac.duplicate_role"
    template = "There is a role {role} already: update it, or choose another name."
    role: str


class RoleCycleError(RuleError):
    """A role would inherit itself."""

    code = "rbac.role_cycle"
    template = "The role {role} would inherit itself, by way of {path}: leave one of them out."
    role: str
    path: str


class RoleInUseError(ConflictError):
    """Members hold the role, or other roles inherit it."""

    code = "rbac.role_in_use"
    template = "The role {role} is still held or inherited by {users}: give these another one first."
    role: str
    users: str


# ------------------------------------------------------------------ ledger


class DuplicateNameError(ConflictError):
    """A name that must be unique is taken."""

    code = "ledger.duplicate_name"
    template = "Another {kind} has the {field} {name!r}: {remedy}"
    kind: str
    name: str
    field: str = "name"
    remedy: str = "choose another one, or use that."


class UnbalancedError(RuleError):
    """Debits and credits differ."""

    code = "ledger.unbalanced"
    template = "{fact}: they differ by {difference}; {remedy}"
    difference: Money
    fact: str = "The entries do not add up to zero"
    remedy: str = "add the missing entry."


class ZeroAmountError(RuleError):
    """An entry of nothing."""

    code = "ledger.zero_amount"
    template = "{field}: an entry of zero moves nothing; leave it out."
    field: str


class SelfTransferError(RuleError):
    """An account would pay itself, so nothing moves."""

    code = "ledger.self_transfer"
    template = "Account {account_id} would pay itself: name two different accounts."
    account_id: object


class TooManyEntriesError(RuleError):
    """The transaction, or the batch, exceeds its stated size."""

    code = "ledger.too_many"
    template = "{found} {kind} are more than the limit of {limit}: split them up."
    kind: str
    found: int
    limit: int


class AccountClosedError(RuleError):
    """The account takes no more entries."""

    code = "ledger.account_closed"
    template = "Account {name!r} is closed: reopen it with books.accounts.reopen(…), or post to another one."
    name: str


class CategoryArchivedError(RuleError):
    """The category takes no more entries."""

    code = "ledger.category_archived"
    template = "Category {name!r} is archived: restore it with books.categories.restore(…), or use another one."
    name: str


class AccountNotEmptyError(RuleError):
    """Only an empty account can be closed."""

    code = "ledger.account_not_empty"
    template = "Account {name!r} still holds {balance}: move that away before you close it."
    name: str
    balance: Money


class FutureDateError(RuleError):
    """Money can't be dated after today in the tenant's time zone."""

    code = "ledger.future_date"
    template = (
        "{on} is after {latest}, the last day allowed here: post it when its day has come. On accounts without limits, "
        "books.tenant.update(days_ahead=…) allows some days ahead."
    )
    on: date
    latest: date


class DateOutOfRangeError(RuleError):
    """A business date before 1900 is a typing error."""

    code = "ledger.date_out_of_range"
    template = "{on} is before {earliest}, the first day books can have: check the year."
    on: date
    earliest: date


class InsufficientFundsError(RuleError):
    """The account would fall below its lower limit.

    ``available`` is that of the account's record: the balance less what is held. ``headroom`` is what could still be
    taken: what is available above ``min_balance``, or nothing.
    """

    code = "ledger.insufficient_funds"
    template = (
        "Account {name!r} has {available} available and must keep {min_balance}, so {headroom} can be taken, not "
        "{requested}: lower the amount, or the limit."
    )
    name: str
    available: Money
    headroom: Money
    requested: Money
    min_balance: Money


class BalanceLimitError(RuleError):
    """The account would rise above its upper limit.

    ``balance`` is what it would have held; ``headroom`` is what could still be added, up to ``max_balance``.
    """

    code = "ledger.balance_limit"
    template = (
        "Account {name!r} may hold at most {max_balance}, and this would make it {balance}: {headroom} can be added, "
        "not {requested}: lower the amount, or raise the limit."
    )
    name: str
    balance: Money
    headroom: Money
    requested: Money
    max_balance: Money


class DuplicateReferenceError(ConflictError):
    """A reference is used once per tenant, for ever."""

    code = "ledger.duplicate_reference"
    template = "The reference {reference!r} is taken: it was posted before, and can't be posted twice."
    reference: str
    transaction_id: object = None
    """Which transaction has it; None for whoever does not see every account."""


class IdempotencyMismatchError(RuleError):
    """The key was used before, with another payload."""

    code = "ledger.idempotency_mismatch"
    template = "The idempotency key {key!r} was used with a different {field}: send the same request, or a new key."
    key: str
    field: str


class AlreadyReversedError(ConflictError):
    """A transaction is reversed at most once."""

    code = "ledger.already_reversed"
    template = (
        "Transaction {transaction_id} was reversed already, by {reversal_id}: a transaction is reversed at most once."
    )
    transaction_id: object
    reversal_id: object


class ReversalDateError(RuleError):
    """A reversal can't be dated before what it reverses."""

    code = "ledger.reversal_date"
    template = "{on} is before {original}, the date of the original: reverse it on that day or later."
    on: date
    original: date


class NotCategorisedError(RuleError):
    """Only a transaction with exactly one category can get another one without saying which."""

    code = "ledger.not_categorised"
    template = "Transaction {transaction_id} has {found} categories, not one: {remedy}"
    transaction_id: object
    found: int
    remedy: str = "say which to replace with replaces=…."


class CorrectionConflictError(ConflictError):
    """Two corrections of one transaction met."""

    code = "ledger.correction_conflict"
    template = "Transaction {transaction_id} was corrected by somebody else just now: read it again, then decide."
    transaction_id: object


# ------------------------------------------------------------------ bank statements


class StatementFileError(RuleError):
    """A bank's file can't be read as a whole; nothing of it was posted."""

    code = "statement.file"
    template = "The bank's file can't be imported: {reason}"
    reason: str


class StatementColumnError(RuleError):
    """A bank's file lacks a column that was asked for; nothing of it was posted."""

    code = "statement.column"
    template = "The bank's file has no column {column!r}, but {found}: {remedy}"
    column: str
    found: str
    remedy: str = "name one of those, or give its number from 0."


class AmbiguousStatementError(RuleError):
    """A bank's file may be read in several ways, and money is never guessed; nothing of it was posted."""

    code = "statement.ambiguous"
    template = "The bank's file leaves {field} open: {fact}. State it in the layout: {choices}."
    field: str
    fact: str
    candidates: tuple[object, ...]
    choices: str


class StatementAccountError(RuleError):
    """A bank's file is that of another account; nothing of it was posted."""

    code = "statement.account"
    template = (
        "The bank's file is of account {found}, but account {name!r} here has been fed from {expected}: choose another "
        "account, or forget the number with books.bank_statements.forget_layout(…)."
    )
    name: str
    found: str
    expected: str


class StatementRowError(RuleError):
    """A row of a bank's file can't be posted, so nothing of the file was."""

    code = "statement.row"
    template = (
        "Line {line} of the bank's file can't be posted: {reason} Nothing was imported: correct it, or leave such rows "
        "out with on_invalid='skip'; a preview names all of them."
    )
    line: int
    reason: str


class StatementBalanceError(RuleError):
    """The balance that a bank's file states beside a row is not what its amounts lead to; nothing of it was posted."""

    code = "statement.balance"
    template = (
        "Line {line} of the bank's file states a balance of {stated}, but its amounts lead to {computed}: a row is "
        "missing, doubled or changed. Get the file again, or import it as it is with on_mismatch='accept'."
    )
    line: int
    stated: str
    computed: str


class ImportRevertedError(ConflictError):
    """The import was taken back before."""

    code = "statement.reverted"
    template = "Import {import_id} was taken back on {reverted_at}: import the file again instead."
    import_id: object
    reverted_at: object


# ------------------------------------------------------------------ exports


class ExportFileError(RuleError):
    """An exported tenant's file can't be restored; nothing of it was."""

    code = "export.file"
    template = "The exported tenant can't be restored: {reason}"
    reason: str
