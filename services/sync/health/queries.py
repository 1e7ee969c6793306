"""Which integrations are to be probed, and the rows a finished probe needs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import SnapshotState
from libs.common.domain.outages import LONGEST_PROBE_PAUSE
from services.sync import integrations
from services.sync.integrations import Source
from services.sync.snapshots.queries import MEDIA

_I, _S = m.Integration, m.Snapshot


@dataclass(frozen=True, slots=True)
class Due:
    """An integration whose time has come, and how it stood before. An outage was announced if `is_down`."""

    source: Source
    failures: int
    is_ailing: bool
    is_down: bool


async def due(conn: AsyncConnection, now: datetime) -> list[Due]:
    """Every enabled integration that is to be probed now: new and edited ones, and those whose pause is over.

    A plan further ahead than any pause was made by a clock that has gone back since.
    """
    found = await conn.execute(
        select(_I.id, _I.consecutive_failures, _I.last_error, _I.down_announced_at).where(
            _I.enabled,
            _I.removed_at.is_(None),
            or_(_I.next_probe_at.is_(None), _I.next_probe_at <= now, _I.next_probe_at > now + LONGEST_PROBE_PAUSE),
        )
    )
    standing = {row.id: row for row in found}
    if not standing:
        return []
    return [
        Due(
            source,
            failures=standing[source.id].consecutive_failures,
            is_ailing=standing[source.id].last_error != "",
            is_down=standing[source.id].down_announced_at is not None,
        )
        for source in await integrations.load_all_active(conn)
        if source.id in standing
    ]


async def hold_unchanged(tx: AsyncConnection, source: Source) -> bool:
    """Keep the row as it is until the transaction ends. False when a person saved or removed it since it was probed.

    Also False while somebody else writes to it: the end of a read is worth more than a probe, and we ask again soon.
    """
    found = await tx.execute(
        select(_I.id)
        .where(_I.id == source.id, _I.updated_at == source.changed_at, _I.enabled, _I.removed_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    return found.one_or_none() is not None


async def last_read_failed_before(tx: AsyncConnection, integration_id: int, before: datetime) -> bool:
    """True when the newest read that has ended failed, and was asked for before that time."""
    newest = await tx.execute(
        select(_S.state, _S.requested_at)
        .where(
            _S.integration_id == integration_id,
            _S.capability == MEDIA,
            _S.state.in_((SnapshotState.COMPLETE, SnapshotState.FAILED)),
        )
        .order_by(_S.id.desc())
        .limit(1)
    )
    row = newest.one_or_none()
    return row is not None and row.state is SnapshotState.FAILED and row.requested_at <= before
