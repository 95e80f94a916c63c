"""Finding what somebody names on the command line: by its name, its id, or the beginning of its name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

from stronghold_core.errors import InvalidInputError, NotFoundError
from stronghold_core.ledger import paths_of
from stronghold_core.pagination import MAX_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stronghold_core.ledger import AccountRecord, CategoryRecord, TransactionRecord
    from stronghold_core.stronghold import Books

Found = TypeVar("Found")

_SHOWN: Final = 5


def find_account(books: Books, key: str) -> AccountRecord:
    """Find the account with that name, id or external reference, or the only one whose name begins so.

    Raises:
        NotFoundError: If there is none.
        InvalidInputError: If several begin so.
    """
    found = books.accounts.find(name=key)
    if found is not None:
        return found
    with suppress(ValueError):
        return books.accounts.get(UUID(key))
    found = books.accounts.find(external_reference=key)
    if found is not None:
        return found
    like = books.accounts.list(text=key, status=None, limit=MAX_PAGE_SIZE)
    return _only({one.name: one for one in like if _begins(one.name, key)}, kind="account", key=key)


def find_category(books: Books, key: str) -> CategoryRecord:
    """Find the category with that id, path or name, or the only one whose path or name begins so.

    A path is written from the root, as in ``Food/Groceries``.

    Raises:
        NotFoundError: If there is none.
        InvalidInputError: If several are meant.
    """
    with suppress(ValueError):
        return books.categories.get(UUID(key))
    tree = books.categories.list()
    paths = paths_of(tree)
    for is_meant in (
        lambda one: paths[one.id] == key,
        lambda one: one.name == key,
        lambda one: _begins(paths[one.id], key) or _begins(one.name, key),
    ):
        meant = [one for one in tree if is_meant(one)]
        if meant:
            # Two kinds may each have a category of that path; then only the id tells them apart.
            names = [f"{paths[one.id]} ({one.kind.value}, {one.id})" for one in meant]
            return _only(dict(zip(names, meant, strict=True)), kind="category", key=key)
    raise NotFoundError(kind="category", key=key)


def find_transaction(books: Books, key: str) -> TransactionRecord:
    """Find the transaction with that id or reference.

    Raises:
        NotFoundError: If there is none.
    """
    with suppress(ValueError, NotFoundError):
        return books.transactions.get(UUID(key))
    found = books.transactions.find(reference=key)
    if found is None:
        raise NotFoundError(kind="transaction", key=key)
    return found


def _begins(name: str, key: str) -> bool:
    return name.casefold().startswith(key.casefold())


def _only(candidates: Mapping[str, Found], *, kind: str, key: str) -> Found:
    if not candidates:
        raise NotFoundError(kind=kind, key=key)
    if len(candidates) > 1:
        names = ", ".join([*candidates][:_SHOWN]) + (", …" if len(candidates) > _SHOWN else "")
        raise InvalidInputError(field=kind, reason=f"{key!r} may be {names}; write more of it, or its id.")
    return next(iter(candidates.values()))
