"""What others hear of the queue: batches, progress, the grace period; and the end of a removed integration."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.msg import Msg
from sqlalchemy import func, select, true, update

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import IntegrationType, JobState, RunState
from libs.common.messaging.transient import Transient
from libs.common.messaging.work import DrainDeletions, publish_work
from libs.simulator.faults import FaultKind, FaultRule
from services.deleter.batches import complete_batches
from services.deleter.handlers import work_router
from services.deleter.progress import FRAME_S, Progress
from services.deleter.removal import forget_removed
from tests.harness.bus import running_broker
from tests.harness.eventually import eventually
from tests.service.deleter.rows import DELAY_S, Owner, movie
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


@asynccontextmanager
async def heard(town: Town, event_type: str) -> AsyncIterator[list[dict[str, Any]]]:
    """The data of the transient events of one type that are published within the block."""
    events: list[dict[str, Any]] = []

    async def hear(msg: Msg) -> None:
        events.append(json.loads(msg.data)["data"])

    subscription = await town.broker.connection.subscribe(f"capacitarr.events.deletion.{event_type}", cb=hear)
    await town.broker.connection.flush()
    try:
        yield events
    finally:
        await subscription.unsubscribe()


async def completions(owner: Owner) -> list[dict[str, int]]:
    out = m.Outbox
    rows = await owner.rows(select(out.data).where(out.type == "deletion_batch_complete").order_by(out.seq))
    return [json.loads(row.data) for row in rows]


async def complete(owner: Owner) -> int:
    async with owner.db.begin() as tx:
        return await complete_batches(tx, owner.clock.now())


async def set_states(owner: Owner, **states: str) -> None:
    """By external id: `n1` is the job of item 1."""
    for name, state in states.items():
        row = m.DeletionJob
        await owner.execute(update(row).where(row.external_id == name[1:]).values(state=state))


async def test_T39_each_batch_is_told_once_with_its_own_numbers(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.enqueue(*(movie(radarr, str(number)) for number in range(1, 6)))
    await owner.enqueue(movie(radarr, "11"))
    await set_states(owner, n1="deleted", n2="simulated", n3="failed", n4="cancelled", n5="verifying", n11="deleted")

    first = await complete(owner)
    early = await completions(owner)
    await set_states(owner, n5="deleted")
    second = await complete(owner)
    third = await complete(owner)

    assert (first, second, third) == (1, 1, 0)
    assert early == [{"succeeded": 1, "failed": 0}]
    assert (await completions(owner))[1:] == [{"succeeded": 3, "failed": 1}]


@pytest.mark.parametrize("state", [RunState.DONE, RunState.FAILED])
async def test_T40_empty_batch_of_a_run_is_told_when_the_run_is_over(owner: Owner, state: RunState) -> None:
    run = await owner.run()
    await owner.batch(run)
    await owner.execute(update(m.EngineRun).values(state=RunState.RUNNING))
    early = await complete(owner)

    await owner.execute(update(m.EngineRun).values(state=state))
    late = await complete(owner)

    assert (early, late) == (0, 1)
    assert await completions(owner) == [{"succeeded": 0, "failed": 0}]


async def test_batch_of_a_run_that_is_no_longer_kept_ends_too(owner: Owner) -> None:
    await owner.batch(4711)

    assert await complete(owner) == 1


async def test_two_replicas_tell_a_batch_once(owner: Owner) -> None:
    await owner.batch()

    told = await asyncio.gather(*(complete(owner) for _ in range(4)))

    assert sum(told) == 1
    assert len(await completions(owner)) == 1


async def test_T47_progress_agrees_with_the_rows_and_ends_empty(town: Town) -> None:
    await town.owner.enqueue(*[await town.job("radarr", number) for number in ("1", "2")])
    town.server.break_calls(FaultRule(kind=FaultKind.LATENCY, method="DELETE", seconds=2 * FRAME_S))

    async with heard(town, "deletion_progress") as told:
        await town.drain()
        await eventually(lambda: told and told[-1]["processed"] == 2)

    titles = [event["currentItem"] for event in told]
    assert {"Movie 1", "Movie 2"} <= set(titles)
    assert told[-1] == {
        "currentItem": "",
        "queueDepth": 0,
        "processed": 2,
        "succeeded": 2,
        "failed": 0,
        "batchTotal": 2,
    }
    assert told[0]["queueDepth"] == 1


async def test_T47_last_progress_of_a_batch_is_told_of_it_also_when_it_has_been_closed_meanwhile(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    progress = Progress(town.owner.db, town.owner.clock, Transient(town.broker, "deleter"))
    async with heard(town, "deletion_progress") as told:
        await progress.tell()
        await town.owner.execute(update(m.DeletionJob).values(state=JobState.DELETED))
        assert await complete(town.owner) == 1
        await progress.tell()
        await eventually(lambda: len(told) == 2)

    assert [(event["processed"], event["succeeded"], event["batchTotal"]) for event in told] == [(0, 0, 1), (1, 1, 1)]


async def test_grace_period_is_told_when_it_begins_grows_and_ends(town: Town) -> None:
    queue = town.deleter()
    async with heard(town, "deletion_grace_period") as told:
        await queue.look_once()
        await town.owner.enqueue(await town.job("radarr", "1"))
        await queue.look_once()
        await queue.look_once()
        await town.owner.enqueue(await town.job("radarr", "2"))
        await queue.look_once()
        async with town.owner.db.begin() as tx:
            await cancel_waiting(tx, true(), "cleared", "api", town.owner.clock.now())
        await queue.look_once()
        await eventually(lambda: len(told) >= 3)

    assert [(event["active"], event["queueSize"]) for event in told] == [(True, 1), (True, 2), (False, 0)]
    assert 0 < told[0]["remainingSeconds"] <= DELAY_S
    assert told[-1]["remainingSeconds"] == 0


async def test_grace_period_that_begins_anew_is_told_again(town: Town) -> None:
    queue = town.deleter()
    await town.owner.enqueue(await town.job("radarr", "1"))
    async with heard(town, "deletion_grace_period") as told:
        await queue.look_once()
        town.owner.clock.jump(seconds=10)
        await queue.look_once()
        await town.owner.execute(
            update(m.DeletionJob).values(not_before=m.DeletionJob.not_before + func.make_interval(0, 0, 0, 0, 0, 0, 10))
        )
        await queue.look_once()
        await eventually(lambda: len(told) >= 2)

    remaining = [event["remainingSeconds"] for event in told]
    assert len(told) == 2
    assert abs(remaining[0] - remaining[1]) <= 2


async def test_end_of_a_grace_period_that_was_too_short_to_be_seen_is_told_once(town: Town) -> None:
    """The gateway tells of the beginning when it queues something; nobody may be left counting down."""
    queue = town.deleter()
    async with heard(town, "deletion_grace_period") as told:
        await queue.look_once()
        await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
        town.owner.clock.jump(seconds=DELAY_S + 1)
        await town.work(queue, town.all_ended)
        await queue.look_once()
        await eventually(lambda: told)

    assert [event["active"] for event in told] == [False]


async def test_T224_repeated_nudges_lead_to_one_call(town: Town, nats_url: str) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    working = asyncio.create_task(queue.run())

    async with running_broker(nats_url, work_router(queue)) as broker:
        for _ in range(10):
            await publish_work(broker, DrainDeletions(integration_id=town.ids["radarr"]))
        await eventually(town.all_ended)
    working.cancel()

    assert len(town.calls) == 1


async def removed(owner: Owner, integration_id: int, *, hours_ago: float = 0) -> None:
    now = owner.clock.now()
    row = m.Integration
    await owner.execute(update(row).where(row.id == integration_id).values(removed_at=now))
    owner.clock.jump(hours=hours_ago)


async def forget(owner: Owner) -> int:
    async with owner.db.begin() as tx:
        return await forget_removed(tx, owner.clock.now())


async def test_removed_integration_stays_until_its_call_is_cleared_up_or_an_hour_has_passed(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.enqueue(movie(radarr, "1"))
    await set_states(owner, n1="verifying")
    await removed(owner, radarr)

    early = await forget(owner)
    owner.clock.jump(hours=1.1)
    late = await forget(owner)

    assert (early, late) == (0, 1)


async def test_removed_integration_stays_until_its_batch_was_told(owner: Owner) -> None:
    radarr, sonarr = await owner.integration(IntegrationType.RADARR), await owner.integration(IntegrationType.SONARR)
    await owner.enqueue(movie(radarr, "1"), movie(sonarr, "2"))
    await set_states(owner, n1="deleted")
    await removed(owner, radarr)

    early = await forget(owner)
    await set_states(owner, n2="deleted")
    await complete(owner)
    late = await forget(owner)

    assert (early, late) == (0, 1)
    assert await completions(owner) == [{"succeeded": 2, "failed": 0}]


async def test_jobs_that_came_in_while_an_integration_was_removed_are_cancelled(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await removed(town.owner, town.ids["radarr"])

    await town.drain()

    assert town.calls == []
    (entry,) = await town.owner.audit()
    assert entry.reason == "its integration is switched off"
