"""Notices items that we deleted and that are there again (S-18): once each, in the read that shows them."""

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.safety import NUMBERS
from libs.common.events.safety import ItemReturned
from libs.common.messaging.outbox import add_events

_NOTICE = text(
    """
    with gone as materialized (
        select * from departed_items d
         where d.integration_id = :integration_id and d.returned_at is null and d.deleted_at > :since
    ), here as (
        select i.*, coalesce(i.parent_external_id, i.external_id) as title_id from media_items i
         where i.integration_id = :integration_id and i.size_bytes > 0 and exists (select from gone)
    ), pairs as (
        select g.external_id as gone_id, h.id from gone g join here h on h.external_id = g.external_id
        union select g.external_id, h.id from gone g join here h on h.tvdb_id = g.tvdb_id
        union select g.external_id, h.id from gone g join here h on h.tmdb_id = g.tmdb_id
        union select g.external_id, h.id from gone g join here h on h.mb_id = g.mb_id
        union select g.external_id, h.id from gone g join here h on h.foreign_book_id = g.foreign_book_id
    ), back as (
        select distinct on (g.external_id) g.external_id, h.external_id as back_as, h.title, h.media_type, g.deleted_at
          from pairs p join gone g on g.external_id = p.gone_id join media_items h on h.id = p.id
         where h.media_type = g.media_type and h.season_number is not distinct from g.season_number
           and h.seen_at > g.deleted_at
           and not coalesce(h.tvdb_id <> g.tvdb_id, h.tmdb_id <> g.tmdb_id, h.mb_id <> g.mb_id,
                            h.foreign_book_id <> g.foreign_book_id, false)
         order by g.external_id, h.id desc
    )
    update departed_items d set returned_at = :now, returned_as = b.back_as from back b
     where d.integration_id = :integration_id and d.external_id = b.external_id
    returning b.title, b.media_type, b.deleted_at
    """
)
"""By the same id, or by an outside id when the upstream numbers it anew; where both know an outside id it must agree. A
read that began before the deletion was confirmed shows nothing, and an entry without files is not back yet."""


async def notice_returns(tx: AsyncConnection, integration_id: int, run_id: int | None, now: datetime) -> int:
    """Note the returns within `boomerangDays` (0: none counts) that the catalogue shows now, with an event for each."""
    stored = (await tx.execute(select(m.Preferences.boomerang_days))).scalar_one_or_none()
    days = NUMBERS["boomerang_days"].admit(stored)
    if days == 0:
        return 0
    named = {"integration_id": integration_id, "since": now - timedelta(days=days), "now": now}
    back = (await tx.execute(_NOTICE, named)).all()
    events = [
        ItemReturned(
            media_name=row.title,
            media_type=row.media_type,
            integration_id=integration_id,
            days_since_deletion=(now - row.deleted_at).days,
        )
        for row in back
    ]
    if events:
        await add_events(tx, events, source="sync", at=now, run_id=run_id)
    return len(back)
