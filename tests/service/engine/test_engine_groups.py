"""What a run does with disk groups: who is held, what is queued, and what is said about it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode, HoldScope, IntegrationType, RuleEffect
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, TB, Library

pytestmark = pytest.mark.service


async def test_auto_group_gets_real_jobs_for_exactly_the_selection(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=90)
    for number in range(1, 6):
        await library.item(radarr, group, number)

    run = await library.run()

    jobs = await library.jobs()
    assert [job.external_id for job in jobs] == ["1", "2"]  # 15 % of 1 TB are 153.6 GB
    assert {(job.enqueued_mode, job.force_dry_run, job.upsert_audit, job.state) for job in jobs} == {
        (ExecutionMode.AUTO, False, False, "waiting")
    }
    assert jobs[0].fingerprint == {
        "title": "Movie 1",
        "path": "/data/movies/Movie 1",
        "sizeBytes": 100 * GIB,
        "fileFingerprint": "f1",
        "instance": {"integrationId": radarr, "type": "radarr", "url": "http://127.0.0.1:9"},
        "watch": {"playCount": None, "lastPlayed": None},
        "watchEvidenceAt": None,
    }
    assert '"factor":"fileSize"' in jobs[0].score_details
    assert (run.state, run.evaluated, run.candidates, run.queued, run.freed_bytes) == ("done", 5, 2, 2, 0)
    assert run.disk_group_modes == {str(group): "auto"}
    (complete,) = [e for e in await library.events("engine_complete") if e.run_id == run.id]
    assert f'"freedBytes":{200 * GIB}' in complete.data
    (batch,) = await library.rows(m.DeletionBatch, m.DeletionBatch.run_id == run.id)
    assert {job.batch_id for job in jobs} == {batch.id}


async def test_T4_grace_begins_with_the_queue_and_not_with_a_scoring_that_takes_long(
    library: Library, engine: Leader
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    library.clock.run_faster(1000)  # the milliseconds of this library are the seconds of a large one

    await library.run()

    (job,) = await library.jobs()
    (preview,) = await library.rows(m.Preview, m.Preview.run_id == job.run_id)
    assert job.created_at == preview.created_at  # what was played since then was played after the decision
    assert job.not_before > job.created_at + timedelta(seconds=30 + 1)


async def test_dry_run_group_gets_forced_simulations(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.DRY_RUN)
    await library.item(radarr, group, 1)

    run = await library.run()

    (job,) = await library.jobs()
    assert (job.enqueued_mode, job.force_dry_run, job.upsert_audit) == (ExecutionMode.DRY_RUN, True, True)
    assert (run.queued, run.freed_bytes) == (1, 100 * GIB)


async def test_T121_T122_mixed_modes_keep_simulated_and_real_bytes_apart(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    auto = await library.group(ExecutionMode.AUTO)
    dry = await library.group(ExecutionMode.DRY_RUN, mount_path="/other", total_bytes=2 * TB, used_bytes=2 * TB)
    await library.item(radarr, auto, 1)
    await library.item(radarr, dry, 2, size_bytes=50 * GIB)

    run = await library.run()

    assert run.freed_bytes == 50 * GIB
    assert (await library.outcome(run.id, auto)).freed_bytes == 100 * GIB
    assert run.disk_group_modes == {str(auto): "auto", str(dry): "dry-run"}


async def test_jobs_made_while_deletions_are_off_are_simulations(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.preference(deletions_enabled=False)

    await library.run()

    (job,) = await library.jobs()
    assert (job.enqueued_mode, job.force_dry_run) == (ExecutionMode.AUTO, True)


@pytest.mark.parametrize("mode", [ExecutionMode.AUTO, ExecutionMode.DRY_RUN])
async def test_second_run_queues_nothing_while_the_first_ones_jobs_are_under_way(
    library: Library, engine: Leader, mode: ExecutionMode
) -> None:
    radarr, group = await library.integration(), await library.group(mode)
    for number in range(1, 6):
        await library.item(radarr, group, number)

    await library.run()
    second = await library.run()

    assert await library.queued() == {"1", "2"}
    assert second.queued == 0
    assert (await library.outcome(second.id, group)).bytes_in_flight == 200 * GIB


async def test_T101_bytes_under_way_are_not_freed_twice(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=90)
    for number in range(1, 9):
        await library.item(radarr, group, number)
    await library.run()

    await library.execute(update(m.DiskGroup).values(used_bytes=int(TB * 0.97)))
    run = await library.run()

    assert run.queued == 1
    assert await library.queued() == {"1", "2", "3"}


async def test_deleted_bytes_count_until_the_disk_is_read_again(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    for number in range(1, 6):
        await library.item(radarr, group, number)
    await library.run()
    await library.end_jobs("deleted")

    unread = await library.run()
    await library.execute(update(m.DiskGroup).values(read_at=library.now + timedelta(seconds=1)))
    read = await library.run()

    assert unread.queued == 0
    assert read.queued == 2


async def test_what_was_deleted_since_the_source_was_asked_is_not_chosen_again(
    library: Library, engine: Leader
) -> None:
    radarr, group = await library.integration(), await library.group()
    for number in range(1, 6):
        await library.item(radarr, group, number)
    await library.run()
    await library.end_jobs("deleted")
    await library.execute(update(m.DiskGroup).values(read_at=library.now + timedelta(seconds=1)))

    await library.run()
    others = await _waiting(library)
    await library.end_jobs("cancelled")
    await library.execute(update(m.MediaItem).values(seen_at=library.now + timedelta(seconds=61)))
    await library.run()

    assert others == {"3", "4"}
    assert await _waiting(library) == {"1", "2"}


async def _waiting(library: Library) -> set[str]:
    return {job.external_id for job in await library.jobs() if job.state == "waiting"}


async def test_cancelled_jobs_free_their_place(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.run()
    await library.end_jobs("cancelled")

    assert (await library.run()).queued == 1


async def test_one_filesystem_under_two_mounts_is_cleaned_once(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    one, two = await library.group(mount_path="/a"), await library.group(mount_path="/b")
    for number in range(1, 5):
        await library.item(radarr, one, number)
        await library.item(radarr, two, number + 10)

    run = await library.run()

    assert run.queued == 2
    assert (await library.outcome(run.id, two)).bytes_in_flight == 200 * GIB


async def test_T70_usage_equal_to_the_threshold_is_a_breach_and_is_said_once_a_day(
    library: Library, engine: Leader
) -> None:
    radarr = await library.integration()
    group = await library.group(total_bytes=100_000, used_bytes=85_000)
    await library.item(radarr, group, 1, size_bytes=6_000)

    await library.run()
    await library.run()
    said = len(await library.events("threshold_breached"))
    library.clock.jump(hours=24)
    await library.run()

    assert "1" in await library.queued()
    assert said == 1
    assert len(await library.events("threshold_breached")) == 2


async def test_T71_T123_below_the_threshold_nothing_is_evaluated(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    group = await library.group(total_bytes=100_000, used_bytes=84_999)
    await library.item(radarr, group, 1, size_bytes=6_000)

    run = await library.run()

    assert (run.evaluated, run.candidates, run.queued) == (0, 0, 0)
    assert await library.events("threshold_breached") == []
    assert (await library.outcome(run.id, group)).evaluated == 0


async def test_falling_below_the_threshold_ends_the_breach(library: Library, engine: Leader) -> None:
    await library.integration()
    group = await library.group(used_pct=90)
    await library.run()
    await library.execute(update(m.DiskGroup).values(used_bytes=0))
    await library.run()
    await library.execute(update(m.DiskGroup).values(used_bytes=TB))

    await library.run()

    assert len(await library.events("threshold_breached")) == 2
    (row,) = await library.rows(m.DiskGroup, m.DiskGroup.id == group)
    assert row.breached_since == row.breach_announced_at


@pytest.mark.parametrize(
    ("error_class", "code"), [("unreachable", HoldCode.SOURCE_FAILED), ("incomplete", HoldCode.SOURCE_PARTIAL)]
)
async def test_failed_source_holds_an_auto_group_until_it_is_well(
    library: Library, engine: Leader, error_class: str, code: HoldCode
) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    library.failing[radarr] = error_class

    held = await library.run()
    again = await library.run()

    assert await library.queued() == set()
    assert await library.open_holds() == [(code, group, radarr)]
    assert (await library.outcome(held.id, group)).held_code == code
    assert again.state == "done"

    library.failing.clear()
    await library.run()

    assert await library.queued() == {"1"}
    assert await library.open_holds() == []


async def test_failed_source_does_not_hold_a_dry_run_group(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.DRY_RUN)
    await library.item(radarr, group, 1)
    library.failing[radarr] = "unreachable"

    await library.run()

    assert await library.queued() == {"1"}
    assert await library.open_holds() == []


async def test_source_of_another_disk_does_not_hold_a_group(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    sonarr = await library.integration(IntegrationType.SONARR)
    await library.item(radarr, group, 1)
    library.failing[sonarr] = "unreachable"

    await library.run()

    assert await library.queued() == {"1"}


async def test_breaker_holds_until_a_person_releases_it(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    breaker = {
        "scope": HoldScope.INTEGRATION,
        "code": HoldCode.SOURCE_SHRANK,
        "message": "far fewer items",
        "breaker": True,
        "integration_id": radarr,
        "created_at": library.now,
    }
    await library.execute(insert(m.Hold).values(breaker))

    await library.run()
    assert await library.queued() == set()

    await library.execute(update(m.Hold).values(released_at=library.now, released_by="owner"))
    await library.run()
    assert await library.queued() == {"1"}


async def test_S22_folder_that_cannot_be_reached_holds_the_group(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    folder = {"integration_id": radarr, "path": "/data/movies", "accessible": False, "read_at": library.now}
    await library.execute(insert(m.RootFolder).values(folder))

    await library.run()

    assert await library.queued() == set()
    assert await library.open_holds() == [(HoldCode.ROOT_FOLDER_INACCESSIBLE, group, radarr)]


async def test_T63_disk_of_unknown_size_is_skipped_and_shown(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(total_bytes=0, used_bytes=0)
    await library.item(radarr, group, 1)

    run = await library.run()

    assert run.state == "done"
    assert await library.queued() == set()
    assert await library.open_holds() == [(HoldCode.DISK_UNKNOWN, group, None)]


async def test_T67_group_found_in_this_run_waits_for_the_next(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    upcoming = await library.scalar(insert(m.EngineRun).values(_closed(library)).returning(m.EngineRun.id))
    await library.execute(update(m.DiskGroup).values(discovered_in_run=upcoming + 1))

    first = await library.run()
    second = await library.run()

    assert first.id == upcoming + 1
    assert (first.queued, second.queued) == (0, 1)
    assert (await library.outcome(first.id, group)).held_code == "just_discovered"


def _closed(library: Library) -> dict[str, object]:
    return {"state": "done", "trigger": "manual", "requested_at": library.now, "completed_at": library.now}


async def test_mode_that_is_not_there_yet_dispatches_nothing_and_says_so(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.SUNSET, sunset_pct=60)
    await library.item(radarr, group, 1)

    run = await library.run()

    assert await library.queued() == set()
    assert (run.evaluated, run.candidates) == (1, 0)
    assert (await library.outcome(run.id, group)).held_code == "mode_unavailable"


async def test_protected_snoozed_and_young_items_stay(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=99)
    for number in (1, 2, 3, 4):
        await library.item(radarr, group, number, size_bytes=10 * GIB)
    await library.execute(update(m.MediaItem).where(m.MediaItem.external_id == "3").values(file_added_at=library.now))
    rule = {"integration_id": radarr, "field": "title", "operator": "equals", "value": "Movie 1"}
    marks = {"effect": RuleEffect.ALWAYS_KEEP, "created_at": library.now, "updated_at": library.now}
    await library.execute(insert(m.CustomRule).values(rule | marks))
    await library.snooze(radarr, 2)

    run = await library.run()

    assert await library.queued() == {"4"}
    assert (run.evaluated, run.protected, run.queued) == (4, 1, 1)


async def test_T48_items_of_a_neighbouring_mount_stay(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    full = await library.group(mount_path="/data")
    roomy = await library.group(mount_path="/data2", used_pct=10)
    await library.item(radarr, full, 1, size_bytes=GIB)
    await library.item(radarr, roomy, 2)
    await library.item(radarr, None, 3)

    await library.run()

    assert await library.queued() == {"1"}


async def test_override_of_the_size_decides(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(total_bytes_override=10 * TB)
    await library.item(radarr, group, 1)

    await library.run()

    assert await library.queued() == set()
