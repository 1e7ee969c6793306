"""What somebody did with one item, or one request: asked for, and added to what its source told before."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import Capability
from libs.common.refresh import RefreshTarget
from libs.integrations.audience import Activity, PlayedItem, TitleRequest
from libs.integrations.capabilities import ActivitySource, Client, SingleRequest, capability
from services.sync import integrations
from services.sync.audience import queries
from services.sync.audience.columns import KEPT, Kept
from services.sync.audience.rows import named_rows, play_row, request_row, wish_row
from services.sync.audience.staging import NAMED
from services.sync.enrichment.state import Extent, mark_outdated
from services.sync.integrations import SourceChangedError
from services.sync.refresh.staged import stage
from services.sync.refresh.told import Ending, Outcome, Told


async def ask_activity(client: Client, target: RefreshTarget) -> Activity:
    """What is known about the item now."""
    source: ActivitySource = capability(client, ActivitySource)
    return await source.activity(PlayedItem(target.native_id, target.user_id))


async def keep_activity(tx: AsyncConnection, told: Told[Activity]) -> Ending:
    """Add plays and wishes. What ended, such as a favourite, goes with the next full read: until then it protects."""
    if await _is_overtaken(tx, told, Capability.PLAYS):
        return Ending(Outcome.OVERTAKEN)
    found, source_id = told.facts, told.source.id
    await _add(tx, KEPT[Capability.PLAYS], source_id, map(play_row, found.plays))
    await _add(tx, KEPT[Capability.WISHES], source_id, map(wish_row, found.wishes))
    await stage(tx, NAMED.staged, NAMED.columns, named_rows(found.titles))
    named = await queries.keep_named(tx, source_id, is_addition=True)
    if not (found.plays or found.wishes):
        return Ending(Outcome.GONE)
    await mark_outdated(tx, Extent.TITLES if named else Extent.FACTS)
    return Ending(Outcome.READ)


async def ask_request(client: Client, target: RefreshTarget) -> TitleRequest | None:
    """The request as it is now."""
    source: SingleRequest = capability(client, SingleRequest)
    return await source.request(int(target.native_id))


async def keep_request(tx: AsyncConnection, told: Told[TitleRequest | None]) -> Ending:
    """Add the request, or its new state. One that is not found stays until a full read misses it: it protects."""
    if await _is_overtaken(tx, told, Capability.REQUESTS):
        return Ending(Outcome.OVERTAKEN)
    if told.facts is None:
        return Ending(Outcome.GONE)
    await _add(tx, KEPT[Capability.REQUESTS], told.source.id, [request_row(told.facts)])
    await mark_outdated(tx, Extent.FACTS)
    return Ending(Outcome.READ)


async def _is_overtaken(tx: AsyncConnection, told: Told[Any], matter: Capability) -> bool:
    """Whether a full read that began later has ended already. Raises `SourceChangedError`."""
    if not await integrations.is_unchanged(tx, told.source):
        raise SourceChangedError
    reading = (await queries.readings_of(tx, told.source.id)).get(matter)
    return reading is not None and reading.complete_at is not None and reading.complete_at > told.claimed.began_at


async def _add(tx: AsyncConnection, kept: Kept, source_id: int, rows: Iterable[tuple[Any, ...]]) -> None:
    await stage(tx, kept.staged, kept.columns, rows)
    await queries.keep(tx, kept, source_id, is_addition=True)
