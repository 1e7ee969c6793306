"""The SQL that measures deletions by the readings of their disk, and that closes the matter."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import ALREADY_GONE
from libs.common.domain.enums import HoldCode, JobState
from services.engine.convergence import SETTLES_WITHIN, Measure

_MEASURE = text(
    """
    with gone as (
        select j.size_bytes, j.finished_at, j.run_id from deletion_jobs j
         where j.disk_group_id = any(:disks) and j.state = 'deleted' and j.freed_confirmed_at is null
           and j.last_error_class <> :already_gone and j.finished_at <= :read_at
    ), base as (
        select g.run_id, g.used_bytes, r.run_at,
               (select sum(c.catalogue_bytes) from engine_run_groups c
                 where c.run_id = g.run_id and c.disk_group_id = any(:disks)) as catalogue_bytes
          from engine_run_groups g join engine_runs r on r.id = g.run_id
         where g.disk_group_id = :disk_group_id and g.used_bytes is not null
           and g.run_id in (select run_id from gone)
         order by g.run_id limit 1
    )
    select b.used_bytes, b.catalogue_bytes, sum(d.size_bytes) as expected, max(d.finished_at) as newest_at,
           coalesce(sum(d.size_bytes) filter (where d.finished_at <= :settled_at), 0) as settled,
           array(select i.name from integrations i
                   join disk_group_integrations l on l.integration_id = i.id and l.disk_group_id = :disk_group_id
                  where i.enabled and i.removed_at is null and i.recycle_bin <> '' order by i.name) as recycling
      from base b join gone d on d.finished_at >= b.run_at
     group by b.used_bytes, b.catalogue_bytes
    """
)
"""Against the oldest run whose deletions have not been confirmed; what a person had deleted since counts as well."""


async def measure(
    tx: AsyncConnection, group: Row[Any], disk_ids: Collection[int], catalogue_bytes: int
) -> Measure | None:
    """None when nothing was deleted that the newest reading of the disk could show and no former one has."""
    asked = {
        "disks": sorted(disk_ids),
        "disk_group_id": group.id,
        "already_gone": ALREADY_GONE,
        "read_at": group.read_at,
        "settled_at": group.read_at - SETTLES_WITHIN,
    }
    row = (await tx.execute(_MEASURE, asked)).one_or_none()
    if row is None:
        return None
    expected = int(row.expected)
    return Measure(
        expected=expected,
        settled=int(row.settled),
        used_less=int(row.used_bytes - group.used_bytes),
        grown=int(catalogue_bytes - row.catalogue_bytes + expected),
        newest_at=row.newest_at,
        recycling=tuple(row.recycling),
    )


async def confirm(tx: AsyncConnection, disk_ids: Collection[int], until: datetime) -> None:
    """What was deleted on these disks until then needs no further proof."""
    job = m.DeletionJob
    await tx.execute(
        update(job)
        .where(
            job.disk_group_id.in_(disk_ids),
            job.state == JobState.DELETED,
            job.freed_confirmed_at.is_(None),
            job.finished_at <= until,
        )
        .values(freed_confirmed_at=until)
    )


async def forgive_released(tx: AsyncConnection, disk_ids: Collection[int]) -> None:
    """A person who released the breaker has said that the space of what was deleted before will not come."""
    hold = m.Hold
    released_at = (
        await tx.execute(
            select(func.max(hold.released_at)).where(
                hold.code == HoldCode.NOT_CONVERGING, hold.disk_group_id.in_(disk_ids), hold.released_by.is_not(None)
            )
        )
    ).scalar_one()
    if released_at is not None:
        await confirm(tx, disk_ids, released_at)
