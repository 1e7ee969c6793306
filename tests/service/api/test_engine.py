"""Runs, holds and the dashboard's counters."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import RunState
from libs.common.settings import Settings
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.running_gateway import OWNER, RunningGateway, serving


async def test_at_most_one_run_is_asked_for(api: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(*(api.post("/engine/run", content=b"whatever") for _ in range(4)))
    compat = await api.post("/engine/run", params={"compat": "reference"})

    words = sorted(answer.json()["status"] for answer in answers)
    assert words == ["already_pending"] * 3 + ["triggered"]
    assert compat.json() == {"status": "already_running"}
    async with database.connect() as conn:
        assert (await conn.execute(select(m.EngineRun.state))).scalars().all() == [RunState.QUEUED]
        types = list((await conn.execute(select(m.Outbox.type).where(m.Outbox.family == "engine"))).scalars())
    assert types == ["manual_run_triggered"]


async def test_running_run_is_pending_too(api: httpx.AsyncClient, database: Database, clock: JumpingClock) -> None:
    await rows.add(
        database, m.EngineRun, state="running", trigger="timer", requested_at=clock.now(), run_at=clock.now()
    )

    assert (await api.post("/engine/run")).json() == {"status": "already_pending"}
    assert (await api.get("/worker/stats")).json()["isRunning"] is True


async def test_sixth_run_in_five_minutes_is_429_and_a_stranger_uses_nothing_up(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    async with serving(api_settings(RUN_LIMIT="5"), database) as gateway:
        await gateway.log_in()
        async with gateway.anybody() as anybody, gateway.owner() as owner:
            strangers = [(await anybody.post("/engine/run")).status_code for _ in range(6)]
            own = [(await owner.post("/engine/run")).status_code for _ in range(6)]

    assert strangers == [401] * 6
    assert own == [200] * 5 + [429]


async def run(database: Database, clock: JumpingClock, hours_ago: float, **values: Any) -> int:
    started = clock.now() - timedelta(hours=hours_ago)
    row = {
        "state": "done",
        "trigger": "timer",
        "requested_at": started,
        "run_at": started,
        "completed_at": started + timedelta(seconds=1),
        "evaluated": 97,
        "candidates": 12,
        "deleted": 3,
        "freed_bytes": 15032385536,
        "protected": 4,
        "execution_mode": "approval",
        "disk_group_modes": {"1": "approval"},
        "duration_ms": 1234,
    }
    return int(await rows.add(database, m.EngineRun, **{**row, **values}))


async def test_history_shows_completed_runs_of_the_range_oldest_first(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    old, new = await run(database, clock, 24 * 20), await run(database, clock, 2)
    await run(database, clock, 1, completed_at=None, state="running")

    week = (await api.get("/engine/history")).json()
    everything = (await api.get("/engine/history", params={"range": "all"})).json()
    bare = (await api.get("/engine/history", params={"range": "3h", "compat": "reference"})).json()

    assert [row["id"] for row in week["data"]] == [new]
    assert week["status"] == "success"
    assert [row["id"] for row in everything["data"]] == [old, new]
    assert bare == week["data"]
    shown = week["data"][0]
    assert (shown["flagged"], shown["candidates"], shown["deleted"], shown["freedBytes"]) == (12, 12, 3, 15032385536)
    assert (shown["executionMode"], shown["durationMs"]) == ("approval", 1234)
    assert shown["timestamp"] == shown["runAt"]
    assert shown["diskGroupModes"] == '{"1": "approval"}'


async def test_history_refuses_what_is_no_range(api: httpx.AsyncClient) -> None:
    for text in ("0h", "-1d", "1w", "h", "abc", "1.5h", "٣h"):
        assert (await api.get("/engine/history", params={"range": text})).status_code == 400, text
    assert (await api.get("/engine/history", params={"range": "999999999999d"})).status_code == 200


async def test_breaker_is_released_by_a_person_once_and_asks_for_a_run(
    api: httpx.AsyncClient, database: Database
) -> None:
    group = await rows.disk_group(database)
    breaker = await rows.add(
        database,
        m.Hold,
        scope="disk_group",
        code="mass_change",
        message="The run would remove 62 % of the group",
        breaker=True,
        disk_group_id=group,
        details={"share": 62},
        created_at=rows.NOW,
    )
    other = await rows.add(
        database,
        m.Hold,
        scope="disk_group",
        code="disk_unknown",
        message="x",
        disk_group_id=group,
        created_at=rows.NOW - timedelta(hours=1),
    )
    listed = (await api.get("/engine/holds")).json()
    released = await api.post(f"/engine/holds/{breaker}/release")
    again = await api.post(f"/engine/holds/{breaker}/release")
    no_breaker = await api.post(f"/engine/holds/{other}/release")

    assert listed[0] == {
        "id": breaker,
        "scope": "disk_group",
        "code": "mass_change",
        "message": "The run would remove 62 % of the group",
        "breaker": True,
        "diskGroupId": group,
        "details": {"share": 62},
        "createdAt": "2026-03-06T12:00:00Z",
    }
    assert [hold["id"] for hold in listed] == [breaker, other]
    assert released.json() == {"status": "released"}
    assert (again.status_code, no_breaker.status_code) == (404, 400)
    async with database.connect() as conn:
        assert (await conn.execute(select(m.Hold.released_by).where(m.Hold.id == breaker))).scalar_one() == "admin"
        assert (await conn.execute(select(m.EngineRun.trigger))).scalar_one() == "release"
        event = (await conn.execute(select(m.Outbox.data).where(m.Outbox.type == "breaker_released"))).scalar_one()
    assert event == f'{{"holdId":{breaker},"code":"mass_change","username":"{OWNER["username"]}"}}'


async def test_counters_before_anything_happened(gateway: RunningGateway, api: httpx.AsyncClient) -> None:
    dashboard = (await api.get("/dashboard-stats")).json()
    worker = (await api.get("/worker/stats")).json()
    lifetime = (await api.get("/lifetime-stats")).json()

    assert dashboard == {
        "totalBytesReclaimed": 0,
        "totalItemsRemoved": 0,
        "totalEngineRuns": 0,
        "protectedCount": 0,
        "growthBytesPerWeek": 0,
        "hasGrowthData": False,
    }
    assert lifetime["id"] == 1
    assert set(lifetime) == {
        "id",
        "totalBytesReclaimed",
        "totalItemsRemoved",
        "totalEngineRuns",
        "createdAt",
        "updatedAt",
    }
    assert (worker["executionMode"], worker["lastRunEpoch"], worker["currentlyDeleting"]) == ("dry-run", 0, "")
    assert (worker["isRunning"], worker["queueDepth"], worker["pollIntervalSeconds"]) == (False, 0, 300)


async def test_run_after_the_clock_was_put_back_is_the_last_one(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    await run(database, clock, hours_ago=-5, evaluated=1)
    await run(database, clock, hours_ago=0, evaluated=2, state="running", completed_at=None)

    worker = (await api.get("/worker/stats")).json()

    assert (worker["isRunning"], worker["lastRunEvaluated"]) == (True, 2)
    assert worker["lastRunEpoch"] <= clock.now().timestamp()


async def test_counters_after_a_run(api: httpx.AsyncClient, database: Database, clock: JumpingClock) -> None:
    await run(database, clock, 1)
    source, group = await rows.integration(database), await rows.disk_group(database)
    await rows.job(database, source)
    await rows.job(database, source, "Serenity", external_id="2-s1", state="deleting")
    for title, state in (("A", "deleted"), ("B", "simulated"), ("C", "failed")):
        await rows.job(database, source, title, external_id=f"{ord(title)}-s1", state=state, finished_at=clock.now())
    for days, used in ((10, 100), (8, 300), (0.1, 1000)):
        await rows.add(
            database,
            m.LibraryHistory,
            timestamp=clock.now() - timedelta(days=days),
            total_capacity=5000,
            used_capacity=used,
            resolution="daily" if days > 1 else "raw",
            disk_group_id=group,
            created_at=clock.now(),
        )

    worker = (await api.get("/worker/stats")).json()
    dashboard = (await api.get("/dashboard-stats")).json()

    assert (worker["lastRunEvaluated"], worker["lastRunFlagged"], worker["lastRunCandidates"]) == (97, 12, 12)
    assert (worker["queueDepth"], worker["currentlyDeleting"]) == (1, "Serenity")
    assert (worker["processed"], worker["failed"]) == (2, 1)
    assert worker["executionMode"] == "approval"
    assert 0 < worker["lastRunEpoch"] <= clock.now().timestamp()
    assert (dashboard["growthBytesPerWeek"], dashboard["hasGrowthData"]) == (700, True)
    assert dashboard["protectedCount"] == 4
