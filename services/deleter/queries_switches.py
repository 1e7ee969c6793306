"""Reads of the owner's switches that nobody can change before the reader's transaction ends (S-11)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import ALREADY_GONE
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, ExecutionMode, HoldCode
from libs.common.domain.safety import NUMBERS, SWITCHES, safe_switch
from services.deleter.claimed import Settings
from services.deleter.groups import Group

OWN_HOLDS = (HoldCode.UPSTREAM_REFUSES, HoldCode.ROOT_FOLDER_INACCESSIBLE, HoldCode.SESSIONS_UNKNOWN)
"""The holds this service opens and releases itself."""

_NO_GROUP = 0
_SAFE = Settings(
    min_file_age_days=NUMBERS["min_file_age_days"].safe,
    unmonitor_seasons=SWITCHES["unmonitor_seasons"],
    refuse_while_playing=SWITCHES["refuse_while_playing"],
    evidence_max_age_hours=NUMBERS["evidence_max_age_hours"].safe,
)


_FREED = text(
    """
    select g.id, freed_bytes, unsure_bytes
      from disk_groups g
      cross join lateral (
           select coalesce(sum(size_bytes) filter (where is_unseen and not is_open), 0)
                  - coalesce(sum(size_bytes) filter (where is_open and not is_unseen), 0) as freed_bytes,
                  coalesce(sum(size_bytes) filter (where is_unseen), 0) as unsure_bytes
             from (select j.size_bytes, j.finished_at > g.read_at as is_unseen,
                          j.batch_id = any(array(select b.id from deletion_batches b
                                                  where b.completed_at is null)) as is_open
                     from deletion_jobs j
                    where j.disk_group_id = g.id and j.state = 'deleted'
                      and j.last_error_class <> :already_gone) as deleted) as sums
     where g.id = any(:ids)
    """
)
"""One pass over the deleted jobs of each group, whatever Postgres expects of their number."""


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
    held, is_everything_held = await _held_groups(tx), await _is_teller_held(tx)
    freed = await _freed_since_reading(tx, ids)
    return {
        row.id: Group(
            id=row.id,
            mode=row.mode,
            total_bytes=row.total_bytes_override or row.total_bytes,
            used_bytes=None if row.read_at is None or row.stale_since is not None else row.used_bytes,
            freed_bytes=freed.get(row.id, (0, 0))[0],
            unsure_bytes=freed.get(row.id, (0, 0))[1],
            target_pct=row.target_pct,
            is_held=is_everything_held or row.id in held,
        )
        for row in rows
    }


async def _held_groups(tx: AsyncConnection) -> set[int]:
    hold = m.Hold
    rows = await tx.execute(
        select(hold.disk_group_id).where(hold.released_at.is_(None), hold.disk_group_id.is_not(None)).distinct()
    )
    return {row.disk_group_id for row in rows}


async def _is_teller_held(tx: AsyncConnection) -> bool:
    """Whether a breaker waits for a person about a source that says more about all items, a media server say (S-09)."""
    hold, integration = m.Hold, m.Integration
    standing = (
        select(hold.id)
        .join(integration, integration.id == hold.integration_id)
        .where(hold.released_at.is_(None), hold.breaker, hold.disk_group_id.is_(None))
        .where(integration.type.not_in(MEDIA_SOURCE_TYPES), integration.enabled, integration.removed_at.is_(None))
    )
    return bool((await tx.execute(select(standing.exists()))).scalar_one())


async def _freed_since_reading(tx: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """What `Group` calls freed and unsure, in bytes."""
    rows = await tx.execute(_FREED, {"ids": sorted(ids), "already_gone": ALREADY_GONE})
    return {row.id: (int(row.freed_bytes), int(row.unsure_bytes)) for row in rows}


async def is_source_held(tx: AsyncConnection, integration_id: int) -> bool:
    """Whether somebody else than us holds this source back."""
    hold = m.Hold
    found = await tx.execute(
        select(hold.id)
        .where(
            hold.released_at.is_(None),
            hold.integration_id == integration_id,
            hold.disk_group_id.is_(None),
            hold.code.not_in(OWN_HOLDS),
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def would_delete(switches: Switches, groups: Iterable[Group]) -> ColumnElement[bool]:
    """In SQL: the jobs that lead to a real deletion in one of `groups`, or in none where the default mode says so."""
    job = m.DeletionJob
    modes = {group.id: group.mode for group in groups} | {_NO_GROUP: switches.default_mode}
    real = [(key, mode) for key, mode in modes.items() if mode not in {None, ExecutionMode.DRY_RUN}]
    if switches.deletions_enabled is not True or not real:
        return false()
    placed = tuple_(func.coalesce(job.disk_group_id, _NO_GROUP), job.enqueued_mode).in_(real)
    return and_(placed, job.force_dry_run.is_(False))
