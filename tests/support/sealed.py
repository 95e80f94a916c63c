"""A tenant whose log is sealed, for tests that look into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, text

from stronghold_core import ManualClock, Stronghold
from stronghold_core.db import Id
from tests.support.signing import TestKey
from tests.support.stronghold import ADA, EVE, Desk

if TYPE_CHECKING:
    from collections.abc import Generator

    from stronghold_core import Checkpoint
    from tests.support.rows import Vault


class Keys:
    """Keys by their names."""

    def __init__(self, *keys: TestKey) -> None:
        self._keys = {key.kid: key for key in keys}

    def find(self, kid: str) -> TestKey | None:
        """Return the key of that name."""
        return self._keys.get(kid)


class Sealed:
    """Two tenants with sealed logs: eleven events of Acme in four batches of one to five, and two of its rival."""

    def __init__(self, stronghold: Stronghold, key: TestKey) -> None:
        self.stronghold, self.key, self.keys = stronghold, key, Keys(key)
        self.checkpoints: list[Checkpoint] = []
        self.acme, self.rival = (self._created(*one) for one in (("Acme", ADA), ("Rival", EVE)))
        self.rename(self.rival, 1)
        stronghold.seal(self.rival.tenant.id)
        for count in (0, 3, 5, 2):
            self.rename(self.acme, count)
            stronghold.seal(self.acme.tenant.id, export=self.checkpoints.append)

    def _created(self, name: str, owner: str) -> Desk:
        tenant = self.stronghold.tenants.create(kind="organization", name=name, base_currency="USD", owner=owner)
        return Desk(self.stronghold, tenant, owner)

    def rename(self, desk: Desk, count: int) -> None:
        """Do something *count* times, which the log tells of."""
        for number in range(count):
            with desk.books() as books:
                books.tenant.update(name=f"{desk.tenant.name} {number} of {desk.principal}")

    def event(self, seq: int) -> Any:  # noqa: ANN401 - an id
        """Return the id of an event of Acme's by its number."""
        with self.acme.books() as books:
            return next(event.id for event in books.audit.list(limit=100) if event.seq == seq)


@pytest.fixture
def sealed(database_url: str, clock: ManualClock) -> Generator[Sealed]:
    """Seal the logs of two tenants."""
    key = TestKey("k-1")
    with Stronghold(database_url, clock=clock, signer=key) as stronghold:
        yield Sealed(stronghold, key)


def forge(vault: Vault, statements: list[str], **values: Any) -> None:  # noqa: ANN401 - ids and bytes
    """Run *statements* past every wall, as somebody who can write everything."""
    with vault.engine.begin() as connection:
        if vault.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            triggers = connection.execute(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
            for name in triggers.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            ids = [bindparam(name, type_=Id) for name in used if name in {"acme", "rival"}]
            assert connection.execute(text(statement).bindparams(*ids), used).rowcount > 0
