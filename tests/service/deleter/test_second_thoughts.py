"""What is found out between the decision and the call keeps an item, its collection, or its whole disk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, insert, select, update

from libs.common.clock import real_now
from libs.common.db import models as m
from libs.common.domain.enums import (
    ApprovalStatus,
    AuditAction,
    ExecutionMode,
    HoldCode,
    HoldScope,
    IntegrationType,
    JobState,
    SnapshotState,
    Trigger,
)
from services.deleter.circuit import PAUSE
from services.deleter.queue import DeletionQueue
from tests.harness.eventually import eventually
from tests.service.deleter.rows import DELAY_S, GB
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

Change = Callable[[Town], Awaitable[None]]
LOOKS = 6
"""Enough for a lane to claim what may be claimed."""


async def _played(town: Town) -> None:
    await town.owner.execute(update(m.MediaItem).values(last_played=town.owner.clock.now() + timedelta(seconds=1)))


async def _switched_off(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(enabled=False))


async def _unknown(town: Town) -> None:
    await town.owner.execute(delete(m.MediaItem).where(m.MediaItem.external_id == "1"))


async def _holds_another(town: Town) -> None:
    path = "/data/media/movies/Movie 1 (2015)/extras"
    await town.owner.execute(update(m.MediaItem).where(m.MediaItem.external_id == "2").values(path=path))


async def _reused_id(town: Town) -> None:
    movies = town.server.world.instances["radarr"].movies
    town.server.do(lambda: setattr(movies[1], "title", "Something else"))


async def _file_replaced(town: Town) -> None:
    file = town.server.world.instances["radarr"].movies[1].file
    town.server.do(lambda: setattr(file, "id", 9999))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        pytest.param(_played, "played", id="T29-played"),
        pytest.param(_switched_off, "switched off", id="integration-off"),
        pytest.param(_unknown, "does not know it", id="not-in-the-catalogue"),
        pytest.param(_holds_another, "holds Movie 2", id="S22-nested"),
        pytest.param(_reused_id, "belongs to Something else", id="S26-other-title"),
        pytest.param(_file_replaced, "files have changed", id="S26-other-file"),
    ],
)
async def test_what_changes_during_the_grace_period_keeps_the_item(town: Town, change: Change, word: str) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    await change(town)

    await town.drain()

    (entry,) = await town.owner.audit()
    assert await town.owner.states() == ["cancelled"]
    assert town.server.ledger() == []
    assert entry.action is AuditAction.CANCELLED
    assert word in entry.reason
    assert (await town.owner.job(job_id)).last_error == entry.reason
    assert await town.owner.lifetime() == (0, 0)


async def _snooze(town: Town, external_id: str) -> None:
    until = town.owner.clock.now() + timedelta(days=1)
    await town.owner.approval(
        town.ids["sonarr"], external_id, status=ApprovalStatus.REJECTED, snoozed_until=until, media_type="season"
    )


async def _protect_season(town: Town) -> None:
    await town.rule("sonarr", "seasonnumber", "2")


@pytest.mark.parametrize(
    ("external_id", "change"),
    [
        pytest.param("1", lambda town: _snooze(town, "1-s3"), id="S33-season-snoozed"),
        pytest.param("1", _protect_season, id="S33-season-protected"),
        pytest.param("1-s1", lambda town: _snooze(town, "1"), id="S15-show-snoozed"),
    ],
)
async def test_what_holds_a_season_holds_its_show_and_the_other_way_round(
    town: Town, external_id: str, change: Change
) -> None:
    await town.owner.enqueue(await town.job("sonarr", external_id))
    await change(town)

    await town.drain()

    assert await town.owner.states() == ["cancelled"]
    assert town.server.ledger() == []


async def test_S16_snooze_of_one_season_spares_no_other(town: Town) -> None:
    await town.owner.enqueue(await town.job("sonarr", "1-s1"))
    await _snooze(town, "1-s2")

    await town.drain()

    assert town.deleted == [("sonarr", "1-s1")]


async def test_collection_stays_whole_when_one_of_it_is_kept(town: Town) -> None:
    trilogy = [
        await town.job("radarr", number, collection_group="Trilogy", score=0.9 if number == "2" else 0.5)
        for number in ("1", "2", "3")
    ]
    await town.owner.enqueue(*trilogy, await town.job("radarr", "7", score=0.1))
    movies = town.server.world.instances["radarr"].movies
    town.server.do(lambda: setattr(movies[2], "title", "Something else"))

    await town.drain()

    assert town.deleted == [("radarr", "7")]
    reasons = {entry.external_id: entry.reason for entry in await town.owner.audit()}
    assert reasons["1"] == reasons["3"] == f"Movie 2, of the same collection, stays: {reasons['2']}"


async def test_T28_deleting_ends_when_what_was_deleted_is_enough(town: Town) -> None:
    """The disk is read once a run; what was deleted since counts before that."""
    used = int(2000 * GB * 0.75) + 20 * GB + 1
    await town.owner.execute(update(m.DiskGroup).values(used_bytes=used, read_at=town.owner.clock.now()))
    await town.owner.enqueue(
        *[await town.job("radarr", number, score=int(number) / 100) for number in ("9", "8", "7", "6")],
        await town.job("radarr", "1", trigger=Trigger.USER, score=0.001),
    )

    await town.drain()

    assert [target for _, target in town.deleted] == ["9", "8", "1"], (
        "a person's own request is no choice of the engine"
    )
    assert sorted(await town.owner.states()) == ["cancelled", "cancelled", "deleted", "deleted", "deleted"]


async def test_reading_that_saw_a_deletion_early_does_not_end_the_others(town: Town) -> None:
    """A read that began before a deletion and looked at the disk behind it: those bytes must not count twice."""
    batch = await town.owner.batch()
    better = await town.job("radarr", "9", score=0.9)
    await town.owner.enqueue(better, await town.job("radarr", "8", score=0.1), batch=batch)
    (first, second) = [row.id for row in await town.owner.rows(_by_score())]
    town.owner.clock.jump(seconds=DELAY_S + 1)
    began = town.owner.clock.now()
    await _due_at(town, second, began + timedelta(hours=1))
    queue = town.deleter()
    await town.work(queue, lambda: _is_deleted(town, "9"))
    left_over = {"used_bytes": int(2000 * GB * 0.75) + 1, "read_at": began}
    await town.owner.execute(update(m.DiskGroup).values(left_over))
    await _due_at(town, second, began)
    await _look_often(queue)
    state, asked = (await town.owner.job(second)).state, await _requested_reads(town)

    await town.owner.execute(update(m.DiskGroup).values(read_at=town.owner.clock.now()))
    await town.work(queue, town.all_ended)

    assert (state, asked) == (JobState.WAITING, [town.ids["radarr"]])
    assert (await town.owner.job(first)).state is (await town.owner.job(second)).state is JobState.DELETED


async def test_disk_that_may_show_what_is_being_deleted_ends_no_other_deletion(town: Town) -> None:
    """Its upstream has removed the item and not answered yet, and another one shows a disk with more space."""
    batch = await town.owner.batch()
    better = await town.job("radarr", "9", score=0.9)
    await town.owner.enqueue(better, await town.job("sonarr", "1-s1", score=0.1), batch=batch)
    (first, second) = [row.id for row in await town.owner.rows(_by_score())]
    town.owner.clock.jump(seconds=DELAY_S + 1)
    await _is(town, first, JobState.DELETING, lease_owner="another", lease_until=real_now() + timedelta(hours=1))
    left_over = {"used_bytes": int(2000 * GB * 0.75) + 1, "read_at": town.owner.clock.now()}
    await town.owner.execute(update(m.DiskGroup).values(left_over))
    queue = town.deleter()
    await _look_often(queue)
    waits, asked = (await town.owner.job(second)).state, await _requested_reads(town)

    await _is(town, first, JobState.DELETED, lease_until=None, finished_at=town.owner.clock.now())
    await queue.look_once()
    asked_behind_it = await _requested_reads(town)
    await town.owner.execute(update(m.DiskGroup).values(read_at=town.owner.clock.now()))
    await town.work(queue, town.all_ended)

    assert (waits, asked, asked_behind_it) == (JobState.WAITING, [], [town.ids["sonarr"]])
    assert town.deleted == [("sonarr", "1-s1")]


async def _look_often(queue: DeletionQueue) -> None:
    for _ in range(LOOKS):
        await queue.look_once()
        await asyncio.sleep(0.05)


async def _is(town: Town, job_id: int, state: JobState, **fields: object) -> None:
    await town.owner.execute(update(m.DeletionJob).where(m.DeletionJob.id == job_id).values(state=state, **fields))


def _by_score() -> object:
    return select(m.DeletionJob.id).order_by(m.DeletionJob.score.desc())


async def _due_at(town: Town, job_id: int, moment: datetime) -> None:
    await town.owner.execute(update(m.DeletionJob).where(m.DeletionJob.id == job_id).values(not_before=moment))


async def _requested_reads(town: Town) -> list[int]:
    row = m.Snapshot
    rows = await town.owner.rows(select(row.integration_id).where(row.state == SnapshotState.REQUESTED))
    return [one.integration_id for one in rows]


async def _held(town: Town) -> None:
    hold = {"scope": HoldScope.DISK_GROUP, "code": HoldCode.MASS_CHANGE, "message": "too much at once"}
    now = town.owner.clock.now()
    await town.owner.execute(insert(m.Hold).values(disk_group_id=town.group_id, created_at=now, **hold))


async def _source_held(town: Town) -> None:
    hold = {"scope": HoldScope.INTEGRATION, "code": HoldCode.SOURCE_SHRANK, "message": "half is missing"}
    now = town.owner.clock.now()
    await town.owner.execute(insert(m.Hold).values(integration_id=town.ids["radarr"], created_at=now, **hold))


async def _media_server_held(town: Town) -> None:
    plex = await town.owner.integration(IntegrationType.PLEX)
    await town.owner.prefer(refuse_while_playing=False)  # nobody answers there
    hold = {"scope": HoldScope.INTEGRATION, "code": HoldCode.SOURCE_SHRANK, "message": "half is missing"}
    now = town.owner.clock.now()
    await town.owner.execute(insert(m.Hold).values(integration_id=plex, created_at=now, breaker=True, **hold))


async def _released(town: Town) -> None:
    await town.owner.execute(update(m.Hold).values(released_at=town.owner.clock.now()))


async def _fullness_unknown(town: Town) -> None:
    await town.owner.execute(update(m.DiskGroup).values(read_at=None))


async def _fullness_known(town: Town) -> None:
    await town.owner.execute(update(m.DiskGroup).values(read_at=town.owner.clock.now()))


async def _facts_unknown(town: Town) -> None:
    """What is labelled so is to be kept, and nobody can tell the labels."""
    await town.rule("radarr", "label", "keep")


async def _facts_enough(town: Town) -> None:
    assert "too little is known" in await town.owner.scalar(select(m.DeletionJob.last_error))
    await town.owner.execute(delete(m.CustomRule))
    await town.score()
    town.owner.clock.jump(seconds=PAUSE.total_seconds() + 1)


async def _stale(town: Town) -> None:
    await town.owner.execute(update(m.DiskGroup).values(stale_since=town.owner.clock.now()))


async def _seen_again(town: Town) -> None:
    await town.owner.execute(update(m.DiskGroup).values(stale_since=None))


@pytest.mark.parametrize(
    ("stop", "go"),
    [
        pytest.param(_held, _released, id="group-held"),
        pytest.param(_source_held, _released, id="S09-source-held"),
        pytest.param(_media_server_held, _released, id="S09-media-server-held"),
        pytest.param(_fullness_unknown, _fullness_known, id="disk-unknown"),
        pytest.param(_stale, _seen_again, id="disk-gone"),
        pytest.param(_facts_unknown, _facts_enough, id="S10-S25-too-little-known"),
    ],
)
async def test_jobs_wait_while_their_ground_is_unsure_and_go_on_afterwards(
    town: Town, stop: Change, go: Change
) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await stop(town)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await _look_often(queue)

    assert (await town.owner.states(), town.server.ledger()) == (["waiting"], [])

    await go(town)
    await town.work(queue, town.all_ended)

    assert await town.owner.states() == ["deleted"]


async def test_what_a_person_decided_goes_whatever_is_known_of_it(town: Town) -> None:
    await town.owner.enqueue(
        await town.job("radarr", "1", score=0.9),
        await town.job("radarr", "2", score=0.8, trigger=Trigger.USER),
        await town.job("radarr", "3", score=0.7, trigger=Trigger.APPROVAL, collection_group=""),
        await town.job("sonarr", "1-s1", score=0.1),
    )
    await _facts_unknown(town)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    await town.work(town.deleter(), lambda: _ended(town, 3))

    assert set(town.deleted) == {("radarr", "2"), ("radarr", "3"), ("sonarr", "1-s1")}
    assert (await town.owner.states())[0] == "waiting"


async def _ended(town: Town, count: int) -> bool:
    return (await town.owner.states()).count("deleted") == count


async def test_held_group_keeps_no_other_group_waiting(town: Town) -> None:
    other = await town.owner.group(mount="/data/other")
    await town.owner.enqueue(
        await town.job("radarr", "1", score=0.9), await town.job("radarr", "2", score=0.1, disk_group_id=other)
    )
    await _held(town)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    await town.work(town.deleter(), lambda: _is_deleted(town, "2"))

    assert town.deleted == [("radarr", "2")]


async def _is_deleted(town: Town, external_id: str) -> bool:
    return ("radarr", external_id) in town.deleted and "deleted" in await town.owner.states()


async def test_item_that_no_preview_has_scored_yet_is_passed_over(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1", score=0.9), await town.job("radarr", "2", score=0.1))
    scored = select(m.MediaItem.id).where(
        m.MediaItem.external_id == "1", m.MediaItem.integration_id == town.ids["radarr"]
    )
    await town.owner.execute(delete(m.PreviewItem).where(m.PreviewItem.item_id.in_(scored)))
    town.owner.clock.jump(seconds=DELAY_S + 1)

    await town.work(town.deleter(), lambda: _is_deleted(town, "2"))

    assert await town.owner.states() == ["waiting", "deleted"]


async def test_T24_other_group_is_untouched_by_a_change_of_mode(town: Town) -> None:
    other = await town.owner.group(mount="/data/other")
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2", disk_group_id=other))
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)

    await town.drain()

    assert town.deleted == [("radarr", "2")]
    assert await town.owner.states() == ["cancelled", "deleted"]


async def test_T13_T14_approved_item_goes_by_its_group_and_not_by_the_default_mode(town: Town) -> None:
    await town.owner.set_mode(town.group_id, ExecutionMode.APPROVAL)
    await town.owner.prefer(default_disk_group_mode=ExecutionMode.DRY_RUN)
    mine = await town.owner.approval(town.ids["radarr"], "1")
    other = await town.owner.approval(town.ids["sonarr"], "1")
    decided = {"enqueued_mode": ExecutionMode.APPROVAL, "trigger": Trigger.APPROVAL}
    await town.owner.enqueue(await town.job("radarr", "1", approval_id=mine, **decided))

    await town.drain()

    (left,) = await town.owner.rows(select(m.ApprovalItem.id, m.ApprovalItem.status))
    assert town.deleted == [("radarr", "1")]
    assert tuple(left) == (other, ApprovalStatus.APPROVED), "T12: the same id in another instance is another item"


async def test_pace_is_kept_between_two_calls(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(deletions_per_minute=60))
    await town.owner.enqueue(*[await town.job("radarr", number) for number in ("1", "2", "3")])

    await town.drain()

    rows = await town.owner.rows(select(m.DeletionJob.started_at).order_by(m.DeletionJob.started_at))
    assert all(later.started_at - earlier.started_at >= timedelta(seconds=1) for earlier, later in pairwise(rows))


async def test_one_call_at_a_time_for_each_integration(town: Town) -> None:
    jobs = [await town.job("radarr", number) for number in ("1", "2", "3", "4")]
    await town.owner.enqueue(*jobs, await town.job("sonarr", "1-s1"))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    first, second = town.deleter(), town.deleter()
    most = 0

    async def counted() -> bool:
        nonlocal most
        await first.look_once()
        await second.look_once()
        busy = [row.state for row in await town.owner.rows(_radarr_states(town))]
        most = max(most, sum(state.value in {"claimed", "deleting", "verifying"} for state in busy))
        return await town.all_ended()

    await eventually(counted)

    assert most == 1
    assert len(town.deleted) == 5


def _radarr_states(town: Town) -> object:
    return select(m.DeletionJob.state).where(m.DeletionJob.integration_id == town.ids["radarr"])
