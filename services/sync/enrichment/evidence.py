"""What the word of each media server about an item's plays is worth: one state per item and server says it.

* `watched`, `never`: known. `absent`: not on that server, which has at least half of our items of that kind.
* `young_history`: no plays, but neither is it known what was played when the oldest file came.
* `small_library`: no plays on a server that has fewer than half of our items of that kind.
* `partial`: no plays, and the server cannot tell everybody's. `disputed`: the title may be another one.
* `unread`: it, or a history of it, was never read to its end.
* `unlinked`: no plays in a history of we do not know which server.

No state: the server has nothing of that kind. Sources: integrations.md 16.6, safety.md S-05.
"""

from services.sync.enrichment.items import OF_THEM

_PRESENT = f"""
    create temporary table present on commit drop as
    select m.item_id as title_item_id, m.integration_id as house_id, bool_or(m.is_disputed) as is_disputed
      from title_matches m
      join houses h on h.house_id = m.integration_id
      join source_titles t on t.integration_id = m.integration_id and t.server = m.server and t.native_id = m.native_id
     where t.is_listed and {OF_THEM}
     group by m.item_id, m.integration_id
"""  # noqa: S608  the condition is a constant
"""A title that only plays name is not on the server any more."""

KNOWS_ENOUGH = "{known} * 100 >= {ours} * 50"
"""SQL: whether a server knows so many of our items that its silence about others says something."""

_RECOUNT = (
    "delete from house_coverage",
    """
    insert into house_coverage (house_id, kind, known)
    with listed as (
        select distinct t.integration_id as house_id, t.kind from source_titles t
          join houses h on h.house_id = t.integration_id where t.is_listed
    ), known as (
        select p.house_id, o.kind, count(*) as items
          from present p join our_titles o on o.item_id = p.title_item_id group by p.house_id, o.kind
    )
    select house_id, kind, coalesce(k.items, 0) from listed left join known k using (house_id, kind)
    """,
)
"""Count what each server knows of ours. What can be merged alone changes nothing about it."""

_COVERAGE = f"""
    create temporary table coverage on commit drop as
    select h.*, o.kind, k.kind is not null as serves, o.items as ours, coalesce(k.known, 0) as known,
           {KNOWS_ENOUGH.format(known="coalesce(k.known, 0)", ours="o.items")} as knows_enough
      from houses h cross join our_counts o
      left join house_coverage k on k.house_id = h.house_id and k.kind = o.kind
"""  # noqa: S608  the condition is a constant of this module
"""A server that knows fewer than half of the items of a kind says nothing about those it knows no plays of."""

_EVIDENCE = """
    create temporary table watch_evidence on commit drop as
    with seen as (
        select item_id, coalesce(house_id, -source_id) as teller from told
         group by item_id, teller having sum(plays) > 0
    ), about as (
        select i.item_id, c.house_id as source_id, c.evidence_at,
               c.tells_something and p.title_item_id is not null as is_known,
               case when not c.is_read then 'unread'
                    when not c.serves then null
                    when p.title_item_id is null and c.knows_enough then 'absent'
                    when p.title_item_id is null then 'small_library'
                    when p.is_disputed then 'disputed'
                    when s.item_id is not null then 'watched'
                    when c.is_partial then 'partial'
                    when not c.knows_enough then 'small_library'
                    when i.oldest_file_at is null or c.covers_since is null or c.covers_since > i.oldest_file_at
                        then 'young_history'
                    else 'never' end as state
          from watch_items i
          join coverage c on c.kind = i.kind
          left join present p on p.title_item_id = i.title_item_id and p.house_id = c.house_id
          left join seen s on s.item_id = i.item_id and s.teller = c.house_id
        union all
        select i.item_id, u.source_id, u.complete_at, u.complete_at is not null and s.item_id is not null,
               case when u.complete_at is null then 'unread' when s.item_id is null then 'unlinked' else 'watched' end
          from watch_items i
         cross join unlinked_sources u
          left join seen s on s.item_id = i.item_id and s.teller = -u.source_id
    )
    select item_id, jsonb_object_agg(source_id, state) as states, bool_or(is_known) as is_known_somewhere,
           bool_and(state in ('watched', 'never', 'absent')) and bool_or(state in ('watched', 'never')) as is_sure,
           min(evidence_at) as evidence_at
      from about where state is not null
     group by item_id
"""
"""`teller` is a house, or below zero a source that belongs to none."""


def evidence_steps(*, is_whole: bool) -> tuple[str, ...]:
    """Fill `watch_evidence` by item. They need sources and items laid out, and `told`. `is_whole`: all items are."""
    return (
        *(_PRESENT, "analyze present"),
        *(_RECOUNT if is_whole else ()),
        *(_COVERAGE, "analyze coverage"),
        *(_EVIDENCE, "analyze watch_evidence (item_id)"),
    )
