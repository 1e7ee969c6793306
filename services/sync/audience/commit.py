"""Ends a reading of a source that enriches: each capability that was read whole replaces what was known before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import breakers
from libs.common.db import models as m
from libs.common.domain.enums import Capability, HoldCode, SnapshotState
from libs.integrations.audience import MAX_EXAMPLES, PlayNotes
from services.sync import failures, integrations
from services.sync.audience import queries
from services.sync.audience.columns import KEPT, SERVERS, USERS
from services.sync.audience.doubt import is_doubtful
from services.sync.audience.mappings import replace_mappings
from services.sync.audience.reading import AudienceFacts, Told
from services.sync.disks.queries import source_shrink_pct
from services.sync.enrichment.state import Extent, mark_outdated
from services.sync.health.report import report_failure, report_success
from services.sync.health.rules import Failure
from services.sync.integrations import Source, SourceChangedError
from services.sync.shrink import shrink
from services.sync.snapshots import queries as snapshots
from services.sync.snapshots.lease import SnapshotLostError
from services.sync.snapshots.queries import Claimed, Ended

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AudienceEnding:
    """A reading that has nothing more to ask."""

    claimed: Claimed
    source: Source
    facts: AudienceFacts
    now: datetime


async def commit_audience(tx: AsyncConnection, ending: AudienceEnding) -> Failure | None:
    """Keep what was read whole, note what was not; answers the first failure.

    `tx` is the connection that staged the rows. Raises `SnapshotLostError` and `SourceChangedError`.
    """
    await _begin(tx, ending)
    await queries.allow_large(tx)
    source, facts = ending.source, ending.facts
    former = await queries.readings_of(tx, source.id)
    extents = [await _keep_directories(tx, source.id)]
    for each, told in facts.told.items():
        outcome = told.failure or await _keep(tx, ending, each, former.get(each))
        if isinstance(outcome, Extent):
            extents.append(outcome)
            continue
        told.failure = outcome
        await _note_failure(tx, ending, each, outcome)
    await queries.forget_capabilities(tx, source.id, list(facts.told))
    identity = {"app_version": facts.app_version, "server_identity": facts.identity}
    await queries.save_identity(tx, source.id, identity)
    await mark_outdated(tx, max(extents))
    failure = next(iter(facts.failures), None)
    await _end(tx, ending, failure)
    return failure


async def commit_nothing(tx: AsyncConnection, ending: AudienceEnding, failure: Failure) -> None:
    """The source did not even say who it is: everything known stays, and grows old."""
    await _begin(tx, ending)
    for each in await queries.readings_of(tx, ending.source.id):
        await _note_failure(tx, ending, each, failure)
    await _end(tx, ending, failure)


async def _begin(tx: AsyncConnection, ending: AudienceEnding) -> None:
    if not await snapshots.hold(tx, ending.claimed):
        raise SnapshotLostError(f"snapshot {ending.claimed.id} was taken over")
    if not await integrations.is_unchanged(tx, ending.source):
        raise SourceChangedError


async def _keep_directories(tx: AsyncConnection, source_id: int) -> Extent:
    servers, users = await queries.keep(tx, SERVERS, source_id), await queries.keep(tx, USERS, source_id)
    if servers:
        return Extent.TITLES
    return Extent.FACTS if users else Extent.TIMES


async def _keep(
    tx: AsyncConnection, ending: AudienceEnding, each: Capability, former: Row[Any] | None
) -> Failure | Extent:
    """Replace the former rows and answer what that changes; a failure instead when this reading is not believed."""
    told, kept, source_id = ending.facts.told[each], KEPT[each], ending.source.id
    if told.notes is not None and told.notes.is_partial and former is not None and _is_whole(former):
        return failures.incomplete(told.notes.is_partial)
    rows = await queries.staged_rows(tx, kept)
    if not told.is_addition:
        refused = await _refusal(tx, ending, each, rows, former)
        if refused is not None:
            return refused
    if each is Capability.TITLES:
        titles, facts = await queries.keep_titles(tx, source_id), 0
        await replace_mappings(tx, source_id, ending.now)
    else:
        titles, facts = 0, await queries.keep(tx, kept, source_id, is_addition=told.is_addition)
    values = _complete(ending, told) | {"rows": await queries.kept_rows(tx, kept, source_id)}
    if told.notes is not None:
        titles += await queries.keep_named(tx, source_id, is_addition=told.is_addition)
        since = await queries.note_memory(tx, source_id)
        values |= {"covers_since": since} | _noted(told.notes, former if told.is_addition else None)
    await queries.save_reading(tx, source_id, each, values)
    return _extent(titles, facts, former, values)


_SAY_WHAT_PLAYS_ARE_WORTH = ("covers_since", "tells_seasons", "partial")


def _extent(titles: int, facts: int, former: Row[Any] | None, values: dict[str, Any]) -> Extent:
    """How much is outdated after so many changed rows, and by what is noted now in place of `former`."""
    if titles:
        return Extent.TITLES
    if facts or former is None or former.complete_at is None:
        return Extent.FACTS
    is_same = all(getattr(former, name) == values[name] for name in _SAY_WHAT_PLAYS_ARE_WORTH if name in values)
    return Extent.TIMES if is_same else Extent.FACTS


def _noted(notes: PlayNotes, former: Row[Any] | None) -> dict[str, Any]:
    """What is known about the plays besides them. What an addition does not show again, the `former` read still had."""
    values = {
        "tells_seasons": notes.tells_seasons,
        "partial": notes.is_partial,
        "unresolved": notes.unresolved,
        "examples": notes.examples,
    }
    if former is None:
        return values
    return values | {
        "tells_seasons": notes.tells_seasons and former.tells_seasons,
        "partial": notes.is_partial or former.partial,
        "unresolved": max(notes.unresolved, former.unresolved),
        "examples": [*former.examples, *(name for name in notes.examples if name not in former.examples)][
            :MAX_EXAMPLES
        ],
    }


def _is_whole(former: Row[Any]) -> bool:
    """True when the former reading had everything: one that cannot have it must not take its place (T73, T74)."""
    return former.complete_at is not None and former.partial == ""


def _complete(ending: AudienceEnding, told: Told) -> dict[str, Any]:
    fresh = {"complete_at": ending.facts.asked_at, "failed_at": None, "error_class": "", "error": ""}
    return fresh if told.is_addition else fresh | {"full_at": ending.facts.asked_at, "suspected_rows": None}


async def _refusal(
    tx: AsyncConnection, ending: AudienceEnding, each: Capability, rows: int, former: Row[Any] | None
) -> Failure | None:
    if former is None or former.complete_at is None:
        return None
    if each is Capability.TITLES:
        return await _shrunk(tx, ending, rows, former)
    if not is_doubtful(rows, former=former.rows, suspected=former.suspected_rows):
        return None
    await queries.save_reading(tx, ending.source.id, each, {"suspected_rows": rows})
    return failures.incomplete(
        f"{ending.source.name} told {rows} {each.value} where it told {former.rows} before; "
        "the former ones stay until a second read agrees."
    )


async def _shrunk(tx: AsyncConnection, ending: AudienceEnding, rows: int, former: Row[Any]) -> Failure | None:
    """A library that lost most of its titles trips the breaker, which only a person releases (S-09)."""
    source = ending.source
    released = await breakers.last_released(tx, HoldCode.SOURCE_SHRANK, m.Hold.integration_id == source.id)
    confirmed = None
    if released is not None and released.released_by is not None and released.released_at >= former.complete_at:
        confirmed = released.details.get("rowsRead")
    found = shrink(
        previous=former.rows,
        removed_by_us=await queries.taken_by_us(tx, former.complete_at),
        confirmed=confirmed if isinstance(confirmed, int) else None,
        read=rows,
        min_share_pct=await source_shrink_pct(tx),
    )
    if found is None:
        return None
    message = f"{source.name} {found.sentence}."
    details = {"expected": found.expected, "rowsRead": found.read, "sourceShrinkPct": found.min_share_pct}
    breaker = breakers.Breaker(HoldCode.SOURCE_SHRANK, message, integration_id=source.id, details=details)
    await breakers.trip(tx, breaker, source="sync", run_id=ending.claimed.run_id, now=ending.now)
    return failures.incomplete(message)


async def _note_failure(tx: AsyncConnection, ending: AudienceEnding, each: Capability, failure: Failure) -> None:
    values = {"failed_at": ending.now, "error_class": failure.error_class, "error": failure.error}
    await queries.save_reading(tx, ending.source.id, each, values)


async def _end(tx: AsyncConnection, ending: AudienceEnding, failure: Failure | None) -> None:
    source, now = ending.source, ending.now
    if failure is None:
        rows = sum(told.rows for told in ending.facts.told.values())
        await snapshots.end(tx, ending.claimed, Ended(SnapshotState.COMPLETE, rows_read=rows), now)
        await report_success(tx, source.id, now)
        log.info("source read", integration=source.name, rows=rows)
        return
    ended = Ended(SnapshotState.FAILED, error_class=failure.error_class, error=failure.error)
    await snapshots.end(tx, ending.claimed, ended, now)
    await report_failure(tx, source.id, failure, now)
    log.warning("source not read", integration=source.name, error_class=failure.error_class)
