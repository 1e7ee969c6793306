"""Every step of a job that the preview shows has it rendered again, and none has anything scored again."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from tests.service.deleter.rows import Owner
from tests.service.deleter.town import Town


@dataclass
class Wishes:
    """How often new renderings and new scores were wanted since the last look."""

    owner: Owner
    seen: tuple[int, int] = field(default=(0, 0))

    async def more(self) -> tuple[int, int]:
        state = m.PreviewState
        row = await self.owner.one(select(state.wanted_revision, state.wanted_scoring))
        before, self.seen = self.seen, (row.wanted_revision, row.wanted_scoring)
        return self.seen[0] - before[0], self.seen[1] - before[1]


@pytest.fixture
async def wishes(town: Town) -> Wishes:
    """Beginning now."""
    made = Wishes(town.owner)
    await made.more()
    return made


async def test_job_is_rendered_when_it_comes_and_when_it_ends(town: Town, wishes: Wishes) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    queued = await wishes.more()
    await town.owner.enqueue(await town.job("radarr", "1"))
    again = await wishes.more()
    await town.drain()

    assert await town.owner.states() == ["deleted"]
    assert (queued, again, await wishes.more()) == ((1, 0), (0, 0), (1, 0))


async def test_simulated_jobs_are_rendered_once_when_they_end(town: Town, wishes: Wishes) -> None:
    await town.owner.prefer(deletions_enabled=False)
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
    await wishes.more()

    await town.drain()

    assert await wishes.more() == (1, 0)


async def test_many_jobs_that_are_taken_back_are_one_rendering(town: Town, wishes: Wishes) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
    queued = await wishes.more()

    async with town.owner.db.begin() as tx:
        await cancel_waiting(tx, m.DeletionJob.id > 0, "a test", "test", town.owner.clock.now())

    assert (queued, await wishes.more()) == ((1, 0), (1, 0))
