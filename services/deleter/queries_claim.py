"""The SQL behind a claim: who else is at work, who is next, and what speaks against it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Subquery, and_, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import JOB_COLUMNS, Job
from libs.common.domain.enums import ApprovalStatus, JobState, MediaType, Trigger
from services.deleter.claimed import Source
from services.deleter.groups import Group
from services.deleter.needless import is_needless
from services.deleter.queries_companions import frees_elsewhere, is_awaited
from services.deleter.queries_due import IS_UNDER_WAY, LEASE_RAN_OUT, is_due
from services.deleter.queries_switches import Switches, is_source_held, lies_elsewhere, would_delete
from services.deleter.standing import Standing

_ONE_CLAIM = text("select pg_advisory_xact_lock(hashtextextended('deleter-claim', :integration_id))")
_READ_PREVIEW = text("lock table preview_items in access share mode")
"""Before the row of its state: in this order the engine takes both when it stores a preview."""


async def lock_claims(tx: AsyncConnection, integration_id: int) -> None:
    """One claim at a time per integration, over all replicas, until the transaction ends."""
    await tx.execute(_ONE_CLAIM, {"integration_id": integration_id})


async def load_source(tx: AsyncConnection, integration_id: int) -> tuple[Source, bool] | None:
    """The integration and whether it may be deleted from: nobody switched it off or holds it; None when it is gone."""
    row = m.Integration
    held = is_source_held().label("is_held")
    found = await tx.execute(select(row.__table__, held).where(row.id == integration_id))
    read = found.one_or_none()
    if read is None:
        return None
    source = Source(
        id=read.id,
        type=read.type,
        name=read.name,
        url=read.url,
        api_key=read.api_key,
        verify_tls=read.verify_tls,
        ca_bundle=read.ca_bundle,
        changed_at=read.updated_at,
    )
    return source, read.enabled and read.removed_at is None and not read.is_held


async def under_way(tx: AsyncConnection, integration_id: int) -> Row[*tuple[Any, ...]] | None:
    """The job of this integration that somebody has claimed, with `is_abandoned` when its lease has run out."""
    job = m.DeletionJob
    found = await tx.execute(
        select(*JOB_COLUMNS, job.state, job.fence, job.attempts, job.started_at, LEASE_RAN_OUT.label("is_abandoned"))
        .where(job.integration_id == integration_id, IS_UNDER_WAY)
        .order_by(job.id)
        .limit(1)
        .with_for_update()
    )
    return found.one_or_none()


async def next_allowed(tx: AsyncConnection, integration_id: int, now: datetime) -> float:
    """Seconds until the next delete call may be made: `deletionsPerMinute`, evenly spread, burst 1."""
    job, row = m.DeletionJob, m.Integration
    newest = select(func.max(job.started_at)).where(job.integration_id == integration_id).scalar_subquery()
    pace = select(row.deletions_per_minute, newest.label("last")).where(row.id == integration_id)
    per_minute, last = (await tx.execute(pace)).one()
    if last is None or last > now:  # a business clock that was put back must not stop the queue
        return 0.0
    return max(0.0, 60 / per_minute - (now - last).total_seconds())


async def next_job(
    tx: AsyncConnection,
    integration_id: int,
    now: datetime,
    switches: Switches,
    groups: Collection[Group],
    passed_over: Collection[int] = (),
) -> Row[*tuple[Any, ...]] | None:
    """The due job with the highest score, then the oldest, that may really delete now; locked.

    A held group stops everything but a person's own request, a group at its target the engine's choices only, unless
    they go along with a collection that another disk needs.
    """
    by_id = {group.id: group for group in groups}
    closed = {group.id for group in groups if not group.takes_engine_jobs}
    held = {group.id for group in groups if group.is_held}
    while True:
        may_go = _may_go(switches, groups, closed, held)
        row = await _best_due(tx, integration_id, now, may_go, passed_over)
        if row is None or row.disk_group_id not in by_id or row.disk_group_id in closed:
            return row  # behind a closed door only a member of a collection that another disk needs is found
        if not await is_needless(tx, Job.of_row(row), row.created_at, by_id[row.disk_group_id]):
            return row
        closed.add(row.disk_group_id)


def _may_go(
    switches: Switches, groups: Collection[Group], closed: Collection[int], held: Collection[int]
) -> ColumnElement[bool]:
    job = m.DeletionJob
    opened = [group.id for group in groups if group.id not in closed]
    return and_(
        would_delete(switches, groups),
        lies_elsewhere(held) | (job.trigger == Trigger.USER),
        lies_elsewhere(closed) | (job.trigger != Trigger.ENGINE) | frees_elsewhere(opened),
        ~is_awaited(),
    )


async def _best_due(
    tx: AsyncConnection, integration_id: int, now: datetime, may_go: ColumnElement[bool], passed_over: Collection[int]
) -> Row[*tuple[Any, ...]] | None:
    job = m.DeletionJob
    found = await tx.execute(
        select(*JOB_COLUMNS, job.state, job.fence, job.attempts, job.started_at, job.created_at)
        .where(job.integration_id == integration_id, is_due(now), job.id.not_in(passed_over), may_go)
        .order_by(job.score.desc(), job.created_at, job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found.one_or_none()


async def standing(tx: AsyncConnection, job: Job, now: datetime) -> Standing:
    """What the catalogue, the current preview and the snoozes say about the item of a job, its seasons or its show."""
    item, scored, state, snoozed = m.MediaItem, m.PreviewItem, m.PreviewState, _snoozes(job, now)
    current = select(state.preview_id).scalar_subquery()
    is_kin = and_(item.integration_id == job.integration_id, _family(job, item.external_id, item.parent_external_id))
    # the snoozes first: of an item that is not in the catalogue they are all there is
    found = await tx.execute(
        select(
            *(snoozed.c.at, item.external_id, item.last_played, item.play_count),
            *(scored.protected, scored.in_doubt, scored.score),
        )
        .select_from(snoozed)
        .outerjoin(item, is_kin)
        .outerjoin(scored, and_(scored.preview_id == current, scored.item_id == item.id))
    )
    family = found.all()
    rows = [row for row in family if row.external_id is not None]
    own_row = next((row for row in rows if row.external_id == job.external_id), None)
    return Standing(
        is_known=own_row is not None,
        is_scored=all(row.protected is not None for row in rows),
        is_protected=any(row.protected for row in rows),
        snoozed_at=family[0].at,
        last_played=None if own_row is None else own_row.last_played,
        play_count=None if own_row is None else own_row.play_count,
        score=None if own_row is None else own_row.score,
        is_in_doubt=own_row is not None and own_row.in_doubt is True,
    )


async def is_scoring_current(tx: AsyncConnection) -> bool:
    """False while the engine owes new scores: a rule may have been added that protects what waits here (T27).

    The row stays locked, so that no rule is added between this answer and the lease. Not shared: a claim that
    cancels something writes to it, and two readers would then wait for each other.
    """
    state = m.PreviewState
    scored = state.preview_id.is_not(None) & (state.scored_scoring >= state.wanted_scoring)
    await tx.execute(_READ_PREVIEW)
    found = await tx.execute(select(scored).with_for_update(key_share=True))
    return bool(found.scalar_one_or_none())


def _snoozes(job: Job, now: datetime) -> Subquery:
    """In SQL: one row that says when the newest of the snoozes began that are not over."""
    row = m.ApprovalItem
    newest = select(func.max(row.updated_at).label("at")).where(
        row.integration_id == job.integration_id,
        row.status == ApprovalStatus.REJECTED,
        row.snoozed_until > now,
        _family(job, row.external_id, None),
    )
    return newest.subquery("snoozes")


def _family(
    job: Job, external_id: ColumnElement[str] | Any, parent_id: ColumnElement[str] | Any | None
) -> ColumnElement[bool]:
    """The item itself, the seasons of a show, the show of a season: what holds one of them holds the job."""
    kin = [external_id == job.external_id]
    if job.media_type is MediaType.SEASON:
        kin.append(external_id == job.external_id.partition("-")[0])
    if job.media_type is MediaType.SHOW:
        kin.append(external_id.startswith(f"{job.external_id}-s", autoescape=True))
        if parent_id is not None:
            kin.append(parent_id == job.external_id)
    return or_(*kin)


async def neighbour(conn: AsyncConnection, job: Job, path: str) -> str | None:
    """The title of another item of the source in or below this folder; a show and its seasons count as one (S-22).

    Readarr deletes the files of a book and no folder: books of one author may well share it.
    """
    if job.media_type is MediaType.BOOK:
        return None
    item = m.MediaItem
    show = job.external_id.partition("-")[0] if job.media_type is MediaType.SEASON else job.external_id
    is_other = and_(
        item.external_id != job.external_id,
        item.external_id != show,
        func.coalesce(item.parent_external_id, "") != show,
    )
    # what begins with "path/", as a range of bytes that has an index: "0" is the one that follows "/"
    below = and_(item.path.op("~>=~")(f"{path}/"), item.path.op("~<~")(f"{path}0"))
    inside = or_(item.path == path, below)
    found = await conn.execute(
        select(item.title).where(item.integration_id == job.integration_id, inside, is_other).limit(1)
    )
    return found.scalar_one_or_none()


async def take(
    tx: AsyncConnection, job_id: int, state: JobState, owner: str, lease_s: float, *, started_at: datetime | None = None
) -> int:
    """Lease a job that the caller has locked; answers the new fence. `started_at` stays when None is given."""
    job = m.DeletionJob
    values: dict[str, Any] = {"started_at": started_at} if started_at is not None else {}
    leased = await tx.execute(
        update(job)
        .where(job.id == job_id)
        .values(
            state=state,
            lease_owner=owner,
            lease_until=func.clock_timestamp() + timedelta(seconds=lease_s),
            fence=job.fence + 1,
            **values,
        )
        .returning(job.fence)
    )
    return leased.scalar_one()
