"""Which native ids a media server has for an outside id: a full listing replaces the whole map of that server."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LISTED = """
    select t.kind, p.provider, p.provider_id, array_agg(t.native_id order by t.native_id) as native_ids,
           min(t.title) as title
      from source_titles t
     cross join lateral (values ('tmdb', t.tmdb_id::text), ('tvdb', t.tvdb_id::text), ('imdb', t.imdb_id),
                                ('musicbrainz', t.mb_id)) as p (provider, provider_id)
     where t.integration_id = :integration_id and t.is_listed and p.provider_id is not null
     group by t.kind, p.provider, p.provider_id
"""
_FORGET = text(
    f"""
    with listed as ({_LISTED})
    delete from media_mappings m
     where m.integration_id = :integration_id
       and not exists (select from listed l where l.kind = m.kind and l.provider = m.provider
                                              and l.provider_id = m.provider_id)
    """  # noqa: S608  a constant of this module
)
_TAKE_OVER = text(
    f"""
    insert into media_mappings as m (integration_id, kind, provider, provider_id, native_ids, title, updated_at)
    select :integration_id, kind, provider, provider_id, native_ids, title, :now from ({_LISTED}) listed
    on conflict (integration_id, kind, provider, provider_id) do update
       set native_ids = excluded.native_ids, title = excluded.title, updated_at = excluded.updated_at
     where (m.native_ids, m.title) is distinct from (excluded.native_ids, excluded.title)
    """  # noqa: S608  a constant of this module
)


async def replace_mappings(tx: AsyncConnection, integration_id: int, now: datetime) -> None:
    """Make the map of one media server from its titles as they are kept now. Copies of a title share an entry."""
    await tx.execute(_FORGET, {"integration_id": integration_id})
    await tx.execute(_TAKE_OVER, {"integration_id": integration_id, "now": now})
