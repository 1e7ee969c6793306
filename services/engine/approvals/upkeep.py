"""What a run does to the approval queue as a whole, before it looks at disk groups (domain.md 1.7)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.approvals.snoozing import before_listing
from libs.common.deletions.fingerprint import load_instances
from libs.common.events.approval import ApprovalBulkUnsnoozed, ApprovalOrphansRecovered, ApprovalQueueCleared
from libs.common.messaging.outbox import add_events
from libs.common.preview import mark_body_outdated
from services.engine.approvals import queries
from services.engine.approvals.listing import rows_of
from services.engine.evaluation import Evaluation

_SOURCE = "engine"


async def put_in_order(tx: AsyncConnection, run_id: int, now: datetime) -> None:
    """End snoozes that are over, put back approvals whose deletion is lost, drop what belongs to no disk any more."""
    await before_listing(tx)
    happened = [
        ApprovalBulkUnsnoozed(count=await queries.end_snoozes(tx, now)),
        ApprovalOrphansRecovered(count=await queries.recover_orphans(tx, now)),
        ApprovalQueueCleared(count=await queries.drop_engines_rows(tx, None)),
    ]
    told = [event for event in happened if event.count]
    await add_events(tx, told, source=_SOURCE, at=now, run_id=run_id)
    if told:
        await mark_body_outdated(tx)


async def renew_users_rows(tx: AsyncConnection, evaluation: Evaluation, run_id: int) -> None:
    """What people put on the list themselves tells today's facts too, so that they approve those (S-26)."""
    wanted = await queries.users_items(tx)
    if not wanted:
        return
    items = evaluation.explained(evaluation.items_among(wanted))
    instances = await load_instances(tx, items["integration_id"])
    rows = rows_of(items, instances, None)
    await queries.renew_users_rows(tx, rows, run_id, evaluation.facts.now)
