"""All SQL about senders of webhooks."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType

_I = m.Integration


@dataclass(frozen=True, slots=True)
class Sender:
    """An enabled integration. `server_identity` None: it is no media server, or was never read."""

    id: int
    type: IntegrationType
    created_at: datetime
    server_identity: str | None


async def sender(conn: AsyncConnection, integration_id: int) -> Sender | None:
    """The integration an address names; None when it is switched off, removed, or was never there."""
    found = await conn.execute(
        select(_I.id, _I.type, _I.created_at, _I.server_identity).where(
            _I.id == integration_id, _I.enabled, _I.removed_at.is_(None)
        )
    )
    row = found.one_or_none()
    return None if row is None else Sender(row.id, row.type, row.created_at, row.server_identity)
