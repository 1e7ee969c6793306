"""How full the disks were, point by point, and how much they grew."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.common.db import Database
from services.api.dashboard.queries import growth_per_week
from services.api.metrics.queries import MAX_POINTS
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows

pytestmark = pytest.mark.service

GB = 10**9
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def history(api: httpx.AsyncClient, **params: Any) -> list[int]:
    """The used bytes of an answer."""
    answer = await api.get("/metrics/history", params=params)
    assert answer.status_code == 200, answer.text
    return [point["usedCapacity"] for point in answer.json()]


async def test_history_is_asked_for_by_resolution_time_and_group(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    assert await history(api) == [], "T205"
    one, two = await rows.disk_group(database, "/a"), await rows.disk_group(database, "/b")
    await rows.usage(database, one, "raw", (30 * HOUR, 3), (0 * HOUR, 1), (HOUR / 2, 2), now=clock.now())
    await rows.usage(database, two, "raw", (2 * HOUR, 5), now=clock.now())
    await rows.usage(database, None, "raw", (3 * HOUR, 6), now=clock.now())
    await rows.usage(database, one, "raw", (-HOUR, 9), now=clock.now())
    await rows.usage(database, one, "hourly", (2 * HOUR, 10), (25 * HOUR, 11), now=clock.now())
    await rows.usage(database, one, "daily", (6 * DAY, 20), (8 * DAY, 21), (31 * DAY, 22), now=clock.now())
    await rows.usage(database, one, "weekly", (300 * DAY, 30), now=clock.now())

    assert await history(api) == [3, 6, 5, 2, 1], "raw, of all groups, oldest first, nothing that has yet to come"
    assert await history(api, resolution="raw", since="1h") == [2, 1]
    assert await history(api, resolution="hourly", since="24h") == [10]
    assert await history(api, resolution="daily", since="7d", disk_group_id=one) == [20]
    assert await history(api, resolution="daily", since="30d") == [21, 20]
    assert await history(api, resolution="weekly", since="yesterday") == [30]
    assert await history(api, since="24h", disk_group_id=two) == [5]
    assert await history(api, disk_group_id=4711) == []
    assert await history(api, disk_group_id="abc", since="") == [3, 6, 5, 2, 1]
    for unknown in ("monthly", "RAW", "", "raw'--", "raw\x00"):
        assert await history(api, resolution=unknown) == [], unknown


async def test_point_has_its_members_bare_or_in_an_envelope(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    group = await rows.disk_group(database)
    await rows.usage(database, group, "hourly", (2 * HOUR, 10), now=clock.now())
    await rows.usage(database, None, "daily", (2 * DAY, 10), now=clock.now())

    (point,) = (await api.get("/metrics/history", params={"resolution": "hourly"})).json()
    wrapped = (await api.get("/metrics/history", params={"resolution": "hourly", "envelope": "true"})).json()
    bare = (await api.get("/metrics/history", params={"resolution": "hourly", "envelope": "false"})).json()
    (of_none,) = (await api.get("/metrics/history", params={"resolution": "daily"})).json()

    assert point == {
        "id": point["id"],
        "timestamp": (clock.now() - 2 * HOUR).strftime("%Y-%m-%dT%H:%M:") + point["timestamp"][-3:],
        "totalCapacity": 2000 * GB,
        "usedCapacity": 10,
        "resolution": "hourly",
        "diskGroupId": group,
        "createdAt": "2026-03-06T12:00:00Z",
    }
    assert wrapped == {"status": "success", "data": [point]}
    assert bare == [point]
    assert "diskGroupId" not in of_none


async def test_T203_of_too_many_points_the_newest_are_shown(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    group = await rows.disk_group(database)
    count = MAX_POINTS + 50
    await rows.usage(database, group, "raw", *((timedelta(minutes=age), age) for age in range(count)), now=clock.now())

    assert await history(api, since="24h") == list(reversed(range(MAX_POINTS)))


async def grown(database: Database) -> int | None:
    async with database.connect() as conn:
        return await growth_per_week(conn, rows.NOW)


async def test_T198_growth_of_a_week_is_summed_over_groups(database: Database) -> None:
    one, two = await rows.disk_group(database, "/a"), await rows.disk_group(database, "/b")
    await rows.usage(database, one, "daily", *((day * DAY, 900 * GB - 4 * GB * day) for day in range(31)))
    assert await grown(database) == 28 * GB

    await rows.usage(database, two, "hourly", (7 * DAY, 500 * GB), (7 * DAY - HOUR, 1))
    assert await grown(database) == 28 * GB + 1 - 500 * GB, "a group may shrink by more than another grows"


async def test_finest_of_points_that_begin_together_tells_the_usage(database: Database) -> None:
    group = await rows.disk_group(database)
    for resolution, now, earlier in (("weekly", 400, 4), ("daily", 300, 3), ("raw", 100, 1), ("hourly", 200, 2)):
        await rows.usage(database, group, resolution, (0 * DAY, now), (7 * DAY, earlier))

    assert await grown(database) == 99


@pytest.mark.parametrize(
    "ages",
    [(), (0 * DAY, 6.9 * DAY), (8 * DAY, 20 * DAY), (-DAY, 8 * DAY)],
    ids=["no points", "too young", "too old", "not yet"],
)
async def test_growth_is_unknown_without_a_point_of_this_week_and_one_from_before(
    database: Database, ages: tuple[timedelta, ...]
) -> None:
    group = await rows.disk_group(database)
    for age in ages:
        await rows.usage(database, group, "daily", (age, 100))

    assert await grown(database) is None
