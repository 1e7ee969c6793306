"""Our items as a merge sees them: what each is for the outside world, and what outside titles can be."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.statements import run_all

SHARES_ID = "r.kind = o.kind and (r.tvdb_id = o.tvdb_id or r.tmdb_id = o.tmdb_id or r.imdb_id = o.imdb_id)"
"""SQL: whether a request `r` could be for a title `o` of ours."""

_KIND = "case i.media_type when 'movie' then 'movie' when 'show' then 'tv' else i.media_type end"
_OUR_TITLES = """
    media_items i join integrations g on g.id = i.integration_id
     where g.enabled and g.removed_at is null and i.media_type in ('movie', 'show', 'artist', 'book')
"""

_COUNTS = f"""
    create temporary table our_counts on commit drop as
    select {_KIND} as kind, count(*) as items from {_OUR_TITLES} group by 1
"""  # noqa: S608  only constants of this module
"""How many titles of each kind we have, also where only some are merged."""

_OURS = f"""
    select i.id as item_id, i.tmdb_id, i.tvdb_id, i.imdb_id, i.mb_id, i.path, i.title_keys, i.year, {_KIND} as kind,
           coalesce('tvdb:' || i.tvdb_id, 'tmdb:' || i.tmdb_id, i.imdb_id, i.mb_id, 'item:' || i.id) as name
      from {_OUR_TITLES}
"""  # noqa: S608  only constants of this module

_ALL_TITLES = f"""
    create temporary table our_titles on commit drop as
    select o.*, min(item_id) over (partition by kind, name) as same_as from ({_OURS}) o
"""  # noqa: S608  only constants of this module
"""What outside titles can be. Copies of one title have the same `same_as`."""

_THEIR_TITLES = f"""
    create temporary table our_titles on commit drop as
    with theirs as materialized (
        {_OURS} and i.id = any(:item_ids)
    ), asked as materialized (
        select distinct r.kind, r.tvdb_id, r.tmdb_id, r.imdb_id
          from theirs o join source_requests r on {SHARES_ID}
    )
    select * from theirs union select o.* from asked r join ({_OURS}) o on {SHARES_ID}
"""  # noqa: S608  only constants of this module
"""Those that are merged alone, and all that a request could be for that could be for them."""

_ITEMS = """
    create temporary table watch_items on commit drop as
    select i.id as item_id, i.integration_id, i.external_id, i.media_type, i.season_number, i.oldest_file_at,
           coalesce(p.id, i.id) as title_item_id,
           case when i.media_type in ('show', 'season') then 'tv' else i.media_type end as kind
      from media_items i
      join integrations g on g.id = i.integration_id and g.enabled and g.removed_at is null
      left join media_items p on i.media_type = 'season' and p.integration_id = i.integration_id
                             and p.external_id = i.parent_external_id
     where :is_whole or i.id = any(:item_ids)
"""
"""`title_item_id` is the item that outside titles match: a season is found through its show."""

_ANALYZE_TITLES = "analyze our_titles (item_id, kind, tmdb_id, tvdb_id, imdb_id, mb_id, path)"
_ANALYZE_ITEMS = "analyze watch_items (item_id, title_item_id, kind, media_type)"
"""Also of few: everything else is joined to them, and must not be read as a whole for their sake."""

OF_THEM = "(:is_whole or m.item_id = any(array(select title_item_id from watch_items)))"
"""Condition on matches `m`: those of items that are merged. A merge of everything is not slowed down by asking."""


async def lay_out_items(tx: AsyncConnection, only: Collection[int] | None = None) -> None:
    """Fill `our_counts`, `our_titles` and `watch_items` from the items of sources that are switched on.

    `only` are the ids of those to merge, whole titles; None: all.
    """
    titles = (_ALL_TITLES, _ANALYZE_TITLES) if only is None else (_THEIR_TITLES,)
    await run_all(
        tx, (_COUNTS, *titles, _ITEMS, _ANALYZE_ITEMS), {"is_whole": only is None, "item_ids": sorted(only or ())}
    )
