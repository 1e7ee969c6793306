"""What people marked: watchlists and favourites, labels, and the media servers' own collections and dates."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.items import OF_THEM
from services.sync.enrichment.statements import run_all

_WISHED = f"""
    create temporary table wished on commit drop as
    select distinct m.item_id as title_item_id
      from source_wishes w
      join integrations g on g.id = w.integration_id and g.enabled and g.removed_at is null
      join title_matches m on m.integration_id = w.integration_id and m.server = w.server and m.native_id = w.title_id
     where {OF_THEM}
"""  # noqa: S608  the condition is a constant

_WISH_SOURCES = """
    create temporary table wish_sources on commit drop as
    select count(*) as sources, coalesce(bool_and(r.complete_at is not null), false) as are_read
      from integrations g
      left join source_readings r on r.integration_id = g.id and r.capability = 'wishes'
     where g.enabled and g.removed_at is null and g.type = any(:wish_types)
"""

_LABELLED = f"""
    create temporary table labelled on commit drop as
    select title_item_id, array_agg(label order by lower(label)) as labels from (
        select distinct on (m.item_id, lower(l.label)) m.item_id as title_item_id, l.label
          from source_labels l
          join integrations g on g.id = l.integration_id and g.enabled and g.removed_at is null
          join title_matches m on m.integration_id = l.integration_id and m.native_id = l.title_id
         where l.label <> '' and {OF_THEM}
         order by m.item_id, lower(l.label), l.label
    ) each_once group by title_item_id
"""  # noqa: S608  the condition is a constant

_COLLECTED = f"""
    create temporary table collected on commit drop as
    with named as (
        select m.item_id as title_item_id, c.name, c.integration_id
          from source_collection_members c
          join integrations g on g.id = c.integration_id and g.enabled and g.removed_at is null
          join title_matches m on m.integration_id = c.integration_id and m.native_id = c.title_id
         where c.name <> '' and {OF_THEM}
        union
        select i.title_item_id, x.source_collection, i.integration_id
          from watch_items i join media_items x on x.id = i.item_id
         where i.media_type <> 'season' and x.source_collection is not null
    ), by_name as (
        select title_item_id, name, jsonb_agg(integration_id order by integration_id) as sources from named
         group by title_item_id, name
    )
    select title_item_id, array_agg(name order by name) as names, jsonb_object_agg(name, sources) as sources
      from by_name group by title_item_id
"""  # noqa: S608  the condition is a constant

_DATED = f"""
    create temporary table dated on commit drop as
    select m.item_id as title_item_id, max(t.added_at) as library_added_at
      from source_titles t
      join integrations g on g.id = t.integration_id and g.enabled and g.removed_at is null
      join title_matches m on m.integration_id = t.integration_id and m.server = t.server and m.native_id = t.native_id
     where t.is_listed and t.added_at is not null and {OF_THEM}
     group by m.item_id
"""  # noqa: S608  the condition is a constant

_STEPS = (_WISHED, _WISH_SOURCES, _LABELLED, _COLLECTED, _DATED)


async def merge_marks(tx: AsyncConnection, *, is_whole: bool, wish_types: list[str]) -> None:
    """Fill `wished`, `wish_sources`, `labelled`, `collected` and `dated`, by the item that outside titles match.

    `is_whole`: all items are laid out.
    """
    await run_all(tx, _STEPS, {"is_whole": is_whole, "wish_types": wish_types})
