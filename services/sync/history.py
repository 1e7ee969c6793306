"""The usage of each disk over time: the raw points (domain.md 7.5)."""

from datetime import datetime

from sqlalchemy import DateTime, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import HistoryResolution

_H, _G = m.LibraryHistory, m.DiskGroup
_TIME = DateTime(timezone=True)


async def record_usage(tx: AsyncConnection, run_at: datetime, now: datetime) -> None:
    """One raw point per active disk of known size. A run has one per disk, however often its reads are repeated."""
    points = select(
        literal(run_at, _TIME),
        _G.total_bytes,
        _G.used_bytes,
        literal(HistoryResolution.RAW, _H.resolution.type),
        _G.id,
        literal(now, _TIME),
    ).where(_G.stale_since.is_(None), _G.read_at.is_not(None))
    columns = ["timestamp", "total_capacity", "used_capacity", "resolution", "disk_group_id", "created_at"]
    write = insert(_H).from_select(columns, points)
    newer = {name: write.excluded[name] for name in ("total_capacity", "used_capacity")}
    await tx.execute(write.on_conflict_do_update(index_elements=columns[4:5] + columns[3:4] + columns[:1], set_=newer))
