"""All SQL about the rendered preview: what it shows of the queues, what is wanted, and the bodies."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus
from libs.common.preview.encodings import GZIP, IDENTITY, ZSTD
from libs.common.preview.parts import HEAD
from services.engine.preview.binding import Rendering
from services.engine.preview.render import QueuePlace, Surroundings
from services.engine.selection.eligibility import Target

DELETING, USER_INITIATED = "deleting", "user_initiated"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How far the prepared preview is behind."""

    preview_id: int | None
    wanted_revision: int
    rendered_revision: int
    wanted_scoring: int
    scored_scoring: int
    has_body: bool
    is_merge_wanted: bool
    """What was read last is in the catalogue, but not yet what others tell of it."""

    @property
    def are_scores_outdated(self) -> bool:
        return self.wanted_scoring > self.scored_scoring

    @property
    def is_body_outdated(self) -> bool:
        return self.wanted_revision > self.rendered_revision


async def load_wanted(conn: AsyncConnection) -> Wanted:
    """The single row of the preview state."""
    state = m.PreviewState
    body, enrichment = m.PreviewBody, m.EnrichmentState
    is_current = (body.preview_id == state.preview_id) & (body.revision == state.rendered_revision)
    has_body = exists().where(is_current).correlate(state)
    columns = (
        state.preview_id,
        state.wanted_revision,
        state.rendered_revision,
        state.wanted_scoring,
        state.scored_scoring,
        has_body,
        exists().where(enrichment.wanted > enrichment.merged),
    )
    return Wanted(*(await conn.execute(select(*columns))).one())


async def load_surroundings(conn: AsyncConnection) -> Surroundings:
    """Where items stand in the queues, and the modes of their disk groups."""
    modes = {row.id: row.mode for row in await conn.execute(select(m.DiskGroup.id, m.DiskGroup.mode))}
    return Surroundings(await _places(conn), modes)


async def _places(conn: AsyncConnection) -> dict[Target, QueuePlace]:
    approval, job = m.ApprovalItem, m.DeletionJob
    waiting = select(
        approval.id, approval.integration_id, approval.external_id, approval.status, approval.user_initiated
    ).where(approval.status != ApprovalStatus.REJECTED)
    places: dict[Target, QueuePlace] = {}
    for row in await conn.execute(waiting):
        status = USER_INITIATED if row.user_initiated else row.status.value
        places[row.integration_id, row.external_id] = QueuePlace(status, row.id)
    real = select(job.integration_id, job.external_id, job.approval_id).where(
        job.state.in_(ACTIVE_JOB_STATES), ~job.force_dry_run
    )
    for at_work in await conn.execute(real):
        places[at_work.integration_id, at_work.external_id] = QueuePlace(DELETING, at_work.approval_id)
    return places


async def save_rendering(tx: AsyncConnection, preview_id: int, revision: int, rendering: Rendering) -> bool:
    """Make it the current one. False, and nothing happens: there is a newer preview, or a later rendering of it.

    The one before stays, for readers that have just been told of it.
    """
    state, body = m.PreviewState, m.PreviewBody
    is_newer = (state.preview_id == preview_id) & (state.rendered_revision <= revision)
    former = (await tx.execute(select(state.rendered_revision).where(is_newer).with_for_update())).scalar_one_or_none()
    if former is None:
        return False
    await tx.execute(update(state).values(rendered_revision=revision))
    is_same = (body.preview_id == preview_id) & (body.revision == revision)
    await tx.execute(delete(body).where((body.revision < former) | is_same))
    shared = {"preview_id": preview_id, "revision": revision}
    await tx.execute(insert(body), [shared | values for values in _bodies(rendering)])
    await _copy_parts(tx, preview_id, revision, rendering)
    return True


def _bodies(rendering: Rendering) -> list[dict[str, Any]]:
    """A tag an encoding, because the bytes differ."""
    sizes = {
        IDENTITY: rendering.size_bytes,
        GZIP: sum(map(len, rendering.gzip)),
        ZSTD: sum(map(len, rendering.zstd)),
    }
    return [
        {"encoding": encoding, "etag": f'"{rendering.digest}-{encoding}"', "size_bytes": size}
        for encoding, size in sizes.items()
    ]


async def _copy_parts(tx: AsyncConnection, preview_id: int, revision: int, rendering: Rendering) -> None:
    rows = [
        (preview_id, revision, encoding, part, body)
        for encoding, first, bodies in ((GZIP, HEAD, rendering.gzip), (ZSTD, 0, rendering.zstd))
        for part, body in enumerate(bodies, first)
    ]
    raw = await tx.get_raw_connection()
    await raw.driver_connection.copy_records_to_table(  # type: ignore[union-attr]  # an open connection has its driver's
        "preview_parts", records=rows, columns=["preview_id", "revision", "encoding", "part", "body"]
    )
