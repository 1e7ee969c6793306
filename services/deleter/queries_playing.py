"""The SQL behind the question who is watching: which servers to ask about an item, and by which ids they know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.deletions.job import Job
from libs.common.domain.enums import MEDIA_SERVER_TYPES, SESSION_TYPES, IntegrationType
from services.deleter.claimed import Source


@dataclass(frozen=True, slots=True)
class Teller:
    """A source that can tell what is being watched. `native_ids`: what the item, or its show, is called there.

    `is_known_absent`: its library was read completely and lately, and has nothing that the item could be.
    """

    source: Source
    native_ids: frozenset[str]
    is_known_absent: bool


_TELLERS = text(
    """
    with item as (
        select coalesce(p.id, i.id) as id, coalesce(p.title_keys, i.title_keys) as title_keys,
               case i.media_type when 'movie' then 'movie' when 'show' then 'tv' when 'season' then 'tv' end as kind
          from media_items i
          left join media_items p on i.media_type = 'season' and p.integration_id = i.integration_id
                                 and p.external_id = i.parent_external_id
         where i.integration_id = :integration_id and i.external_id = :external_id
    )
    select g.*,
           array(select m.native_id from title_matches m join item on item.id = m.item_id
                  where m.integration_id = g.id
                     or m.integration_id in (select s.linked_id from source_servers s where s.integration_id = g.id)
           ) as native_ids,
           exists (select from source_readings r join item on item.kind is not null
                    where r.integration_id = g.id and r.capability = 'titles' and r.partial = ''
                      and r.complete_at >= :known_since)
               and not exists (
                   select from source_titles t join item on t.kind = item.kind and t.title_key = any(item.title_keys)
                    where t.integration_id = g.id
                      and not exists (select from title_matches m
                                       where m.integration_id = t.integration_id and m.server = t.server
                                         and m.native_id = t.native_id)) as is_known_absent
      from integrations g
     where g.enabled and g.removed_at is null and g.type = any(:types)
       and (g.type = any(:servers)
            or not exists (select from source_servers s where s.integration_id = g.id)
            or exists (select from source_servers s
                        where s.integration_id = g.id
                          and not exists (select from integrations l
                                           where l.id = s.linked_id and l.enabled and l.removed_at is null)))
     order by g.id
    """
)
"""A history is asked only about servers that are not connected here: a connected one tells it itself, and sooner."""


async def tellers(conn: AsyncConnection, job: Job, known_since: datetime) -> Sequence[Teller]:
    """Everybody who has to be asked before this item goes. What was read before `known_since` is not known any more."""
    rows = await conn.execute(
        _TELLERS,
        {
            "integration_id": job.integration_id,
            "external_id": job.external_id,
            "known_since": known_since,
            "types": sorted(kind.value for kind in SESSION_TYPES),
            "servers": sorted(kind.value for kind in MEDIA_SERVER_TYPES),
        },
    )
    return [
        Teller(
            source=Source(
                id=row.id,
                type=IntegrationType(row.type),
                name=row.name,
                url=row.url,
                api_key=row.api_key,
                verify_tls=row.verify_tls,
                ca_bundle=row.ca_bundle,
                changed_at=row.updated_at,
            ),
            native_ids=frozenset(row.native_ids),
            is_known_absent=row.is_known_absent,
        )
        for row in rows
    ]
