"""What a person may do to rows of the approval queue besides approving: reject, unsnooze, dismiss, clear."""

from collections.abc import Sequence
from datetime import timedelta

from libs.common.approvals.snoozing import before_snoozing
from libs.common.domain.enums import ApprovalStatus
from libs.common.events.approval import (
    ApprovalDismissed,
    ApprovalQueueCleared,
    ApprovalRejected,
    ApprovalUnsnoozed,
)
from libs.common.messaging.outbox import add_events
from libs.common.preview import mark_body_outdated
from services.api.approvals import queries
from services.api.change import Change
from services.api.errors import BadInputError, ConflictError, MissingError
from services.api.gateway import SOURCE
from services.api.preferences.queries import load_preferences
from services.api.rows import AnyRow


async def reject_one(change: Change, row_id: int) -> AnyRow:
    """Snooze a row that waits. 400 when it does not wait (any more), 404 when there is none."""
    await before_snoozing(change.tx)
    row = await _one(change, row_id, ApprovalStatus.PENDING)
    (rejected,) = await _reject(change, [row])
    return rejected


async def reject_collection(change: Change, collection_group: str) -> Sequence[AnyRow]:
    """Snooze all of a collection that waits."""
    await before_snoozing(change.tx)
    rows = await queries.lock_rows(change.tx, queries.waiting_of(collection_group))
    if not rows:
        raise MissingError(f"nothing of the collection {collection_group!r} waits for approval")
    return await _reject(change, rows)


async def unsnooze(change: Change, row_id: int) -> AnyRow:
    """End a snooze before its time. 409 when the item waits under another row already."""
    row = await _one(change, row_id, ApprovalStatus.REJECTED)
    other = await queries.other_open_row(change.tx, row)
    if other is not None:
        raise ConflictError(f"{row.media_name} is on the list already, as approval {other}; dismiss one of them")
    (waiting,) = await queries.move(change.tx, [row], ApprovalStatus.PENDING, change.now, snoozed_until=None)
    await change.record(ApprovalUnsnoozed(entry_id=row.id, media_name=row.media_name, media_type=row.media_type))
    await mark_body_outdated(change.tx)
    return waiting


async def dismiss(change: Change, row_id: int) -> None:
    """Remove a row that waits or is snoozed. 400 when it is approved: then its deletion is what can be cancelled."""
    row = await _one(change, row_id, ApprovalStatus.PENDING, ApprovalStatus.REJECTED)
    await queries.drop(change.tx, row.id)
    await change.record(ApprovalDismissed(entry_id=row.id, media_name=row.media_name, media_type=row.media_type))
    await mark_body_outdated(change.tx)


async def clear(change: Change) -> int:
    """Remove everything that waits or is snoozed; answers how many."""
    await before_snoozing(change.tx)
    cleared = await queries.drop_undecided(change.tx)
    if cleared:
        await change.record(ApprovalQueueCleared(count=cleared))
        await mark_body_outdated(change.tx)
    return cleared


async def _one(change: Change, row_id: int, *statuses: ApprovalStatus) -> AnyRow:
    found = await queries.lock_rows(change.tx, queries.of_id(row_id))
    if not found:
        raise MissingError(f"there is no approval {row_id}")
    (row,) = found
    if row.status not in statuses:
        raise BadInputError(f"approval {row_id} is {row.status}, not {' or '.join(statuses)}")
    return row


async def _reject(change: Change, rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
    hours = (await load_preferences(change.tx)).snooze_duration_hours
    until = change.now + timedelta(hours=hours)
    await queries.drop_older_snoozes(change.tx, rows)
    rejected = await queries.move(change.tx, rows, ApprovalStatus.REJECTED, change.now, snoozed_until=until)
    events = [
        ApprovalRejected(
            entry_id=row.id, media_name=row.media_name, media_type=row.media_type, snooze_duration=f"{hours}h"
        )
        for row in rejected
    ]
    await add_events(change.tx, events, source=SOURCE, at=change.now)
    await mark_body_outdated(change.tx)
    return rejected
