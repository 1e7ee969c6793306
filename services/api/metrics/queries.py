"""The SQL behind charts of disk usage."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import HistoryResolution
from services.api.rows_as_json import TIME, array_of, fetch_array

MAX_POINTS = 1000

_POINTS = array_of(
    f"""
    'id', r.id, 'timestamp', {TIME.format("r.timestamp")}, 'totalCapacity', r.total_capacity,
    'usedCapacity', r.used_capacity, 'resolution', r.resolution, 'diskGroupId', r.disk_group_id,
    'createdAt', {TIME.format("r.created_at")}
    """,
    """
    select *, row_number() over (order by timestamp, id) as place from (
        select * from library_history
         where resolution = :resolution and timestamp <= :now
           and (cast(:since as timestamptz) is null or timestamp >= :since)
           and (cast(:disk_group_id as int8) is null or disk_group_id = :disk_group_id)
         order by timestamp desc, id desc limit :points
    ) newest
    """,
)
"""Points from later than now stem from a clock that was ahead; they wait until their time has come."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which points. None filters nothing."""

    resolution: HistoryResolution
    since: datetime | None
    disk_group_id: int | None


async def newest_points(conn: AsyncConnection, wanted: Wanted, now: datetime) -> str:
    """The newest points up to `MAX_POINTS` as a JSON array, oldest first."""
    values = {
        "resolution": wanted.resolution,
        "since": wanted.since,
        "disk_group_id": wanted.disk_group_id,
        "now": now,
        "points": MAX_POINTS,
    }
    return await fetch_array(conn, _POINTS, values)
