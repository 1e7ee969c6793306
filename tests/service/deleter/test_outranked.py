"""An item whose score falls during the grace period goes only if it still would be chosen (T29)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.deletions import NewJob
from libs.common.domain.enums import ApprovalStatus, JobState, RuleEffect, SnapshotState, Trigger
from libs.common.domain.rules import Operator
from services.deleter.queue import DeletionQueue
from tests.service.deleter.rows import DELAY_S, GB, simulation
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

Change = Callable[[Town], Awaitable[None]]
SIZE = 20 * GB
"""Of each movie and season; the library has ten movies and a show of three seasons."""

OTHERS = [*(("radarr", str(number)) for number in range(2, 11)), ("sonarr", "1")]
"""All movies but the first, and the show: what is said about it is said about its seasons."""

FELL = "no longer among the least valuable"


async def _scored_job(town: Town, key: str, external_id: str, **fields: Any) -> NewJob:
    """What a run would queue now, with the score of now."""
    item, scored, state = m.MediaItem, m.PreviewItem, m.PreviewState
    score = await town.owner.scalar(
        select(scored.score)
        .join(item, item.id == scored.item_id)
        .join(state, state.preview_id == scored.preview_id)
        .where(item.integration_id == town.ids[key], item.external_id == external_id)
    )
    return await town.job(key, external_id, **({"score": score} | fields))


async def _too_full_by(town: Town, size_bytes: int) -> None:
    """The disk is so much above its target."""
    used = int(2000 * GB * 0.75) + size_bytes
    await town.owner.execute(update(m.DiskGroup).values(used_bytes=used, read_at=town.owner.clock.now()))


async def _prefer_to_keep(town: Town, key: str = "radarr", title: str = "Movie 1") -> None:
    await town.rule(key, "title", title, RuleEffect.PREFER_KEEP)


async def test_T29_item_that_others_have_outranked_stays_with_the_reason(town: Town) -> None:
    await _too_full_by(town, 2 * SIZE)
    await town.owner.enqueue(await _scored_job(town, "radarr", "1"), await _scored_job(town, "radarr", "2"))
    await _prefer_to_keep(town)

    await town.drain()

    assert town.deleted == [("radarr", "2")]
    (reason,) = [entry.reason for entry in await town.owner.audit() if entry.external_id == "1"]
    assert FELL in reason


async def test_T29_item_whose_score_fell_goes_when_the_better_ones_are_not_enough(town: Town) -> None:
    """Nine movies and three seasons are less than that by a byte; the show is its seasons, and counts once."""
    await _too_full_by(town, 12 * SIZE + 1)
    await town.owner.enqueue(await _scored_job(town, "radarr", "1"))
    await _prefer_to_keep(town)

    await town.drain()

    assert town.deleted == [("radarr", "1")]


async def test_T29_show_that_is_listed_without_seasons_counts_as_a_whole(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(show_level_only=True))
    await town.read()
    await town.score()
    await _too_full_by(town, 12 * SIZE)
    await town.owner.enqueue(await _scored_job(town, "radarr", "1"))
    await _prefer_to_keep(town)

    await town.drain()

    assert town.deleted == []


async def test_item_whose_score_is_as_it_was_is_not_measured_against_others(town: Town) -> None:
    """The last in the order, in whose place others would be enough: what was chosen is not chosen again."""
    await _too_full_by(town, SIZE)
    await town.owner.enqueue(await _scored_job(town, "radarr", "9"))

    await town.drain()

    assert town.deleted == [("radarr", "9")]


@pytest.mark.parametrize("fields", [{"trigger": Trigger.USER}, {"collection_group": "Trilogy"}], ids=["person", "unit"])
async def test_only_what_the_engine_chose_by_itself_can_be_outranked(town: Town, fields: dict[str, Any]) -> None:
    await _too_full_by(town, SIZE)
    await town.owner.enqueue(await _scored_job(town, "radarr", "1", **fields))
    await _prefer_to_keep(town)

    await town.drain()

    assert town.deleted == [("radarr", "1")]


async def _protected(town: Town) -> None:
    """The show is, and its seasons by it."""
    await town.rule("radarr", "title", "Movie 1", operator=Operator.NOT_EQUALS)
    await town.rule("sonarr", "title", "Show")


async def _snoozed(town: Town, targets: Sequence[tuple[str, str]] = OTHERS) -> None:
    until = town.owner.clock.now() + timedelta(days=1)
    for key, external_id in targets:
        await town.owner.approval(town.ids[key], external_id, status=ApprovalStatus.REJECTED, snoozed_until=until)


async def _snoozed_season_by_season(town: Town) -> None:
    await _snoozed(town, [*OTHERS[:-1], *(("sonarr", f"1-s{number}") for number in (1, 2, 3))])


async def _young(town: Town) -> None:
    yesterday = town.owner.clock.now() - timedelta(days=1)
    is_other = (m.MediaItem.integration_id != town.ids["radarr"]) | (m.MediaItem.external_id != "1")
    await town.owner.execute(update(m.MediaItem).where(is_other).values(file_added_at=yesterday))


async def _simulated(town: Town) -> None:
    jobs = [simulation(town.ids[key], external_id) for key, external_id in OTHERS if "-" not in external_id]
    await town.owner.enqueue(*jobs, delay_s=3600)


async def _gone(town: Town) -> None:
    """Deleted by a batch that is over, and not read since: their space is counted as freed already."""
    jobs = [await town.job(key, external_id, size_bytes=0) for key, external_id in OTHERS]
    ids = await town.owner.enqueue(*jobs)
    job, now = m.DeletionJob, town.owner.clock.now() + timedelta(seconds=1)
    over = select(job.batch_id).where(job.id.in_(ids))
    await town.owner.execute(update(job).where(job.id.in_(ids)).values(state=JobState.DELETED, finished_at=now))
    await town.owner.execute(update(m.DeletionBatch).where(m.DeletionBatch.id.in_(over)).values(completed_at=now))


async def _in_collections(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(collection_deletion=True))
    await town.owner.execute(update(m.MediaItem).values(collections=["Everything"]))


@pytest.mark.parametrize(
    "change", [_protected, _snoozed, _snoozed_season_by_season, _young, _simulated, _gone, _in_collections]
)
async def test_T29_what_may_not_go_itself_takes_nobodys_place(town: Town, change: Change) -> None:
    await _too_full_by(town, SIZE)
    (job_id,) = await town.owner.enqueue(await _scored_job(town, "radarr", "1"))
    await change(town)
    await _prefer_to_keep(town)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    async def has_ended() -> bool:
        return (await town.owner.job(job_id)).finished_at is not None

    await town.work(town.deleter(), has_ended)

    assert town.deleted == [("radarr", "1")]


async def _better_is_gone_already(town: Town, queue: DeletionQueue, **second: Any) -> None:
    """Of two jobs of a batch the larger one is carried out, before the score of the other falls behind everything."""
    await _too_full_by(town, SIZE + 1)
    jobs = await _scored_job(town, "radarr", "1"), await _scored_job(town, "radarr", "2", size_bytes=2 * SIZE, **second)
    await town.owner.enqueue(*jobs, batch=await town.owner.batch())
    job, later = m.DeletionJob, town.owner.clock.now() + timedelta(hours=1)
    await town.owner.execute(update(job).where(job.external_id == "1").values(not_before=later))
    town.owner.clock.jump(seconds=DELAY_S + 1)

    async def is_gone() -> bool:
        return "deleted" in await town.owner.states()

    await town.work(queue, is_gone)
    await _snoozed(town)
    await _prefer_to_keep(town)
    town.owner.clock.jump(hours=1)


async def _reading_shows_it(town: Town) -> None:
    group = m.DiskGroup
    now = town.owner.clock.now()
    await town.owner.execute(update(group).values(used_bytes=group.used_bytes - 2 * SIZE, read_at=now))


@pytest.mark.parametrize(("second", "goes"), [({}, False), ({"score": 0.001}, True)], ids=["better", "S13-worse"])
async def test_T29_what_its_batch_has_deleted_counts_if_it_was_better(
    town: Town, second: dict[str, Any], *, goes: bool
) -> None:
    queue = town.deleter()
    await _better_is_gone_already(town, queue, **second)
    await _reading_shows_it(town)

    await town.work(queue, town.all_ended)

    assert (("radarr", "1") in town.deleted) is goes


async def test_T29_job_waits_for_a_reading_that_shows_what_the_better_one_has_freed(town: Town) -> None:
    queue = town.deleter()
    await _better_is_gone_already(town, queue)

    async def is_reading_wanted() -> bool:
        snapshot = m.Snapshot
        wanted = select(snapshot.integration_id).where(snapshot.state == SnapshotState.REQUESTED)
        return [row.integration_id for row in await town.owner.rows(wanted)] == [town.ids["radarr"]]

    await town.work(queue, is_reading_wanted)

    assert sorted(await town.owner.states()) == ["deleted", "waiting"]
