"""The main job from end to end: a full disk comes back to its target, by exactly the items the preview named."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.expectations import candidates_of, delete_calls, deleted_targets
from tests.harness.library import TOTAL_BYTES
from tests.harness.system import RunningSystem

TARGET = {"thresholdPct": 85, "targetPct": 75}


@asynccontextmanager
async def listening(system: RunningSystem) -> AsyncIterator[list[dict[str, Any]]]:
    """The live events from now on, as frames."""
    frames: list[dict[str, Any]] = []
    greeted = asyncio.Event()

    async def listen() -> None:
        endless = httpx.Timeout(10, read=None)
        async with system.client() as client, client.stream("GET", "/events", timeout=endless) as answer:
            block: list[str] = []
            async for line in answer.aiter_lines():
                greeted.set()
                if line:
                    block.append(line)
                elif block:
                    frames.append({"lines": block, "event": _field(block, "event"), "data": _data(block)})
                    block = []

    task = asyncio.create_task(listen())
    await asyncio.wait_for(greeted.wait(), 10)
    try:
        yield frames
    finally:
        task.cancel()


def _field(block: list[str], name: str) -> str:
    return next((line.partition(": ")[2] for line in block if line.startswith(f"{name}:")), "")


def _data(block: list[str]) -> Any:
    text = _field(block, "data")
    return json.loads(text) if text else None


async def the_group(system: RunningSystem) -> dict[str, Any]:
    (group,) = await system.get("/disk-groups")
    return dict(group)


def native(system_ids: dict[int, str], item: dict[str, Any]) -> tuple[str, str]:
    return system_ids[item["integrationId"]], item["externalId"]


async def instance_of(system: RunningSystem) -> dict[int, str]:
    return {row["id"]: row["type"] for row in await system.get("/integrations")}


async def test_auto_brings_the_disk_back_to_its_target(connected: RunningSystem, upstreams: SimulatorServer) -> None:
    system = connected
    group = await the_group(system)
    budget = group["usedBytes"] - int(TOTAL_BYTES * 0.75)
    wanted = candidates_of(await system.get("/preview"), budget)
    kinds = await instance_of(system)

    async with listening(system) as frames:
        await system.send("PUT", f"/disk-groups/{group['id']}", TARGET | {"mode": "auto"})
        await eventually(lambda: [f for f in frames if f["event"] == "engine_complete"], within_s=30)
        assert delete_calls(upstreams.ledger()) == [], "deleted within the grace period"
        await system.skip_grace_period()
        await system.drained()
        await eventually(
            lambda: len([f for f in frames if f["event"] == "deletion_success"]) == len(wanted), within_s=30
        )

    assert sorted(deleted_targets(upstreams.ledger())) == sorted(native(kinds, item) for item in wanted)
    assert len(wanted) <= 30

    async def space_is_seen() -> bool:
        return bool((await the_group(system))["usedBytes"] < group["usedBytes"])

    await eventually(space_is_seen, within_s=30)
    await system.run_engine()
    after = await the_group(system)
    biggest = max(item["sizeBytes"] for item in wanted)
    assert after["usedBytes"] <= TOTAL_BYTES * 0.75
    assert after["usedBytes"] >= TOTAL_BYTES * 0.75 - biggest
    assert len(deleted_targets(upstreams.ledger())) == len(wanted), "the next run deleted more"
    _assert_seed_frames(frames)
    await _assert_books(system, wanted)


def _assert_seed_frames(frames: list[dict[str, Any]]) -> None:
    start = next(frame for frame in frames if frame["event"] == "engine_start")
    success = next(frame for frame in frames if frame["event"] == "deletion_success")

    assert [line.partition(":")[0] for line in start["lines"]] == ["id", "event", "data"]
    seconds, _, sequence = _field(start["lines"], "id").partition("-")
    assert seconds.isdigit()
    assert len(sequence) >= 3
    assert list(start["data"]) == ["message", "executionMode"]
    assert start["data"]["message"] == "Engine run started in dry-run mode"
    assert list(success["data"])[:3] == ["message", "title", "sizeBytes"]
    size = success["data"]["sizeBytes"]
    assert success["data"]["message"] == f"Deleted: {success['data']['title']} ({size / 1024**3:.2f} GB freed)"


async def _assert_books(system: RunningSystem, wanted: list[dict[str, Any]]) -> None:
    """Audit, lifetime and run counters tell the same as the ledger."""
    audit = await system.get("/audit-log", action="deleted", limit=100)
    lifetime = await system.get("/lifetime-stats")
    runs = (await system.get("/engine/history", range="all"))["data"]
    freed = sum(item["sizeBytes"] for item in wanted)

    assert sorted(row["mediaName"] for row in audit["data"]) == sorted(item["title"] for item in wanted)
    assert all(row["integrationId"] and row["score"] > 0 and row["scoreDetails"] != "[]" for row in audit["data"])
    assert (lifetime["totalItemsRemoved"], lifetime["totalBytesReclaimed"]) == (len(wanted), freed)
    assert sum(run["deleted"] for run in runs) == len(wanted)

    async def fed() -> bool:
        feed = await system.get("/activity/recent", limit=100)
        return len([row for row in feed if row["eventType"] == "deletion_success"]) == len(wanted)

    await eventually(fed)


async def test_dry_run_writes_audit_rows_and_calls_no_delete(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    group = await the_group(connected)
    wanted = candidates_of(
        await connected.get("/preview"), group["usedBytes"] - int(TOTAL_BYTES * group["targetPct"] / 100)
    )

    await connected.run_engine()
    await connected.skip_grace_period()
    await connected.drained()

    audit = await connected.get("/audit-log", action="dry_run", limit=100)

    assert sorted(row["mediaName"] for row in audit["data"]) == sorted(item["title"] for item in wanted)
    assert {row["dryRunReason"] for row in audit["data"]} == {"execution_mode"}
    assert upstreams.ledger() == []
    assert (await connected.get("/lifetime-stats"))["totalItemsRemoved"] == 0


async def test_T45_repeated_dry_runs_keep_one_row_an_item(connected: RunningSystem) -> None:
    totals = []
    for _ in range(2):
        await connected.run_engine()
        await connected.skip_grace_period()
        await connected.drained()
        totals.append((await connected.get("/audit-log", limit=100))["total"])

    assert totals[0] == totals[1] > 0


async def test_failed_source_holds_the_group_in_auto_with_a_reason(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    system = connected
    upstreams.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="sonarr"))
    group = await the_group(system)
    before = await system.get("/preview")

    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET | {"mode": "auto"})
    await system.run_engine()

    holds = await system.get("/engine/holds")
    assert [hold["code"] for hold in holds] == ["source_failed"]
    assert "Sonarr" in holds[0]["message"]
    assert await system.get("/deletion-queue") == []
    assert [item["title"] for item in await system.get("/preview")] == [item["title"] for item in before]

    upstreams.heal()
    await system.run_engine()
    assert await system.get("/engine/holds") == []
    assert await system.get("/deletion-queue") != []


async def test_T22_switching_to_dry_run_takes_back_what_waits(
    connected: RunningSystem, upstreams: SimulatorServer
) -> None:
    system = connected
    group = await the_group(system)
    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET | {"mode": "auto"})
    waiting = await eventually(lambda: _queue(system), within_s=30)

    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET | {"mode": "dry-run"})
    await system.skip_grace_period()
    await system.run_engine()

    cancelled = await system.get("/audit-log", action="cancelled", limit=100)
    assert cancelled["total"] == len(waiting)
    assert delete_calls(upstreams.ledger()) == []


async def _queue(system: RunningSystem) -> list[dict[str, Any]]:
    return list(await system.get("/deletion-queue"))


async def test_T1_cancelled_item_is_never_deleted(connected: RunningSystem, upstreams: SimulatorServer) -> None:
    system = connected
    group = await the_group(system)
    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET | {"mode": "auto"})
    waiting = await eventually(lambda: _queue(system), within_s=30)
    spared = waiting[0]

    await system.send("POST", "/deletion-queue/snooze", {"id": spared["id"]})
    await system.skip_grace_period()
    await system.drained()
    await system.run_engine()
    await system.skip_grace_period()
    await system.drained()

    kinds = await instance_of(system)
    assert (kinds[spared["integrationId"]], spared["externalId"]) not in deleted_targets(upstreams.ledger())
    assert deleted_targets(upstreams.ledger()) != []


async def test_one_correlation_id_runs_through_a_run_and_the_reads_it_asks_for(connected: RunningSystem) -> None:
    run = await connected.run_engine()

    seen = {
        service: f'"correlation_id": "run-{run["id"]}"' in connected.processes[service].log
        for service in ("engine", "sync")
    }
    assert seen == {"engine": True, "sync": True}
