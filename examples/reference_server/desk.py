"""What every page needs: who is asking, whose books it is about, and a way to answer.

`Desk` is made once for the server, `Seat` once for a request by somebody who signed in and asks about books of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse

from examples.reference_server.session import Session, Sessions
from examples.reference_server.uploads import Uploads
from stronghold_core import (
    Books,
    NotFoundError,
    Origin,
    SessionEndedError,
    SessionTokens,
    Stronghold,
    TenantOfPrincipal,
    TenantRecord,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

Result = TypeVar("Result")


class SignInNeededError(Exception):
    """Nobody is signed in where somebody must be."""


class ForeignFormError(Exception):
    """A form came that was not made for this session."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What all requests share."""

    stronghold: Stronghold
    sessions: Sessions
    uploads: Uploads
    templates: Environment
    tokens: SessionTokens
    """Issues and reads tokens for the JSON interface."""
    interface: dict[str, Any]
    """What OpenAPI says of it."""

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Answer with a page."""
        return HTMLResponse(self.templates.get_template(template).render(context), status_code=status)


def desk_of(request: Request) -> Desk:
    """Return the desk that the application was made with."""
    desk: Desk = request.app.state.desk
    return desk


ADesk = Annotated[Desk, Depends(desk_of)]

# The limit also has pydantic look at the text: some ways to write a form can bring half a character.
FormText = Annotated[str, Form(max_length=1_000)]
"""Text in a form."""


def signed_in(request: Request, desk: ADesk) -> Session:
    """Return the session of somebody who signed in.

    Raises:
        SignInNeededError: If nobody did.
    """
    session = desk.sessions.find(request)
    if session is None or session.login is None:
        raise SignInNeededError
    try:
        desk.stronghold.identity.sessions.check(session.login.user, session.login.session)
    except SessionEndedError as error:
        raise SignInNeededError from error
    return session


ASession = Annotated[Session, Depends(signed_in)]


def guarded(session: ASession, csrf: FormText = "") -> None:
    """Let only forms pass that this server made for this session.

    Raises:
        ForeignFormError: If it is not one.
    """
    if not session.owns(csrf):
        raise ForeignFormError


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who signed in, and books of theirs."""

    desk: Desk
    session: Session
    principal: str
    tenant: TenantRecord
    tenants: list[TenantOfPrincipal]
    origin: Origin

    @property
    def home(self) -> str:
        """Where the pages of these books begin."""
        return f"/t/{self.tenant.id}"

    @property
    def today(self) -> date:
        """Today, where the tenant is."""
        return datetime.now(self.tenant.zone).date()

    def read(self, do: Callable[[Books], Result]) -> Result:
        """Read in one snapshot: whatever a page shows belongs together."""
        return self.desk.stronghold.read(self.tenant.id, principal=self.principal, do=do, origin=self.origin)

    def run(self, do: Callable[[Books], Result]) -> Result:
        """Write, all or nothing."""
        return self.desk.stronghold.run(self.tenant.id, principal=self.principal, do=do, origin=self.origin)

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Answer with a page about these books."""
        return self.desk.page(template, status=status, seat=self, **context)


def seated(request: Request, tenant: UUID, session: ASession, desk: ADesk) -> Seat:
    """Find the books that a request is about, among those of whoever asks.

    Raises:
        NotFoundError: If they have no such books; another's answer alike.
    """
    principal = session.who.principal
    tenants = desk.stronghold.tenants.list_of(principal)
    for one in tenants:
        if one.tenant.id == tenant:
            address = None if request.client is None else request.client.host
            return Seat(desk, session, principal, one.tenant, tenants, Origin(ip=address))
    raise NotFoundError(kind="tenant", key=tenant)


ASeat = Annotated[Seat, Depends(seated)]
