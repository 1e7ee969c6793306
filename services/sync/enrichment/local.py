"""When the items of a title can be merged alone: nothing that anybody tells of another item can change with them.

That is so when items only came that no outside title could be, or when items are what they were for the outside world
and only their files are others. Everything else is left to a merge of the whole catalogue.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.sync.enrichment.evidence import KNOWS_ENOUGH
from services.sync.enrichment.items import SHARES_ID


@dataclass(frozen=True, slots=True)
class TitleChange:
    """Items of one title came, or have other files; none went, and none is recognised by something else.

    `number` is that of the reading; `item_ids` are all items of the title, `added` those that came.
    """

    number: int
    item_ids: frozenset[int]
    added: frozenset[int]


_CAN_BE = """
    select exists (
        select from our_titles o
          join source_titles t
            on (t.kind = 'tv' and t.tvdb_id = o.tvdb_id) or t.tmdb_id = o.tmdb_id or t.imdb_id = o.imdb_id
               or t.mb_id = o.mb_id or (o.path <> '' and o.path = any(t.folders))
               or (t.title_key <> '' and t.title_key = any(o.title_keys))
         where o.item_id = any(:added) and t.kind = o.kind)
"""
"""As `matching` finds candidates, whatever else it knows of them."""

_SHARES_REQUEST = f"""
    with theirs as (
        select r.* from our_titles o join source_requests r on {SHARES_ID} where o.item_id = any(:added)
    )
    select exists (select from theirs r join our_titles o on {SHARES_ID} where o.item_id <> all(:added))
"""  # noqa: S608  the condition is a constant
"""A request goes to the items with the best evidence, so one that came can take it from another."""

_SHIFTS = f"""
    select exists (
        select from coverage c
          join (select kind, count(*) as items from our_titles where item_id = any(:added) group by kind) a using (kind)
         where c.knows_enough <> ({KNOWS_ENOUGH.format(known="c.known", ours="(c.ours - a.items)")}))
"""  # noqa: S608  the condition is a constant


async def concerns_others(tx: AsyncConnection, added: Collection[int]) -> bool:
    """Whether an outside title could be one of the items that came, or a request of another item be theirs.

    Needs `our_titles`.
    """
    named = {"added": sorted(added)}
    can_be = bool((await tx.execute(text(_CAN_BE), named)).scalar_one())
    return can_be or bool((await tx.execute(text(_SHARES_REQUEST), named)).scalar_one())


async def shifts_coverage(tx: AsyncConnection, added: Collection[int]) -> bool:
    """Whether a server that knew enough of our items does not any more, or the other way round. Needs `coverage`."""
    return bool((await tx.execute(text(_SHIFTS), {"added": sorted(added)})).scalar_one())
