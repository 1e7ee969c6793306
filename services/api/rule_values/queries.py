"""All SQL about values that sources have told already: labels and collections."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_VALUES = 5000
"""More would be no help to somebody who chooses."""


async def labels(conn: AsyncConnection) -> list[str]:
    """Labels of every enabled media server, each spelling of a word once."""
    return list((await conn.execute(_LABELS, {"most": MOST_VALUES})).scalars())


async def collections(conn: AsyncConnection) -> list[str]:
    """Collections of every enabled media server, and those that Radarr names."""
    return list((await conn.execute(_COLLECTIONS, {"most": MOST_VALUES})).scalars())


_LABELS = text(
    """
    select min(l.label) as label
      from source_labels l
      join integrations g on g.id = l.integration_id and g.enabled and g.removed_at is null
     where l.label <> ''
     group by lower(l.label)
     order by lower(min(l.label))
     limit :most
    """
)

_COLLECTIONS = text(
    """
    select min(name) as name from (
        select c.name
          from source_collection_members c
          join integrations g on g.id = c.integration_id and g.enabled and g.removed_at is null
        union
        select i.source_collection
          from media_items i
          join integrations g on g.id = i.integration_id and g.enabled and g.removed_at is null
         where i.source_collection is not null
    ) named
     where name <> ''
     group by lower(name)
     order by lower(min(name))
     limit :most
    """
)
