"""Tells what a merge came to: how many sources took part, what they recognised, and who recognised nothing."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.engine import EnrichmentComplete
from libs.common.messaging.outbox import add_event

_PARTS = text(
    """
    with sources as (
        select g.id, g.name, bool_or(r.rows > 0) as has_rows,
               exists (select from title_matches t where t.integration_id = g.id)
                 or exists (select from matched_requests q where q.integration_id = g.id) as recognised
          from integrations g join source_readings r on r.integration_id = g.id and r.complete_at is not null
         where g.enabled and g.removed_at is null
         group by g.id, g.name
    )
    select (select count(*) from sources) as sources,
           (select count(*) from watch_items) as items,
           (select count(*) from watch_items i
             where exists (select from title_matches t where t.item_id = i.title_item_id)
                or exists (select from requested q where q.item_id = i.item_id)) as matches,
           array(select name from sources where has_rows and not recognised order by name) as zero_matchers
    """
)


async def tell_enrichment(tx: AsyncConnection, now: datetime) -> None:
    """Announce a merge, in its own transaction. Without a source that enriches there is nothing to tell."""
    found = (await tx.execute(_PARTS)).one()
    if not found.sources:
        return
    done = EnrichmentComplete(
        enrichers_run=found.sources,
        items_processed=found.items,
        total_matches=found.matches,
        zero_matchers=list(found.zero_matchers),
        timestamp=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    await add_event(tx, done, source="sync", at=now)
