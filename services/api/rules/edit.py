"""Adding, changing, ordering and removing rules, with the events and the new scores that follow, in one transaction."""

from collections.abc import Sequence

from libs.common.domain.enums import MEDIA_SOURCE_TYPES
from libs.common.events.preview import PreviewInvalidated
from libs.common.events.rules import RuleCreated, RuleDeleted, RuleUpdated
from libs.common.messaging.outbox import add_events
from libs.common.messaging.work import RescorePreview
from libs.common.preview import mark_scores_outdated
from services.api.change import Change
from services.api.errors import BadInputError, ConflictError, MissingError
from services.api.gateway import SOURCE
from services.api.rows import AnyRow
from services.api.rules import queries
from services.api.rules.draft import Draft

MAX_RULES = 1_000
"""All of them are matched at every scoring, and listed in one answer."""


async def add(change: Change, draft: Draft) -> AnyRow:
    """Store a new rule; answers its row."""
    if await queries.count_rules(change.tx) >= MAX_RULES:
        raise ConflictError(f"there are {MAX_RULES} rules already; remove one first")
    await _require_library(change, draft)
    row = await queries.create(change.tx, draft.columns(), change.now)
    await change.record(RuleCreated(rule_id=row.id, field=row.field, effect=row.effect))
    await _outdate_preview(change, "rule_created")
    return row


async def edit(change: Change, rule_id: int, draft: Draft) -> AnyRow:
    """Replace a rule; answers its row."""
    await _require_library(change, draft)
    row = await queries.save(change.tx, rule_id, draft.columns(), change.now)
    if row is None:
        raise missing(rule_id)
    await change.record(RuleUpdated(rule_id=row.id, field=row.field, effect=row.effect))
    await _outdate_preview(change, "rule_updated")
    return row


async def remove(change: Change, rule_id: int) -> None:
    """Forget a rule."""
    field = await queries.remove(change.tx, rule_id)
    if field is None:
        raise missing(rule_id)
    await change.record(RuleDeleted(rule_id=rule_id, field=field))
    await _outdate_preview(change, "rule_deleted")


async def reorder(change: Change, ids: Sequence[int]) -> None:
    """Give the rules the order of `ids`. Unknown ids are passed over, unlisted rules keep their place."""
    moved = await queries.reorder(change.tx, ids, change.now)
    if not moved:
        return
    events = [RuleUpdated(rule_id=row.id, field=row.field, effect=row.effect) for row in moved]
    await add_events(change.tx, events, source=SOURCE, at=change.now)
    await _outdate_preview(change, "rule_updated")


def missing(rule_id: int) -> MissingError:
    """There is no such rule."""
    return MissingError(f"there is no rule {rule_id}")


async def _require_library(change: Change, draft: Draft) -> None:
    """A rule reaches only the items of its integration: without any it would silently protect nothing."""
    kind = await queries.hold_integration(change.tx, draft.integration_id)
    if kind is None:
        raise BadInputError(f"integrationId: there is no integration {draft.integration_id}")
    if kind not in MEDIA_SOURCE_TYPES:
        listed = ", ".join(sorted(MEDIA_SOURCE_TYPES))
        fault = f"{draft.integration_id} is a {kind}, which holds no items of its own; use one of {listed}"
        raise BadInputError(f"integrationId: {fault}")


async def _outdate_preview(change: Change, reason: str) -> None:
    await mark_scores_outdated(change.tx)
    change.tell(PreviewInvalidated(reason=reason))
    change.nudge(RescorePreview(reason=reason))
