"""The SQL about who belongs to a collection that a person is asked about, whether they stand on the list or not."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.whole_collections import MEMBERSHIPS
from libs.common.deletions.gone import GONE
from services.api.rows import AnyRow

_MISSING = text(
    f"""
    with memberships as materialized ({MEMBERSHIPS}),
    listed as (
        select i.id from media_items i
          join approval_queue q on q.integration_id = i.integration_id and q.external_id = i.external_id
         where q.id = any(:rows)
    )
    select distinct i.title
      from memberships mine
      join memberships other on (other.source, other.name) = (mine.source, mine.name)
      join media_items i on i.id = other.id
      join integrations own on own.id = i.integration_id and own.enabled and own.removed_at is null
     where mine.id in (select id from listed) and other.id not in (select id from listed)
       and i.size_bytes > 0
       and not exists (select from media_items season
                        where season.integration_id = i.integration_id and season.media_type = 'season'
                          and season.parent_external_id = i.external_id)
       and not exists (select from deletion_jobs j
                        where j.integration_id = i.integration_id and j.external_id = i.external_id and {GONE})
     order by i.title
    """  # noqa: S608  every part is a constant
)
"""What has no files, or goes season by season, is no member itself; what was deleted has gone with the others."""


async def missing_from(tx: AsyncConnection, rows: Iterable[AnyRow]) -> Sequence[str]:
    """The titles of other items that are to leave with these rows' items, by what the catalogue says now."""
    found = await tx.execute(_MISSING, {"rows": sorted(row.id for row in rows)})
    return found.scalars().all()
