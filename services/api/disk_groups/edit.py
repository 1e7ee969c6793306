"""Editing a disk group: thresholds, mode, and what a changed mode takes back, in one transaction."""

from typing import Any

from libs.common.db import models as m
from libs.common.deletions.cancel import cancel_waiting
from libs.common.domain.enums import ExecutionMode, RunTrigger
from libs.common.events.preview import PreviewInvalidated
from libs.common.events.settings import ThresholdChanged
from libs.common.events.sunset import SunsetCancelled
from libs.common.messaging.outbox import add_events
from libs.common.messaging.work import RescorePreview, RunEngine
from libs.common.preview import mark_scores_outdated
from libs.common.runs import request_run
from services.api.change import Change
from services.api.disk_groups import queries
from services.api.disk_groups.rules import Settings, edited
from services.api.disk_groups.wire import DiskGroupChange
from services.api.gateway import SOURCE
from services.api.rows import AnyRow

_REASON = "threshold_changed"
_MODE_CHANGED = "the mode of the disk group changed"


async def edit(change: Change, stored: AnyRow, body: DiskGroupChange) -> AnyRow:
    """Store the settings of a locked group, and ask for a run that looks at the queues again."""
    before = Settings(
        threshold_pct=stored.threshold_pct,
        target_pct=stored.target_pct,
        total_bytes_override=stored.total_bytes_override,
        mode=stored.mode,
        sunset_pct=stored.sunset_pct,
    )
    after = edited(before, body)
    columns = after.columns() | _outdated_usage(stored, after)
    saved = await queries.save_group(change.tx, stored.id, columns, change.now)
    if after.mode is not before.mode:
        await _take_back(change, stored.id, before.mode)
    await change.record(
        ThresholdChanged(mount_path=stored.mount_path, threshold_pct=after.threshold_pct, target_pct=after.target_pct)
    )
    await mark_scores_outdated(change.tx)
    change.tell(PreviewInvalidated(reason=_REASON))
    change.nudge(RescorePreview(reason=_REASON))
    run_id = await request_run(change.tx, RunTrigger.THRESHOLD, change.now)
    if run_id is not None:
        change.nudge(RunEngine(run_id=run_id))
    return saved


def _outdated_usage(stored: AnyRow, after: Settings) -> dict[str, Any]:
    """Where nobody reports a size, usage was counted from the owner's; under another one it is unknown until read."""
    if stored.total_bytes > 0 or after.total_bytes_override == stored.total_bytes_override:
        return {}
    return {"used_bytes": 0, "read_at": None}


async def _take_back(change: Change, group_id: int, left: ExecutionMode) -> None:
    """What was decided under the old mode must not be carried out under the new one."""
    of_group = m.DeletionJob.disk_group_id == group_id
    await cancel_waiting(change.tx, of_group, _MODE_CHANGED, SOURCE, change.now)
    if left is not ExecutionMode.SUNSET:
        return
    gone = await queries.drop_sunset_items(change.tx, group_id)
    events = [
        SunsetCancelled(media_name=row.media_name, media_type=row.media_type, disk_group_id=group_id) for row in gone
    ]
    await add_events(change.tx, events, source=SOURCE, at=change.now)
