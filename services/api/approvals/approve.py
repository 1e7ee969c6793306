"""Approving: the rows and their deletions are decided by what is true in this moment, and come about together (T17)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement

from libs.common.deletions.enqueue import BatchRef, NewJob, enqueue_jobs, open_batch
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, ApprovalStatus, ExecutionMode, Trigger
from libs.common.domain.target import InvalidTargetError
from libs.common.events.approval import ApprovalApproved
from libs.common.messaging.outbox import add_events
from services.api.approvals import queries
from services.api.approvals.queries_collections import missing_from
from services.api.change import Change
from services.api.deletion_queue.actions import tell_grace
from services.api.errors import ApiError, BadInputError, ConflictError, MissingError
from services.api.gateway import SOURCE
from services.api.preferences.queries import hold_preferences
from services.api.rows import AnyRow


async def approve_one(change: Change, row_id: int, seen_version: int | None) -> AnyRow:
    """Approve one row; `seen_version` is the one the person looked at, None for any.

    409 while deletions are off (T30), for an outdated version, and for a member of a collection, which goes whole.
    """
    prefs = await _switched_on(change)
    chosen = queries.of_id(row_id)
    modes = await _hold_modes(change, chosen)
    row = _waiting(row_id, await queries.lock_rows(change.tx, chosen))
    if seen_version is not None and seen_version != row.version:
        raise ConflictError(f"approval {row_id} is about other facts by now (version {row.version}); look again")
    if row.collection_group:
        await _is_all_that_is_left(change, row)
    (approved,) = await _approve(change, prefs, modes, [row])
    return approved


async def approve_collection(change: Change, collection_group: str) -> Sequence[AnyRow]:
    """Approve all of a collection that waits, or nothing: its members are one decision (T41)."""
    prefs = await _switched_on(change)
    chosen = queries.waiting_of(collection_group)
    modes = await _hold_modes(change, chosen)
    rows = await queries.lock_rows(change.tx, chosen)
    if not rows:
        raise MissingError(f"nothing of the collection {collection_group!r} waits for approval")
    await _is_undivided(change, rows)
    return await _approve(change, prefs, modes, rows)


async def _is_all_that_is_left(change: Change, row: AnyRow) -> None:
    """Of a collection that began to go one member may be left; only then it is decided about alone."""
    if await queries.others_of_collection(change.tx, row):
        raise ConflictError(
            f"{row.media_name} goes with its collection {row.collection_group!r} or not at all; approve the collection"
        )
    await _is_undivided(change, [row])


async def _is_undivided(change: Change, rows: Sequence[AnyRow]) -> None:
    """All of their collection that is still there waits for a person, as these do.

    What is approved already leaves in another batch; what is not on the list was dismissed, or a rule protects it now.
    """
    name = rows[0].collection_group
    queued = await queries.approved_of(change.tx, name)
    if queued:
        raise ConflictError(f"{', '.join(queued)} of the collection {name!r} is queued already; look again")
    asleep = await queries.snoozed_of(change.tx, name, change.now)
    if asleep:
        raise ConflictError(f"{', '.join(asleep)} of the collection {name!r} is snoozed; it stays whole")
    missing = await missing_from(change.tx, rows)
    if missing:
        raise ConflictError(f"{', '.join(missing)} of the collection {name!r} is not on the list; it stays whole")


async def _switched_on(change: Change) -> AnyRow:
    prefs = await hold_preferences(change.tx)
    if prefs.deletions_enabled is not True:
        raise ConflictError("deletions are disabled in the settings; enable deletionsEnabled before approving")
    return prefs


async def _hold_modes(change: Change, chosen: ColumnElement[bool]) -> Mapping[int, ExecutionMode]:
    """Before the rows: in this order everybody takes groups and queue rows."""
    placed = await queries.places(change.tx, chosen)
    return await queries.hold_modes(
        change.tx, {place.disk_group_id for place in placed.values() if place.disk_group_id is not None}
    )


def _waiting(row_id: int, found: Sequence[AnyRow]) -> AnyRow:
    if not found:
        raise MissingError(f"there is no approval {row_id}")
    (row,) = found
    if row.status is not ApprovalStatus.PENDING:
        raise BadInputError(f"approval {row_id} is {row.status}, not pending")
    return row


async def _approve(
    change: Change, prefs: AnyRow, modes: Mapping[int, ExecutionMode], rows: Sequence[AnyRow]
) -> Sequence[AnyRow]:
    placed = await queries.places(change.tx, queries.any_of(rows))
    jobs = [_job(row, placed[row.id], _mode(placed[row.id], modes, prefs)) for row in rows]
    if len({job.enqueued_mode for job in jobs}) > 1:
        raise ConflictError("its items lie on disks of different modes, so that they could not go together")
    batch = await open_batch(change.tx, None, change.now)
    credited = BatchRef(batch.id, await queries.latest_run(change.tx))
    delay_s = prefs.deletion_queue_delay_seconds
    made = await enqueue_jobs(change.tx, jobs, batch=credited, source=SOURCE, now=change.now, delay_s=delay_s)
    if len(made) < len(jobs):
        busy = ", ".join(await queries.under_way(change.tx, rows))
        raise ConflictError(f"another deletion of {busy or 'it'} is queued or under way")
    approved = await queries.move(change.tx, rows, ApprovalStatus.APPROVED, change.now)
    events = [
        ApprovalApproved(
            entry_id=row.id, media_name=row.media_name, media_type=row.media_type, size_bytes=row.size_bytes
        )
        for row in approved
    ]
    await add_events(change.tx, events, source=SOURCE, at=change.now)
    await tell_grace(change)
    return approved


def _mode(place: AnyRow, modes: Mapping[int, ExecutionMode], prefs: AnyRow) -> ExecutionMode:
    """The mode of the disk group it lies on, and the default mode only where there is none (T13)."""
    if place.disk_group_id is None:
        default: ExecutionMode = prefs.default_disk_group_mode
        return default
    if place.disk_group_id not in modes:
        raise ConflictError("it has just moved to another disk group; look again")
    return modes[place.disk_group_id]


def _job(row: AnyRow, place: AnyRow, mode: ExecutionMode) -> NewJob:
    if place.type not in MEDIA_SOURCE_TYPES:
        raise ApiError(f"{place.name} cannot delete")
    if not place.enabled:
        raise ConflictError(f"{place.name} is switched off, so that {row.media_name} cannot be deleted")
    try:
        return NewJob(
            integration_id=row.integration_id,
            media_type=row.media_type,
            external_id=row.external_id,
            title=row.media_name,
            size_bytes=row.size_bytes,
            path=(row.fingerprint or {}).get("path", ""),
            poster_url=row.poster_url,
            score=row.score,
            score_details=row.score_details,
            trigger=Trigger.APPROVAL,
            disk_group_id=place.disk_group_id,
            enqueued_mode=mode,
            force_dry_run=mode is ExecutionMode.DRY_RUN,
            add_import_exclusion=place.add_import_exclusion,
            collection_group=row.collection_group,
            approval_id=row.id,
            fingerprint=row.fingerprint,
        )
    except InvalidTargetError as exc:
        raise ApiError(f"{row.media_name} cannot be deleted: {exc}") from exc
