"""The verbs on API keys: `books.api_keys`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from stronghold_core.audit import record_event
from stronghold_core.errors import EscalationError
from stronghold_core.identity.api_keys.queries import get_key, list_keys
from stronghold_core.identity.api_keys.records import ApiKeyRecord, NewApiKey
from stronghold_core.identity.credentials import CredentialKind, new_credential
from stronghold_core.identity.lifetimes import checked_days
from stronghold_core.identity.models import ApiKey
from stronghold_core.ids import ApiKeyId, new_id, parse_id
from stronghold_core.permissions import Permission, checked_patterns, expand_all
from stronghold_core.text import checked_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stronghold_core.db import Unit
    from stronghold_core.ids import AnId

MAX_DAYS: Final = 400
MAX_NAME_LENGTH: Final = 200


class ApiKeys:
    """Keys by which programs act for members of this tenant: `books.api_keys`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def create(self, name: str, *, scopes: Iterable[str], days: int | None = 90) -> NewApiKey:
        """Make a key by which a program acts for the caller, within *scopes*.

        It never may more than the caller may at that time: it ends with their membership, and shrinks with their role.

        Args:
            name: What the program is called, so that its key is found again.
            scopes: Permissions, and patterns such as ``*:read``; nothing that the caller may not do now.
            days: For how long it holds, 1 to 400; None for good.

        Raises:
            EscalationError: If *scopes* hold more than the caller may.
            UnknownPermissionError: If a scope names nothing.
            InvalidInputError: If another field can't be so.
        """
        with self._unit.verb(Permission.KEY_WRITE):
            patterns, now = checked_patterns(scopes, field="scopes"), self._unit.clock.now()
            self._check_may_hand(patterns)
            key_id = ApiKeyId(new_id())
            credential = new_credential(CredentialKind.API_KEY, key_id)
            row = ApiKey(
                tenant_id=self._unit.tenant_id,
                id=key_id,
                principal_id=self._unit.context.principal,
                name=checked_text(name, field="name", max_length=MAX_NAME_LENGTH),
                secret_hash=credential.hash,
                scopes=json.dumps(patterns),
                created_at=now,
                expires_at=None if days is None else now + checked_days(days, most=MAX_DAYS),
            )
            self._unit.session.add(row)
            self._unit.session.flush()
            made = get_key(self._unit, key_id)
            self._record("api_key.create", made)
        return NewApiKey(key=made, text=credential.text)

    def list(self) -> list[ApiKeyRecord]:
        """List one's own keys, revoked ones as well, the oldest first; everybody's for who may see the members."""
        with self._unit.reading(Permission.KEY_WRITE):
            sees_all = Permission.MEMBER_READ in self._unit.context.permissions
            return list_keys(self._unit, principal=None if sees_all else self._unit.context.principal)

    def revoke(self, key: AnId) -> ApiKeyRecord:
        """Let a key hold no more, from its next request on: one's own, or anybody's for who may change the members.

        Raises:
            NotFoundError: If there is no such key.
            PermissionDeniedError: If it is somebody else's.
        """
        key_id = ApiKeyId(parse_id(key, field="key"))
        with self._unit.verb(Permission.KEY_WRITE):
            found = get_key(self._unit, key_id)
            if found.principal != self._unit.context.principal:
                self._unit.require(Permission.MEMBER_WRITE)
            unrevoked = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            self._unit.session.execute(unrevoked.values(revoked_at=self._unit.clock.now()))
            self._record("api_key.revoke", found)
            return get_key(self._unit, key_id)

    def _check_may_hand(self, patterns: tuple[str, ...]) -> None:
        """Pass if the caller holds all of *patterns*: else a key for little could make one for everything."""
        context = self._unit.context
        held = context.permissions.union(*context.on_accounts.values())
        missing = sorted(expand_all(patterns, field="scopes") - held)
        if missing:
            denial = EscalationError(principal=context.principal, permission=missing[0], missing=tuple(missing))
            self._unit.note_denial(denial)
            raise denial

    def _record(self, action: str, key: ApiKeyRecord) -> None:
        payload = {"name": key.name, "holder": key.principal, "scopes": key.scopes, "expires_at": key.expires_at}
        record_event(self._unit, action, object_type="api_key", object_id=key.id, payload=payload)
