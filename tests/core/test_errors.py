"""The tree of errors: families, permanent codes, messages that can always be written, and errors that can travel."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from datetime import date
from string import Formatter
from typing import Any
from uuid import UUID

import pytest

from stronghold_core import errors
from stronghold_core.db import ConstraintError
from stronghold_core.errors import (
    AmountTypeError,
    AuthenticationError,
    CommitOutcomeUnknownError,
    ConfigurationError,
    ConflictError,
    DatabaseBusyError,
    DatabaseGoneError,
    IntegrityFaultError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    RetryableConflictError,
    RuleError,
    StaleVersionError,
    StrongholdError,
    TooManyRequestsError,
    UnavailableError,
    UnknownCurrencyError,
)
from stronghold_core.money import Money
from stronghold_core.permissions import Permission

# Callers import these names, and HTTP clients compare these codes: neither may ever change or vanish, only be added.
PUBLISHED = {
    "AccountClosedError": "ledger.account_closed",
    "AccountNotEmptyError": "ledger.account_not_empty",
    "AlreadyMemberError": "tenancy.already_member",
    "AlreadyRedactedError": "audit.already_redacted",
    "AlreadyReversedError": "ledger.already_reversed",
    "AmbiguousStatementError": "statement.ambiguous",
    "AmountOverflowError": "amount.overflow",
    "AmountSyntaxError": "amount.syntax",
    "AmountTypeError": "amount.type",
    "ApiKeyRefusedError": "identity.api_key_refused",
    "AuthenticationError": "authentication.failed",
    "BalanceLimitError": "ledger.balance_limit",
    "BuiltInRoleError": "rbac.built_in_role",
    "CallbackFailedError": "unit.callback_failed",
    "CapabilityOffError": "rbac.capability_off",
    "CategoryArchivedError": "ledger.category_archived",
    "CommitOutcomeUnknownError": "unavailable.commit_unknown",
    "ConfigurationError": "configuration.invalid",
    "ConflictError": "conflict",
    "CorrectionConflictError": "ledger.correction_conflict",
    "CurrencyConflictError": "currency.conflict",
    "CurrencyMismatchError": "currency.mismatch",
    "DatabaseBusyError": "unavailable.busy",
    "DatabaseFileError": "database.file",
    "DatabaseGoneError": "unavailable.gone",
    "DateOutOfRangeError": "ledger.date_out_of_range",
    "DateStyleError": "database.date_style",
    "DuplicateNameError": "ledger.duplicate_name",
    "DuplicateReferenceError": "ledger.duplicate_reference",
    "DuplicateRoleError": "rbac.duplicate_role",
    "DuplicateTenantError": "tenancy.duplicate_reference",
    "DuplicateUserError": "identity.duplicate_user",
    "EscalationError": "rbac.escalation",
    "ExportFileError": "export.file",
    "ForeignTenantRowError": "tenant.foreign_row",
    "FutureDateError": "ledger.future_date",
    "HashingBusyError": "identity.hashing_busy",
    "IdempotencyMismatchError": "ledger.idempotency_mismatch",
    "ImportRevertedError": "statement.reverted",
    "InsufficientFundsError": "ledger.insufficient_funds",
    "IntegrityFaultError": "integrity.fault",
    "InvalidCursorError": "input.cursor",
    "InvalidInputError": "input.invalid",
    "InvitationRefusedError": "identity.invitation_refused",
    "KeyPlaceError": "keys.place",
    "KeysUnavailableError": "unavailable.keys",
    "LastOwnerError": "tenancy.last_owner",
    "LedgerTableError": "tenant.ledger_table",
    "LossyAmountError": "amount.lossy",
    "NotCategorisedError": "ledger.not_categorised",
    "NotFoundError": "not_found",
    "NotSealedError": "audit.not_sealed",
    "OpenTableError": "tenant.open_table",
    "OwnRoleError": "rbac.own_role",
    "PasswordRefusedError": "identity.password_refused",
    "PermissionDeniedError": "permission.denied",
    "ProofRefusedError": "audit.proof_refused",
    "ReadOnlyUnitError": "unit.read_only",
    "RetryableConflictError": "unavailable.conflict",
    "ReversalDateError": "ledger.reversal_date",
    "RoleCycleError": "rbac.role_cycle",
    "RoleInUseError": "rbac.role_in_use",
    "RoleMissingError": "roles.missing",
    "RuleError": "rule.broken",
    "SchemaMissingError": "schema.missing",
    "SchemaNewerError": "schema.newer",
    "SchemaOutdatedError": "schema.outdated",
    "SecondFactorNeededError": "identity.second_factor_needed",
    "SecondFactorStateError": "identity.second_factor_state",
    "SelfTransferError": "ledger.self_transfer",
    "SessionEndedError": "identity.session_ended",
    "SignInFailedError": "identity.sign_in_failed",
    "StaffDeniedError": "rbac.staff_denied",
    "StaleVersionError": "stale_version",
    "StatementAccountError": "statement.account",
    "StatementBalanceError": "statement.balance",
    "StatementColumnError": "statement.column",
    "StatementFileError": "statement.file",
    "StatementRowError": "statement.row",
    "StorageFullError": "unavailable.storage_full",
    "StrongholdError": "stronghold.error",
    "TenantExistsError": "tenancy.exists",
    "TenantTableError": "tenant.table_keys",
    "TokenRefusedError": "authentication.token",
    "TooManyAttemptsError": "identity.too_many_attempts",
    "TooManyEntriesError": "ledger.too_many",
    "TooManyRequestsError": "too_many_requests",
    "TransactionEndedError": "unit.transaction_ended",
    "UnavailableError": "unavailable",
    "UnbalancedError": "ledger.unbalanced",
    "UndeclaredTableError": "tenant.undeclared_table",
    "UnitAlreadyOpenError": "unit.already_open",
    "UnitBrokenError": "unit.broken",
    "UnitClosedError": "unit.closed",
    "UnknownCurrencyError": "currency.unknown",
    "UnknownPermissionError": "rbac.unknown_permission",
    "UnsafeRoleError": "roles.unsafe",
    "UnscopedStatementError": "tenant.unscoped_statement",
    "UnsupportedDatabaseError": "database.unsupported",
    "WeakKeyError": "keys.weak",
    "WithdrawnCurrencyError": "currency.withdrawn",
    "WrongCodeError": "identity.wrong_code",
    "ZeroAmountError": "ledger.zero_amount",
}

FAMILIES = {
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    IntegrityFaultError,
    NotFoundError,
    PermissionDeniedError,
    RuleError,
    StaleVersionError,
    TooManyRequestsError,
    UnavailableError,
}

# One value for each annotation that an error declares; a new kind of attribute has to be added here.
SAMPLES: dict[str, object] = {
    "str": "a value",
    "int": 42,
    "object": UUID(int=7 << 76),
    "date": date(2026, 11, 21),
    "Money": Money(-1230, "USD"),
    "tuple[object, ...]": (",", "."),
    "tuple[str, ...]": ("account:write", "owner:write"),
}

EVERY_ERROR = [
    value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, StrongholdError)
] + [ConstraintError]


def declared(error: type[StrongholdError]) -> dict[str, str]:
    """Return what *error* takes: each attribute and its annotation."""
    parameters = inspect.signature(error).parameters.values()
    return {parameter.name: str(parameter.annotation) for parameter in parameters}


def sample(error: type[StrongholdError]) -> StrongholdError:
    """Make an error of this class with some value for everything it names."""
    return error(**{name: SAMPLES[annotation] for name, annotation in declared(error).items()})


# --- the tree


def test_the_published_names_and_their_codes_stay() -> None:
    """What hosts and clients rely on is pinned here by name; removing or renaming one is a breaking change."""
    assert {error.__name__: error.code for error in EVERY_ERROR if error is not ConstraintError} == PUBLISHED


def test_every_code_is_used_once() -> None:
    """A code tells errors apart, so no two classes share one."""
    codes = [error.code for error in EVERY_ERROR]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_a_code_is_dotted_words_of_lower_case(error: type[StrongholdError]) -> None:
    """Codes go into JSON, logs and documents, so they look alike; only a family's may be a single word."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)?", error.code)
    assert "." in error.code or error in FAMILIES


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_class_says_its_own_code(error: type[StrongholdError]) -> None:
    """A class that inherited its code could not be told from its parent."""
    assert "code" in vars(error)
    assert error.__doc__


def test_the_families_hang_right_below_the_root() -> None:
    """A host maps families to answers, so every error must be in exactly one of them."""
    assert set(StrongholdError.__subclasses__()) == FAMILIES
    for error in EVERY_ERROR:
        assert error is StrongholdError or len(FAMILIES.intersection(error.__mro__)) == 1


def test_only_what_may_be_run_again_is_retryable() -> None:
    """A busy or lost database is worth another try; a commit of unknown outcome is not: it may have happened."""
    assert issubclass(DatabaseBusyError, RetryableConflictError)
    assert issubclass(DatabaseGoneError, RetryableConflictError)
    assert not issubclass(CommitOutcomeUnknownError, RetryableConflictError)


def test_the_module_draws_the_tree_it_has() -> None:
    """The picture in the module's docstring names every family, and no other class."""
    drawn = set(re.findall(r"\w+Error", errors.__doc__ or ""))
    assert drawn == {family.__name__ for family in FAMILIES} | {"StrongholdError", "RetryableConflictError"}


def test_a_wrong_type_of_amount_is_pythons_type_error_as_well() -> None:
    """A float is a mistake of the program, so generic code that catches TypeError sees it, too."""
    assert isinstance(AmountTypeError(type_name="float"), TypeError)


# --- making one


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_every_error_can_be_made_and_its_message_written(error: type[StrongholdError]) -> None:
    """The message fills in all that it names, and is never empty."""
    message = str(sample(error))
    assert message
    assert not re.search(r"\{\w+\}", message)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_a_message_names_only_what_the_error_carries(error: type[StrongholdError]) -> None:
    """Every placeholder of the template is an attribute of the error."""
    named = {name for _, name, _, _ in Formatter().parse(error.template) if name}
    assert named <= set(declared(error))


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_carries_what_it_was_made_of(error: type[StrongholdError]) -> None:
    """What the message says in words can be read as typed attributes, one by one and all at once."""
    made = sample(error)
    expected = {name: SAMPLES[annotation] for name, annotation in declared(error).items()}
    assert made.attributes() == expected
    assert {name: getattr(made, name) for name in expected} == expected


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_tells_no_fact_that_nobody_stated(error: type[StrongholdError]) -> None:
    """Made with nothing but what it needs, it carries just that, and the default of what its own message says."""
    needed = {
        name: SAMPLES[annotation]
        for name, annotation in declared(error).items()
        if inspect.signature(error).parameters[name].default is inspect.Parameter.empty
    }
    said = {name for _, name, _, _ in Formatter().parse(error.template) if name}
    assert error(**needed).attributes().keys() == needed.keys() | said


def test_the_reason_of_a_family_is_no_fact_of_its_members() -> None:
    """Each member has a message of its own; what may be added to an error is left out while nobody adds it."""
    assert ConfigurationError().attributes() == {"reason": "The configuration is not usable."}
    assert errors.SchemaMissingError().attributes() == {}
    assert errors.SchemaNewerError(found="0009").attributes() == {"found": "0009"}
    assert CommitOutcomeUnknownError().attributes() == {}
    assert DatabaseBusyError(reason="Busy.").attributes() == {"reason": "Busy."}
    assert InvalidInputError(field="name", reason="it is empty.").attributes().keys() == {"field", "reason"}
    assert InvalidInputError(field="n", reason="no.", value=0).attributes() == {
        "field": "n",
        "reason": "no.",
        "value": 0,
    }


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_attribute_that_has_no_default_must_be_given(error: type[StrongholdError]) -> None:
    """Nobody can raise an error that does not say what happened."""
    parameters = inspect.signature(error).parameters.values()
    if any(parameter.default is inspect.Parameter.empty for parameter in parameters):
        with pytest.raises(TypeError, match="required keyword-only argument"):
            error()
    else:
        assert str(error())


def test_attributes_are_given_by_name_only() -> None:
    """Positions would tie callers to the order of declaration."""
    make: Any = NotFoundError
    with pytest.raises(TypeError, match="positional argument"):
        make("account", "42")


def test_an_attribute_it_does_not_declare_is_refused() -> None:
    """A misspelt attribute is an error where it is written."""
    make: Any = InvalidInputError
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        make(field="name", reason="it is empty.", vaule=1)


def test_a_value_with_braces_stays_as_it_is() -> None:
    """What a user typed is put into the message, never read as a template."""
    error = InvalidInputError(field="name", reason="{principal} is no name.")
    assert str(error) == "name: {principal} is no name."


def test_a_message_names_the_thing_the_fact_and_the_way_out() -> None:
    """Two messages word for word, as people will read them."""
    denied = PermissionDeniedError(principal="user:eve", permission=Permission.TRANSACTION_POST)
    assert str(denied) == (
        "user:eve may not do this: it needs the permission transaction:post; "
        "ask an owner or admin of the tenant for it."
    )
    unknown = UnknownCurrencyError(currency="usd", hint=' (did you mean "USD"?)')
    assert str(unknown) == (
        "'usd' is not a known currency (did you mean \"USD\"?): use an ISO 4217 code, or register_currency() your own."
    )


def test_a_message_lists_several_things_as_people_do() -> None:
    """Not as Python writes a tuple; the attribute stays one."""
    missing = (Permission.OWNER_WRITE, Permission.AUDIT_READ)
    error = errors.EscalationError(principal="user:max", permission=missing[0], missing=missing)
    assert "it gives or takes owner:write, audit:read, which user:max does not hold" in str(error)
    assert error.missing == missing


def test_a_capability_is_named_whether_it_stands_behind_a_permission_or_is_asked_for_itself() -> None:
    """A host's own one needs no permission, and is not said to need itself."""
    off = errors.CapabilityOffError(principal="user:ada", permission="app:invoicing", capability="app:invoicing")
    assert str(off) == ("This tenant has no app:invoicing, which this needs: whoever runs the platform can turn it on.")


def test_a_refused_role_shows_the_sql_that_helps() -> None:
    """The SQL to run stands in the message itself, on lines of its own."""
    error = errors.RoleMissingError(login="web", app_role="stronghold_app", fact="it does not exist", sql="CREATE …;")
    assert str(error).endswith("or this SQL:\nCREATE …;")


# --- travelling


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_survives_a_pickle(error: type[StrongholdError]) -> None:
    """Pools and task queues send errors between processes; class, message and attributes arrive."""
    sent = sample(error)
    sent.draft_number = 3
    arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
    assert arrived.draft_number == 3
    assert (type(arrived), str(arrived), arrived.attributes()) == (type(sent), str(sent), sent.attributes())


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_can_be_copied(error: type[StrongholdError]) -> None:
    """A copy says the same and is another object."""
    original = sample(error)
    twin = copy.copy(original)
    assert twin is not original
    assert (type(twin), str(twin), twin.attributes()) == (type(original), str(original), original.attributes())


def test_two_errors_that_say_the_same_are_still_two() -> None:
    """Errors compare by identity, so they can be keys of a set whatever they carry."""
    first, second = (NotFoundError(kind="account", key=["unhashable"]) for _ in range(2))
    assert len({first, second}) == 2


def test_a_subclass_of_a_host_declares_its_own_attributes() -> None:
    """A host extends the tree in the way the tree itself is written."""

    class ShopClosedError(RuleError):
        """The shop takes no more orders."""

        code = "shop.closed"
        template = "The shop {shop} is closed."
        shop: str

    error = ShopClosedError(shop="Corner")
    assert str(error) == "The shop Corner is closed."
    assert error.attributes() == {"shop": "Corner"}
