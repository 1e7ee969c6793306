"""Who tells plays, and of which *house*: a media server with everything that records its plays."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.statements import for_few_rows, run_all

_SOURCES = """
    create temporary table watch_sources on commit drop as
    select g.id as source_id, r.complete_at, r.partial <> '' as is_partial,
           coalesce(r.tells_seasons, true) as tells_seasons
      from integrations g
      left join source_readings r on r.integration_id = g.id and r.capability = 'plays'
     where g.enabled and g.removed_at is null and g.type = any(:watch_types)
"""

_HOUSES = """
    create temporary table houses on commit drop as
    with members as (
        select s.linked_id as house_id, s.covers_since, w.* from watch_sources w
          join source_servers s on s.integration_id = w.source_id where s.linked_id is not null
    )
    select m.house_id, g.type, bool_and(m.complete_at is not null) and t.complete_at is not null as is_read,
           bool_or(m.complete_at is not null) and t.complete_at is not null as tells_something,
           least(min(m.complete_at), t.complete_at) as evidence_at,
           min(m.covers_since) filter (where m.complete_at is not null and not m.is_partial) as covers_since,
           bool_and(m.is_partial) as is_partial
      from members m
      join integrations g on g.id = m.house_id
      left join source_readings t on t.integration_id = m.house_id and t.capability = 'titles'
     group by m.house_id, g.type, t.complete_at
"""
"""What is known of a house is as old as the oldest reading about it, and reaches back as far as its longest memory.

What has only a part of the plays does not know how far back the rest of them goes.
"""

_UNLINKED = """
    create temporary table unlinked_sources on commit drop as
    select w.* from watch_sources w
     where not exists (select from source_servers s where s.integration_id = w.source_id and s.linked_id is not null)
"""

_STEPS = (
    _SOURCES,
    "analyze watch_sources",
    _HOUSES,
    "analyze houses",
    _UNLINKED,
    "analyze unlinked_sources",
)


async def lay_out_sources(tx: AsyncConnection, *, is_whole: bool, watch_types: list[str]) -> None:
    """Fill `watch_sources`, `houses` and `unlinked_sources` as servers are linked now. `is_whole`: for all items."""
    await run_all(tx, _STEPS if is_whole else for_few_rows(_STEPS), {"watch_types": watch_types})
