"""What a person may do to waiting deletions: cancel, snooze, clear."""

from datetime import datetime, timedelta

from libs.common.approvals.snoozing import before_snoozing
from libs.common.db import models as m
from libs.common.deletions.cancel import cancel_waiting
from libs.common.deletions.grace import grace_state, restart_delay
from libs.common.events.approval import ApprovalRejected
from libs.common.events.deletion import DeletionGracePeriod
from services.api.change import Change
from services.api.deletion_queue import queries
from services.api.deletion_queue.wire import Candidate, JobAddress
from services.api.errors import BadInputError, ConflictError, MissingError
from services.api.gateway import SOURCE
from services.api.preferences.queries import load_preferences
from services.api.rows import AnyRow

_CANCELLED = "cancelled by a person"
_SNOOZED = "snoozed by a person"
_CLEARED = "the queue was cleared"


async def cancel(change: Change, address: JobAddress) -> None:
    """Take one job out of the queue. Raises what `_one_job` raises."""
    job = await _one_job(change, address)
    await _take_out(change, job, _CANCELLED)


async def snooze(change: Change, address: JobAddress) -> datetime:
    """Cancel one job and keep the engine from its item for a while; answers until when."""
    await before_snoozing(change.tx)
    job = await _one_job(change, address)
    await _take_out(change, job, _SNOOZED)
    hours = (await load_preferences(change.tx)).snooze_duration_hours
    until = change.now + timedelta(hours=hours)
    entry_id = await queries.snooze_item(change.tx, job, until, change.now)
    event = ApprovalRejected(
        entry_id=entry_id, media_name=job.title, media_type=job.media_type, snooze_duration=f"{hours}h"
    )
    await change.record(event)
    return until


async def clear(change: Change) -> int:
    """Cancel everything that waits; answers how many."""
    cancelled = await cancel_waiting(change.tx, m.DeletionJob.id > 0, _CLEARED, SOURCE, change.now)
    change.tell(DeletionGracePeriod(remaining_seconds=0, queue_size=0, active=False))
    return len(cancelled)


async def _one_job(change: Change, address: JobAddress) -> AnyRow:
    """The job an address means. 400 for half an address, 404 for none, 409 with the candidates for several."""
    if address.id is None and not (address.media_name and address.media_type):
        raise BadInputError("mediaName and mediaType are both required, or id")
    found = await queries.find_waiting(change.tx, address)
    if not found:
        raise MissingError("no such deletion is waiting")
    if len(found) > 1:
        candidates = [
            Candidate(
                id=row.id,
                media_name=row.title,
                media_type=row.media_type,
                integration_id=row.integration_id,
                external_id=row.external_id,
            ).model_dump(mode="json", by_alias=True)
            for row in found
        ]
        raise ConflictError("several waiting deletions fit; send the id of one", extra={"candidates": candidates})
    return found[0]


async def _take_out(change: Change, job: AnyRow, reason: str) -> None:
    if not await cancel_waiting(change.tx, m.DeletionJob.id == job.id, reason, SOURCE, change.now):
        raise MissingError("no such deletion is waiting any more")
    await restart_delay(change.tx, change.now)
    await tell_grace(change)


async def tell_grace(change: Change) -> None:
    """Say how long the queue waits now, once this stands."""
    left = await grace_state(change.tx, change.now)
    change.tell(DeletionGracePeriod(remaining_seconds=left.remaining_s, queue_size=left.waiting, active=left.is_active))
