"""Statements between the staged rows of one read and the catalogue; all of them work on whole sets."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import JobState
from services.sync.catalogue.columns import SOURCE_COLUMNS

STAGED = "staged_items"


def _key(path: str) -> str:
    """SQL for `libs.common.domain.paths.path_key` of a path that is normalised already."""
    return f"case when {path} ~ '^[A-Za-z]:(/|$)' then lower({path}) else {path} end"


_MOUNTS = f"""
    mounts as materialized (
        select id, key, case when key = '/' then '/' else key || '/' end as prefix
        from (select id, {_key("mount_path")} as key from disk_groups) g
    )
"""  # noqa: S608  every name is a constant of this module

_GROUP_OF = f"""
    (select mounts.id from mounts
     where s.path <> '' and ({_key("s.path")} = mounts.key or starts_with({_key("s.path")}, mounts.prefix))
     order by length(mounts.key) desc limit 1)
"""  # noqa: S608  every name is a constant of this module
"""The most specific mount at a path boundary. Stale groups keep what lies below them: it is on no other disk."""

_PLAIN = [name for name in SOURCE_COLUMNS if name not in {"external_id", "collections", "collection_sources"}]

_FOREIGN = """
    (select coalesce(jsonb_object_agg(key, value), '{}'::jsonb) from jsonb_each(media_items.collection_sources)
     where value <> to_jsonb(media_items.integration_id))
"""
"""Collections that a media server contributed: a read of the source must not take them away."""


def _merge() -> TextClause:
    names = ", ".join(SOURCE_COLUMNS)
    staged = ", ".join(f"s.{name}" for name in SOURCE_COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in [*_PLAIN, "disk_group_id", "snapshot_id", "seen_at"])
    return text(
        f"""
        with {_MOUNTS}
        insert into media_items (integration_id, {names}, disk_group_id, snapshot_id, seen_at, first_seen_at)
        select :integration_id, {staged}, {_GROUP_OF}, :snapshot_id, :seen_at, :seen_at
        from {STAGED} s where s.media_type <> 'season' or not :shows_only
        on conflict (integration_id, external_id) do update set {updates},
            collection_sources = {_FOREIGN} || excluded.collection_sources,
            collections = array(select jsonb_object_keys({_FOREIGN} || excluded.collection_sources) order by 1)
        """  # noqa: S608  every name is a constant of this module
    )


_MERGE = _merge()

_FORGET_REPLACED = text(
    f"""
    delete from media_items i using {STAGED} s
    where i.integration_id = :integration_id and i.external_id = s.external_id
      and (i.media_type <> s.media_type or i.tmdb_id <> s.tmdb_id or i.tvdb_id <> s.tvdb_id)
    """  # noqa: S608  every name is a constant of this module
)
"""An upstream that was set up anew gives old ids to other titles; plays and dates of the former must not stick."""

_REASSIGN = text(
    f"""
    with {_MOUNTS}, placed as materialized (select s.id, {_GROUP_OF} as group_id from media_items s)
    update media_items i set disk_group_id = placed.group_id from placed
    where placed.id = i.id and i.disk_group_id is distinct from placed.group_id
    """  # noqa: S608  every name is a constant of this module
)

_TOTALS = text(
    f"""
    select count(*) as items, count(distinct external_id) as distinct_items,
           count(*) filter (where media_type = 'show') as shows,
           coalesce(sum(size_bytes), 0)::int8 as item_bytes,
           coalesce(sum(size_bytes) filter (where media_type = 'show'), 0)::int8 as show_bytes
    from {STAGED}
    """  # noqa: S608  every name is a constant of this module
)

_TAKEN_BY_US = text(
    """
    select count(*) from media_items i
    where i.integration_id = :integration_id and exists (
        select from deletion_jobs j
        where j.integration_id = i.integration_id and j.state = :deleted and j.finished_at >= :since
          and j.external_id in (i.external_id, i.parent_external_id))
    """
)


@dataclass(frozen=True, slots=True)
class Totals:
    """What one read amounts to. Seasons are parts of shows: where there are shows, only they count (domain.md 1.2)."""

    items: int
    has_duplicates: bool
    media_count: int
    media_size_bytes: int


async def totals(tx: AsyncConnection) -> Totals:
    """Counts over the staged rows."""
    row = (await tx.execute(_TOTALS)).one()
    by_show = row.shows > 0
    return Totals(
        items=row.items,
        has_duplicates=row.items != row.distinct_items,
        media_count=row.shows if by_show else row.items,
        media_size_bytes=row.show_bytes if by_show else row.item_bytes,
    )


async def merge(
    tx: AsyncConnection, *, integration_id: int, snapshot_id: int, shows_only: bool, seen_at: datetime
) -> int:
    """Make the staged rows the integration's items; answers how many vanished. Enrichment of the others stays."""
    await tx.execute(_FORGET_REPLACED, {"integration_id": integration_id})
    named = {"integration_id": integration_id, "snapshot_id": snapshot_id}
    await tx.execute(_MERGE, {**named, "shows_only": shows_only, "seen_at": seen_at})
    item = m.MediaItem
    gone = await tx.execute(delete(item).where(item.integration_id == integration_id, item.snapshot_id != snapshot_id))
    return gone.rowcount


async def reassign_groups(tx: AsyncConnection) -> None:
    """Give every item to the most specific mount above its path; only rows that move are written."""
    await tx.execute(_REASSIGN)


async def taken_by_us(tx: AsyncConnection, integration_id: int, since: datetime) -> int:
    """Items of the catalogue that our own deletions removed since then; a show takes its seasons along."""
    found = await tx.execute(
        _TAKEN_BY_US, {"integration_id": integration_id, "deleted": JobState.DELETED, "since": since}
    )
    return int(found.scalar_one())
