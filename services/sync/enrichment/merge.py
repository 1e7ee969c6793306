"""The merge: everything all sources told, as one state of the catalogue, in one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import Database
from libs.common.domain.enums import WATCH_SOURCE_TYPES, IntegrationType
from libs.common.preview import mark_scores_outdated, wake_engine
from services.sync.enrichment import state
from services.sync.enrichment.directories import link_servers, name_people
from services.sync.enrichment.houses import lay_out_sources
from services.sync.enrichment.items import lay_out_items
from services.sync.enrichment.links import MEDIA_SERVERS
from services.sync.enrichment.local import TitleChange, concerns_others, shifts_coverage
from services.sync.enrichment.marks import merge_marks
from services.sync.enrichment.matching import match_titles
from services.sync.enrichment.report import tell_enrichment
from services.sync.enrichment.requests import merge_requests
from services.sync.enrichment.state import Extent
from services.sync.enrichment.times import refresh_times
from services.sync.enrichment.watch import merge_plays

log = structlog.get_logger(__name__)

_ALLOWANCES = ("set local statement_timeout = '300s'", "set local work_mem = '128MB'", "set local jit = off")

_UPDATE = text(
    """
    with enriched as (
        select i.item_id, w.play_count, w.last_played, w.people, w.is_matched, w.evidence_at, w.states,
               case when r.requests > 0 then true when q.are_read then false end as requested,
               r.person as requested_by,
               case when r.requests > 0 then r.requests when q.are_read then 0 end as request_count,
               q.evidence_at as request_evidence_at,
               case when r.requests > 0 and r.person is not null and w.play_count is not null
                        then exists (select from unnest(w.people) person where lower(person) = lower(r.person))
                    when r.requests is null and q.are_read then false end as watched_by_requestor,
               case when d.title_item_id is not null then true when s.sources > 0 and s.are_read then false end
                   as on_watchlist,
               coalesce(l.labels, '{}') as labels, coalesce(c.names, '{}') as collections,
               coalesce(c.sources, '{}'::jsonb) as collection_sources, a.library_added_at
          from watch_items i
          join watch w on w.item_id = i.item_id
          left join requested r on r.item_id = i.item_id
          cross join request_evidence q
          cross join wish_sources s
          left join wished d on d.title_item_id = i.title_item_id
          left join labelled l on l.title_item_id = i.title_item_id
          left join collected c on c.title_item_id = i.title_item_id
          left join dated a on a.title_item_id = i.title_item_id
    )
    update media_items i
       set play_count = e.play_count, last_played = e.last_played, watched_by_users = e.people,
           watch_matched = e.is_matched, watch_evidence_at = e.evidence_at, watch_evidence = e.states,
           requested = e.requested, requested_by = e.requested_by, request_count = e.request_count,
           request_evidence_at = e.request_evidence_at, watched_by_requestor = e.watched_by_requestor,
           on_watchlist = e.on_watchlist, labels = e.labels, collections = e.collections,
           collection_sources = e.collection_sources, library_added_at = e.library_added_at,
           added_at = greatest(i.source_added_at, e.library_added_at)
      from enriched e
     where e.item_id = i.id
       and (i.play_count, i.last_played, i.watched_by_users, i.watch_matched, i.watch_evidence_at, i.watch_evidence,
            i.requested, i.requested_by, i.request_count, i.request_evidence_at, i.watched_by_requestor,
            i.on_watchlist, i.labels, i.collections, i.collection_sources, i.library_added_at, i.added_at)
           is distinct from
           (e.play_count, e.last_played, e.people, e.is_matched, e.evidence_at, e.states,
            e.requested, e.requested_by, e.request_count, e.request_evidence_at, e.watched_by_requestor,
            e.on_watchlist, e.labels, e.collections, e.collection_sources, e.library_added_at,
            greatest(i.source_added_at, e.library_added_at))
    """
)


async def merge_if_outdated(
    db: Database, now: datetime, *, patiently: bool = True, changes: Sequence[TitleChange] = ()
) -> bool:
    """Merge when something was read since the last time and nobody else does; answers whether it was done here.

    `changes` are what the caller read itself: when there is nothing else, only their items are merged if that will do.
    """
    async with db.begin() as tx:
        outdated = await state.claim(tx, patiently=patiently)
        if outdated is None:
            return False
        changed = await _merged(tx, outdated, changes)
        await (mark_scores_outdated(tx) if changed else wake_engine(tx))
        if patiently:
            await tell_enrichment(tx, now)
        await state.mark_merged(tx, outdated, now)
    log.info("catalogue merged", changed=changed, extent=outdated.extent.name.lower())
    return True


async def _merged(tx: AsyncConnection, outdated: state.Outdated, changes: Sequence[TitleChange]) -> int:
    """As little as will do; answers how many items changed."""
    if outdated.consists_of([change.number for change in changes]):
        async with tx.begin_nested() as attempt:
            changed = await merge_titles(tx, changes)
            if changed is not None:
                return changed
            await attempt.rollback()
    return await merge(tx, outdated.extent)


async def merge_titles(tx: AsyncConnection, changes: Collection[TitleChange]) -> int | None:
    """Bring the items of some titles up to date, when nothing else can have changed with them; answers how many did.

    None: something else can, and everything has to be merged. What was laid out has to be rolled back then.
    """
    item_ids = {each for change in changes for each in change.item_ids}
    added = {each for change in changes for each in change.added}
    await _allow(tx)
    await lay_out_items(tx, item_ids)
    if await concerns_others(tx, added):
        return None
    await _gather(tx, is_whole=False)
    await _merge_facts(tx, is_whole=False)
    if await shifts_coverage(tx, added):
        return None
    return int((await tx.execute(_UPDATE)).rowcount)


async def merge(tx: AsyncConnection, extent: Extent = Extent.TITLES) -> int:
    """Bring every item's enrichment up to date; answers how many changed. `extent` is how much may be outdated."""
    await _allow(tx)
    await lay_out_items(tx)
    if extent >= Extent.TITLES:
        await link_servers(tx)
        await match_titles(tx)
    if extent >= Extent.FACTS:
        await name_people(tx)
    await _gather(tx, is_whole=True)
    if extent is Extent.TIMES:
        return await refresh_times(tx)
    await _merge_facts(tx, is_whole=True)
    return int((await tx.execute(_UPDATE)).rowcount)


async def _allow(tx: AsyncConnection) -> None:
    for allowance in _ALLOWANCES:
        await tx.execute(text(allowance))


async def _gather(tx: AsyncConnection, *, is_whole: bool) -> None:
    """Requests, and who tells plays."""
    await merge_requests(tx, is_whole=is_whole, request_types=[IntegrationType.SEERR])
    await lay_out_sources(tx, is_whole=is_whole, watch_types=sorted(WATCH_SOURCE_TYPES))


async def _merge_facts(tx: AsyncConnection, *, is_whole: bool) -> None:
    """Plays and marks of the items that are laid out."""
    choices = await state.choices_of(tx)
    await merge_plays(
        tx, is_whole=is_whole, count_earlier=choices.count_earlier, season_inherits=choices.season_inherits
    )
    await merge_marks(tx, is_whole=is_whole, wish_types=sorted(MEDIA_SERVERS))
