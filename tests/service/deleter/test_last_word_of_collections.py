"""A member of a collection has been claimed and its upstream is slow: what is said about another one still counts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, JobState
from libs.simulator.faults import FaultKind, FaultRule
from services.deleter.queue import DeletionQueue
from tests.harness.eventually import eventually
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

CANCEL_SECOND = (
    update(m.DeletionJob)
    .where(m.DeletionJob.external_id == "2", m.DeletionJob.state == JobState.WAITING)
    .values(state=JobState.CANCELLED)
)


async def _first_is_claimed(town: Town) -> DeletionQueue:
    """Movies 1 and 2 are one collection, and the deleter waits for an answer about Movie 1."""
    jobs = [await town.job("radarr", number, collection_group="Series") for number in ("1", "2")]
    await town.owner.enqueue(*jobs)
    town.server.break_calls(FaultRule(kind=FaultKind.LATENCY, method="GET", path_glob="*/movie/1"))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter(lease_s=20)

    async def is_claimed() -> bool:
        return await town.owner.states() == ["claimed", "waiting"]

    await queue.look_once()
    await eventually(is_claimed)
    return queue


async def _cancelled(town: Town) -> None:
    await town.owner.execute(CANCEL_SECOND)


async def _snoozed(town: Town) -> None:
    until = town.owner.clock.now() + timedelta(days=1)
    await town.owner.approval(town.ids["radarr"], "2", status=ApprovalStatus.REJECTED, snoozed_until=until)


async def _protected(town: Town) -> None:
    await town.rule("radarr", "title", "Movie 2")


@pytest.mark.parametrize("change", [_cancelled, _snoozed, _protected])
async def test_T41_word_about_one_member_between_claim_and_call_keeps_the_other(
    town: Town, change: Callable[[Town], Awaitable[None]]
) -> None:
    queue = await _first_is_claimed(town)

    await change(town)
    town.server.heal()
    await town.work(queue, town.all_ended)

    assert town.calls == []
    assert await town.owner.states() == ["cancelled", "cancelled"]


async def test_T41_nothing_is_called_while_somebody_is_changing_another_member(town: Town) -> None:
    queue = await _first_is_claimed(town)

    async def is_let_go() -> bool:
        return (await town.owner.states())[0] == "waiting"

    async with town.owner.db.begin() as tx:
        await tx.execute(CANCEL_SECOND)
        town.server.heal()
        await eventually(is_let_go)
    await town.work(queue, town.all_ended)

    assert town.calls == []
    assert await town.owner.states() == ["cancelled", "cancelled"]
