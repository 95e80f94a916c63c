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

from stronghold_core.errors.audit import (
    AlreadyRedactedError,
    NotSealedError,
    ProofRefusedError,
)
from stronghold_core.errors.database import (
    CommitOutcomeUnknownError,
    DatabaseBusyError,
    DatabaseFileError,
    DatabaseGoneError,
    DateStyleError,
    RoleMissingError,
    SchemaMissingError,
    SchemaNewerError,
    SchemaOutdatedError,
    StorageFullError,
    UnsafeRoleError,
    UnsupportedDatabaseError,
)
from stronghold_core.errors.families import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    IntegrityFaultError,
    NotFoundError,
    PermissionDeniedError,
    RetryableConflictError,
    RuleError,
    StaleVersionError,
    StrongholdError,
    TooManyRequestsError,
    UnavailableError,
)
from stronghold_core.errors.files import (
    AmbiguousStatementError,
    ExportFileError,
    ImportRevertedError,
    StatementAccountError,
    StatementBalanceError,
    StatementColumnError,
    StatementFileError,
    StatementRowError,
)
from stronghold_core.errors.identity import KeysUnavailableError, TokenRefusedError
from stronghold_core.errors.inputs import (
    AmountOverflowError,
    AmountSyntaxError,
    AmountTypeError,
    CurrencyConflictError,
    CurrencyMismatchError,
    InvalidCursorError,
    InvalidInputError,
    LossyAmountError,
    UnknownCurrencyError,
    WithdrawnCurrencyError,
)
from stronghold_core.errors.keys import KeyPlaceError, WeakKeyError
from stronghold_core.errors.ledger import (
    AccountClosedError,
    AccountNotEmptyError,
    AlreadyReversedError,
    BalanceLimitError,
    CategoryArchivedError,
    CorrectionConflictError,
    DateOutOfRangeError,
    DuplicateNameError,
    DuplicateReferenceError,
    FutureDateError,
    IdempotencyMismatchError,
    InsufficientFundsError,
    NotCategorisedError,
    ReversalDateError,
    SelfTransferError,
    TooManyEntriesError,
    UnbalancedError,
    ZeroAmountError,
)
from stronghold_core.errors.roles import (
    BuiltInRoleError,
    CapabilityOffError,
    DuplicateRoleError,
    EscalationError,
    OwnRoleError,
    RoleCycleError,
    RoleInUseError,
    StaffDeniedError,
    UnknownPermissionError,
)
from stronghold_core.errors.tenancy import (
    AlreadyMemberError,
    DuplicateTenantError,
    LastOwnerError,
    TenantExistsError,
)
from stronghold_core.errors.units import (
    CallbackFailedError,
    ReadOnlyUnitError,
    TransactionEndedError,
    UnitAlreadyOpenError,
    UnitBrokenError,
    UnitClosedError,
)
from stronghold_core.errors.walls import (
    ForeignTenantRowError,
    LedgerTableError,
    OpenTableError,
    TenantTableError,
    UndeclaredTableError,
    UnscopedStatementError,
)

__all__ = [
    "AccountClosedError",
    "AccountNotEmptyError",
    "AlreadyMemberError",
    "AlreadyRedactedError",
    "AlreadyReversedError",
    "AmbiguousStatementError",
    "AmountOverflowError",
    "AmountSyntaxError",
    "AmountTypeError",
    "AuthenticationError",
    "BalanceLimitError",
    "BuiltInRoleError",
    "CallbackFailedError",
    "CapabilityOffError",
    "CategoryArchivedError",
    "CommitOutcomeUnknownError",
    "ConfigurationError",
    "ConflictError",
    "CorrectionConflictError",
    "CurrencyConflictError",
    "CurrencyMismatchError",
    "DatabaseBusyError",
    "DatabaseFileError",
    "DatabaseGoneError",
    "DateOutOfRangeError",
    "DateStyleError",
    "DuplicateNameError",
    "DuplicateReferenceError",
    "DuplicateRoleError",
    "DuplicateTenantError",
    "EscalationError",
    "ExportFileError",
    "ForeignTenantRowError",
    "FutureDateError",
    "IdempotencyMismatchError",
    "ImportRevertedError",
    "InsufficientFundsError",
    "IntegrityFaultError",
    "InvalidCursorError",
    "InvalidInputError",
    "KeyPlaceError",
    "KeysUnavailableError",
    "LastOwnerError",
    "LedgerTableError",
    "LossyAmountError",
    "NotCategorisedError",
    "NotFoundError",
    "NotSealedError",
    "OpenTableError",
    "OwnRoleError",
    "PermissionDeniedError",
    "ProofRefusedError",
    "ReadOnlyUnitError",
    "RetryableConflictError",
    "ReversalDateError",
    "RoleCycleError",
    "RoleInUseError",
    "RoleMissingError",
    "RuleError",
    "SchemaMissingError",
    "SchemaNewerError",
    "SchemaOutdatedError",
    "SelfTransferError",
    "StaffDeniedError",
    "StaleVersionError",
    "StatementAccountError",
    "StatementBalanceError",
    "StatementColumnError",
    "StatementFileError",
    "StatementRowError",
    "StorageFullError",
    "StrongholdError",
    "TenantExistsError",
    "TenantTableError",
    "TokenRefusedError",
    "TooManyEntriesError",
    "TooManyRequestsError",
    "TransactionEndedError",
    "UnavailableError",
    "UnbalancedError",
    "UndeclaredTableError",
    "UnitAlreadyOpenError",
    "UnitBrokenError",
    "UnitClosedError",
    "UnknownCurrencyError",
    "UnknownPermissionError",
    "UnsafeRoleError",
    "UnscopedStatementError",
    "UnsupportedDatabaseError",
    "WeakKeyError",
    "WithdrawnCurrencyError",
    "ZeroAmountError",
]
