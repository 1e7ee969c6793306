"""How targeted reads are merged, shared among replicas, tried again, and kept apart from reads of everything."""

import asyncio
from collections.abc import Iterator

import pytest
import stamina
from sqlalchemy import func, select, update

from libs.common.db import models as m
from libs.common.domain.enums import RefreshKind, RefreshState, SnapshotState
from libs.simulator.faults import FaultKind, FaultRule
from services.sync.refresh import queries
from services.sync.refresh.sweep import RefreshSweep
from tests.harness.eventually import eventually
from tests.service.sync.refreshing import Refreshing

pytestmark = pytest.mark.service

ITEM = RefreshKind.ITEM
DONE, WAITING, READING, GIVEN_UP = (
    RefreshState.DONE,
    RefreshState.WAITING,
    RefreshState.READING,
    RefreshState.GIVEN_UP,
)


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


def slow(refreshing: Refreshing, seconds: float = 0.5) -> FaultRule:
    return refreshing.server.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=seconds, path_glob="*/movie/*"))


def broken(refreshing: Refreshing, status: int = 500) -> FaultRule:
    return refreshing.server.break_calls(FaultRule(kind=FaultKind.STATUS, status=status, path_glob="*/movie/*"))


def reads(refreshing: Refreshing) -> int:
    return next((count for route, count in refreshing.asked().items() if "/movie/{" in route), 0)


async def test_hundred_events_around_a_read_make_two_reads(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    slow(refreshing)

    await refreshing.tell(radarr, ITEM, "12")
    reading = asyncio.create_task(refreshing.refresher.refresh(radarr))
    await eventually(lambda: refreshing.is_in(radarr, READING))
    for _ in range(50):
        await refreshing.tell(radarr, ITEM, "12")
    await reading
    for _ in range(49):
        await refreshing.tell(radarr, ITEM, "12")
    early = await refreshing.refresher.refresh(radarr)
    refreshing.clock.jump(seconds=5)
    late = await refreshing.refresher.refresh(radarr)
    refreshing.clock.jump(seconds=60)
    at_rest = await refreshing.refresher.refresh(radarr)

    assert (early, late, at_rest) == (0, 1, 0)
    assert reads(refreshing) == 2


async def test_event_behind_a_pause_acts_at_once_again(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.refresh(radarr, ITEM, "12")
    refreshing.clock.jump(seconds=6)

    is_news = await refreshing.tell(radarr, ITEM, "12")

    assert is_news
    assert await refreshing.refresher.refresh(radarr) == 1


async def test_only_the_event_that_makes_something_due_is_worth_a_nudge(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")

    told = [await refreshing.tell(radarr, ITEM, "12") for _ in range(3)]
    await refreshing.refresher.refresh(radarr)
    told.append(await refreshing.tell(radarr, ITEM, "12"))

    assert told == [True, False, False, False]


async def test_two_replicas_read_each_thing_once(refreshing: Refreshing) -> None:
    radarr, sonarr = await refreshing.connect("radarr"), await refreshing.connect("sonarr")
    slow(refreshing, 0.2)
    for native_id in ("12", "13"):
        await refreshing.tell(radarr, ITEM, native_id)
    for native_id in ("7", "8"):
        await refreshing.tell(sonarr, ITEM, native_id)
    replicas = [refreshing.refresher, refreshing.replica()]

    done = await asyncio.gather(*(replica.refresh(each) for each in (radarr, sonarr) for replica in replicas))

    counts = refreshing.asked()
    assert sum(done) == 4
    assert sum(count for route, count in counts.items() if "/movie/{" in route or "/series/{" in route) == 4


async def test_thing_whose_reader_died_is_read_by_another(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.tell(radarr, ITEM, "12")
    async with refreshing.house.db.begin() as tx:
        await queries.claim(tx, radarr, "a reader that died", refreshing.clock.now())

    before = await refreshing.refresher.refresh(radarr)
    await refreshing.expire_lease()
    after = await refreshing.refresher.refresh(radarr)

    assert (before, after) == (0, 1)
    assert (await refreshing.row(radarr, ITEM, "12")).state is DONE


async def test_answer_of_a_reader_who_lost_its_claim_is_not_kept(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    seen_at = select(m.MediaItem.seen_at).where(m.MediaItem.external_id == "12")
    before = await refreshing.house.scalar(seen_at)
    slow(refreshing)
    await refreshing.tell(radarr, ITEM, "12")
    reading = asyncio.create_task(refreshing.refresher.refresh(radarr))
    await eventually(lambda: refreshing.is_in(radarr, READING))
    await refreshing.house.execute(update(m.RefreshRequest).values(lease_owner="somebody else"))

    await reading

    assert refreshing.count(ITEM) == {"lost": 1}
    assert await refreshing.house.scalar(seen_at) == before
    assert (await refreshing.row(radarr, ITEM, "12")).lease_owner == "somebody else"


async def test_stopped_reader_leaves_the_thing_to_anybody_at_once(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    slow(refreshing, 30)
    await refreshing.tell(radarr, ITEM, "12")
    reading = asyncio.create_task(refreshing.refresher.refresh(radarr))
    await eventually(lambda: refreshing.is_in(radarr, READING))

    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    row = await refreshing.row(radarr, ITEM, "12")
    assert (row.state, row.attempts, row.lease_owner) == (WAITING, 0, None)
    refreshing.server.heal()
    assert await refreshing.replica().refresh(radarr) == 1


async def test_integration_that_was_edited_during_the_read_is_asked_anew(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    slow(refreshing)
    await refreshing.tell(radarr, ITEM, "12")
    reading = asyncio.create_task(refreshing.refresher.refresh(radarr))
    await eventually(lambda: refreshing.is_in(radarr, READING))
    await refreshing.house.execute(update(m.Integration).values(updated_at=refreshing.clock.now()))

    await reading

    assert refreshing.count(ITEM).get("read") is None
    assert (await refreshing.row(radarr, ITEM, "12")).state is WAITING
    assert await refreshing.refresher.refresh(radarr) == 1
    assert refreshing.count(ITEM) == {"read": 1}


@pytest.mark.parametrize("column", ["enabled", "removed_at"])
async def test_integration_that_was_switched_off_or_removed_is_not_asked(refreshing: Refreshing, column: str) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.tell(radarr, ITEM, "12")
    off = {"enabled": False} if column == "enabled" else {"removed_at": refreshing.clock.now()}
    await refreshing.house.execute(update(m.Integration).values(off))

    async with refreshing.house.db.connect() as conn:
        due = await queries.due_integrations(conn, refreshing.clock.now())

    assert (list(due), await refreshing.refresher.refresh(radarr)) == ([], 0)
    assert refreshing.asked() == {}


async def test_failed_read_changes_nothing_and_is_tried_three_times(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    before = await refreshing.house.catalogue()
    broken(refreshing)
    pauses, states = [], []
    await refreshing.tell(radarr, ITEM, "12")

    for _ in range(3):
        began = refreshing.clock.now()
        assert await refreshing.refresher.refresh(radarr) == 1
        row = await refreshing.row(radarr, ITEM, "12")
        pauses.append(round((row.due_at - began).total_seconds()))
        states.append((row.state, row.attempts, row.error_class))
        assert await refreshing.refresher.refresh(radarr) == 0
        refreshing.clock.jump(seconds=121)

    assert pauses[:2] == [30, 120]
    assert states == [(WAITING, 1, "server_error"), (WAITING, 2, "server_error"), (GIVEN_UP, 0, "server_error")]
    assert refreshing.count(ITEM) == {"failed": 2, "given_up": 1}
    assert await refreshing.house.catalogue() == before
    assert (await refreshing.house.source(radarr)).consecutive_failures == 0


async def test_new_event_after_giving_up_begins_anew(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    broken(refreshing, 401)
    await refreshing.refresh(radarr, ITEM, "12")
    given_up = await refreshing.row(radarr, ITEM, "12")
    refreshing.server.heal()
    refreshing.clock.jump(seconds=10)

    row = await refreshing.refresh(radarr, ITEM, "12")

    assert (given_up.state, given_up.error_class) == (GIVEN_UP, "auth")
    assert (row.state, row.error_class) == (DONE, "")


async def test_thing_that_a_system_cannot_tell_alone_is_given_up_at_once(refreshing: Refreshing) -> None:
    seerr = await refreshing.connect("seerr")

    row = await refreshing.refresh(seerr, ITEM, "12")

    assert row.state is GIVEN_UP


async def test_single_things_wait_while_everything_is_read(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    refreshing.house.now = refreshing.clock.now()
    slow_list = refreshing.server.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=1, path_glob="*/api/v3/movie"))
    everything = asyncio.create_task(refreshing.reader.read(await refreshing.house.request(radarr)))
    await eventually(lambda: slow_list.hits > 0)
    await refreshing.tell(radarr, ITEM, "12")

    meanwhile = await refreshing.refresher.refresh(radarr)
    async with refreshing.house.db.connect() as conn:
        due = list(await queries.due_integrations(conn, refreshing.clock.now()))
    await everything
    afterwards = await refreshing.refresher.refresh(radarr)

    assert (meanwhile, due, afterwards) == (0, [], 1)


async def test_sweep_finds_what_no_message_told(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.tell(radarr, ITEM, "12")
    await refreshing.tell(radarr, ITEM, "13")
    sweeping = asyncio.create_task(
        RefreshSweep(refreshing.house.db, refreshing.clock, refreshing.refresher, every_s=0.05).run()
    )

    async def both() -> bool:
        done = select(m.RefreshRequest.native_id).where(m.RefreshRequest.state == DONE)
        return len(await refreshing.house.rows(done)) == 2

    await eventually(both)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    assert refreshing.count(ITEM) == {"read": 2}


async def test_plan_of_a_clock_that_went_back_is_not_waited_for(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    refreshing.clock.jump(days=3)
    await refreshing.tell(radarr, ITEM, "12")
    refreshing.clock.jump(days=-3)

    assert await refreshing.refresher.refresh(radarr) == 1


async def test_what_nobody_spoke_of_for_a_day_is_forgotten(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.refresh(radarr, ITEM, "12")
    refreshing.clock.jump(hours=23)
    await refreshing.tell(radarr, ITEM, "13")
    refreshing.clock.jump(hours=2)

    async with refreshing.house.db.begin() as tx:
        forgotten = await queries.prune(tx, refreshing.clock.now())

    assert forgotten == 1
    assert [row.native_id for row in await refreshing.house.rows(select(m.RefreshRequest.native_id))] == ["13"]


async def test_snapshots_are_left_as_they_are(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")

    await refreshing.refresh(radarr, ITEM, "12")

    rows = select(m.Snapshot.state, func.count()).group_by(m.Snapshot.state)
    assert [tuple(row) for row in await refreshing.house.rows(rows)] == [(SnapshotState.COMPLETE, 1)]
