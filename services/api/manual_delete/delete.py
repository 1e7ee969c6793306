"""What a person names is queued for deletion, simulated or put before a person, each by the mode of its disk group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from libs.common.approvals import Question, ask_for_person
from libs.common.deletions import NewJob, enqueue_jobs, open_batch
from libs.common.deletions.fingerprint import fingerprint_of
from libs.common.deletions.force import Override, with_force
from libs.common.domain.enums import ExecutionMode, MediaType, Trigger
from libs.common.events.approval import ApprovalUnsnoozed
from libs.common.messaging.outbox import add_events
from libs.common.messaging.work import DrainDeletions
from libs.common.preview import mark_body_outdated
from services.api.change import Change
from services.api.deletion_queue.actions import tell_grace
from services.api.gateway import SOURCE
from services.api.manual_delete import queries
from services.api.manual_delete.verdict import (
    QUEUED,
    TWICE,
    Address,
    Item,
    Source,
    common_mode,
    incomplete,
    internal_score,
    overrides,
    refusal,
)
from services.api.manual_delete.wire import Outcome, Skipped, Wanted
from services.api.preferences.queries import hold_preferences
from services.api.rows import AnyRow


@dataclass(frozen=True, slots=True)
class _Granted:
    """A wish that nothing stands against."""

    wanted: Wanted
    source: Source
    item: Item
    mode: ExecutionMode
    overridden: frozenset[Override]
    score: float

    @property
    def address(self) -> Address:
        return self.wanted.integration_id, self.wanted.external_id

    @property
    def facts(self) -> dict[str, Any]:
        """What a job and an approval row have in common. All but the score is the catalogue's."""
        return {
            "integration_id": self.item["integration_id"],
            "media_type": MediaType(self.item["media_type"]),
            "external_id": self.item["external_id"],
            "size_bytes": self.item["size_bytes"],
            "poster_url": self.item["poster_url"],
            "score": self.score,
            "score_details": self.wanted.score_details,
            "disk_group_id": self.item["disk_group_id"],
            "fingerprint": with_force(fingerprint_of(self.item, self.source.instance), self.overridden),
        }


async def delete_by_hand(change: Change, wishes: Sequence[Wanted], *, is_raw: bool) -> Outcome:
    """Queue what may be deleted, and tell why the rest is not. `is_raw`: the scores are as they are stored."""
    reasons = _first_look(wishes)
    addresses = sorted({_address(wish) for wish, reason in zip(wishes, reasons, strict=True) if reason is None})
    prefs = await hold_preferences(change.tx)
    await queries.hold_groups(change.tx, addresses)
    sources = await queries.load_sources(change.tx, [integration_id for integration_id, _ in addresses])
    items = await queries.load_items(change.tx, addresses, change.now)
    granted: dict[Address, _Granted] = {}
    for place, wish in enumerate(wishes):
        source, item = sources.get(wish.integration_id), items.get(_address(wish))
        if reasons[place] is None:
            reasons[place] = refusal(wish, source, item)
        if reasons[place] is None and source is not None and item is not None:
            granted[_address(wish)] = _grant(wish, source, item, prefs, is_raw=is_raw)
    done = await _ask(change, granted.values()) | await _queue(change, list(granted.values()), prefs)
    if done:
        await mark_body_outdated(change.tx)
    for place, wish in enumerate(wishes):
        if reasons[place] is None and _address(wish) not in done:
            reasons[place] = QUEUED
    modes = {one.mode for one in granted.values() if one.address in done}
    return Outcome(
        queued=len(done),
        total=len(wishes),
        mode=common_mode(modes, prefs.default_disk_group_mode),
        skipped=[_skipped(wish, reason) for wish, reason in zip(wishes, reasons, strict=True) if reason is not None],
    )


def _first_look(wishes: Sequence[Wanted]) -> list[str | None]:
    """What the request itself says: halves of an address, and what it names again (T44)."""
    seen: set[Address] = set()
    reasons: list[str | None] = []
    for wish in wishes:
        reason = incomplete(wish)
        if reason is None and _address(wish) in seen:
            reason = TWICE
        seen.add(_address(wish))
        reasons.append(reason)
    return reasons


def _grant(wish: Wanted, source: Source, item: Item, prefs: AnyRow, *, is_raw: bool) -> _Granted:
    mode = prefs.default_disk_group_mode if item["mode"] is None else ExecutionMode(item["mode"])
    score = internal_score(wish.score, is_raw=is_raw) or item["own_score"] or 0.0
    return _Granted(wish, source, item, mode, overrides(wish, item), score)


async def _ask(change: Change, granted: Iterable[_Granted]) -> set[Address]:
    """In approval mode a person has the last word; that may well be the same one."""
    asked = [one for one in granted if one.mode is ExecutionMode.APPROVAL]
    answer = await ask_for_person(
        change.tx,
        [Question(media_name=one.item["title"], **one.facts) for one in asked],
        unsnooze=[one.address for one in asked if Override.SNOOZE in one.overridden],
        now=change.now,
    )
    told = [
        ApprovalUnsnoozed(
            entry_id=answer.ids[one.address], media_name=one.item["title"], media_type=one.item["media_type"]
        )
        for one in asked
        if one.address in answer.unsnoozed & answer.ids.keys()
    ]
    await add_events(change.tx, told, source=SOURCE, at=change.now)
    return set(answer.ids)


async def _queue(change: Change, granted: Sequence[_Granted], prefs: AnyRow) -> set[Address]:
    """One batch for the whole request; each job waits out its grace period."""
    wanted = [one for one in granted if one.mode is not ExecutionMode.APPROVAL]
    if not wanted:
        return set()
    batch = await open_batch(change.tx, None, change.now)
    created = await enqueue_jobs(
        change.tx,
        [_job(one, prefs) for one in wanted],
        batch=batch,
        source=SOURCE,
        now=change.now,
        delay_s=prefs.deletion_queue_delay_seconds,
    )
    queued = await queries.addresses_of(change.tx, created)
    for integration_id in sorted({integration_id for integration_id, _ in queued}):
        change.nudge(DrainDeletions(integration_id=integration_id))
    await tell_grace(change)
    return queued


def _job(one: _Granted, prefs: AnyRow) -> NewJob:
    return NewJob(
        title=one.item["title"],
        path=one.item["path"],
        trigger=Trigger.USER,
        enqueued_mode=one.mode,
        force_dry_run=one.mode is ExecutionMode.DRY_RUN or not prefs.deletions_enabled,
        add_import_exclusion=one.source.add_import_exclusion,
        **one.facts,
    )


def _address(wish: Wanted) -> Address:
    return wish.integration_id, wish.external_id


def _skipped(wish: Wanted, reason: str) -> Skipped:
    return Skipped(
        media_name=wish.media_name,
        media_type=wish.media_type,
        integration_id=wish.integration_id,
        external_id=wish.external_id,
        reason=reason,
    )
