"""From a request to its caller's books.

Who asks, and for which tenant, comes from the proof that the request carries, never from a path, a query or a body.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from starlette.concurrency import run_in_threadpool

from stronghold_core import Books, ConfigurationError, Origin, Stronghold
from stronghold_fastapi.requests import MEBIBYTE, Entrance, origin_of

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and in which tenant: what an authenticator found out."""

    principal: str
    tenant_id: UUID
    scopes: tuple[str, ...] | None = None
    """What their proof is good for at most: permissions, and patterns such as ``account:*``. None bounds nothing."""


class Authenticator(Protocol):
    """Finds out who asks: a plain function, which is run in a thread, or a coroutine function."""

    def __call__(self, request: Request) -> Caller | Awaitable[Caller]:
        """Return who asks.

        Raises:
            AuthenticationError: If the request carries no valid proof of that.
        """
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """What `install` leaves in an application for the dependencies to find."""

    stronghold: Stronghold
    authenticate: Authenticator


@dataclass(frozen=True, slots=True)
class Access:
    """A request's way to the books of its caller.

    `read` and `run` end the unit of work before they return: what the endpoint answers afterwards is committed.
    """

    stronghold: Stronghold
    caller: Caller
    origin: Origin

    def open(self, *, read_only: bool = False) -> AbstractContextManager[Books]:
        """Open one unit of work, for a block."""
        caller = self.caller
        return self.stronghold.books(
            caller.tenant_id,
            principal=caller.principal,
            origin=self.origin,
            scopes=caller.scopes,
            read_only=read_only,
        )

    def read(self, do: Callable[[Books], Result]) -> Result:
        """Run *do* in one snapshot; verbs that write raise in it."""
        caller = self.caller
        return self.stronghold.read(
            caller.tenant_id, principal=caller.principal, origin=self.origin, scopes=caller.scopes, do=do
        )

    def run(self, do: Callable[[Books], Result]) -> Result:
        """Run *do* in a unit of work, and again from the start if another one was in the way."""
        caller = self.caller
        return self.stronghold.run(
            caller.tenant_id, principal=caller.principal, origin=self.origin, scopes=caller.scopes, do=do
        )


def installation_of(app: FastAPI) -> Installation:
    """Return what `install` left in *app*.

    Raises:
        ConfigurationError: If it was never called.
    """
    found = getattr(app.state, "stronghold", None)
    if not isinstance(found, Installation):
        raise ConfigurationError(reason="This application has no books: call stronghold_fastapi.install(app, …) first.")
    return found


async def get_access(request: Request) -> Access:
    """Find out who asks, as a dependency; the authenticator is asked once for a request.

    Raises:
        AuthenticationError: If the request carries no valid proof of that.
    """
    found: Access | None = getattr(request.state, "stronghold_access", None)
    if found is None:
        installed = installation_of(request.app)
        found = Access(installed.stronghold, await _caller(installed.authenticate, request), origin_of(request))
        request.state.stronghold_access = found
    return found


async def _caller(authenticate: Authenticator, request: Request) -> Caller:
    if inspect.iscoroutinefunction(authenticate) or inspect.iscoroutinefunction(type(authenticate).__call__):
        found = authenticate(request)
    else:
        found = await run_in_threadpool(authenticate, request)
    return found if isinstance(found, Caller) else await found


class BooksEntrance(Entrance):
    """A route for those who prove who they are: nothing else of a request is looked at before."""

    async def admit(self, request: Request) -> None:
        """Find out who asks."""
        await get_access(request)


class FileEntrance(BooksEntrance):
    """A route for files that come in forms; strangers could fill the disk with them."""

    reads = "multipart/form-data"
    max_body_bytes = 256 * MEBIBYTE


AccessDep = Annotated[Access, Depends(get_access)]
"""For endpoints that run units of work of their own: those that write should, since only `Access.run` can retry."""


def _open_books(access: AccessDep) -> Iterator[Books]:
    with access.open() as books:
        yield books


def _open_snapshot(access: AccessDep) -> Iterator[Books]:
    with access.open(read_only=True) as books:
        yield books


# Without that scope the unit would end after the answer is on its way: a COMMIT that fails would have been a 200.
BooksDep = Annotated[Books, Depends(_open_books, scope="function")]
"""For endpoints whose whole body is one unit of work: committed before anything is answered."""
ReadBooksDep = Annotated[Books, Depends(_open_snapshot, scope="function")]
"""The same, in one snapshot that only reads."""
