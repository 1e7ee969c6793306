"""What the deleter does to real upstreams, judged by their ledger."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, text, true, update

from libs.common.clock import real_now
from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import ExecutionMode
from libs.simulator.faults import FaultKind, FaultRule
from tests.harness.eventually import eventually
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town


async def test_movie_is_deleted_once_and_the_books_agree(town: Town) -> None:
    run = await town.owner.run()
    batch = await town.owner.batch(run)
    await town.owner.enqueue(await town.job("radarr", "1"), batch=batch)

    await town.drain()

    assert town.deleted == [("radarr", "1")]
    assert await town.owner.states() == ["deleted"]
    (entry,) = await town.owner.audit()
    assert (entry.action, entry.media_name, entry.integration_id) == ("deleted", "Movie 1", town.ids["radarr"])
    assert await town.owner.lifetime() == (1, 20_000_000_000)
    assert (await town.owner.events())[:2] == ["deletion_queued", "deletion_success"]
    assert town.calls[0].query == {"deleteFiles": ["true"], "addImportExclusion": ["true"]}


async def test_T105_season_is_unmonitored_before_its_own_files_go_and_no_other(town: Town) -> None:
    await town.owner.enqueue(await town.job("sonarr", "1-s2"))

    await town.drain()

    assert town.deleted == [("sonarr", "1-s2")]
    kinds = [effect.kind for entry in town.server.ledger() for effect in entry.effects]
    assert kinds.index("monitor_changed") < kinds.index("episode_files_deleted")
    show = town.server.world.instances["sonarr"].shows[1]
    assert [season.number for season in show.seasons if season.files] == [1, 3]


async def test_T4_nothing_is_deleted_within_the_grace_period(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    town.owner.clock.jump(seconds=DELAY_S - 2)

    await town.deleter().look_once()

    assert town.calls == []
    assert await town.owner.states() == ["waiting"]


async def test_T33_the_higher_score_goes_first_whenever_it_came(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1", score=0.7))
    await town.owner.enqueue(await town.job("radarr", "2", score=1.6), await town.job("radarr", "3", score=0.9))

    await town.drain()

    assert [target for _, target in town.deleted] == ["2", "3", "1"]


async def test_T22_mode_changed_since_queuing_calls_everything_off(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)

    await town.drain()

    assert town.calls == []
    assert [entry.action for entry in await town.owner.audit()] == ["cancelled", "cancelled"]


async def test_T23_simulation_never_becomes_a_deletion(town: Town) -> None:
    job = await town.job("radarr", "1", enqueued_mode=ExecutionMode.DRY_RUN, force_dry_run=True, upsert_audit=True)
    await town.owner.enqueue(job)

    await town.drain()

    assert town.calls == []
    assert await town.owner.states() == ["cancelled"]


async def test_T25_kill_switch_turns_jobs_into_simulations_with_its_reason(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.prefer(deletions_enabled=False)

    await town.drain()

    assert town.server.ledger() == []
    (entry,) = await town.owner.audit()
    assert (entry.action, entry.dry_run_reason) == ("dry_delete", "deletions_disabled")


async def test_T25_kill_switch_in_the_middle_of_a_drain_stops_behind_the_call_under_way(town: Town) -> None:
    await town.owner.enqueue(*[await town.job("radarr", number) for number in ("1", "2", "3")])
    town.server.break_calls(FaultRule(kind=FaultKind.LATENCY, method="DELETE", seconds=3))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    async def is_deleting() -> bool:
        return "deleting" in await town.owner.states()

    await town.work(queue, is_deleting)
    await town.owner.prefer(deletions_enabled=False)
    await town.work(queue, town.all_ended)

    assert len(town.calls) == 1
    assert sorted(await town.owner.states()) == ["deleted", "simulated", "simulated"]
    reasons = [entry.dry_run_reason for entry in await town.owner.audit() if entry.action == "dry_delete"]
    assert reasons == ["deletions_disabled", "deletions_disabled"]


async def test_T2_what_was_cleared_stays_cleared_when_its_batch_was_told_and_others_come(town: Town) -> None:
    first, second = [str(number) for number in range(1, 6)], [str(number) for number in range(6, 11)]
    await town.owner.enqueue(*[await town.job("radarr", number) for number in first])
    queue = town.deleter()

    async with town.owner.db.begin() as tx:
        cleared = await cancel_waiting(tx, true(), "the queue was cleared", "api", town.owner.clock.now())
    await queue.look_once()
    told = (await town.owner.events()).count("deletion_batch_complete")
    await town.owner.enqueue(*[await town.job("radarr", number) for number in second])
    await town.drain(queue)

    assert (len(cleared), told) == (5, 1)
    assert sorted(town.deleted) == sorted(("radarr", number) for number in second)
    assert len(town.calls) == 5
    assert Counter(entry.action.value for entry in await town.owner.audit()) == {"cancelled": 5, "deleted": 5}


async def test_T26_without_preferences_nothing_is_deleted(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.execute(text("delete from preferences"))

    town.owner.clock.jump(seconds=DELAY_S + 1)
    await town.deleter().look_once()
    await asyncio.sleep(0.3)

    assert town.server.ledger() == []


async def test_T27_rule_made_since_queuing_protects(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
    await town.rule("radarr", "title", "Movie 1")

    await town.drain()

    assert town.deleted == [("radarr", "2")]


async def test_T27_while_scores_are_outdated_nothing_is_claimed(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.execute(update(m.PreviewState).values(wanted_scoring=m.PreviewState.wanted_scoring + 1))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await queue.look_once()
    await asyncio.sleep(0.3)
    assert town.server.ledger() == []

    await town.score()
    await town.drain(queue)

    assert town.deleted == [("radarr", "1")]


async def test_T28_disk_that_reached_its_target_calls_engine_jobs_off(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.execute(update(m.DiskGroup).values(used_bytes=1_000_000_000_000, read_at=town.owner.clock.now()))

    await town.drain()

    assert town.calls == []
    assert await town.owner.states() == ["cancelled"]


async def test_T20_snooze_since_queuing_spares_the_item(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.approval(
        town.ids["radarr"], "1", status="rejected", snoozed_until=town.owner.clock.now() + timedelta(days=1)
    )

    await town.drain()

    assert town.calls == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": "Another Movie"}, "the id now belongs to"),
        ({"path": "/data/media/movies/Elsewhere"}, "it has moved"),
        ({"fileFingerprint": "other"}, "files have changed"),
    ],
)
async def test_S26_decision_about_other_facts_is_not_carried_out(
    town: Town, changed: dict[str, str], reason: str
) -> None:
    job = await town.job("radarr", "1")
    fingerprint = (job.fingerprint or {}) | changed
    await town.owner.enqueue(await town.job("radarr", "1", fingerprint=fingerprint))

    await town.drain()

    assert town.calls == []
    (entry,) = await town.owner.audit()
    assert reason in entry.reason


async def test_S19_young_file_is_spared(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.prefer(min_file_age_days=500)

    await town.drain()

    assert town.calls == []


async def test_S22_unreachable_root_folder_stops_deletions_and_they_wait(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    instance = town.server.world.instances["radarr"]
    town.server.do(lambda: instance.roots[0].__setattr__("accessible", False))
    town.owner.clock.jump(seconds=DELAY_S + 1)

    async def looked_at() -> bool:
        return "cannot be reached" in (await town.owner.rows(_errors()))[0].last_error

    await town.work(town.deleter(), looked_at)

    assert town.calls == []
    assert await town.owner.states() == ["waiting"]


def _errors() -> object:
    from sqlalchemy import select

    return select(m.DeletionJob.last_error)


async def test_T38_item_that_was_gone_already_frees_nothing_and_is_not_tried_again(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    movies = town.server.world.instances["radarr"].movies
    town.server.do(lambda: movies.pop(1))

    await town.drain()

    assert town.calls == []
    assert await town.owner.states() == ["deleted"]
    assert await town.owner.lifetime() == (0, 0)


async def test_T36_delete_that_times_out_but_happened_is_counted_once(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    town.server.break_calls(FaultRule(kind=FaultKind.RESET_AFTER_EFFECT, method="DELETE", times=1))

    await town.drain()

    assert len(town.calls) == 1
    assert await town.owner.lifetime() == (1, 20_000_000_000)
    assert len(await town.owner.audit()) == 1


async def test_delete_that_fails_is_tried_again_and_given_up_after_four_attempts(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    town.server.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, path_glob="/api/v3/movie/1"))
    queue = town.deleter()
    town.owner.clock.jump(seconds=DELAY_S + 1)

    for attempt in range(1, 5):

        async def counted(wanted: int = attempt) -> bool:
            jobs = await town.owner.rows(m.DeletionJob.__table__.select())
            return bool(jobs[0].attempts == wanted)

        await town.work(queue, counted)
        town.owner.clock.jump(seconds=601)

    assert await town.owner.states() == ["failed"]
    assert "deletion_failed" in await town.owner.events()
    assert await town.owner.lifetime() == (0, 0)
    assert town.deleted == []


async def test_T9_two_replicas_delete_each_item_once(town: Town) -> None:
    await town.owner.enqueue(*[await town.job("radarr", str(number)) for number in range(1, 9)])
    town.owner.clock.jump(seconds=DELAY_S + 1)
    first, second = town.deleter(), town.deleter()

    await asyncio.gather(town.work(first, town.all_ended), town.work(second, town.all_ended))

    assert len(town.calls) == 8
    assert len(set(town.deleted)) == 8
    assert await town.owner.lifetime() == (8, 160_000_000_000)


async def test_T9_stale_worker_cannot_write_its_result(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    town.server.break_calls(FaultRule(kind=FaultKind.HANG_AFTER_EFFECT, method="DELETE", times=1, seconds=2))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    slow, other = town.deleter(), town.deleter()
    await slow.look_once()
    await eventually(lambda: town.deleted)

    expired = real_now() - timedelta(seconds=1)
    await town.owner.execute(update(m.DeletionJob).values(lease_until=expired))
    await town.work(other, town.all_ended)
    await asyncio.sleep(2.5)

    assert await town.owner.states() == ["deleted"]
    assert len(town.calls) == 1
    assert await town.owner.lifetime() == (1, 20_000_000_000)
    assert len(await town.owner.audit()) == 1


async def test_T34_simulations_do_not_wait_for_the_pace_of_deletions(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(deletions_per_minute=1))
    other = await town.owner.group(ExecutionMode.DRY_RUN, "/data/other")
    pretended = {"enqueued_mode": ExecutionMode.DRY_RUN, "force_dry_run": True}
    simulations = [
        await town.job("radarr", str(number), disk_group_id=other, upsert_audit=True, **pretended)
        for number in range(3, 11)
    ]
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"), *simulations)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    async def simulated() -> bool:
        states = await town.owner.states()
        return states.count("simulated") == 8 and states.count("deleted") == 1

    await town.work(town.deleter(), simulated)

    assert len(town.calls) == 1, "the second real deletion has to wait a minute"


async def test_T40_batches_are_completed_once_and_empty_ones_too(town: Town) -> None:
    empty = await town.owner.batch(await _closed_run(town))
    full = await town.owner.batch(await _closed_run(town))
    await town.owner.enqueue(await town.job("radarr", "1"), batch=full)

    await town.drain()
    queue = town.deleter()
    await queue.look_once()
    await queue.look_once()

    assert empty.id != full.id
    assert (await town.owner.events()).count("deletion_batch_complete") == 2


async def _closed_run(town: Town) -> int:
    run = await town.owner.run()
    await town.owner.execute(update(m.EngineRun).where(m.EngineRun.id == run).values(completed_at=func.now()))
    return run


async def test_removed_integration_is_forgotten_when_nothing_of_it_is_under_way(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.drain()
    mine = m.Integration.id == town.ids["radarr"]
    await town.owner.execute(update(m.Integration).where(mine).values(removed_at=town.owner.clock.now()))

    await town.deleter().look_once()

    assert len(await town.owner.rows(m.Integration.__table__.select())) == 1
    (entry,) = await town.owner.audit()
    assert entry.integration_id is None


async def test_S13_every_chosen_item_goes_whatever_order_the_lanes_take(town: Town) -> None:
    """The season alone brings the disk to its target, but the movie, whose lane is slow, was the better candidate."""
    await town.owner.execute(update(m.DiskGroup).values(threshold_pct=95, target_pct=89.25))
    movie = await town.job("radarr", "1", score=0.09, size_bytes=5_000_000_000)
    batch = await town.owner.batch(await town.owner.run())
    await town.owner.enqueue(movie, await town.job("sonarr", "1-s1", score=0.02), batch=batch)
    later = town.owner.clock.now() + timedelta(seconds=2 * DELAY_S)
    slow = m.DeletionJob.integration_id == town.ids["radarr"]
    await town.owner.execute(update(m.DeletionJob).where(slow).values(not_before=later))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    async def season_gone() -> bool:
        return town.deleted == [("sonarr", "1-s1")]

    await town.work(queue, season_gone)
    await town.read()
    await town.score()
    await town.drain(queue)

    assert ("radarr", "1") in town.deleted
