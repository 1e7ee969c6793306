"""Disk usage from a run to its hourly mean and the forecast, and reports that do not take silence for knowledge."""

from typing import Any

from tests.harness.eventually import eventually
from tests.harness.library import TOTAL_BYTES
from tests.harness.system import RunningSystem


async def test_usage_of_a_run_is_charted_and_becomes_a_mean_when_its_hour_is_over(connected: RunningSystem) -> None:
    (group,) = await connected.get("/disk-groups")
    expected = (group["id"], TOTAL_BYTES, group["usedBytes"])

    raw = await connected.get("/metrics/history", disk_group_id=group["id"])
    early = await connected.get("/metrics/history", resolution="hourly")
    connected.clock.jump(hours=1)
    (hourly,) = await eventually(lambda: connected.get("/metrics/history", resolution="hourly"), within_s=30)
    forecast = await connected.get("/analytics/forecast")

    assert [_shown(point) for point in raw] == [expected]
    assert early == []
    assert _shown(hourly) == expected
    assert hourly["timestamp"].endswith(":00:00Z")
    assert (forecast["currentUsedPct"], forecast["totalCapacity"]) == (90, TOTAL_BYTES)


async def test_T201_without_a_source_of_plays_nothing_is_dead_and_all_is_unknown(connected: RunningSystem) -> None:
    library = await connected.get("/preview")
    told = [item for item in library if item["type"] != "show"]

    dead = await connected.get("/analytics/dead-content", minDays=1)
    stale = await connected.get("/analytics/stale-content", staleDays=1)

    assert (dead["items"], dead["totalCount"], dead["totalSize"]) == ([], 0, 0)
    assert dead["unknownCount"] == len(told)
    assert (stale["items"], stale["unknownCount"]) == ([], 0)


def _shown(point: dict[str, Any]) -> tuple[int, int, int]:
    return point["diskGroupId"], point["totalCapacity"], point["usedCapacity"]
