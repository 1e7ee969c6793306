"""Ends a read in one transaction: the facts, the disks made of them, the source's health and the snapshot's state."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import breakers
from libs.common.db import models as m
from libs.common.db.show_level import reads_shows_only
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, HoldCode, SnapshotState
from libs.common.preview import mark_scores_outdated
from services.sync import digests, failures, integrations
from services.sync.catalogue import queries as catalogue
from services.sync.catalogue.queries import Totals
from services.sync.catalogue.returns import notice_returns
from services.sync.disks import queries as disks
from services.sync.disks.discovery import discover
from services.sync.enrichment.state import mark_outdated
from services.sync.health.report import report_failure, report_success
from services.sync.health.rules import Failure
from services.sync.integrations import Source, SourceChangedError
from services.sync.reading import Facts
from services.sync.shrink import Shrink, shrink
from services.sync.snapshots import queries as snapshots
from services.sync.snapshots.lease import SnapshotLostError
from services.sync.snapshots.queries import Claimed, Ended

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """A read that has nothing more to ask."""

    claimed: Claimed
    source: Source
    facts: Facts
    now: datetime


async def commit_complete(tx: AsyncConnection, ending: Ending) -> Totals | Failure:
    """Replace the former facts by the staged ones, or answer why they are not believed; then the former stay.

    `tx` is the connection that staged the rows. Raises `SnapshotLostError` and `SourceChangedError`.
    """
    source, claimed, now = ending.source, ending.claimed, ending.now
    await _begin(tx, ending)
    totals = await catalogue.totals(tx)
    refused = await _refusal(tx, ending, totals)
    if refused is not None:
        await _close_failed(tx, ending, refused)
        return refused
    await snapshots.end(tx, claimed, Ended(SnapshotState.COMPLETE, rows_read=totals.items), now)
    merged = await catalogue.merge(
        tx,
        integration_id=source.id,
        snapshot_id=claimed.id,
        shows_only=await reads_shows_only(tx, source.id),
        seen_at=ending.facts.asked_at,
    )
    await notice_returns(tx, source.id, claimed.run_id, now)
    await digests.replace(tx, source.id, ending.facts.known, ending.facts.digests)
    await integrations.record_read(
        tx,
        source.id,
        app_version=ending.facts.app_version,
        recycle_bin=ending.facts.recycle_bin,
        recycle_bin_days=ending.facts.recycle_bin_days,
        media_count=totals.media_count,
        media_size_bytes=totals.media_size_bytes,
    )
    await report_success(tx, source.id, now)
    await _settle_disks(tx, ending)
    if merged.wants_enrichment:
        await mark_outdated(tx)
    log.info("source read", integration=source.name, items=totals.items, vanished=merged.vanished)
    return totals


async def commit_failed(tx: AsyncConnection, ending: Ending, failure: Failure) -> None:
    """Keep the former items, record why. Disks that were read before the failure still count."""
    await _begin(tx, ending)
    await _close_failed(tx, ending, failure)


async def _begin(tx: AsyncConnection, ending: Ending) -> None:
    if not await snapshots.hold(tx, ending.claimed):
        raise SnapshotLostError(f"snapshot {ending.claimed.id} was taken over")
    await disks.lock_groups(tx)
    if not await integrations.is_unchanged(tx, ending.source):
        raise SourceChangedError


async def _close_failed(tx: AsyncConnection, ending: Ending, failure: Failure) -> None:
    ended = Ended(SnapshotState.FAILED, error_class=failure.error_class, error=failure.error)
    await snapshots.end(tx, ending.claimed, ended, ending.now)
    await report_failure(tx, ending.source.id, failure, ending.now)
    await _settle_disks(tx, ending)
    log.warning("source not read", integration=ending.source.name, error_class=failure.error_class)


async def _settle_disks(tx: AsyncConnection, ending: Ending) -> None:
    source, facts, now = ending.source, ending.facts, ending.now
    if source.type not in MEDIA_SOURCE_TYPES:
        return
    if facts.disks is not None:
        await disks.replace_readings(tx, source.id, facts.disks.readings(source.id, facts.asked_at))
        await disks.replace_roots(tx, source.id, facts.disks.roots, facts.asked_at)
    found = await discover(tx, run_id=ending.claimed.run_id, now=now)
    if found.moves_items:
        await catalogue.reassign_groups(tx)
    if ending.claimed.run_id is None:
        await mark_scores_outdated(tx)


async def _refusal(tx: AsyncConnection, ending: Ending, totals: Totals) -> Failure | None:
    name, declared = ending.source.name, ending.facts.rows_declared
    if totals.has_duplicates:
        return failures.incomplete(f"{name} listed an item twice; its list changed while it was being read.")
    if declared is not None and declared != totals.items:
        return failures.incomplete(f"{name} announced {declared} items and delivered {totals.items}.")
    shrunk = await _shrink(tx, ending.source.id, totals.items)
    if shrunk is None:
        return None
    message = f"{name} {shrunk.sentence}."
    breaker = breakers.Breaker(
        HoldCode.SOURCE_SHRANK,
        message,
        integration_id=ending.source.id,
        details={"expected": shrunk.expected, "rowsRead": shrunk.read, "sourceShrinkPct": shrunk.min_share_pct},
    )
    await breakers.trip(tx, breaker, source="sync", run_id=ending.claimed.run_id, now=ending.now)
    return failures.incomplete(message)


async def _shrink(tx: AsyncConnection, integration_id: int, read: int) -> Shrink | None:
    last = await snapshots.last_complete(tx, integration_id)
    if last is None:
        return None
    released = await breakers.last_released(tx, HoldCode.SOURCE_SHRANK, m.Hold.integration_id == integration_id)
    confirmed = None
    if released is not None and released.released_by is not None and released.released_at >= last.completed_at:
        confirmed = released.details.get("rowsRead")
    return shrink(
        previous=last.rows,
        removed_by_us=await catalogue.taken_by_us(tx, integration_id, last.started_at),
        confirmed=confirmed if isinstance(confirmed, int) else None,
        read=read,
        min_share_pct=await disks.source_shrink_pct(tx),
    )
