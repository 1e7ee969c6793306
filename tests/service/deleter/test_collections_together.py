"""The members of a collection leave or stay together, in whatever instances and on whatever disks they live."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from libs.common.db import models as m
from libs.common.deletions import NewJob
from libs.common.domain.enums import ApprovalStatus, HoldCode, HoldScope, IntegrationType, JobState
from libs.simulator.builders import fill, world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, MovieSpec
from services.deleter.circuit import PAUSE
from tests.service.deleter.rows import DELAY_S, Owner, movie
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

Change = Callable[[Town], Awaitable[None]]
LOOKS = 6
"""Enough for the lanes to claim what may be claimed."""


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Two Radarrs with three movies each, on one disk."""
    movies = [MovieSpec(title=f"Movie {number}", size_bytes=20 * GB) for number in (1, 2, 3)]
    world = world_with(movies=movies)
    root = "/data/media/movies4k"
    second = world.add_instance(
        "radarr4k", IntegrationType.RADARR, roots=[root], mounts=world.instances["radarr"].mounts
    )
    fill(world, second, movies=[MovieSpec(title=f"Large {number}", size_bytes=60 * GB) for number in (1, 2, 3)])
    with SimulatorServer(world) as running:
        yield running


async def _series(town: Town) -> list[int]:
    """One movie of each Radarr and a third one, as the engine queues a collection; and something else behind them."""
    members = [("radarr", "1"), ("radarr4k", "1"), ("radarr", "2")]
    jobs = [await town.job(*member, collection_group="Series", score=0.8) for member in members]
    ids = await town.owner.enqueue(*jobs)
    await town.owner.enqueue(await town.job("radarr", "3", score=0.1))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    return ids


async def _looked(town: Town) -> None:
    queue = town.deleter()
    for _ in range(LOOKS):
        await queue.look_once()
        await asyncio.sleep(0.05)


async def test_collection_goes_over_several_instances(town: Town) -> None:
    await _series(town)

    await town.work(town.deleter(), town.all_ended)

    assert set(town.deleted) == {("radarr", "1"), ("radarr4k", "1"), ("radarr", "2"), ("radarr", "3")}


async def _retitled(town: Town) -> None:
    movies = town.server.world.instances["radarr4k"].movies
    town.server.do(lambda: setattr(movies[1], "title", "Something else"))


async def _snoozed(town: Town) -> None:
    until = town.owner.clock.now() + PAUSE
    await town.owner.approval(town.ids["radarr4k"], "1", status=ApprovalStatus.REJECTED, snoozed_until=until)


async def _cancelled(town: Town) -> None:
    mine = m.DeletionJob.integration_id == town.ids["radarr4k"]
    await town.owner.execute(update(m.DeletionJob).where(mine).values(state=JobState.CANCELLED))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_retitled, id="kept-at-the-last-look"),
        pytest.param(_snoozed, id="snoozed"),
        pytest.param(_cancelled, id="cancelled-by-a-person"),
    ],
)
async def test_S33_member_that_stays_in_one_instance_keeps_those_in_the_other(town: Town, change: Change) -> None:
    await _series(town)
    await change(town)

    await town.work(town.deleter(), town.all_ended)

    assert town.deleted == [("radarr", "3")]
    assert sorted(await town.owner.states()) == ["cancelled", "cancelled", "cancelled", "deleted"]


async def _silent(town: Town) -> None:
    town.server.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="radarr4k"))


async def _answering(town: Town) -> None:
    town.server.heal()


async def _held(town: Town) -> None:
    hold = {"scope": HoldScope.INTEGRATION, "code": HoldCode.SOURCE_SHRANK, "message": "half is missing"}
    now = town.owner.clock.now()
    await town.owner.execute(insert(m.Hold).values(integration_id=town.ids["radarr4k"], created_at=now, **hold))


async def _released(town: Town) -> None:
    await town.owner.execute(update(m.Hold).values(released_at=town.owner.clock.now()))


@pytest.mark.parametrize(
    ("stop", "go"),
    [pytest.param(_silent, _answering, id="does-not-answer"), pytest.param(_held, _released, id="held")],
)
async def test_T41_no_member_goes_while_the_fate_of_another_is_unknown(town: Town, stop: Change, go: Change) -> None:
    await _series(town)
    await stop(town)
    await town.work(town.deleter(), lambda: _is_gone(town, "3"))
    await _looked(town)
    before = town.deleted

    await go(town)
    town.owner.clock.jump(seconds=11 * PAUSE.total_seconds())
    await town.work(town.deleter(), town.all_ended)

    assert before == [("radarr", "3")]
    assert len(town.deleted) == 4


async def _is_gone(town: Town, external_id: str) -> bool:
    return ("radarr", external_id) in town.deleted


async def test_needed_collection_is_not_torn_where_its_first_members_are_enough(town: Town) -> None:
    """It was chosen because it frees enough only with its largest member, wherever that one stands in line."""
    used = int(2000 * GB * 0.75) + 65 * GB
    await town.owner.execute(update(m.DiskGroup).values(used_bytes=used, read_at=town.owner.clock.now()))
    await _series(town)

    await town.work(town.deleter(), town.all_ended)

    assert set(town.deleted) == {("radarr", "1"), ("radarr4k", "1"), ("radarr", "2")}, "and Movie 3 is not needed"


async def test_D6_members_on_a_disk_at_its_target_go_along(town: Town) -> None:
    other = await town.owner.group(mount="/data/other", used_bytes=100 * GB)
    first = await town.job("radarr", "1", collection_group="Series", score=0.8)
    second = await town.job("radarr4k", "1", collection_group="Series", score=0.8, disk_group_id=other)
    await town.owner.enqueue(first, second)

    await town.drain()  # whichever of them goes first

    assert set(town.deleted) == {("radarr", "1"), ("radarr4k", "1")}


async def test_T41_collection_of_which_one_member_is_queued_already_is_not_queued_in_part(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    await owner.enqueue(movie(radarr, "3"))

    made = await owner.enqueue(
        *[movie(radarr, number, collection_group="Series") for number in ("1", "2", "3")], movie(radarr, "4")
    )

    rows = await owner.rows(select(m.DeletionJob.external_id).order_by(m.DeletionJob.external_id))
    assert [row.external_id for row in rows] == ["3", "4"]
    assert len(made) == 1
    assert (await owner.events()).count("deletion_queued") == 2


async def test_T41_collection_whose_third_job_fails_is_not_queued_at_all(owner: Owner) -> None:
    radarr = await owner.integration(IntegrationType.RADARR)
    members: list[NewJob] = [movie(radarr, str(number), collection_group="Series") for number in range(1, 6)]
    members[2] = movie(radarr, "3", collection_group="Series", size_bytes=-1)

    with pytest.raises(IntegrityError):
        await owner.enqueue(*members)

    assert await owner.states() == []
    assert await owner.events() == []
