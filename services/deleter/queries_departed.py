"""The SQL that remembers what we deleted, for sync to recognise it if it comes back (S-18)."""

from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.job import Job

_NOTE = text(
    """
    insert into departed_items as d (integration_id, external_id, media_type, season_number, tmdb_id, tvdb_id, mb_id,
                                     foreign_book_id, announced_at)
    select integration_id, external_id, media_type, season_number, tmdb_id, tvdb_id, mb_id, foreign_book_id, :now
      from media_items where integration_id = :integration_id and external_id = :external_id
    on conflict (integration_id, external_id) do update
       set media_type = excluded.media_type, season_number = excluded.season_number, tmdb_id = excluded.tmdb_id,
           tvdb_id = excluded.tvdb_id, mb_id = excluded.mb_id, foreign_book_id = excluded.foreign_book_id,
           announced_at = excluded.announced_at
    """
)
_PRUNE = text(
    """
    delete from departed_items where (integration_id, external_id) in (
        select d.integration_id, d.external_id
          from departed_items d cross join preferences p
         where greatest(d.announced_at, d.deleted_at, d.returned_at)
               < cast(:now as timestamptz) - make_interval(days => greatest(p.boomerang_days::int, 1))
         limit :chunk for update of d skip locked)
    """
)


async def note_departure(tx: AsyncConnection, job: Job, now: datetime) -> None:
    """The item is about to be deleted. Noted before the call: behind it the catalogue may have forgotten it."""
    named = {"integration_id": job.integration_id, "external_id": job.external_id}
    await tx.execute(_NOTE, {**named, "now": now})


async def confirm_departure(tx: AsyncConnection, job: Job, now: datetime) -> None:
    """The item is gone by our hand; a former return of it is over."""
    row = m.DepartedItem
    mine = (row.integration_id == job.integration_id, row.external_id == job.external_id)
    await tx.execute(update(row).where(*mine).values(deleted_at=now, returned_at=None, returned_as=None))


async def prune_departed(tx: AsyncConnection, now: datetime, chunk: int) -> int:
    """Forget at most `chunk` of those whose return would hold nothing any more; answers how many."""
    return (await tx.execute(_PRUNE, {"now": now, "chunk": chunk})).rowcount
