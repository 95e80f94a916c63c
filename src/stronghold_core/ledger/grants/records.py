"""What callers see of grants."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from stronghold_core.ids import AccountId, PrincipalId
from stronghold_core.ledger.grants.rules import GrantLevel


class GrantRecord(BaseModel):
    """What a member may do with one account, beyond what their role allows."""

    model_config = ConfigDict(frozen=True)

    principal: PrincipalId
    account_id: AccountId
    level: GrantLevel
    since: datetime
