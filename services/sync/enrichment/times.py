"""The short way of a merge: everything was told again as before, and only the evidence is younger."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_REFRESH = text(
    """
    with times as materialized (
        select house_id::text as source, evidence_at from houses
        union all select source_id::text, complete_at from unlinked_sources
    ), evidence as (
        select watch_evidence from media_items where watch_evidence_at is not null group by watch_evidence
    ), dated as materialized (
        select e.watch_evidence, min(t.evidence_at) as evidence_at
          from evidence e cross join lateral jsonb_object_keys(e.watch_evidence) as source
          join times t using (source)
         group by e.watch_evidence
    ), renewed as (
        select i.item_id, case when x.watch_evidence_at is not null then d.evidence_at end as watch_evidence_at,
               q.evidence_at as request_evidence_at
          from watch_items i
          join media_items x on x.id = i.item_id
          left join dated d on d.watch_evidence = x.watch_evidence
         cross join request_evidence q
    )
    update media_items i
       set watch_evidence_at = r.watch_evidence_at, request_evidence_at = r.request_evidence_at
      from renewed r
     where r.item_id = i.id and (i.watch_evidence_at, i.request_evidence_at)
                                is distinct from (r.watch_evidence_at, r.request_evidence_at)
    """
)
"""Evidence is as old as the oldest reading among those with a say; who has one stands in the states of the item."""


async def refresh_times(tx: AsyncConnection) -> int:
    """Give every item's evidence the age of the newest readings; answers how many changed."""
    return int((await tx.execute(_REFRESH)).rowcount)
