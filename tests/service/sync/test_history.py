"""The history of disks in a real database: sums, retention, jumps of the clock, downtime, replicas."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from libs.common.db import models as m
from libs.common.domain.enums import HistoryResolution as Resolution
from libs.common.domain.enums import IntegrationType
from libs.common.locks.leases import hold_lease
from services.sync.history.keeper import HistoryKeeper, keep
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.history_oracle import DAY, HOUR, WEEK, Point, expected, floor
from tests.service.sync.rows import TB, House

pytestmark = pytest.mark.service

NOON = datetime(2026, 3, 11, 12, 20, tzinfo=UTC)
"""A Wednesday."""
OLDEST_DAYS = 430
PERIOD = {"hourly": HOUR, "daily": DAY, "weekly": WEEK}


async def groups(house: House, count: int) -> list[int]:
    """Disk groups for points to belong to."""
    rows = [
        {"id": number, "mount_path": f"/disk{number}", "created_at": house.now, "updated_at": house.now}
        for number in range(1, count + 1)
    ]
    await house.execute(delete(m.LibraryHistory))
    await house.execute(delete(m.RollupCheckpoint))
    await house.execute(delete(m.DiskGroup))
    await house.execute(insert(m.DiskGroup).values(rows))
    return [int(str(row["id"])) for row in rows]


async def record(house: House, points: Collection[Point], resolution: Resolution = Resolution.RAW) -> None:
    """What runs wrote at those times."""
    if not points:
        return
    rows = [
        {
            "timestamp": point.at,
            "total_capacity": point.total,
            "used_capacity": point.used,
            "resolution": resolution,
            "disk_group_id": point.group,
            "created_at": point.at,
        }
        for point in points
    ]
    await house.execute(insert(m.LibraryHistory).values(rows))


async def keep_at(house: House, now: datetime) -> None:
    async with house.db.begin() as tx:
        await keep(tx, now)


async def stored(house: House) -> Mapping[str, list[Point]]:
    """Everything, by resolution."""
    kept: dict[str, list[Point]] = {resolution.value: [] for resolution in Resolution}
    for row in await house.rows(select(m.LibraryHistory)):
        point = Point(row.disk_group_id, row.timestamp, row.total_capacity, row.used_capacity)
        kept[row.resolution].append(point)
    return {resolution: sorted(points) for resolution, points in kept.items()}


points = st.lists(
    st.builds(
        Point,
        group=st.integers(1, 2),
        at=st.integers(0, OLDEST_DAYS * 288).map(lambda steps: NOON - steps * timedelta(minutes=5)),
        total=st.integers(0, 2**55),
        used=st.integers(0, 2**55),
    ),
    max_size=40,
    unique_by=lambda point: (point.group, point.at),
)
"""Points of two disks, some of them close together, with gaps of any length between."""


def clustered(sample: list[Point], chance: int) -> list[Point]:
    """The same and a neighbour five and ten minutes later each, so that periods have several points."""
    more = {(p.group, p.at + timedelta(minutes=5 * n)): p.used // (n + chance) for p in sample for n in (1, 2)}
    have = {(p.group, p.at) for p in sample}
    return sample + [Point(group, at, 7, used) for (group, at), used in more.items() if (group, at) not in have]


in_a_database = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # `groups` empties the tables for every example
)


@in_a_database
@given(sample=points, chance=st.integers(1, 9), looks=st.lists(st.integers(0, OLDEST_DAYS * 24), max_size=5))
async def test_T202_sums_are_those_of_a_plain_reading_however_often_and_late_they_are_made(
    house: House, sample: list[Point], chance: int, looks: list[int]
) -> None:
    every = clustered(sample, chance)
    await groups(house, 2)
    at = datetime.min.replace(tzinfo=UTC)
    for now in [*sorted(NOON + HOUR - hours * HOUR for hours in looks), NOON + HOUR]:
        await record(house, [point for point in every if at < point.at <= now])
        await keep_at(house, now)
        at = now

    found = await stored(house)

    assert found == expected(every, NOON + HOUR)
    await keep_at(house, NOON + HOUR)
    assert await stored(house) == found, "a second pass changed something"


@in_a_database
@given(sample=points, chance=st.integers(1, 9), looks=st.lists(st.integers(-50 * 24, OLDEST_DAYS * 24), min_size=1))
async def test_no_point_is_forgotten_before_a_sum_holds_it_wherever_the_clock_jumps(
    house: House, sample: list[Point], chance: int, looks: list[int]
) -> None:
    every = clustered(sample, chance)
    await groups(house, 2)
    await record(house, every)
    for hours in looks:
        await keep_at(house, NOON - hours * HOUR)

    found = await stored(house)

    latest = NOON - min(looks) * HOUR
    raw = set(found["raw"])
    held = {(name, point.group, point.at) for name in PERIOD for point in found[name]}
    for point in every:
        sums = {(name, point.group, floor(point.at, period)) for name, period in PERIOD.items()}
        is_old = floor(point.at, WEEK) < latest - timedelta(days=365)
        assert point in raw or sums & held or is_old, point
    for name, period in PERIOD.items():
        for times in by_group(found[name]).values():
            assert len(times) == len(set(times))
            assert all(floor(at, period) == at for at in times)


def by_group(found: Iterable[Point]) -> Mapping[int, list[datetime]]:
    times = defaultdict(list)
    for point in found:
        times[point.group].append(point.at)
    return times


async def test_T202_three_days_of_downtime_make_one_point_an_hour_and_a_day(house: House) -> None:
    (group,) = await groups(house, 1)
    down = [Point(group, NOON - timedelta(minutes=10 * step), 1000, step) for step in range(6 * 24 * 3)]
    await record(house, down)

    await keep_at(house, NOON + timedelta(days=3))

    found = await stored(house)
    assert found["raw"] == []
    hours = {floor(point.at, HOUR) for point in down}
    assert [point.at for point in found["hourly"]] == sorted(hours)
    assert [point.at.day for point in found["daily"]] == [8, 9, 10, 11]


async def test_point_that_is_committed_after_its_hour_was_summed_up_still_counts(house: House) -> None:
    (group,) = await groups(house, 1)
    hour = floor(NOON, HOUR)
    await record(house, [Point(group, hour, 1000, 100)])
    await keep_at(house, hour + HOUR)

    await record(house, [Point(group, hour + timedelta(minutes=59), 1000, 300)])
    await keep_at(house, hour + 2 * HOUR)

    assert [(point.at, point.used) for point in (await stored(house))["hourly"]] == [(hour, 200)]


async def test_hour_that_is_not_over_has_no_sum(house: House) -> None:
    (group,) = await groups(house, 1)
    hour = floor(NOON, HOUR)
    await record(house, [Point(group, hour, 1000, 100)])

    await keep_at(house, hour + HOUR - timedelta(microseconds=1))
    before = (await stored(house))["hourly"]
    await keep_at(house, hour + HOUR)

    assert before == []
    assert [point.at for point in (await stored(house))["hourly"]] == [hour]


async def test_points_of_no_group_are_summed_up_among_themselves(house: House) -> None:
    (group,) = await groups(house, 1)
    old = NOON - timedelta(days=3)
    await record(house, [Point(group, old, 1000, 100)])
    row = {"timestamp": old, "total_capacity": 50, "used_capacity": 5, "resolution": Resolution.RAW, "created_at": old}
    await house.execute(insert(m.LibraryHistory).values(row))

    await keep_at(house, NOON)

    rows = await house.rows(select(m.LibraryHistory).where(m.LibraryHistory.resolution == Resolution.HOURLY))
    assert {(row.disk_group_id, row.used_capacity) for row in rows} == {(None, 5), (group, 100)}
    assert (await house.rows(select(m.LibraryHistory).where(m.LibraryHistory.resolution == Resolution.RAW))) == []


async def test_days_are_those_of_utc_whatever_the_zone_of_the_session(house: House) -> None:
    (group,) = await groups(house, 1)
    # Europe lost an hour at 01:00 UTC of this Sunday
    sunday = datetime(2026, 3, 29, tzinfo=UTC)
    await record(house, [Point(group, sunday + HOUR * hour, 1000, hour) for hour in range(-5, 30)])

    async with house.db.begin() as tx:
        await tx.execute(text("set local time zone 'Europe/Berlin'"))
        await keep(tx, sunday + timedelta(days=2))

    days = [(point.at, point.used) for point in (await stored(house))["daily"]]
    assert days == [(sunday - DAY, -3), (sunday, 12), (sunday + DAY, 27)]


async def test_keeper_works_once_a_period_and_again_after_the_clock_went_back(
    house: House, clock: JumpingClock
) -> None:
    (group,) = await groups(house, 1)
    keeper = HistoryKeeper(house.db, clock, "one")
    long_ago = clock.now() - timedelta(days=3)
    await record(house, [Point(group, long_ago, 1000, 100)])

    first, second = await keeper.keep_if_due(), await keeper.keep_if_due()
    clock.jump(hours=1)
    an_hour_later = await keeper.keep_if_due()
    clock.jump(days=-30)
    gone_back = [await keeper.keep_if_due(), await keeper.keep_if_due()]

    assert (first, second, an_hour_later, gone_back) == (True, False, True, [True, False])
    found = await stored(house)
    assert [point.used for point in found["hourly"]] == [100]
    done = {row.resolution: row.last_completed for row in await house.rows(select(m.RollupCheckpoint))}
    assert done == {name: floor(clock.now(), period) for name, period in PERIOD.items()}


async def test_one_replica_sums_up_while_the_other_holds_back(house: House, clock: JumpingClock) -> None:
    await groups(house, 1)
    replicas = [HistoryKeeper(house.db, clock, f"sync-{name}") for name in "ab"]

    both = await asyncio.gather(*(replica.keep_if_due() for replica in replicas))
    clock.jump(hours=1)
    async with hold_lease(house.db, "history", "somebody else", 60):
        held_off = await replicas[0].keep_if_due()
    made_up = await replicas[0].keep_if_due()

    assert sorted(both) == [False, True]
    assert (held_off, made_up) == (False, True)


async def test_T62_raw_points_have_the_size_the_owner_gave_in_place_of_the_reported_one(house: House) -> None:
    sonarr = await house.integration(IntegrationType.SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.discover()
    await house.execute(update(m.DiskGroup).values(total_bytes_override=10 * TB))

    await house.discover(await house.run())

    assert [(point.total, point.used) for point in (await stored(house))["raw"]] == [(10 * TB, 7 * TB)]
