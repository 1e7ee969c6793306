"""Statements between staged readings and the tables that keep them; all of them work on whole sets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import Capability
from services.sync.audience.columns import KEPT, Kept
from services.sync.audience.staging import NAMED

FULL_EVERY = timedelta(days=7)
"""How often plays are read from the beginning, so that what an addition missed is repaired."""

_R = m.SourceReading
_TITLES = KEPT[Capability.TITLES]
_MANY = 10_000
"""So many changed rows make the planner's numbers wrong, and the merge comes before autovacuum does: a million plays
that it did not know of cost it five times as long."""

_COMMIT_TIMEOUT = "set local statement_timeout = '300s'"


async def allow_large(tx: AsyncConnection) -> None:
    """Let this transaction's statements take as long as a million rows need."""
    await tx.execute(text(_COMMIT_TIMEOUT))


async def keep(tx: AsyncConnection, kept: Kept, integration_id: int, *, is_addition: bool = False) -> int:
    """Make the staged rows the integration's; answers how many changed. Those that did not are not written."""
    await tx.execute(text(f"analyze {kept.staged}"))
    steps = (_take_over(kept),) if is_addition else (_forget(kept), _take_over(kept))
    changed = await _changed(tx, steps, integration_id)
    if changed >= _MANY:
        await tx.execute(text(f"analyze {kept.table}"))
    return changed


async def _changed(tx: AsyncConnection, steps: Sequence[TextClause], integration_id: int) -> int:
    return sum([(await tx.execute(step, {"integration_id": integration_id})).rowcount for step in steps])


def _forget(kept: Kept) -> TextClause:
    same = " and ".join(f"s.{name} = t.{name}" for name in kept.key)
    return text(
        f"""
        delete from {kept.table} t
        where t.integration_id = :integration_id and {kept.mine}
          and not exists (select from {kept.staged} s where {same})
        """  # noqa: S608  every name is a constant of columns.py
    )


def _take_over(kept: Kept) -> TextClause:
    key, names = ", ".join(kept.key), ", ".join(kept.columns)
    action = "nothing"
    if kept.values:
        updates = ", ".join(f"{name} = excluded.{name}" for name in kept.values)
        old, new = (", ".join(f"{side}.{name}" for name in kept.values) for side in ("t", "excluded"))
        action = f"update set {updates} where ({old}) is distinct from ({new})"
    return text(
        f"""
        insert into {kept.table} as t (integration_id, {names})
        select distinct on ({key}) :integration_id, {names} from {kept.staged}
        on conflict (integration_id, {key}) do {action}
        """  # noqa: S608  every name is a constant of columns.py
    )


_KNOWN_BETTER = ("tmdb_id", "tvdb_id", "imdb_id", "mb_id")
"""Of a title that was listed once, the library knew more than a play says; but a number may mean another title now."""


def _named(name: str) -> str:
    if name not in _KNOWN_BETTER:
        return f"excluded.{name}"
    is_same = "(t.kind, t.title_key) = (excluded.kind, excluded.title_key)"
    return f"case when {is_same} then coalesce(excluded.{name}, t.{name}) else excluded.{name} end"


_NAMED_OLD = ", ".join(f"t.{name}" for name in NAMED.values)
_NAMED_NEW = ", ".join(map(_named, NAMED.values))
_NAMED_VALUES = ", ".join(f"{name} = {_named(name)}" for name in NAMED.values)
_TAKE_OVER_NAMED = text(
    f"""
    insert into source_titles as t (integration_id, {", ".join(NAMED.columns)})
    select distinct on (server, native_id) :integration_id, {", ".join(NAMED.columns)} from {NAMED.staged}
    on conflict (integration_id, server, native_id) do update set {_NAMED_VALUES}
     where not t.is_listed and ({_NAMED_OLD}) is distinct from ({_NAMED_NEW})
    """  # noqa: S608  every name is a constant of columns.py
)
_UNLIST_PLAYED = text(
    f"""
    update source_titles t set is_listed = false
     where t.integration_id = :integration_id and t.is_listed
       and not exists (select from {_TITLES.staged} s where s.server = t.server and s.native_id = t.native_id)
       and exists (select from source_plays p where p.integration_id = t.integration_id and p.server = t.server
                                                and p.title_id = t.native_id)
    """  # noqa: S608  every name is a constant of columns.py
)
_FORGET_NAMED = text(
    f"""
    delete from source_titles t
    where t.integration_id = :integration_id and not t.is_listed
      and not exists (select from {NAMED.staged} s where s.server = t.server and s.native_id = t.native_id)
    """  # noqa: S608  every name is a constant of columns.py
)


async def keep_titles(tx: AsyncConnection, integration_id: int) -> int:
    """Make the staged titles the integration's; answers how many changed.

    One that is listed no more but was played is known by its plays from now on.
    """
    unlisted = await _changed(tx, (_UNLIST_PLAYED,), integration_id)
    return unlisted + await keep(tx, _TITLES, integration_id)


async def keep_named(tx: AsyncConnection, integration_id: int, *, is_addition: bool) -> int:
    """Keep the titles that only plays name; answers how many changed. A listed title of the same id says more."""
    steps = (_TAKE_OVER_NAMED,) if is_addition else (_FORGET_NAMED, _TAKE_OVER_NAMED)
    return await _changed(tx, steps, integration_id)


async def readings_of(tx: AsyncConnection, integration_id: int) -> dict[Capability, Row[Any]]:
    """How far each capability of an integration is known."""
    found = await tx.execute(select(_R.__table__).where(_R.integration_id == integration_id))
    return {Capability(row.capability): row for row in found}


async def plays_wanted_since(tx: AsyncConnection, integration_id: int, now: datetime) -> datetime | None:
    """From when on plays have to be read; None: all of them, because there are none or the last full read is old.

    A play that came alone, by a targeted read, says nothing about those before it: the last reading bounds the time.
    """
    found = await tx.execute(
        select(_R.full_at, _R.complete_at).where(_R.integration_id == integration_id, _R.capability == Capability.PLAYS)
    )
    reading = found.one_or_none()
    if reading is None or reading.full_at is None or now - reading.full_at > FULL_EVERY:
        return None
    play = m.SourcePlay
    newest = select(func.max(play.last_played_at)).where(
        play.integration_id == integration_id, play.last_played_at <= now
    )
    known = (await tx.execute(newest)).scalar_one()
    return None if known is None else min(known, reading.complete_at)


async def save_reading(tx: AsyncConnection, integration_id: int, each: Capability, values: dict[str, Any]) -> None:
    """Write what is known about a capability; other columns stay."""
    statement = insert(_R).values(integration_id=integration_id, capability=each, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["integration_id", "capability"], set_=values))


async def forget_capabilities(tx: AsyncConnection, integration_id: int, kept: Sequence[Capability]) -> None:
    """Drop readings of capabilities the client no longer has."""
    await tx.execute(delete(_R).where(_R.integration_id == integration_id, _R.capability.not_in(kept)))


_NOTE_MEMORY = text(
    """
    with reach as (
        select server, min(last_played_at) as since from source_plays where integration_id = :id group by server
    ), noted as (
        update source_servers s set covers_since = r.since
          from source_servers o left join reach r using (server)
         where o.integration_id = :id and s.integration_id = :id and s.server = o.server
           and s.covers_since is distinct from r.since
    )
    select min(since) from reach
    """
)


async def note_memory(tx: AsyncConnection, integration_id: int) -> datetime | None:
    """Note for each server a source names the oldest play that is kept of it; answers the oldest of all."""
    found: datetime | None = (await tx.execute(_NOTE_MEMORY, {"id": integration_id})).scalar_one()
    return found


async def kept_rows(tx: AsyncConnection, kept: Kept, integration_id: int) -> int:
    """How many rows of a capability an integration has."""
    statement = text(f"select count(*) from {kept.table} where integration_id = :id and {kept.mine}")  # noqa: S608  constants
    return int((await tx.execute(statement, {"id": integration_id})).scalar_one())


async def staged_rows(tx: AsyncConnection, kept: Kept) -> int:
    """How many different rows a reading brought."""
    key = ", ".join(kept.key)
    statement = text(f"select count(*) from (select distinct {key} from {kept.staged}) s")  # noqa: S608  constants
    return int((await tx.execute(statement)).scalar_one())


async def taken_by_us(tx: AsyncConnection, since: datetime) -> int:
    """Items that our own deletions removed anywhere since then: a media server may miss as many titles."""
    job = m.DeletionJob
    done = select(func.count()).where(job.state == "deleted", job.finished_at >= since)
    return int((await tx.execute(done)).scalar_one())


async def save_identity(tx: AsyncConnection, integration_id: int, values: dict[str, Any]) -> None:
    """What a source said about itself."""
    await tx.execute(update(m.Integration).where(m.Integration.id == integration_id).values(**values))
