"""A claim and a preview that is being stored lock in one order: the scores first, then the row that says how new."""

import asyncio

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from services.deleter.claim import Claims
from services.deleter.claimed import Claimed
from tests.harness.lock_waits import preview_state_held, waiting_for_locks
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


async def test_claim_and_a_preview_that_is_stored_do_not_wait_for_each_other(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    before = await _current_preview(town)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    claims = Claims(town.owner.db, town.owner.clock, "a worker")

    async with preview_state_held(town.owner.db):
        claim = asyncio.create_task(claims.next(town.ids["radarr"]))
        await waiting_for_locks(town.owner.db, 1)
        storing = asyncio.create_task(town.score())
        await waiting_for_locks(town.owner.db, 2)

    claimed, _ = await asyncio.gather(claim, storing)
    assert isinstance(claimed, Claimed)
    assert claimed.job.id == job_id
    assert await _current_preview(town) != before


async def _current_preview(town: Town) -> int:
    return int(await town.owner.scalar(select(m.PreviewState.preview_id)))
