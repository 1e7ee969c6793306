"""The life of a run: asked for, claimed by one engine, carried out, and closed whatever happens."""

from datetime import timedelta

import pytest
from faststream.nats import NatsBroker
from sqlalchemy import func, insert, select, text

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode, IntegrationType, RunState, RunTrigger
from libs.common.locks.leases import LeaseLostError, acquire
from libs.common.messaging.transient import Transient
from libs.common.messaging.work import RunEngine, publish_work
from libs.common.runs import run_pending
from services.engine.preview.refresh import PreviewRefresh
from services.engine.runs.cycle import Cycle
from services.engine.runs.leader import INTERRUPTED, LEASE, Leader
from services.engine.runs.queries import KEPT_RUNS, claim_queued, prune_runs
from tests.harness.eventually import eventually
from tests.service.engine.conftest import Start, new_leader, running
from tests.service.engine.rows import Library

pytestmark = pytest.mark.service


async def test_start_up_begins_with_a_run_that_tells_its_beginning_and_end(library: Library, engine: Leader) -> None:
    (run,) = await library.rows(m.EngineRun)

    assert (run.state, run.trigger, run.execution_mode) == ("done", RunTrigger.STARTUP, ExecutionMode.DRY_RUN)
    assert run.completed_at is not None
    events = await library.events("engine_start", "engine_complete")
    assert [(event.type, event.run_id) for event in events] == [("engine_start", run.id), ("engine_complete", run.id)]
    assert events[0].message == "Engine run started in dry-run mode"
    (stats,) = await library.rows(m.LifetimeStats)
    assert stats.total_engine_runs == 1
    assert len(await library.rows(m.DeletionBatch, m.DeletionBatch.run_id == run.id)) == 1


async def test_run_asks_every_enabled_source_once(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    await library.integration(enabled=False)
    await library.integration(removed_at=library.now)

    run = await library.run()

    snapshots = await library.rows(m.Snapshot)
    assert [(s.integration_id, s.run_id, s.state) for s in snapshots] == [(radarr, run.id, "complete")]


@pytest.mark.parametrize(
    ("evidence_h", "age_h", "is_asked"),
    [(48, 5, False), (48, 7, True), (4, 1, False), (4, 3, True)],
    ids=["young", "old", "young for careful owners", "old for careful owners"],
)
async def test_source_that_enriches_is_asked_when_its_last_read_is_old(
    library: Library, engine: Leader, evidence_h: int, age_h: int, is_asked: bool
) -> None:
    plex = await library.integration(IntegrationType.PLEX, updated_at=library.now - timedelta(days=9))
    read = library.now - timedelta(hours=age_h)
    done = {"integration_id": plex, "state": "complete", "requested_at": read, "completed_at": read}
    await library.execute(insert(m.Snapshot).values(done))
    await library.preference(evidence_max_age_hours=evidence_h)

    run = await library.run()

    assert [s.run_id for s in await library.rows(m.Snapshot, m.Snapshot.run_id.is_not(None))] == [run.id] * is_asked


async def test_read_that_is_open_already_serves_the_run(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    library.silent.add(radarr)
    asked = insert(m.Snapshot).values(integration_id=radarr, requested_at=library.now).returning(m.Snapshot.id)
    snapshot_id = await library.scalar(asked)

    run_id = await library.ask_for_run()
    assert run_id is not None
    await eventually(lambda: library.rows(m.EngineRun, m.EngineRun.state == RunState.RUNNING))
    library.silent.clear()
    await library.ended(run_id)

    assert [s.id for s in await library.rows(m.Snapshot)] == [snapshot_id]


async def test_T120_source_that_never_answers_ends_the_wait_and_holds_its_group(
    library: Library, broker: NatsBroker, sync: None
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    library.silent.add(radarr)

    async with running(new_leader(library, broker, snapshot_deadline_s=0.3).run()):
        (complete,) = await eventually(lambda: library.events("engine_complete"))

    assert (await library.outcome(complete.run_id, group)).held_code == HoldCode.SOURCE_FAILED
    assert await library.open_holds() == [(HoldCode.SOURCE_FAILED, group, radarr)]
    assert await library.queued() == set()


async def test_T115_while_one_run_waits_for_its_sources_at_most_one_more_is_queued(
    library: Library, engine: Leader
) -> None:
    radarr = await library.integration()
    library.silent.add(radarr)
    running_id = await library.ask_for_run()
    await eventually(lambda: library.rows(m.EngineRun, m.EngineRun.state == RunState.RUNNING))

    follow_up, third = await library.ask_for_run(), await library.ask_for_run()
    async with library.db.connect() as conn:
        pending = await run_pending(conn)
    library.silent.clear()

    assert pending
    assert third is None
    assert running_id is not None
    assert follow_up is not None
    assert (await library.ended(running_id)).state == "done"
    assert (await library.ended(follow_up)).state == "done"


async def test_T118_weights_that_cannot_be_read_close_the_run_with_its_reason(library: Library, engine: Leader) -> None:
    await library.execute(text("alter table factor_weights rename to gone"))

    run = await library.run()

    assert run.state == "failed"
    assert run.completed_at is not None
    assert run.error_message != ""
    (error,) = await library.events("engine_error")
    assert error.run_id == run.id

    await library.execute(text("alter table gone rename to factor_weights"))
    assert (await library.run()).state == "done"


@pytest.mark.parametrize("table", ["approval_queue", "custom_rules"])
async def test_S25_snoozes_or_protections_that_cannot_be_read_are_not_none(
    library: Library, engine: Leader, table: str
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.execute(text(f"alter table {table} rename to gone"))

    run = await library.run()

    assert run.state == "failed"
    assert await library.queued() == set()


async def test_timer_runs_again_after_the_interval_and_T124_follows_a_new_one(library: Library, engine: Leader) -> None:
    await library.preference(poll_interval_seconds=3600, updated_at=library.now)
    library.clock.jump(seconds=3500)
    await _no_run_comes(library, engine)

    await library.preference(poll_interval_seconds=60)
    (timed,) = await eventually(lambda: library.rows(m.EngineRun, m.EngineRun.trigger == RunTrigger.TIMER))
    await library.ended(timed.id)

    await _no_run_comes(library, engine)
    library.clock.jump(seconds=61)
    await eventually(lambda: _timed(library, 2))


@pytest.mark.parametrize("stored", [0, 5, None])
async def test_T125_interval_without_sense_means_five_minutes(
    library: Library, engine: Leader, stored: int | None
) -> None:
    await library.execute(text("alter table preferences drop constraint ck_preferences_poll_interval"))
    await library.execute(text("alter table preferences alter poll_interval_seconds drop not null"))
    await library.preference(poll_interval_seconds=stored)
    library.clock.jump(seconds=290)
    await _no_run_comes(library, engine)

    library.clock.jump(seconds=11)
    await eventually(lambda: _timed(library, 1))


async def test_run_asked_for_by_a_person_does_not_move_the_timer(library: Library, engine: Leader) -> None:
    library.clock.jump(seconds=290)
    await library.run()
    library.clock.jump(seconds=11)

    await eventually(lambda: _timed(library, 1))


async def test_clock_that_goes_back_brings_one_run_and_no_second_one(library: Library, engine: Leader) -> None:
    library.clock.jump(seconds=301)
    await eventually(lambda: _timed(library, 1))
    (timed,) = await library.rows(m.EngineRun, m.EngineRun.trigger == RunTrigger.TIMER)
    await library.ended(timed.id)

    library.clock.jump(seconds=-301)
    await eventually(lambda: _timed(library, 2))
    for run in await library.rows(m.EngineRun, m.EngineRun.trigger == RunTrigger.TIMER):
        await library.ended(run.id)

    await _no_run_comes(library, engine)


async def _timed(library: Library, count: int) -> bool:
    return len(await library.rows(m.EngineRun, m.EngineRun.trigger == RunTrigger.TIMER)) == count


async def _no_run_comes(library: Library, engine: Leader) -> None:
    """The engine looks at the clock before it takes a run, so a run that was asked for shows that it has looked."""
    before = len(await library.rows(m.EngineRun))
    await library.run()
    assert len(await library.rows(m.EngineRun)) == before + 1


async def test_old_runs_go_and_the_newest_thousand_stay(library: Library) -> None:
    rows = [
        {"state": "done", "trigger": "timer", "requested_at": library.now + timedelta(seconds=number)}
        for number in range(KEPT_RUNS + 5)
    ]
    await library.execute(insert(m.EngineRun).values(rows))

    async with library.db.begin() as tx:
        assert await prune_runs(tx) == 5
        assert await prune_runs(tx) == 0

    kept = await library.rows(m.EngineRun)
    assert len(kept) == KEPT_RUNS
    assert min(run.requested_at for run in kept) > library.now


async def test_leader_makes_room_for_the_months_ahead(library: Library, engine: Leader) -> None:
    library.clock.jump(days=200)

    async def has_partition() -> bool:
        name = f"activity_events_{library.now:%Y_%m}"
        async with library.db.connect() as conn:
            return (await conn.execute(text("select to_regclass(:name)"), {"name": name})).scalar_one() is not None

    await eventually(has_partition)


async def test_run_of_a_dead_leader_is_closed_and_done_again(library: Library, broker: NatsBroker, sync: None) -> None:
    dead = {"state": "running", "trigger": "manual", "requested_at": library.now, "run_at": library.now, "fence": 0}
    run_id = await library.scalar(insert(m.EngineRun).values(dead).returning(m.EngineRun.id))

    async with running(new_leader(library, broker).run()):
        await eventually(lambda: library.events("engine_complete"))

    old, new = sorted(await library.rows(m.EngineRun), key=lambda run: run.id)
    assert (old.id, old.state, old.error_message) == (run_id, "failed", INTERRUPTED)
    assert old.completed_at is not None
    assert (new.state, new.trigger) == ("done", RunTrigger.MANUAL)
    (error,) = await library.events("engine_error")
    assert error.run_id == run_id


async def test_T116_work_message_wakes_the_engine_and_two_replicas_run_once(
    library: Library, broker: NatsBroker, sync: None, start: Start
) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.AUTO)
    await library.item(radarr, group, 1)

    start("engine-1")
    start("engine-2")
    await eventually(lambda: library.events("engine_complete"))
    for _ in range(3):
        run_id = await eventually(library.ask_for_run)
        await publish_work(broker, RunEngine(run_id=run_id))
        await library.ended(run_id)

    runs = await library.rows(m.EngineRun)
    assert [run.state for run in runs] == ["done"] * 4
    assert len(await library.events("engine_start")) == 4
    assert len(await library.jobs()) == 1


async def test_T117_killed_leader_is_replaced_and_its_run_closed(library: Library, nats_url: str, start: Start) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.AUTO)
    await library.item(radarr, group, 1)
    first = start("engine-1")
    (run,) = await eventually(lambda: library.rows(m.EngineRun, m.EngineRun.state == RunState.RUNNING))
    start("engine-2")

    first.kill()
    async with running(library.play_sync()):
        await eventually(lambda: library.events("engine_complete"), within_s=40)

    (old,) = await library.rows(m.EngineRun, m.EngineRun.id == run.id)
    assert (old.state, old.error_message) == ("failed", INTERRUPTED)
    async with library.db.connect() as conn:
        still = await conn.execute(select(func.count()).where(m.EngineRun.state == RunState.RUNNING))
        assert still.scalar_one() == 0
    assert len(await library.jobs()) == 1


async def test_run_under_a_lease_that_someone_else_has_taken_since_queues_nothing(
    library: Library, broker: NatsBroker, sync: None
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.ask_for_run()
    async with library.db.begin() as tx:
        stale = await acquire(tx, LEASE, "paused for too long", ttl_s=0)
        assert stale is not None
        run = await claim_queued(tx, library.now, stale.fence)
        assert run is not None
    async with library.db.begin() as tx:
        assert await acquire(tx, LEASE, "the new leader", ttl_s=60) is not None
    refresh = PreviewRefresh(library.db, library.clock, Transient(broker, "engine"))

    with pytest.raises(LeaseLostError):
        await Cycle(library.db, library.clock, broker, refresh).run(run, stale)

    assert await library.queued() == set()
    assert await library.events("engine_complete") == []
    assert await library.rows(m.DeletionBatch) == []
