"""Looking up API keys: those of a unit's tenant, or the one of which somebody brings the text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from stronghold_core.db import AnyRow, table_of
from stronghold_core.errors import ApiKeyRefusedError, NotFoundError
from stronghold_core.identity.api_keys.records import ApiKeyHolder, ApiKeyRecord
from stronghold_core.identity.credentials import CredentialKind, read_credential
from stronghold_core.identity.models import ApiKey
from stronghold_core.ids import ApiKeyId, PrincipalId, TenantId

if TYPE_CHECKING:
    from stronghold_core.db import Unit
    from stronghold_core.identity.people import People

_key = table_of(ApiKey)


def holder_of(people: People, text: str) -> ApiKeyHolder:
    """Return whom a key acts for.

    Raises:
        ApiKeyRefusedError: If it does not hold.
    """
    given = read_credential(text, CredentialKind.API_KEY)
    if given is None:
        raise ApiKeyRefusedError
    with people.transaction(read_only=True) as connection:
        people.show(connection, "api_key_id", str(given.id))
        row = connection.execute(select(_key).where(_key.c.id == given.id)).one_or_none()
    if row is None or not given.matches(row.secret_hash) or not _holds(row, people):
        raise ApiKeyRefusedError
    return ApiKeyHolder(
        key_id=ApiKeyId(row.id),
        tenant_id=TenantId(row.tenant_id),
        principal=PrincipalId(row.principal_id),
        scopes=tuple(json.loads(row.scopes)),
    )


def list_keys(unit: Unit, *, principal: PrincipalId | None) -> list[ApiKeyRecord]:
    """List the keys of a tenant, or of one principal in it, the oldest first."""
    query = select(ApiKey).order_by(ApiKey.id)
    if principal is not None:
        query = query.where(ApiKey.principal_id == principal)
    return [key_record(key) for key in unit.session.scalars(query)]


def get_key(unit: Unit, key_id: ApiKeyId) -> ApiKeyRecord:
    """Return one key of the tenant.

    Raises:
        NotFoundError: If there is none with that id.
    """
    found = unit.session.scalars(select(ApiKey).where(ApiKey.id == key_id)).one_or_none()
    if found is None:
        raise NotFoundError(kind="API key", key=key_id)
    return key_record(found)


def key_record(key: ApiKey) -> ApiKeyRecord:
    """Make the record of a row."""
    return ApiKeyRecord(
        id=ApiKeyId(key.id),
        principal=PrincipalId(key.principal_id),
        name=key.name,
        scopes=tuple(json.loads(key.scopes)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def _holds(row: AnyRow, people: People) -> bool:
    return row.revoked_at is None and (row.expires_at is None or people.clock.now() < row.expires_at)
