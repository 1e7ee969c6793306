"""`kill -9` anywhere: nothing is lost, nothing happens twice, and the books agree with what was really deleted."""

import asyncio
import os
import random
from typing import Any

import httpx
import pytest

from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.expectations import candidates_of, delete_calls, deleted_targets, twice
from tests.harness.library import TOTAL_BYTES
from tests.harness.system import RunningSystem

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

AUTO = {"thresholdPct": 85, "targetPct": 75, "mode": "auto"}
SETTLE_S = 180.0
SEED = os.environ.get("CAPACITARR_CHAOS_SEED", "1")
"""The points at which things are killed; another seed tries other points."""


async def switch_to_auto(system: RunningSystem) -> list[dict[str, Any]]:
    """Start the clean-up; answers what it has to delete."""
    (group,) = await system.get("/disk-groups")
    wanted = candidates_of(await system.get("/preview"), group["usedBytes"] - int(TOTAL_BYTES * 0.75))
    await system.send("PUT", f"/disk-groups/{group['id']}", AUTO)
    return wanted


async def cleaned_up(system: RunningSystem, upstreams: SimulatorServer, wanted: list[dict[str, Any]]) -> None:
    """Wait until everything that had to go is gone and the queue is empty, jumping over each grace period."""

    async def done() -> bool:
        try:
            stats = await system.get("/worker/stats")
            grace = await system.get("/deletion-queue/grace-period")
        except (httpx.HTTPError, AssertionError):
            return False
        if grace["active"]:
            system.clock.jump(seconds=grace["remainingSeconds"] + 1)
        busy = stats["isRunning"] or stats["queueDepth"] or stats["currentlyDeleting"]
        return not busy and len(deleted_targets(upstreams.ledger())) >= len(wanted)

    await eventually(done, within_s=SETTLE_S, every_s=0.5)


async def assert_books_agree(system: RunningSystem, upstreams: SimulatorServer, wanted: list[dict[str, Any]]) -> None:
    deleted = deleted_targets(upstreams.ledger())
    kinds = {row["id"]: row["type"] for row in await system.get("/integrations")}

    assert twice(deleted) == []
    assert sorted(deleted) == sorted((kinds[item["integrationId"]], item["externalId"]) for item in wanted)

    async def booked() -> bool:
        audit = await system.get("/audit-log", action="deleted", limit=1000)
        lifetime = await system.get("/lifetime-stats")
        runs = (await system.get("/engine/history", range="all"))["data"]
        assert audit["total"] == len(deleted), f"{audit['total']} audit rows for {len(deleted)} deletions"
        assert lifetime["totalItemsRemoved"] == len(deleted)
        assert lifetime["totalBytesReclaimed"] == sum(item["sizeBytes"] for item in wanted)
        assert sum(run["deleted"] for run in runs) == len(deleted)
        return True

    await eventually(booked, within_s=30)


async def test_T8_killed_between_the_delete_and_its_bookkeeping_counts_once(
    system: RunningSystem, upstreams: SimulatorServer
) -> None:
    wanted = await switch_to_auto(system)
    rule = upstreams.break_calls(FaultRule(kind=FaultKind.HANG_AFTER_EFFECT, method="DELETE", times=1))
    await eventually(lambda: _waiting(system), within_s=30)
    await system.skip_grace_period()
    await eventually(lambda: deleted_targets(upstreams.ledger()), within_s=30)

    system.processes["deleter"].kill()
    upstreams.heal()
    system.restart("deleter")
    await cleaned_up(system, upstreams, wanted)

    assert rule.id
    calls = [(call.instance, call.path, str(call.body)) for call in delete_calls(upstreams.ledger())]
    assert len(calls) == len(set(calls)), "a delete was sent twice"
    await assert_books_agree(system, upstreams, wanted)


async def _waiting(system: RunningSystem) -> list[Any]:
    return list(await system.get("/deletion-queue"))


@pytest.mark.parametrize("victim", ["engine", "sync", "api", "deleter", "notifier"])
async def test_service_killed_at_a_random_point(system: RunningSystem, upstreams: SimulatorServer, victim: str) -> None:
    wanted = await switch_to_auto(system)
    await asyncio.sleep(random.Random(f"{SEED} {victim}").uniform(0.0, 1.5))

    system.processes[victim].kill()
    system.clock.jump(seconds=31)
    await asyncio.sleep(0.2)
    system.restart(victim)
    await cleaned_up(system, upstreams, wanted)

    await assert_books_agree(system, upstreams, wanted)


async def test_nats_killed_at_a_random_point(
    system: RunningSystem, upstreams: SimulatorServer, own_nats: EmbeddedNats
) -> None:
    wanted = await switch_to_auto(system)
    await asyncio.sleep(random.Random(f"{SEED} nats").uniform(0.0, 1.5))

    own_nats.kill()
    system.clock.jump(seconds=31)
    await asyncio.sleep(1.0)
    own_nats.start()
    await cleaned_up(system, upstreams, wanted)

    await assert_books_agree(system, upstreams, wanted)
    await eventually(lambda: _feed_has(system, len(wanted)), within_s=30)


async def _feed_has(system: RunningSystem, count: int) -> bool:
    feed = await system.get("/activity/recent", limit=100)
    return len([row for row in feed if row["eventType"] == "deletion_success"]) == count


async def test_postgres_killed_at_a_random_point(
    system: RunningSystem, upstreams: SimulatorServer, own_postgres: EmbeddedPostgres
) -> None:
    wanted = await switch_to_auto(system)
    await asyncio.sleep(random.Random(f"{SEED} postgres").uniform(0.0, 1.5))

    own_postgres.kill()
    system.clock.jump(seconds=31)
    await asyncio.sleep(0.5)
    own_postgres.start()
    await cleaned_up(system, upstreams, wanted)

    await assert_books_agree(system, upstreams, wanted)
