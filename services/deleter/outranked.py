"""Which of the engine's jobs are about items that it would not choose any more, since their scores fell (T29)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.job import ALREADY_GONE, Job
from libs.common.domain.enums import ExecutionMode
from services.deleter.claimed import Settings
from services.deleter.groups import Group
from services.deleter.queries_due import request_readings
from services.deleter.recheck import Kept
from services.deleter.standing import Standing, has_fallen

_SCORE_FELL = "it is no longer among the least valuable: its score fell, and better candidates are enough for its disk"
_NOT_SURE = "its score fell, and a newer reading of its disk has to tell whether it is still needed"


class Outranked:
    """The question within one transaction, in which the preview is current and stays so. Asked once at most."""

    def __init__(self, tx: AsyncConnection, groups: Collection[Group], settings: Settings, now: datetime) -> None:
        self._tx = tx
        self._groups = {group.id: group for group in groups if group.mode is ExecutionMode.AUTO}
        self._settings = settings
        self._now = now
        self._before: Mapping[int, int] | None = None

    async def objection(self, job: Job, standing: Standing) -> Kept | None:
        """Why the job must not be carried out: without it the disk would reach its target by better candidates.

        In doubt the disk is read again, and the job waits for that.
        """
        group = None if job.disk_group_id is None else self._groups.get(job.disk_group_id)
        surplus = None if group is None else group.surplus_bytes
        if group is None or surplus is None or not has_fallen(standing, job):
            return None
        if self._before is None:
            self._before = await _bytes_before(self._tx, self._groups, self._settings.min_file_age_days, self._now)
        before = self._before.get(job.id, 0)
        if before < surplus:
            return None
        if before >= surplus + group.unsure_bytes:
            return Kept(_SCORE_FELL)
        await request_readings(self._tx, [job.id], self._now)
        return Kept(_NOT_SURE, temporary=True)


_BYTES_BEFORE = text(
    """
    with kept_out as (
        select integration_id, external_id, cast('infinity' as timestamptz) as until,
               cast(null as bigint) as disk_group_id, cast(null as float8) as score, cast(null as bigint) as done_bytes
          from approval_queue
         where status = 'approved' or (status = 'rejected' and coalesce(snoozed_until > :now, true))
        union all
        select j.integration_id, j.external_id, case j.state when 'deleted' then j.finished_at else 'infinity' end,
               j.disk_group_id, j.score,
               case when j.state = 'deleted' and b.completed_at is null and j.last_error_class <> :already_gone
                     and j.trigger = 'engine' and j.enqueued_mode = 'auto' then j.size_bytes end
          from deletion_jobs j join deletion_batches b on b.id = j.batch_id
         where (j.state = 'deleted' and j.disk_group_id = any(:groups))
            or (j.state in ('waiting', 'claimed', 'deleting', 'verifying')
                and (j.trigger <> 'engine' or j.enqueued_mode <> 'auto' or j.force_dry_run))
    ), known as (
        select i.integration_id, i.external_id, i.media_type, i.disk_group_id, i.size_bytes, i.seen_at, p.protected,
               p.rank, p.score, j.id as job_id, j.score as job_score,
               cast(null as timestamptz) as until, cast(null as bigint) as done_bytes,
               p.score > 0 and coalesce(coalesce(i.file_added_at, i.added_at) <= cast(:youngest as timestamptz), true)
               and not (cardinality(i.collections) > 0 and exists (select from integrations where collection_deletion))
               as may_go
          from preview_items p
          join media_items i on i.id = p.item_id
          left join deletion_jobs j on j.integration_id = i.integration_id and j.external_id = i.external_id
                                   and j.disk_group_id = i.disk_group_id and j.state in ('waiting', 'claimed')
         where p.preview_id = (select preview_id from preview_state) and i.disk_group_id = any(:groups)
        union all
        select integration_id, external_id, null, disk_group_id, null, null, null,
               null, score, null, null, until, done_bytes, false
          from kept_out
    ), families as (
        select *, split_part(external_id, '-', 1) as title_id from known
    ), judged as (
        select *, max(until) over (partition by integration_id, external_id) as own_until,
               max(until) filter (where external_id = title_id) over family as title_until,
               max(until) over family as family_until,
               coalesce(bool_or(protected and media_type = 'show') over family, false) as of_protected_show,
               bool_or(media_type = 'season') over family as has_seasons
          from families window family as (partition by integration_id, title_id)
    ), line as (
        select job_id, job_score, score,
               sum(size_bytes) filter (where may_go and not of_protected_show
                   and case media_type when 'show' then not has_seasons and coalesce(family_until <= seen_at, true)
                                       else coalesce(greatest(own_until, title_until) <= seen_at, true) end)
               over (partition by disk_group_id order by rank rows between unbounded preceding and 1 preceding)
               as better_bytes,
               sum(done_bytes) over (partition by disk_group_id order by score desc) as done_bytes
          from judged
    )
    select job_id, coalesce(better_bytes, 0) + coalesce(done_bytes, 0) as before_bytes
      from line where score < job_score
    """
)
"""Candidates as a run sees them (`eligibility.py`), in the order of the current preview.

What is held for want of evidence keeps its place, as in a run (S-06). Where only a run knows whether an item may go,
because it belongs to a collection or is a show whose seasons are listed, it does not count: with too little before it
a job is carried out. What keeps an item out stands among the items and is found by windows, not by joins: the library
is large, and nobody has counted the parts of this statement for the planner.
"""


async def _bytes_before(
    tx: AsyncConnection, disk_group_ids: Collection[int], min_file_age_days: int, now: datetime
) -> dict[int, int]:
    """Of each job whose item's score fell: bytes of the better candidates, and of those that open batches deleted."""
    asked = {
        "groups": sorted(disk_group_ids),
        "youngest": now - timedelta(days=min_file_age_days) if min_file_age_days > 0 else None,
        "now": now,
        "already_gone": ALREADY_GONE,
    }
    return {row.job_id: int(row.before_bytes) for row in await tx.execute(_BYTES_BEFORE, asked)}
