"""All SQL about the prepared preview: what is current, how far behind it is, and its rendered bytes."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.preview.disk_context import Disk


@dataclass(frozen=True, slots=True)
class State:
    """What is prepared, against what is wanted. `preview_id` None: nothing was ever scored."""

    preview_id: int | None
    wanted_scoring: int
    scored_scoring: int


@dataclass(frozen=True, slots=True)
class BodyKey:
    """One rendered body. Equal keys have equal bytes."""

    preview_id: int
    revision: int
    encoding: str
    etag: str


async def state(conn: AsyncConnection) -> State:
    """The current state; an installation without the row has prepared nothing."""
    row = (
        await conn.execute(
            select(m.PreviewState.preview_id, m.PreviewState.wanted_scoring, m.PreviewState.scored_scoring)
        )
    ).one_or_none()
    return State(None, 0, 0) if row is None else State(*row)


async def any_enabled_integration(conn: AsyncConnection) -> bool:
    enabled = m.Integration.enabled & m.Integration.removed_at.is_(None)
    return bool((await conn.execute(select(exists().where(enabled)))).scalar_one())


async def newest_bodies(conn: AsyncConnection, preview_id: int) -> dict[str, BodyKey]:
    """The newest rendering of one preview, by encoding."""
    body = m.PreviewBody
    newest = select(body.revision).where(body.preview_id == preview_id).order_by(body.revision.desc()).limit(1)
    found = await conn.execute(
        select(body.preview_id, body.revision, body.encoding, body.etag).where(
            body.preview_id == preview_id, body.revision == newest.scalar_subquery()
        )
    )
    return {row.encoding: BodyKey(*row) for row in found}


async def body_bytes(conn: AsyncConnection, key: BodyKey) -> bytes | None:
    """The bytes of one body; None when a newer rendering has replaced it meanwhile."""
    body = m.PreviewBody
    found = await conn.execute(
        select(body.body).where(
            body.preview_id == key.preview_id, body.revision == key.revision, body.encoding == key.encoding
        )
    )
    return found.scalar_one_or_none()


async def disks(conn: AsyncConnection) -> list[Disk]:
    """The numbers of every disk group that is still reported."""
    group = m.DiskGroup
    found = await conn.execute(
        select(
            func.coalesce(group.total_bytes_override, group.total_bytes),
            group.used_bytes,
            group.target_pct,
            group.threshold_pct,
        ).where(group.stale_since.is_(None))
    )
    return [Disk(*row) for row in found]
