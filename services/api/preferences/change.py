"""Saving preferences: merge, check what belongs together, and everything that follows from it, in one transaction."""

from typing import Any

from libs.common.db import models as m
from libs.common.deletions.cancel import cancel_waiting
from libs.common.events.engine import EngineModeChanged
from libs.common.events.preview import PreviewInvalidated
from libs.common.events.settings import SettingsChanged
from libs.common.messaging.work import RescorePreview
from libs.common.preview import mark_scores_outdated
from services.api.change import Change
from services.api.errors import BadInputError
from services.api.gateway import SOURCE
from services.api.preferences.indifferent import outdates_preview
from services.api.preferences.queries import load_preferences, lock_preferences, save_preferences
from services.api.rows import AnyRow
from services.api.wire import Body

_REASON = "settings_changed"
_KILL_SWITCH = "deletions were disabled"
_DEFAULT_MODE = "the default mode changed"


async def change_preferences(change: Change, body: Body) -> AnyRow:
    """Store what the body holds; nothing recognised changes nothing. Answers the row as it is now."""
    values = body.given()
    if not values:
        return await load_preferences(change.tx)
    before = await lock_preferences(change.tx)
    _require_two_labels(before, values)
    after = await save_preferences(change.tx, values | {"updated_at": change.now})
    await _cancel_jobs(change, before, after)
    if after.default_disk_group_mode != before.default_disk_group_mode:
        await change.record(
            EngineModeChanged(old_mode=before.default_disk_group_mode, new_mode=after.default_disk_group_mode)
        )
    await change.record(SettingsChanged(changes=_by_wire_name(body, values)))
    if outdates_preview(before, after):
        await mark_scores_outdated(change.tx)
        change.tell(PreviewInvalidated(reason=_REASON))
        change.nudge(RescorePreview(reason=_REASON))
    return after


def _require_two_labels(before: AnyRow, values: dict[str, Any]) -> None:
    sunset = values.get("sunset_label", before.sunset_label)
    saved = values.get("saved_label", before.saved_label)
    if sunset == saved:
        raise BadInputError("savedLabel: must differ from sunsetLabel")


async def _cancel_jobs(change: Change, before: AnyRow, after: AnyRow) -> None:
    """The kill switch takes back everything that waits; another default mode only what belongs to no group."""
    job = m.DeletionJob
    if before.deletions_enabled and not after.deletions_enabled:
        await cancel_waiting(change.tx, job.id > 0, _KILL_SWITCH, SOURCE, change.now)
    elif after.default_disk_group_mode != before.default_disk_group_mode:
        await cancel_waiting(change.tx, job.disk_group_id.is_(None), _DEFAULT_MODE, SOURCE, change.now)


def _by_wire_name(body: Body, values: dict[str, Any]) -> dict[str, Any]:
    dumped = body.model_dump(mode="json", by_alias=True)
    return {
        type(body).model_fields[name].alias or name: dumped[type(body).model_fields[name].alias or name]
        for name in values
    }
