"""Which outside title is which item, by the first kind of evidence that knows it (integrations.md 16.2)."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.statements import run_all

_TVDB, _TMDB, _IMDB, _MUSICBRAINZ, _FOLDER, _TITLE = range(1, 7)
"""The kinds of evidence in the order in which they are believed."""

_WORD = f"""
    case rank when {_TVDB} then 'tvdb' when {_TMDB} then 'tmdb' when {_IMDB} then 'imdb'
              when {_MUSICBRAINZ} then 'musicbrainz' when {_FOLDER} then 'folder' else 'title' end
"""

_THEIR_TITLES = """
    create temporary table their_titles on commit drop as
    select (row_number() over ())::int4 as no, t.*, s.linked_id from source_titles t
      join integrations g on g.id = t.integration_id
      left join source_servers s on s.integration_id = t.integration_id and s.server = t.server
     where g.enabled and g.removed_at is null
"""
"""Numbered, because the three columns of their key are long, and every step groups by it."""

_FOUND = """
    create temporary table found_titles (no int4, item_id int8, same_as int8, rank int2, contradicts bool)
    on commit drop
"""

_CONTRADICTS = "coalesce(t.tvdb_id <> o.tvdb_id, false) or coalesce(t.tmdb_id <> o.tmdb_id, false)"
"""Both know an id, and it is another one."""

_BY_ID = f"""
    insert into found_titles
    select t.no, o.item_id, o.same_as, {_TVDB}, {_CONTRADICTS}
      from their_titles t join our_titles o on t.kind = 'tv' and o.kind = 'tv' and o.tvdb_id = t.tvdb_id
    union all
    select t.no, o.item_id, o.same_as, {_TMDB}, {_CONTRADICTS}
      from their_titles t join our_titles o on o.kind = t.kind and o.tmdb_id = t.tmdb_id
    union all
    select t.no, o.item_id, o.same_as, {_IMDB}, {_CONTRADICTS}
      from their_titles t join our_titles o on o.kind = t.kind and o.imdb_id = t.imdb_id
    union all
    select t.no, o.item_id, o.same_as, {_MUSICBRAINZ}, false
      from their_titles t join our_titles o on o.kind = t.kind and o.mb_id = t.mb_id
    union all
    select t.no, o.item_id, o.same_as, {_FOLDER}, {_CONTRADICTS}
      from (select t.*, unnest(folders) as folder from their_titles t) t
      join our_titles o on o.kind = t.kind and o.path = t.folder
     where t.folder <> ''
"""  # noqa: S608  only constants of this module

_NAMED_ALIKE = f"""
    create temporary table named_alike on commit drop as
    with named as (
        select t.no, t.integration_id, t.server, t.kind, t.title_key, t.year, o.item_id, o.same_as,
               coalesce(abs(t.year - o.year) <= 1, false) as same_year
          from their_titles t
          join (select o.*, unnest(o.title_keys) as key from our_titles o) o
            on o.kind = t.kind and o.key = t.title_key
         where t.title_key <> '' and not ({_CONTRADICTS}) and not exists (select from found_titles f where f.no = t.no)
    ), preferred as (
        select n.*, bool_or(same_year) over (partition by no) as has_year from named n
    )
    select no, item_id, same_as,
           min(same_as) over one_of_theirs = max(same_as) over one_of_theirs
               and case when same_year then min(title_key) over alike = max(title_key) over alike
                                            and min(year) over alike = max(year) over alike
                        else count(*) over one_of_ours = 1 end as is_sure
      from preferred where same_year or (kind = 'tv' and not has_year)
    window one_of_theirs as (partition by no), one_of_ours as (partition by integration_id, server, item_id),
           alike as (partition by integration_id, server, item_id, same_year)
"""  # noqa: S608  only constants of this module
"""Only where no id and no folder tells more. A title that fits several items, or a second title, is no match.

A show's name alone counts when nothing else has it. Titles of one name and one year are one title twice, in two
libraries or under a former id.
"""

_BY_TITLE = f"""
    insert into found_titles
    select distinct no, item_id, same_as, {_TITLE}, false from named_alike where is_sure
"""  # noqa: S608  only constants of this module

_DECIDED = f"""
    create temporary table decided_titles on commit drop as
    with pairs as (
        select no, item_id, min(same_as) as same_as, min(rank) as rank, bool_or(contradicts) as contradicts,
               min(rank) * 2 + case when bool_or(rank = {_FOLDER}) then 0 else 1 end as place
          from found_titles group by no, item_id
    ), best as (
        select no, min(place) as place, min(same_as) <> max(same_as) as is_disputed from pairs group by no
    )
    select p.no, p.item_id, {_WORD} as matched_by, b.is_disputed or p.contradicts as is_disputed
      from pairs p join best b on b.no = p.no and b.place = p.place
"""  # noqa: S608  only constants of this module
"""Where ids fit several copies (HD and 4K), the folder decides; where two facts name two titles, that is a dispute."""

_THROUGH_SERVER = """
    create temporary table served_titles on commit drop as
    with history as materialized (
        select * from their_titles where linked_id is not null and linked_id <> integration_id
    ), same_id as materialized (
        select h.no, d.item_id, d.is_disputed, 'server' as matched_by,
               t.title_key = h.title_key or '' in (t.title_key, h.title_key) or t.guids && h.guids
               or coalesce(t.tvdb_id = h.tvdb_id or t.tmdb_id = h.tmdb_id or t.imdb_id = h.imdb_id, false) as is_sure
          from history h
          join their_titles t on t.integration_id = h.linked_id and t.native_id = h.native_id and t.kind = h.kind
          join decided_titles d on d.no = t.no
    ), same_guid as (
        select h.no, d.item_id, d.is_disputed, 'guid', true
          from (select h.*, unnest(h.guids) as guid from history h) h
          join (select t.*, unnest(t.guids) as guid from their_titles t) t
            on t.integration_id = h.linked_id and t.guid = h.guid and t.kind = h.kind
          join decided_titles d on d.no = t.no
         where not exists (select from same_id s where s.no = h.no and s.is_sure)
    )
    select no, item_id, bool_and(is_disputed) as is_disputed, max(matched_by) as matched_by, bool_or(is_sure) as is_sure
      from (select * from same_id union all select * from same_guid) s
     group by no, item_id
"""
"""A history speaks of the media server's own titles: what that title is here, it is there; surely unless names and ids
speak against it.

A server that was set up anew gives old numbers to other titles, and one that is corrected gives a title another name.
Nobody can tell one from the other, so what was played then counts for both.
"""

_KEEP = """
    create temporary table new_matches on commit drop as
    select t.integration_id, t.server, t.native_id, m.* from their_titles t join (
        select no, item_id, matched_by, is_disputed from served_titles
        union all
        select no, item_id, matched_by, is_disputed from decided_titles d
         where not exists (select from served_titles s where s.no = d.no and (s.is_sure or s.item_id = d.item_id))
    ) m using (no)
"""

_FORGET = """
    delete from title_matches t where not exists (
        select from new_matches n where n.integration_id = t.integration_id and n.server = t.server
                                    and n.native_id = t.native_id and n.item_id = t.item_id)
"""

_TAKE_OVER = """
    insert into title_matches as t (integration_id, server, native_id, item_id, matched_by, is_disputed)
    select integration_id, server, native_id, item_id, n.matched_by, n.is_disputed
      from new_matches n left join title_matches o using (integration_id, server, native_id, item_id)
     where (o.matched_by, o.is_disputed) is distinct from (n.matched_by, n.is_disputed)
    on conflict (integration_id, server, native_id, item_id) do update
       set matched_by = excluded.matched_by, is_disputed = excluded.is_disputed
"""

_REPORT = """
    with matched as (
        select no, bool_or(is_disputed) as is_disputed from new_matches group by no
    ), unsure as (
        select distinct no from named_alike where not is_sure
    ), counted as (
        select t.integration_id, case when t.is_listed then 'titles' else 'plays' end as capability,
               count(*) as titles, count(m.no) as matched, count(*) filter (where m.is_disputed) as disputed,
               count(u.no) as ambiguous, array_agg(t.title order by t.title) filter (where m.no is null) as missed
          from their_titles t left join matched m using (no) left join unsure u using (no)
         group by t.integration_id, t.is_listed
    )
    update source_readings r
       set matched = c.matched, unmatched = c.titles - c.matched, ambiguous = c.ambiguous, conflicts = c.disputed,
           examples = coalesce(c.missed[1:20], '{}')
      from counted c
     where r.integration_id = c.integration_id and r.capability = c.capability
       and (r.matched, r.unmatched, r.ambiguous, r.conflicts, r.examples) is distinct from
           (c.matched, c.titles - c.matched, c.ambiguous, c.disputed, coalesce(c.missed[1:20], '{}'))
"""

_STEPS = (
    _THEIR_TITLES,
    "analyze their_titles (no, integration_id, native_id, kind, tmdb_id, tvdb_id, imdb_id, mb_id, title_key)",
    _FOUND,
    _BY_ID,
    "analyze found_titles",
    _NAMED_ALIKE,
    _BY_TITLE,
    _DECIDED,
    "analyze decided_titles",
    _THROUGH_SERVER,
    "analyze served_titles",
    _KEEP,
    "analyze new_matches (no, integration_id, native_id, item_id)",
    _FORGET,
    _TAKE_OVER,
    "analyze title_matches (integration_id, native_id, item_id)",
    _REPORT,
)


async def match_titles(tx: AsyncConnection) -> None:
    """Bring `title_matches` up to date. Titles of sources that are switched off match nothing. Needs `our_titles`."""
    await run_all(tx, _STEPS)


_SHARED = text(
    """
    select h.integration_id, h.server, l.integration_id as house_id, count(*) as titles
      from source_titles h
      join source_titles l on l.native_id = h.native_id and l.kind = h.kind and l.title_key = h.title_key
                          and l.integration_id <> h.integration_id and l.is_listed
     where not h.is_listed and h.title_key <> '' and h.integration_id = any(:sources)
     group by h.integration_id, h.server, l.integration_id
    """
)


async def shared_titles(tx: AsyncConnection, sources: list[int]) -> dict[tuple[int, str, int], int]:
    """How many titles a history and a media server have under equal native ids, by (source, server, house)."""
    rows = await tx.execute(_SHARED, {"sources": sources})
    return {(row.integration_id, row.server, row.house_id): row.titles for row in rows}
