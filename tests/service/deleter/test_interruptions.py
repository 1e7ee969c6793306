"""Kills, stops, silence and half answers: an item is deleted once and booked once, or visibly waits."""

import asyncio
import os
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select, true, update

from libs.common.clock import real_now
from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, IntegrationType, JobState, MediaType, Trigger
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind
from libs.simulator.serve import SimulatorServer
from services.deleter.claimed import Source
from services.deleter.saga import Patience
from services.deleter.upstreams import Upstream, Upstreams
from tests.harness.eventually import eventually
from tests.harness.processes import ServiceProcess
from tests.service.deleter.rows import BOX, DELAY_S, SECRET_KEY, movie
from tests.service.deleter.town import Town
from tests.service.deleter.trouble import break_calls, state_of, until_failed

pytestmark = pytest.mark.service

SIZE = 20_000_000_000


@pytest.fixture
def impatient(town: Town) -> None:
    """Nobody waits a minute for files to go."""
    town.patience = Patience(accepted_s=0.3, unclear_s=0.3)


@pytest.fixture
def process(town: Town, nats_url: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    """A deleter of its own, to be killed."""
    environment = {
        "DATABASE_URL": town.owner.db.url,
        "NATS_URL": nats_url,
        "SECRET_KEY": SECRET_KEY,
        "DATA_DIR": str(tmp_path),
        "CLOCK_FILE": str(town.owner.clock.path),
    }
    running = ServiceProcess("deleter", "deleter", tmp_path, environment)
    yield running
    running.kill()


async def reaches(town: Town, job_id: int, state: str, within_s: float = 10) -> None:
    async def reached() -> bool:
        return await state_of(town, job_id) == state

    await eventually(reached, within_s=within_s)


async def lease_runs_out(town: Town) -> None:
    """What time does to the lease of a worker that is gone."""
    await town.owner.execute(update(m.DeletionJob).values(lease_until=real_now() - timedelta(seconds=1)))


async def assert_booked_once(town: Town) -> None:
    assert len(town.calls) == len(town.deleted) == 1
    assert await town.owner.lifetime() == (1, SIZE)
    assert [entry.action.value for entry in await town.owner.audit()] == ["deleted"]
    assert (await town.owner.events()).count("deletion_success") == 1


async def test_T8_killed_after_the_delete_counts_once(town: Town, process: ServiceProcess) -> None:
    run = await town.owner.run()
    batch = await town.owner.batch(run)
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"), batch=batch)
    break_calls(town, FaultKind.HANG_AFTER_EFFECT, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    process.start()
    await eventually(lambda: town.deleted, within_s=30)

    process.kill()
    town.server.heal()
    left = await state_of(town, job_id)
    await lease_runs_out(town)
    await town.work(town.deleter(), town.all_ended)

    assert left == "deleting"
    await assert_booked_once(town)
    row = await town.owner.one(select(m.EngineRun.deleted, m.EngineRun.freed_bytes).where(m.EngineRun.id == run))
    assert tuple(row) == (1, SIZE)


async def test_interrupted_job_is_not_asked_about_at_another_installation(town: Town) -> None:
    """There the id is free, or another item's: neither says what became of the call."""
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    began = {"state": JobState.DELETING, "started_at": town.owner.clock.now(), "lease_owner": "gone"}
    await town.owner.execute(update(m.DeletionJob).values(began))
    await lease_runs_out(town)
    with SimulatorServer(world_with(movies=[])) as elsewhere:
        radarr = {"url": elsewhere.instance("radarr")["url"], "updated_at": town.owner.clock.now()}
        await town.owner.execute(update(m.Integration).where(m.Integration.id == town.ids["radarr"]).values(radarr))

        await town.work(town.deleter(), town.all_ended)

    assert await state_of(town, job_id) == "failed"
    error = (await town.owner.job(job_id)).last_error
    assert error == "nobody can say any more whether it was deleted: radarr points at another installation now"
    assert await town.owner.audit() == []
    assert await town.owner.lifetime() == (0, 0)


async def test_T7_killed_before_the_announcement_leaves_the_jobs_waiting_in_order_and_at_their_pace(
    town: Town, process: ServiceProcess
) -> None:
    await town.owner.execute(update(m.Integration).values(deletions_per_minute=600))
    scores = {"1": 0.9, "2": 0.3, "3": 0.6}
    jobs = [await town.job("radarr", number, score=score) for number, score in scores.items()]
    ids = await town.owner.enqueue(*jobs)
    break_calls(town, FaultKind.TIMEOUT, method="GET", path_glob="*/movie/1", times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    process.start()
    await reaches(town, ids[0], "claimed", within_s=30)

    process.kill()
    town.server.heal()
    await lease_runs_out(town)
    await town.work(town.deleter(), town.all_ended)

    assert town.deleted == [("radarr", "1"), ("radarr", "3"), ("radarr", "2")]
    assert len(town.calls) == len(await town.owner.audit()) == 3
    rows = await town.owner.rows(
        select(m.DeletionJob.started_at, m.DeletionJob.attempts).order_by(m.DeletionJob.started_at)
    )
    assert [row.attempts for row in rows] == [0, 0, 0]
    assert all(later.started_at - earlier.started_at >= timedelta(seconds=0.1) for earlier, later in pairwise(rows))


async def test_T5_stopped_process_starts_no_call_and_leaves_the_jobs_as_they_were(
    town: Town, process: ServiceProcess
) -> None:
    ids = await town.owner.enqueue(*[await town.job("radarr", number) for number in ("1", "2")])
    before = [(await town.owner.job(job_id)).not_before for job_id in ids]
    process.start()
    await asyncio.to_thread(process.wait_ready)

    process.stop()

    assert process.process is not None
    assert process.process.returncode == os.EX_OK
    assert town.calls == []
    assert [(await town.owner.job(job_id)).not_before for job_id in ids] == before
    assert await town.owner.states() == ["waiting", "waiting"]


async def test_T6_stop_lets_the_running_call_finish_and_starts_no_other(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1", score=0.9), await town.job("radarr", "2"))
    break_calls(town, FaultKind.LATENCY, seconds=0.8)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await queue.look_once()
    (first, _) = [row.id for row in await town.owner.rows(select(m.DeletionJob.id).order_by(m.DeletionJob.id))]
    await reaches(town, first, "deleting")

    await queue.stop()

    assert await town.owner.states() == ["deleted", "waiting"]
    await assert_booked_once(town)


async def test_T5_stop_before_the_announcement_puts_the_job_back(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.LATENCY, method="GET", path_glob="*/movie/1", seconds=0.8)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await queue.look_once()
    await reaches(town, job_id, "claimed")

    await queue.stop()

    job = await town.owner.job(job_id)
    assert (job.state.value, job.attempts, job.started_at, job.lease_owner) == ("waiting", 0, None, None)
    assert town.calls == []


async def test_T6_stop_while_verifying_leaves_the_question_to_the_next_process(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.LYING_DELETE, seconds=1.0, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await queue.look_once()
    await reaches(town, job_id, "verifying")

    await queue.stop()
    left = await state_of(town, job_id)
    await asyncio.sleep(1.0)
    await town.work(town.deleter(), town.all_ended)

    assert left == "verifying"
    await assert_booked_once(town)


async def test_T10_call_that_outlasts_its_lease_is_not_repeated(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.LATENCY, seconds=3.0)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    first, second = town.deleter(lease_s=1.0), town.deleter(lease_s=1.0)

    await asyncio.gather(town.work(first, town.all_ended), town.work(second, town.all_ended))

    await assert_booked_once(town)


async def test_T15_approved_item_that_cannot_be_deleted_goes_back_with_its_error(town: Town) -> None:
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)
    approval = await town.owner.approval(town.ids["radarr"], "1")
    decided = {"enqueued_mode": ExecutionMode.APPROVAL, "trigger": Trigger.APPROVAL, "approval_id": approval}
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1", **decided))
    break_calls(town, FaultKind.STATUS, status=500)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    for attempt, pause_s in enumerate((30, 120, 600, 0), start=1):
        await until_failed(town, queue, job_id, attempt)
        town.owner.clock.jump(seconds=pause_s + 1)

    row = await town.owner.one(select(m.ApprovalItem.status, m.ApprovalItem.last_error))
    assert await town.owner.states() == ["failed"]
    assert row.status is ApprovalStatus.PENDING
    assert row.last_error == (await town.owner.job(job_id)).last_error != ""
    assert len(town.calls) == 4
    assert town.deleted == []
    assert (await town.owner.events()).count("deletion_failed") == 1


async def test_retry_waits_for_its_pause(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.STATUS, status=500, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await until_failed(town, queue, job_id, 1)

    job = await town.owner.job(job_id)
    town.owner.clock.jump(seconds=20)
    await queue.look_once()
    early = await state_of(town, job_id)
    town.owner.clock.jump(seconds=11)
    await town.work(queue, town.all_ended)

    assert timedelta(seconds=29) < job.not_before - job.started_at < timedelta(seconds=35)
    assert early == "waiting"
    assert await town.owner.lifetime() == (1, SIZE)


@pytest.mark.usefixtures("impatient")
async def test_connection_that_breaks_before_the_effect_is_asked_about_and_tried_again(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.CONNECTION_RESET, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    await until_failed(town, queue, job_id, 1)
    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    assert len(town.calls) == 2
    assert town.deleted == [("radarr", "1")]
    assert await town.owner.lifetime() == (1, SIZE)


@pytest.mark.usefixtures("impatient")
async def test_accepted_delete_that_takes_effect_late_is_ours_and_needs_no_second_call(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.LYING_DELETE, seconds=1.5)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    await until_failed(town, queue, job_id, 1)
    error = (await town.owner.job(job_id)).last_error
    await eventually(lambda: town.deleted)
    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    assert error == "the upstream accepted the deletion, but the item is still there"
    await assert_booked_once(town)


async def test_unanswered_question_keeps_the_job_from_being_cancelled(town: Town) -> None:
    """Cancelled in the books and gone from the disk: that must never be."""
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.HANG_AFTER_EFFECT, seconds=0.5, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await queue.look_once()
    await eventually(lambda: town.deleted)
    break_calls(town, FaultKind.STATUS, method="GET", path_glob="*/movie/1", status=503)

    async def given_up() -> bool:
        return bool((await town.owner.job(job_id)).last_error)

    await eventually(given_up)
    left = await state_of(town, job_id)
    async with town.owner.db.begin() as tx:
        cancelled = await cancel_waiting(tx, true(), "cleared", "api", town.owner.clock.now())
    town.server.heal()
    await lease_runs_out(town)
    await town.work(queue, town.all_ended)

    assert (left, cancelled) == ("verifying", [])
    await assert_booked_once(town)


async def test_declined_call_does_not_claim_what_somebody_else_deleted(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.STATUS, status=401)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await until_failed(town, queue, job_id, 1)
    movies = town.server.world.instances["radarr"].movies
    town.server.do(lambda: movies.pop(1))

    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    (entry,) = await town.owner.audit()
    assert await town.owner.states() == ["deleted"]
    assert await town.owner.lifetime() == (0, 0)
    assert (entry.size_bytes, entry.reason) == (0, "it was gone already")


@pytest.mark.parametrize("location", ["http://elsewhere.invalid/", "/radarr/login"])
@pytest.mark.usefixtures("impatient")
async def test_T37_redirected_delete_is_no_success(town: Town, location: str) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.REDIRECT, status=302, location=location)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    await until_failed(town, town.deleter(), job_id, 1)

    assert await town.owner.states() == ["waiting"]
    assert town.deleted == []
    assert await town.owner.lifetime() == (0, 0)


async def test_S21_unclear_unmonitoring_stops_the_delete_and_is_repeated(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("sonarr", "1-s2"))
    break_calls(town, FaultKind.RESET_AFTER_EFFECT, method="POST", path_glob="*/seasonpass", times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    await until_failed(town, queue, job_id, 1)
    deletes = list(town.calls)
    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    assert deletes == []
    assert town.deleted == [("sonarr", "1-s2")]


async def test_S21_half_deleted_season_is_finished_and_booked_once(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("sonarr", "1-s2"))
    break_calls(town, FaultKind.PARTIAL_DELETE, count=1, times=1)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    await until_failed(town, queue, job_id, 1)
    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    show = town.server.world.instances["sonarr"].shows[1]
    assert await town.owner.states() == ["deleted"]
    assert [len(season.files) for season in show.seasons] == [4, 0, 4]
    assert [entry.action.value for entry in await town.owner.audit()] == ["deleted"]
    assert (await town.owner.lifetime())[0] == 1


async def test_T106_season_without_files_succeeds_without_a_call(town: Town) -> None:
    await town.owner.enqueue(await town.job("sonarr", "1-s2"))
    show = town.server.world.instances["sonarr"].shows[1]

    def lose_files() -> None:
        show.seasons[1].files.clear()
        show.revision += 1

    town.server.do(lose_files)

    await town.drain()

    assert await town.owner.states() == ["deleted"]
    assert town.server.ledger() == []


async def test_T35_job_that_nobody_can_carry_out_fails_at_once(town: Town) -> None:
    seerr = await town.owner.integration(IntegrationType.SEERR)
    await town.owner.enqueue(
        movie(seerr, "1", disk_group_id=town.group_id, trigger=Trigger.USER),
        await town.job("radarr", "1"),
    )

    await town.drain()

    assert await town.owner.states() == ["deleted", "failed"] or await town.owner.states() == ["failed", "deleted"]
    assert town.deleted == [("radarr", "1")]


@pytest.mark.parametrize(
    ("media_type", "external_id"),
    [
        (MediaType.SEASON, "1"),
        (MediaType.SEASON, "1-s"),
        (MediaType.SEASON, "1-s0"),
        (MediaType.SEASON, "all"),
        (MediaType.SHOW, "0"),
        (MediaType.SHOW, "-1"),
        (MediaType.SHOW, "all"),
        (MediaType.SHOW, "../"),
        (MediaType.SHOW, "1-s1"),
        (MediaType.EPISODE, "1"),
    ],
)
async def test_S01_S02_row_that_has_lost_its_target_fails_before_any_call(
    town: Town, media_type: MediaType, external_id: str
) -> None:
    """As by a broken import or a retried action: what the door refused must not get past the queue either."""
    (job_id,) = await town.owner.enqueue(await town.job("sonarr", "1-s1"))
    lost = {"media_type": media_type, "external_id": external_id, "fingerprint": None}
    await town.owner.execute(update(m.DeletionJob).values(lost))
    town.server.do(town.server.simulation.traffic.clear)

    await town.drain()

    assert (await town.owner.job(job_id)).state.value in {"failed", "cancelled"}
    assert town.server.ledger() == []
    assert town.server.do(lambda: dict(town.server.simulation.traffic.calls)) == {}


class BrokenForMovieOne(Upstreams):
    """Has a mistake that shows at one item only."""

    def of(self, source: Source) -> Upstream:
        upstream = super().of(source)
        return _Broken(upstream.client)


class _Broken(Upstream):
    async def safety(self) -> object:  # type: ignore[override]
        raise ZeroDivisionError


async def test_T35_mistake_of_ours_is_counted_and_the_next_job_runs(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter(upstreams=BrokenForMovieOne(BOX, allow_loopback=True))

    for attempt in range(1, 5):
        await until_failed(town, queue, job_id, attempt)
        town.owner.clock.jump(seconds=601)

    job = await town.owner.job(job_id)
    assert (job.state.value, job.last_error) == ("failed", "an error of our own: ZeroDivisionError")


async def test_T108_key_that_was_corrected_is_used_at_the_next_attempt(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    mine = m.Integration.id == town.ids["radarr"]
    wrong = {"api_key": BOX.seal("0" * 32), "updated_at": town.owner.clock.now()}
    await town.owner.execute(update(m.Integration).where(mine).values(wrong))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await until_failed(town, queue, job_id, 1)

    right = {"api_key": BOX.seal(town.server.instance("radarr")["apiKey"]), "updated_at": town.owner.clock.now()}
    await town.owner.execute(update(m.Integration).where(mine).values(right))
    town.owner.clock.jump(seconds=31)
    await town.work(queue, town.all_ended)

    await assert_booked_once(town)
