"""All SQL of a run's life: claiming, asking for reads, the groups it looks at, and its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Row, and_, exists, func, literal, not_, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import (
    ACTIVE_JOB_STATES,
    MEDIA_SOURCE_TYPES,
    WATCH_SOURCE_TYPES,
    ApprovalStatus,
    ExecutionMode,
    IntegrationType,
    JobState,
    RunState,
    RunTrigger,
    SnapshotState,
)
from libs.common.domain.outages import LONGEST_PROBE_PAUSE, REFUSED_ERROR_CLASSES
from libs.common.domain.safety import NUMBERS
from services.engine.gates import SourceState

KEPT_RUNS = 1000

LEAST_INTERVAL_S = 60
DEFAULT_INTERVAL_S = 300
"""Takes the place of an interval that is too small for sense (T125)."""

_BY_CLOCK = (RunTrigger.STARTUP, RunTrigger.TIMER)


@dataclass(frozen=True, slots=True)
class Timer:
    """`started_at` None: nothing was ever run."""

    started_at: datetime | None
    settings_saved_at: datetime
    interval: timedelta

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for a run. A clock that went back makes it time at once."""
        if self.started_at is None:
            return True
        since = max(self.started_at, self.settings_saved_at) if self.settings_saved_at <= now else self.started_at
        return not timedelta(0) <= now - since < self.interval


ClaimedRun = Row[int, RunTrigger, ExecutionMode]
"""A run that has just begun: its id, why, and the default mode of that moment."""

_OPEN = (SnapshotState.REQUESTED, SnapshotState.READING)
_ENDED = (SnapshotState.COMPLETE, SnapshotState.FAILED)
_ENRICHERS = (*WATCH_SOURCE_TYPES, IntegrationType.SEERR)


async def claim_queued(tx: AsyncConnection, now: datetime, fence: int) -> ClaimedRun | None:
    """Start the queued run, if there is one. Answers its id, trigger and mode."""
    run, mode = m.EngineRun, select(m.Preferences.default_disk_group_mode).scalar_subquery()
    claimed = (
        update(run)
        .where(run.state == RunState.QUEUED)
        .values(state=RunState.RUNNING, run_at=now, execution_mode=mode, fence=fence)
        .returning(run.id, run.trigger, run.execution_mode)
    )
    row = (await tx.execute(claimed)).one_or_none()
    if row is not None:
        stats = m.LifetimeStats
        await tx.execute(update(stats).values(total_engine_runs=stats.total_engine_runs + 1, updated_at=now))
    return row


async def close_interrupted(
    tx: AsyncConnection, fence: int, now: datetime, message: str
) -> Row[int, RunTrigger] | None:
    """End a run whose leader is gone: any that runs under an older fence than ours."""
    run = m.EngineRun
    closed = (
        update(run)
        .where(run.state == RunState.RUNNING, or_(run.fence.is_(None), run.fence < fence))
        .values(state=RunState.FAILED, completed_at=now, error_message=message)
        .returning(run.id, run.trigger)
    )
    return (await tx.execute(closed)).one_or_none()


async def close_run(tx: AsyncConnection, run_id: int, state: RunState, now: datetime, values: dict[str, Any]) -> None:
    """End a run with its counters."""
    run = m.EngineRun
    await tx.execute(update(run).where(run.id == run_id).values(state=state, completed_at=now, **values))


async def timer(conn: AsyncConnection) -> Timer:
    """What the clock goes by. Runs that a person asked for do not count beside its own, saved settings begin anew."""
    run, prefs = m.EngineRun, m.Preferences
    # the newest by its id: by its time, one from before the clock went back would be the last one for ever
    newest = select(func.coalesce(run.run_at, run.requested_at)).order_by(run.id.desc()).limit(1)
    by_clock = newest.where(run.trigger.in_(_BY_CLOCK)).scalar_subquery()
    last = await conn.execute(select(func.coalesce(by_clock, newest.scalar_subquery())))
    saved = (await conn.execute(select(prefs.updated_at, prefs.poll_interval_seconds))).one()
    return Timer(last.scalar_one(), saved.updated_at, usable_interval(saved.poll_interval_seconds))


def usable_interval(stored_s: int | None) -> timedelta:
    """The time between two runs by the clock, whatever is stored."""
    if stored_s is None or stored_s < LEAST_INTERVAL_S:
        return timedelta(seconds=DEFAULT_INTERVAL_S)
    return timedelta(seconds=stored_s)


ENRICHMENT_MAX_AGE = timedelta(hours=6)
"""Media servers and histories are read at most so often for a run; webhooks tell what happens in between."""


async def request_snapshots(tx: AsyncConnection, run_id: int, now: datetime) -> list[int]:
    """Ask for a read of every enabled integration; a read that is open already serves this run too.

    One that only enriches is left alone while its last read is complete and young: at most half as old as evidence
    may become. One that refused our key is left to its next probe, and keeps the failed read it has.
    """
    integration, snapshot = m.Integration, m.Snapshot
    max_age = min(ENRICHMENT_MAX_AGE, await _evidence_max_age(tx) / 2)
    newest = (
        select(snapshot.completed_at)
        .where(snapshot.integration_id == integration.id, snapshot.state.in_(_ENDED))
        .order_by(snapshot.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    enabled = select(
        integration.id, literal(run_id), literal(SnapshotState.REQUESTED.value), literal(now, DateTime(timezone=True))
    ).where(
        integration.enabled,
        integration.removed_at.is_(None),
        not_(_is_refused(now)),
        integration.type.in_(MEDIA_SOURCE_TYPES)
        | newest.is_(None)
        | (newest < now - max_age)
        | (newest < integration.updated_at),
    )
    columns = [snapshot.integration_id, snapshot.run_id, snapshot.state, snapshot.requested_at]
    await tx.execute(insert(snapshot).from_select(columns, enabled).on_conflict_do_nothing())
    rows = await tx.execute(
        select(snapshot.id)
        .join(integration, integration.id == snapshot.integration_id)
        .where(snapshot.state.in_(_OPEN), integration.enabled, integration.removed_at.is_(None))
        .order_by(snapshot.id)
    )
    return list(rows.scalars())


async def _evidence_max_age(tx: AsyncConnection) -> timedelta:
    stored = (await tx.execute(select(m.Preferences.evidence_max_age_hours))).scalar_one_or_none()
    return timedelta(hours=NUMBERS["evidence_max_age_hours"].admit(stored))


def _is_refused(now: datetime) -> ColumnElement[bool]:
    """Whether an announced outage is about our key and the next try is planned.

    A bad login in every run could have us banned (integrations.md 17.2). Saving the integration clears all of this.
    """
    integration = m.Integration
    return and_(
        integration.down_announced_at.is_not(None),
        integration.last_error_class.in_(REFUSED_ERROR_CLASSES),
        integration.next_probe_at.is_not(None),
        integration.next_probe_at > now,
        integration.next_probe_at <= now + LONGEST_PROBE_PAUSE,
    )


async def silent_sources(conn: AsyncConnection, snapshot_ids: Sequence[int]) -> frozenset[int]:
    """The integrations whose reads have not ended."""
    snapshot = m.Snapshot
    rows = select(snapshot.integration_id).where(snapshot.id.in_(snapshot_ids), snapshot.state.in_(_OPEN))
    return frozenset((await conn.execute(rows)).scalars())


async def is_enrichment_outdated(conn: AsyncConnection) -> bool:
    """True while something was read that the catalogue does not show yet."""
    state = m.EnrichmentState
    return bool((await conn.execute(select(state.wanted > state.merged))).scalar_one())


async def active_groups(tx: AsyncConnection) -> Sequence[Row[Any]]:
    """The disk groups that are reported now, in the order of their mounts."""
    group = m.DiskGroup
    rows = select(*group.__table__.columns).where(group.stale_since.is_(None)).order_by(group.mount_path)
    return (await tx.execute(rows)).all()


async def lock_group(tx: AsyncConnection, disk_group_id: int) -> Row[Any] | None:
    """The group as it is now, kept as it is until the transaction ends: a switch made before this always wins."""
    group = m.DiskGroup
    rows = select(*group.__table__.columns).where(group.id == disk_group_id, group.stale_since.is_(None))
    return (await tx.execute(rows.with_for_update())).one_or_none()


async def bytes_in_flight(tx: AsyncConnection, disk_group_ids: Collection[int], read_at: datetime) -> int:
    """Bytes that are on their way out and not yet seen on the disk (W35, T101).

    Jobs that are active, simulations too, because they hold the place of what they stand for; real ones that were done
    since the disk was read; approvals that stand without a job.
    """
    job, approval = m.DeletionJob, m.ApprovalItem
    is_active = job.state.in_(ACTIVE_JOB_STATES)
    is_unseen = (job.state == JobState.DELETED) & (job.finished_at >= read_at)
    jobs = select(func.coalesce(func.sum(job.size_bytes), 0)).where(
        job.disk_group_id.in_(disk_group_ids), is_active | is_unseen
    )
    has_job = (
        exists()
        .where(job.integration_id == approval.integration_id, job.external_id == approval.external_id, is_active)
        .correlate(approval)
    )
    approved = select(func.coalesce(func.sum(approval.size_bytes), 0)).where(
        approval.disk_group_id.in_(disk_group_ids), approval.status == ApprovalStatus.APPROVED, ~has_job
    )
    queued, standing = (await tx.execute(select(jobs.scalar_subquery(), approved.scalar_subquery()))).one()
    return int(queued + standing)


async def sources_of_group(tx: AsyncConnection, disk_group_id: int, silent: Collection[int]) -> list[SourceState]:
    """Every enabled source of the group's items: who reports the mount, who has items on it, and who enriches."""
    rows = await tx.execute(_SOURCES, {"group": disk_group_id, "enrichers": [kind.value for kind in _ENRICHERS]})
    return [
        SourceState(
            integration_id=row.id,
            name=row.name,
            newest_state=None if row.state is None else SnapshotState(row.state),
            newest_error_class=row.error_class or "",
            newest_error=row.error or "",
            complete_at=row.complete_at,
            brings_items=row.brings_items,
            is_silent=row.id in silent,
        )
        for row in rows
    ]


_SOURCES = text(
    """
    select g.id, g.name, newest.state, newest.error_class, newest.error, complete.complete_at, b.brings_items
      from integrations g
     cross join lateral (
        select exists (select from disk_group_integrations l where l.integration_id = g.id and l.disk_group_id = :group)
            or exists (select from media_items i where i.integration_id = g.id and i.disk_group_id = :group)
               as brings_items) b
      left join lateral (select s.state, s.error_class, s.error from snapshots s
                          where s.integration_id = g.id and s.state in ('complete', 'failed')
                          order by s.id desc limit 1) newest on true
      left join lateral (select max(s.completed_at) as complete_at from snapshots s
                          where s.integration_id = g.id and s.state = 'complete') complete on true
     where g.enabled and g.removed_at is null
       and (b.brings_items or g.type = any(:enrichers))
     order by g.id
    """
)


async def inaccessible_folders(tx: AsyncConnection, integration_ids: Sequence[int]) -> Sequence[Row[int, str, str]]:
    """Root folders of these integrations that cannot be reached, wherever they lie: the mount may be missing."""
    folder, integration = m.RootFolder, m.Integration
    rows = (
        select(folder.integration_id, folder.path, integration.name)
        .join(integration, integration.id == folder.integration_id)
        .where(folder.integration_id.in_(integration_ids), folder.accessible.is_(False))
    )
    return (await tx.execute(rows)).all()


async def save_breach(tx: AsyncConnection, disk_group_id: int, values: dict[str, Any]) -> None:
    """Remember since when a group is over its threshold, and when that was last said."""
    await tx.execute(update(m.DiskGroup).where(m.DiskGroup.id == disk_group_id).values(**values))


async def save_group_outcome(tx: AsyncConnection, values: dict[str, Any]) -> None:
    """What the run did with one group."""
    await tx.execute(insert(m.EngineRunGroup).values(**values).on_conflict_do_nothing())


async def prune_runs(tx: AsyncConnection) -> int:
    """Keep the newest runs; answers how many went."""
    result = await tx.execute(_PRUNE, {"kept": KEPT_RUNS})
    return int(result.rowcount)


_PRUNE = text(
    """
    delete from engine_runs
     where state in ('done', 'failed')
       and id < (select min(id) from (select id from engine_runs order by id desc limit :kept) newest)
    """
)


def modes_json(groups: Sequence[Row[Any]]) -> dict[str, ExecutionMode]:
    """The modes of a run's groups as they are stored with it."""
    return {str(group.id): group.mode for group in groups}
