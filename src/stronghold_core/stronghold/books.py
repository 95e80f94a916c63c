"""Books: one tenant's data in one unit of work, and the only way to it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from stronghold_core.audit import AuditLog
from stronghold_core.bank_statements import BankStatements
from stronghold_core.dashboards import Dashboard
from stronghold_core.exports import Exports
from stronghold_core.identity import ApiKeys, Invitations
from stronghold_core.ledger import (
    Accounts,
    Categories,
    Grants,
    Poster,
    Transactions,
    Verification,
    granted_on_accounts,
    verify_books,
)
from stronghold_core.permissions import Permission, parse_permission
from stronghold_core.rbac import Members, Roles
from stronghold_core.rbac.staff import Admissions
from stronghold_core.tenancy import CurrentTenant, OwnTenant

if TYPE_CHECKING:
    from collections.abc import Callable

    from stronghold_core.context import Context
    from stronghold_core.dashboards import AnswerCache
    from stronghold_core.db import HostSession, Unit
    from stronghold_core.ledger import AccountMemory
    from stronghold_core.tenancy import TenantRecord


class Books:
    """Everything a principal may do in a tenant, until the block ends.

    Each attribute is a noun with its verbs. Verbs check the principal's permission first, then the rules, then write,
    then record an audit event; one that raises leaves the unit as it was.
    """

    def __init__(
        self,
        unit: Unit,
        tenant: TenantRecord,
        *,
        memory: AccountMemory,
        answers: AnswerCache,
    ) -> None:
        self._unit = unit
        self._tenant = CurrentTenant(unit, tenant)
        self._poster = Poster(unit, self._tenant, memory)
        self._answers = answers

    @property
    def context(self) -> Context:
        """Who acts, in which tenant, and what they may do."""
        return self._unit.context

    @property
    def session(self) -> HostSession:
        """The session for the host's own tables, in this unit's transaction and under its walls.

        What the principal may do there is for the host's own code to decide: it may ask ``books.context``.
        """
        return self._unit.host_session

    @cached_property
    def tenant(self) -> OwnTenant:
        """The tenant itself and its settings."""
        return OwnTenant(self._unit, self._tenant)

    @cached_property
    def members(self) -> Members:
        """Who belongs to this tenant, and as what."""
        return Members(self._unit, granted_on_accounts)

    @cached_property
    def invitations(self) -> Invitations:
        """Whom the tenant asks in."""
        return Invitations(self._unit)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Keys by which programs act for members."""
        return ApiKeys(self._unit)

    @cached_property
    def roles(self) -> Roles:
        """What members may be, and what each role allows."""
        return Roles(self._unit)

    @cached_property
    def admissions(self) -> Admissions:
        """Whom of the platform's own people the tenant lets in."""
        return Admissions(self._unit)

    @cached_property
    def grants(self) -> Grants:
        """What members may do with single accounts, beyond what their roles allow."""
        return Grants(self._unit)

    @cached_property
    def accounts(self) -> Accounts:
        """What holds the tenant's money."""
        return Accounts(self._unit, self._tenant, self._poster)

    @cached_property
    def categories(self) -> Categories:
        """What money comes in and goes out for."""
        return Categories(self._unit)

    @cached_property
    def transactions(self) -> Transactions:
        """What moved the tenant's money."""
        return Transactions(self._unit, self._tenant, self._poster)

    @cached_property
    def bank_statements(self) -> BankStatements:
        """What the tenant's banks say."""
        return BankStatements(self._unit, self._poster)

    @cached_property
    def exports(self) -> Exports:
        """What members take elsewhere."""
        return Exports(self._unit, self.transactions, self.categories)

    @cached_property
    def dashboard(self) -> Dashboard:
        """The figures people look at every day."""
        return Dashboard(self._unit, self._tenant, self._answers)

    @cached_property
    def audit(self) -> AuditLog:
        """Who did what, and when."""
        return AuditLog(self._unit)

    def may(self, permission: str) -> bool:
        """Tell whether the principal may do what *permission* stands for; for menus and buttons.

        Raises:
            UnknownPermissionError: If there is no such permission.
        """
        return parse_permission(permission) in self.context.permissions

    def require(self, permission: str) -> None:
        """Pass if the principal may; for what a host does beside the books. A refusal is recorded.

        Raises:
            PermissionDeniedError: If they may not.
            UnknownPermissionError: If there is no such permission.
        """
        self._unit.require(parse_permission(permission))

    def require_capability(self, name: str) -> None:
        """Pass if the tenant has a capability, of this library or ``app:…`` of the host's own. A refusal is recorded.

        Raises:
            CapabilityOffError: If it has not.
            InvalidInputError: If there can be no such capability.
        """
        self._unit.require_capability(name)

    def verify(self) -> Verification:
        """Recompute balances, chains and totals, and report the first difference of each rule."""
        with self._unit.reading(Permission.BOOKS_VERIFY):
            return verify_books(self._unit)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call *callback* after this unit's work is committed for good, and never if it is not.

        The place for side effects: e-mail, webhooks, cache drops.
        """
        self._unit.on_commit(callback)


def unit_of(books: Books) -> Unit:
    """Return the unit that books are open in, for what happens in it beside their verbs."""
    return books._unit  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of the class above
