"""All SQL about the rendered preview: what it shows of the queues, what is wanted, and the bodies."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ACTIVE_JOB_STATES, ApprovalStatus
from services.engine.preview.render import Body, QueuePlace, Surroundings
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

    @property
    def are_scores_outdated(self) -> bool:
        return self.wanted_scoring > self.scored_scoring

    @property
    def is_body_outdated(self) -> bool:
        return self.wanted_revision > self.rendered_revision


async def load_wanted(conn: AsyncConnection) -> Wanted:
    """The single row of the preview state."""
    state = m.PreviewState
    has_body = exists().where(m.PreviewBody.preview_id == state.preview_id).correlate(state)
    columns = (
        state.preview_id,
        state.wanted_revision,
        state.rendered_revision,
        state.wanted_scoring,
        state.scored_scoring,
        has_body,
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


async def save_bodies(tx: AsyncConnection, preview_id: int, revision: int, bodies: Sequence[Body]) -> None:
    """Replace all bodies by newer ones, unless the preview is no longer current or was rendered later already."""
    state = m.PreviewState
    newer = (
        update(state)
        .where(state.preview_id == preview_id, state.rendered_revision <= revision)
        .values(rendered_revision=revision)
        .returning(state.id)
    )
    if (await tx.execute(newer)).scalar_one_or_none() is None:
        return
    await tx.execute(delete(m.PreviewBody))
    shared = {"preview_id": preview_id, "revision": revision}
    await tx.execute(
        insert(m.PreviewBody),
        [{**shared, "encoding": body.encoding, "etag": body.etag, "body": body.data} for body in bodies],
    )
