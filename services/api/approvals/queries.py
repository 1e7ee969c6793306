"""All SQL about the approval queue as the owner sees and moves it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus, ExecutionMode
from services.api.rows import AnyRow
from services.api.rows_as_json import PERCENT, RAW, TIME, array_of, fetch_array

_Row = m.ApprovalItem
_OPEN = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED)

_SOURCE = """
    select q.*, row_number() over (order by q.created_at desc, q.id desc) as place
      from approval_queue q join integrations g on g.id = q.integration_id and g.removed_at is null
     where (cast(:status as text) is null or q.status = :status)
       and (cast(:disk_group_id as int8) is null or q.disk_group_id = :disk_group_id)
     order by q.created_at desc, q.id desc limit :limit
"""


def _entry(score: str) -> str:
    return f"""
    'id', r.id, 'mediaName', r.media_name, 'mediaType', r.media_type, 'scoreDetails', r.score_details,
    'sizeBytes', r.size_bytes, 'score', {score.format("r.score")}, 'posterUrl', r.poster_url,
    'integrationId', r.integration_id, 'externalId', r.external_id, 'diskGroupId', r.disk_group_id,
    'status', r.status, 'trigger', r.trigger, 'userInitiated', r.user_initiated,
    'collectionGroup', nullif(r.collection_group, ''), 'snoozedUntil', {TIME.format("r.snoozed_until")},
    'lastError', nullif(r.last_error, ''), 'version', r.version,
    'createdAt', {TIME.format("r.created_at")}, 'updatedAt', {TIME.format("r.updated_at")}
    """


_SEED_LIST = array_of(_entry(PERCENT), _SOURCE)
_REFERENCE_LIST = array_of(_entry(RAW), _SOURCE)


async def entries(
    conn: AsyncConnection, *, status: str | None, disk_group_id: int | None, limit: int, reference: bool
) -> str:
    """The newest rows as a JSON array; None leaves a filter out."""
    values = {"status": status, "disk_group_id": disk_group_id, "limit": limit}
    return await fetch_array(conn, _REFERENCE_LIST if reference else _SEED_LIST, values)


def of_id(row_id: int) -> ColumnElement[bool]:
    """The row of this id."""
    return _Row.id == row_id


def any_of(rows: Iterable[AnyRow]) -> ColumnElement[bool]:
    """These rows again."""
    return _Row.id.in_([row.id for row in rows])


def waiting_of(collection_group: str) -> ColumnElement[bool]:
    """What of a collection waits for a person."""
    return and_(_Row.collection_group == collection_group, _Row.status == ApprovalStatus.PENDING)


async def lock_rows(tx: AsyncConnection, chosen: ColumnElement[bool]) -> Sequence[AnyRow]:
    """These rows of visible integrations by item, held until the transaction ends: two people never move one twice."""
    integration = m.Integration
    found = await tx.execute(
        select(_Row.__table__)
        .join(integration, and_(integration.id == _Row.integration_id, integration.removed_at.is_(None)))
        .where(chosen)
        .order_by(_Row.integration_id, _Row.external_id)
        .with_for_update(of=_Row)
    )
    return found.all()


async def places(tx: AsyncConnection, chosen: ColumnElement[bool]) -> Mapping[int, AnyRow]:
    """Of each of these rows: where its item lies now (`disk_group_id`), and the integration that would delete it."""
    item, integration = m.MediaItem, m.Integration
    found = await tx.execute(
        select(
            _Row.id,
            func.coalesce(item.disk_group_id, _Row.disk_group_id).label("disk_group_id"),
            integration.name,
            integration.type,
            integration.enabled,
            integration.add_import_exclusion,
        )
        .join(integration, integration.id == _Row.integration_id)
        .outerjoin(item, and_(item.integration_id == _Row.integration_id, item.external_id == _Row.external_id))
        .where(chosen)
    )
    return {row.id: row for row in found}


async def hold_modes(tx: AsyncConnection, disk_group_ids: Collection[int]) -> Mapping[int, ExecutionMode]:
    """The modes of these groups, which nobody changes before the transaction ends."""
    group = m.DiskGroup
    found = await tx.execute(
        select(group.id, group.mode)
        .where(group.id.in_(sorted(disk_group_ids)))
        .order_by(group.id)
        .with_for_update(read=True)
    )
    return {row.id: row.mode for row in found}


async def latest_run(tx: AsyncConnection) -> int | None:
    """The newest run that has begun: what is approved counts for it."""
    run = m.EngineRun
    return (await tx.execute(select(func.max(run.id)).where(run.run_at.is_not(None)))).scalar_one()


async def others_of_collection(tx: AsyncConnection, row: AnyRow) -> int:
    """How many other rows wait that belong to the same collection."""
    others = and_(waiting_of(row.collection_group), _Row.id != row.id)
    return int((await tx.execute(select(func.count()).where(others))).scalar_one())


async def snoozed_of(tx: AsyncConnection, collection_group: str, now: datetime) -> Sequence[str]:
    """The names of a collection's items that somebody has put to sleep."""
    found = await tx.execute(
        select(_Row.media_name)
        .where(
            _Row.collection_group == collection_group,
            _Row.status == ApprovalStatus.REJECTED,
            or_(_Row.snoozed_until.is_(None), _Row.snoozed_until > now),
        )
        .order_by(_Row.media_name)
    )
    return found.scalars().all()


async def approved_of(tx: AsyncConnection, collection_group: str) -> Sequence[str]:
    """The names of a collection's items whose deletion is queued or under way."""
    chosen = and_(_Row.collection_group == collection_group, _Row.status == ApprovalStatus.APPROVED)
    return (await tx.execute(select(_Row.media_name).where(chosen).order_by(_Row.media_name))).scalars().all()


async def under_way(tx: AsyncConnection, rows: Iterable[AnyRow]) -> Sequence[str]:
    """The titles of these rows' items of which another deletion is queued or under way."""
    job = m.DeletionJob
    ids = {row.id for row in rows}
    found = await tx.execute(
        select(job.title)
        .where(
            tuple_(job.integration_id, job.external_id).in_(_items(rows)),
            job.state.in_(ACTIVE_JOB_STATES),
            func.coalesce(job.approval_id, 0).not_in(ids),
        )
        .order_by(job.title)
    )
    return found.scalars().all()


async def other_open_row(tx: AsyncConnection, row: AnyRow) -> int | None:
    """The row under which the item of a snoozed one waits or is approved already."""
    mine = and_(_Row.integration_id == row.integration_id, _Row.external_id == row.external_id)
    return (await tx.execute(select(_Row.id).where(mine, _Row.status.in_(_OPEN)))).scalar_one_or_none()


async def drop_older_snoozes(tx: AsyncConnection, rows: Sequence[AnyRow]) -> None:
    """An item has one snooze: what these rows are about to become replaces it."""
    await tx.execute(
        delete(_Row).where(
            tuple_(_Row.integration_id, _Row.external_id).in_(_items(rows)), _Row.status == ApprovalStatus.REJECTED
        )
    )


async def move(
    tx: AsyncConnection, rows: Sequence[AnyRow], status: ApprovalStatus, now: datetime, **values: Any
) -> Sequence[AnyRow]:
    """Give these rows, held by the caller, another state; answers them by item as they are now."""
    moved = await tx.execute(
        update(_Row)
        .where(any_of(rows))
        .values(status=status, version=_Row.version + 1, last_error="", updated_at=now, **values)
        .returning(*_Row.__table__.columns)
    )
    return sorted(moved.all(), key=lambda row: (row.integration_id, row.external_id))


async def drop(tx: AsyncConnection, row_id: int) -> None:
    """Remove a row, held by the caller."""
    await tx.execute(delete(_Row).where(_Row.id == row_id))


async def drop_undecided(tx: AsyncConnection) -> int:
    """Remove everything that waits or is snoozed, whoever put it there; answers how many rows went."""
    undecided = (
        select(_Row.id)
        .where(_Row.status != ApprovalStatus.APPROVED)
        .order_by(_Row.integration_id, _Row.external_id)
        .with_for_update()
    )
    gone = await tx.execute(delete(_Row).where(_Row.id.in_(undecided)))
    return int(gone.rowcount)


def _items(rows: Iterable[AnyRow]) -> list[tuple[int, str]]:
    return sorted({(row.integration_id, row.external_id) for row in rows})
