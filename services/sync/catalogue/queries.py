"""Statements between the staged rows of one read and the catalogue; all of them work on whole sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
       and not (mounts.key = '/' and starts_with(s.path, '//'))
     order by length(mounts.key) desc limit 1)
"""  # noqa: S608  every name is a constant of this module
"""The most specific mount at a path boundary; `/` holds no share of another machine.

Stale groups keep what lies below them: it is on no other disk.
"""

_PLAIN = [name for name in SOURCE_COLUMNS if name != "external_id"]

_FOREIGN = "media_items.collection_sources - coalesce(media_items.source_collection, '')"
_OWN = """
    case when excluded.source_collection is null then '{}'::jsonb
         else jsonb_build_object(excluded.source_collection, jsonb_build_array(excluded.integration_id)) end
"""
"""Collections that a media server contributed stay. One that both name is told apart again by the next merge."""


def _merge() -> TextClause:
    names = ", ".join(SOURCE_COLUMNS)
    staged = ", ".join(f"s.{name}" for name in SOURCE_COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in [*_PLAIN, "disk_group_id", "snapshot_id", "seen_at"])
    return text(
        f"""
        with {_MOUNTS}
        insert into media_items (integration_id, {names}, disk_group_id, snapshot_id, seen_at, first_seen_at,
                                 added_at, collections, collection_sources)
        select :integration_id, {staged}, {_GROUP_OF}, :snapshot_id, :seen_at, :seen_at,
               s.source_added_at, array_remove(array[s.source_collection], null),
               {_OWN.replace("excluded.integration_id", "cast(:integration_id as int8)").replace("excluded", "s")}
        from {STAGED} s where s.media_type <> 'season' or not :shows_only
        on conflict (integration_id, external_id) do update set {updates},
            added_at = greatest(excluded.source_added_at, media_items.library_added_at),
            collection_sources = {_FOREIGN} || {_OWN},
            collections = array(select jsonb_object_keys({_FOREIGN} || {_OWN}) order by 1)
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

_IS_RENAMED = """
    (i.media_type, i.tmdb_id, i.tvdb_id, i.imdb_id, i.mb_id, i.path, i.year, i.title_keys) is distinct from
    (s.media_type, s.tmdb_id, s.tvdb_id, s.imdb_id, s.mb_id, s.path, s.year, s.title_keys)
"""
"""It is recognised by something else than before."""

_CHANGES_IDENTITY = text(
    f"""
    select exists (
        select from {STAGED} s
          left join media_items i on i.integration_id = :integration_id and i.external_id = s.external_id
         where (i.id is null and (s.media_type <> 'season' or not :shows_only))
            or (i.id is not null
                and ({_IS_RENAMED} or (i.oldest_file_at, i.source_collection)
                                      is distinct from (s.oldest_file_at, s.source_collection))))
    """  # noqa: S608  every name is a constant of this module
)
_RENAMES = text(
    f"""
    select exists (select from {STAGED} s join media_items i
                       on i.integration_id = :integration_id and i.external_id = s.external_id and {_IS_RENAMED})
    """  # noqa: S608  every name is a constant of this module
)

_OF_TITLE = """
    i.integration_id = :integration_id and (i.external_id = :native_id or i.parent_external_id = :native_id)
"""
_IDS_OF_TITLE = text(f"select i.id from media_items i where {_OF_TITLE}")  # noqa: S608  a constant of this module
_FORGET_TITLE = text(
    f"""
    delete from media_items i where {_OF_TITLE} and not exists (
        select from {STAGED} s
         where s.external_id = i.external_id and (s.media_type <> 'season' or not :shows_only))
    """  # noqa: S608  every name is a constant of this module
)

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


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did. `wants_enrichment`: items came or went, or are recognised by something else now."""

    vanished: int
    wants_enrichment: bool


async def merge(
    tx: AsyncConnection, *, integration_id: int, snapshot_id: int, shows_only: bool, seen_at: datetime
) -> Merged:
    """Make the staged rows the integration's items. Enrichment of those that stay stays."""
    asked = {"integration_id": integration_id, "shows_only": shows_only}
    is_changed = bool((await tx.execute(_CHANGES_IDENTITY, asked)).scalar_one())
    await tx.execute(_FORGET_REPLACED, {"integration_id": integration_id})
    named = {"integration_id": integration_id, "snapshot_id": snapshot_id}
    await tx.execute(_MERGE, {**named, "shows_only": shows_only, "seen_at": seen_at})
    item = m.MediaItem
    gone = await tx.execute(delete(item).where(item.integration_id == integration_id, item.snapshot_id != snapshot_id))
    return Merged(vanished=gone.rowcount, wants_enrichment=is_changed or gone.rowcount > 0)


@dataclass(frozen=True, slots=True)
class Title:
    """One title of an integration, and the snapshot as a part of which its items count."""

    integration_id: int
    native_id: str
    snapshot_id: int


@dataclass(frozen=True, slots=True)
class MergedTitle:
    """What the merge of one title did: the ids of its items before and after.

    `is_renamed`: an item that was there is recognised by something else now.
    """

    before: frozenset[int]
    after: frozenset[int]
    wants_enrichment: bool
    is_renamed: bool

    @property
    def grown_by(self) -> int:
        """How many items more there are, below zero for fewer."""
        return len(self.after) - len(self.before)


async def merge_title(tx: AsyncConnection, title: Title, *, shows_only: bool, seen_at: datetime) -> MergedTitle:
    """Make the staged rows the items of one title; none staged means that it has none. Others are not touched."""
    named = {"integration_id": title.integration_id, "native_id": title.native_id}
    asked = {"integration_id": title.integration_id, "shows_only": shows_only}
    before = await _ids(tx, named)
    is_changed = bool((await tx.execute(_CHANGES_IDENTITY, asked)).scalar_one())
    is_renamed = bool((await tx.execute(_RENAMES, {"integration_id": title.integration_id})).scalar_one())
    await tx.execute(_FORGET_REPLACED, {"integration_id": title.integration_id})
    gone = await tx.execute(_FORGET_TITLE, {**named, "shows_only": shows_only})
    await tx.execute(_MERGE, {**asked, "snapshot_id": title.snapshot_id, "seen_at": seen_at})
    wants_enrichment = is_changed or gone.rowcount > 0
    return MergedTitle(before, await _ids(tx, named), wants_enrichment=wants_enrichment, is_renamed=is_renamed)


async def _ids(tx: AsyncConnection, named: Mapping[str, Any]) -> frozenset[int]:
    return frozenset((await tx.execute(_IDS_OF_TITLE, named)).scalars())


async def reassign_groups(tx: AsyncConnection) -> None:
    """Give every item to the most specific mount above its path; only rows that move are written."""
    await tx.execute(_REASSIGN)


async def taken_by_us(tx: AsyncConnection, integration_id: int, since: datetime) -> int:
    """Items of the catalogue that our own deletions removed since then; a show takes its seasons along."""
    found = await tx.execute(
        _TAKEN_BY_US, {"integration_id": integration_id, "deleted": JobState.DELETED, "since": since}
    )
    return int(found.scalar_one())
