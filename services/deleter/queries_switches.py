"""Reads of the owner's switches that nobody can change before the reader's transaction ends (S-11)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import ALREADY_GONE
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, ExecutionMode, HoldCode
from libs.common.domain.safety import NUMBERS, SWITCHES, safe_switch
from services.deleter.claimed import Settings
from services.deleter.groups import Group

OWN_HOLDS = (HoldCode.UPSTREAM_REFUSES, HoldCode.ROOT_FOLDER_INACCESSIBLE, HoldCode.SESSIONS_UNKNOWN)
"""The holds this service opens and releases itself."""

_SAFE = Settings(
    min_file_age_days=NUMBERS["min_file_age_days"].safe,
    unmonitor_seasons=SWITCHES["unmonitor_seasons"],
    refuse_while_playing=SWITCHES["refuse_while_playing"],
    evidence_max_age_hours=NUMBERS["evidence_max_age_hours"].safe,
)


_MEDIA_SOURCES = sorted(kind.value for kind in MEDIA_SOURCE_TYPES)
_STATES = text(
    """
    with under_way as materialized (
        select disk_group_id, size_bytes from deletion_jobs
         where state in ('claimed', 'deleting', 'verifying') and state <> 'claimed'
    )
    select g.id, freed_bytes, unsure_bytes,
           exists (select from holds h where h.released_at is null and h.disk_group_id = g.id)
           or exists (select from holds h join integrations i on i.id = h.integration_id
                       where h.released_at is null and h.breaker and h.disk_group_id is null
                         and not i.type = any(:sources) and i.enabled and i.removed_at is null) as is_held
      from disk_groups g
      cross join lateral (
           select coalesce(sum(size_bytes) filter (where is_unseen and not is_open), 0)
                  - coalesce(sum(size_bytes) filter (where is_open and not is_unseen), 0) as freed_bytes,
                  coalesce(sum(size_bytes) filter (where is_unseen), 0)
                  + coalesce((select sum(size_bytes) from under_way where disk_group_id = g.id), 0) as unsure_bytes
             from (select j.size_bytes, j.finished_at > g.read_at as is_unseen,
                          j.batch_id = any(array(select b.id from deletion_batches b
                                                  where b.completed_at is null)) as is_open
                     from deletion_jobs j
                    where j.disk_group_id = g.id and j.state = 'deleted'
                      and j.last_error_class <> :already_gone) as deleted) as sums
     where g.id = any(:ids)
    """
)
"""Held: itself, or with all others by a breaker that waits for a person about a source that says more about every item,
a media server say (S-09). What was deleted is read in one pass, and what is under way by its own small
index, whatever Postgres expects of their numbers.
"""


@dataclass(frozen=True, slots=True)
class Switches:
    """Kill switch, default mode and safety settings. None means that there is no such row: then nothing is deleted."""

    deletions_enabled: bool | None
    default_mode: ExecutionMode | None
    settings: Settings


async def read_switches(tx: AsyncConnection) -> Switches:
    """The preferences, locked against a change until the caller's transaction ends.

    Every transaction that locks takes these rows first, then groups, then jobs: so nobody waits in a circle.
    """
    prefs = m.Preferences
    found = await tx.execute(
        select(
            *(prefs.deletions_enabled, prefs.default_disk_group_mode, prefs.min_file_age_days),
            *(prefs.unmonitor_seasons, prefs.refuse_while_playing, prefs.evidence_max_age_hours),
        ).with_for_update(read=True)
    )
    row = found.one_or_none()
    if row is None:
        return Switches(None, None, _SAFE)
    return Switches(
        row.deletions_enabled,
        row.default_disk_group_mode,
        Settings(
            min_file_age_days=NUMBERS["min_file_age_days"].admit(row.min_file_age_days),
            unmonitor_seasons=safe_switch("unmonitor_seasons", row.unmonitor_seasons),
            refuse_while_playing=safe_switch("refuse_while_playing", row.refuse_while_playing),
            evidence_max_age_hours=NUMBERS["evidence_max_age_hours"].admit(row.evidence_max_age_hours),
        ),
    )


async def read_groups(tx: AsyncConnection, ids: Collection[int]) -> dict[int, Group]:
    """Disk groups, locked against a change of mode or thresholds until the caller's transaction ends."""
    if not ids:
        return {}
    group = m.DiskGroup
    rows = await tx.execute(
        select(group.__table__).where(group.id.in_(sorted(ids))).order_by(group.id).with_for_update(read=True)
    )
    states = await tx.execute(_STATES, {"ids": sorted(ids), "already_gone": ALREADY_GONE, "sources": _MEDIA_SOURCES})
    state = {row.id: row for row in states}
    return {
        row.id: Group(
            id=row.id,
            mode=row.mode,
            total_bytes=row.total_bytes_override or row.total_bytes,
            used_bytes=None if row.read_at is None or row.stale_since is not None else row.used_bytes,
            freed_bytes=int(state[row.id].freed_bytes),
            unsure_bytes=int(state[row.id].unsure_bytes),
            target_pct=row.target_pct,
            is_held=state[row.id].is_held,
        )
        for row in rows.all()
    }


def is_source_held() -> ColumnElement[bool]:
    """In SQL: whether somebody else than us holds the integration back that is looked at."""
    hold = m.Hold
    return (
        select(hold.id)
        .where(
            hold.released_at.is_(None),
            hold.integration_id == m.Integration.id,
            hold.disk_group_id.is_(None),
            hold.code.not_in(OWN_HOLDS),
        )
        .exists()
    )


def would_delete(switches: Switches, groups: Iterable[Group]) -> ColumnElement[bool]:
    """In SQL: the jobs that lead to a real deletion in one of `groups`, or in none where the default mode says so."""
    job = m.DeletionJob
    modes = [(group.id, group.mode) for group in groups] + [(None, switches.default_mode)]
    real = [_was_queued_in(key, mode) for key, mode in modes if mode not in {None, ExecutionMode.DRY_RUN}]
    if switches.deletions_enabled is not True or not real:
        return false()
    return and_(or_(*real), job.force_dry_run.is_(False))


def _was_queued_in(group_id: int | None, mode: ExecutionMode | None) -> ColumnElement[bool]:
    """True or false also for a job without a group. Plain comparisons, whose results Postgres can foresee."""
    job = m.DeletionJob
    if group_id is None:
        return and_(job.disk_group_id.is_(None), job.enqueued_mode == mode)
    return and_(job.disk_group_id.is_not(None), job.disk_group_id == group_id, job.enqueued_mode == mode)


def lies_elsewhere(disk_group_ids: Collection[int]) -> ColumnElement[bool]:
    """In SQL: the jobs on none of these disks, also those without one."""
    job = m.DeletionJob
    return or_(job.disk_group_id.is_(None), job.disk_group_id.not_in(disk_group_ids))
