"""Which items were asked for, how often, and by whom last (integrations.md 15.4, 16.8).

A requester without a name is nobody: the numbers of users mean somebody else in every system.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.statements import for_few_rows, run_all

_SOURCES = """
    create temporary table request_sources on commit drop as
    select g.id as source_id, r.complete_at
      from integrations g
      left join source_readings r on r.integration_id = g.id and r.capability = 'requests'
     where g.enabled and g.removed_at is null and g.type = any(:request_types)
"""

_EVIDENCE = """
    create temporary table request_evidence on commit drop as
    select count(*) > 0 and bool_and(complete_at is not null) as are_read,
           case when bool_and(complete_at is not null) then min(complete_at) end as evidence_at
      from request_sources
"""

_MATCHED = """
    create temporary table matched_requests on commit drop as
    with standing as materialized (
        select r.* from source_requests r join request_sources s on s.source_id = r.integration_id where r.counts
    ), pairs as (
        select r.integration_id, r.request_id, o.item_id, 1 as rank
          from standing r join our_titles o on r.kind = 'tv' and o.kind = 'tv' and o.tvdb_id = r.tvdb_id
        union all
        select r.integration_id, r.request_id, o.item_id, 2
          from standing r join our_titles o on o.kind = r.kind and o.tmdb_id = r.tmdb_id
        union all
        select r.integration_id, r.request_id, o.item_id, 3
          from standing r join our_titles o on o.kind = r.kind and o.imdb_id = r.imdb_id
    ), best as (
        select p.*, min(rank) over (partition by integration_id, request_id) as best_rank from pairs p
    )
    select distinct r.integration_id, r.request_id, b.item_id as title_item_id, r.seasons, r.requested_at,
           coalesce(nullif(u.person, ''), nullif(r.requested_by, '')) as person
      from best b
      join standing r using (integration_id, request_id)
      left join source_users u on u.integration_id = r.integration_id and u.user_id = r.user_id
     where b.rank = b.best_rank
"""

_REQUESTED = """
    create temporary table requested on commit drop as
    select i.item_id, count(*) as requests,
           (array_agg(r.person order by r.requested_at desc nulls last, r.person, r.request_id))[1] as person
      from watch_items i join matched_requests r using (title_item_id)
     where i.media_type <> 'season' or cardinality(r.seasons) = 0 or i.season_number = any(r.seasons)
     group by i.item_id
"""

_STEPS = (
    _SOURCES,
    _EVIDENCE,
    _MATCHED,
    "analyze matched_requests",
    _REQUESTED,
    "create index on requested (item_id)",
    "analyze requested",
)


async def merge_requests(tx: AsyncConnection, *, is_whole: bool, request_types: list[str]) -> None:
    """Fill `requested` (items that were asked for) and `request_evidence`. Needs items laid out, and people named.

    `is_whole`: all items are.
    """
    await run_all(tx, _STEPS if is_whole else for_few_rows(_STEPS), {"request_types": request_types})
