"""Plays of all sources made one: the most within a media server, the sum over servers (integrations.md 16.5).

What cannot be linked to a house describes all houses of its type, so it only ever raises what they tell together.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.evidence import evidence_steps
from services.sync.enrichment.items import OF_THEM
from services.sync.enrichment.statements import for_few_rows, run_all

_VIEWS = f"""
    create temporary table views on commit drop as
    select m.item_id as title_item_id, p.integration_id as source_id, s.linked_id as house_id,
           coalesce(h.type, s.type) as server_type, p.season_number,
           coalesce(nullif(u.person, ''), p.user_id) as person, p.plays, p.last_played_at, p.is_count
      from source_plays p
      join watch_sources w on w.source_id = p.integration_id
      join title_matches m on m.integration_id = p.integration_id and m.server = p.server and m.native_id = p.title_id
      left join source_users u on u.integration_id = p.integration_id and u.user_id = p.user_id
      left join source_servers s on s.integration_id = p.integration_id and s.server = p.server
      left join houses h on h.house_id = s.linked_id
     where {OF_THEM}
"""  # noqa: S608  the condition is a constant

_COUNTS = (
    "(:count_earlier or i.oldest_file_at is null or v.last_played_at is null or v.last_played_at >= i.oldest_file_at)"
)
"""Plays from before the oldest file are about a copy that is gone (S-27); a count goes by the time of its last one."""

_TOLD = f"""
    create temporary table told on commit drop as
    with apart as (
        select title_item_id, bool_and(v.season_number is not null and w.tells_seasons) as tells_seasons
          from views v join watch_sources w using (source_id) group by title_item_id
    )
    select i.item_id, v.source_id, v.house_id, v.server_type, v.is_count,
           coalesce(sum(v.plays) filter (where {_COUNTS}), 0)::int8 as plays,
           max(v.last_played_at) filter (where {_COUNTS}) as last_played,
           coalesce(array_agg(distinct v.person) filter (where {_COUNTS} and v.plays > 0 and v.person <> ''), '{{}}')
               as people
      from watch_items i
      join views v using (title_item_id)
      join apart a using (title_item_id)
     where i.media_type <> 'season' or not a.tells_seasons or v.season_number = i.season_number
     group by i.item_id, v.source_id, v.house_id, v.server_type, v.is_count
"""  # noqa: S608  the condition is a constant of this module
"""What each source tells of each item. Its single plays and its counts are the same plays, told twice."""

_TOTALS = """
    create temporary table watch_totals on commit drop as
    with by_house as (
        select item_id, house_id, server_type, max(plays) as plays, max(last_played) as last_played
          from told group by item_id, house_id, server_type
    ), by_type as (
        select item_id, server_type, max(last_played) as last_played,
               greatest(sum(plays) filter (where house_id is not null),
                        max(plays) filter (where house_id is null)) as plays
          from by_house group by item_id, server_type
    ), people as (
        select item_id, array_agg(distinct person order by person) as people
          from told, unnest(people) as person group by item_id
    )
    select t.item_id, greatest(sum(t.plays) filter (where server_type is not null),
                               max(t.plays) filter (where server_type is null))::int8 as plays,
           max(t.last_played) as last_played, coalesce(p.people, '{}') as people
      from by_type t left join people p using (item_id)
     group by t.item_id, p.people
"""
"""Plays without a house are a source's total over all of their type: they are in the sum already, or more than it.

The same goes for plays of which not even the type of their server is known, over all types.
"""

_WATCH = """
    create temporary table watch on commit drop as
    select i.item_id,
           case when e.is_known_somewhere or t.item_id is not null then coalesce(t.plays, 0) end as play_count,
           case when i.media_type = 'season' and :season_inherits then greatest(t.last_played, parent.last_played)
                else t.last_played end as last_played,
           coalesce(t.people, '{}') as people,
           coalesce(e.is_known_somewhere, false) or t.item_id is not null as is_matched,
           case when e.is_sure then e.evidence_at end as evidence_at,
           coalesce(e.states, '{}'::jsonb) as states
      from watch_items i
      left join watch_totals t on t.item_id = i.item_id
      left join watch_totals parent on parent.item_id = i.title_item_id
      left join watch_evidence e on e.item_id = i.item_id
"""

_TOLD_STEPS = (
    _VIEWS,
    "analyze views (title_item_id, source_id)",
    _TOLD,
    "analyze told (item_id, house_id, source_id, server_type)",
    _TOTALS,
    "analyze watch_totals (item_id)",
)
_WATCH_STEPS = (_WATCH, "create index on watch (item_id)", "analyze watch (item_id)")


async def merge_plays(tx: AsyncConnection, *, is_whole: bool, count_earlier: bool, season_inherits: bool) -> None:
    """Fill `watch` with one row per item that is laid out. Needs `title_matches` as they are now, and sources laid out.

    `is_whole`: all items are.
    """
    choices = {"count_earlier": count_earlier, "season_inherits": season_inherits}
    steps = (*_TOLD_STEPS, *evidence_steps(is_whole=is_whole), *_WATCH_STEPS)
    await run_all(tx, steps if is_whole else for_few_rows(steps), {"is_whole": is_whole, **choices})
