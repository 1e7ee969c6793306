"""What nobody watches, what nobody watched for long, and when disks will be full."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from libs.common.db import Database
from libs.common.db import models as m
from services.api.analytics import queries
from services.api.analytics.forecast import Disk, growth_per_day
from services.api.dashboard.queries import growth_per_week
from services.sync.history.keeper import keep
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.reports import dead, stale
from tests.service.api.watched import GIB, Library

pytestmark = pytest.mark.service

GB = 10**9
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOTHING = {"items": [], "totalCount": 0, "totalSize": 0, "protectedCount": 0, "unknownCount": 0}


@pytest.fixture
async def library(database: Database, clock: JumpingClock) -> Library:
    """Nothing in it yet."""
    return Library(database, clock.now(), await rows.integration(database))


def titles(report: dict[str, Any]) -> list[str]:
    return [item["title"] for item in report["items"]]


async def test_T205_nothing_scored_and_no_disk_is_nothing_reported(api: httpx.AsyncClient) -> None:
    for path in ("/analytics/dead-content", "/analytics/stale-content"):
        assert (await api.get(path)).json() == NOTHING, path
    assert (await api.get("/analytics/forecast")).json() == {
        "currentUsedPct": 0,
        "growthRatePerDay": 0,
        "daysUntilThreshold": -1,
        "daysUntilFull": -1,
        "totalCapacity": 0,
        "usedCapacity": 0,
    }


async def test_T200_what_was_never_touched_is_dead_where_plays_would_be_known(
    library: Library,
) -> None:
    await library.item("small", size_bytes=GIB, age=90.5)
    await library.item("large", size_bytes=5 * GIB, requested=None, on_watchlist=None)
    await library.item("young", age=89)
    await library.item("played", played=300)
    await library.item("wanted", on_watchlist=True)
    await library.item("undated", age=None)
    await library.item("kept")
    await library.score(protected=("kept",))

    report = await dead(library)

    assert report == {
        "items": [
            {
                "title": "large",
                "type": "movie",
                "sizeBytes": 5 * GIB,
                "integrationId": library.source,
                "daysInLibrary": 400,
            },
            {
                "title": "small",
                "type": "movie",
                "sizeBytes": GIB,
                "integrationId": library.source,
                "daysInLibrary": 90,
            },
        ],
        "totalCount": 2,
        "totalSize": 6 * GIB,
        "protectedCount": 1,
        "unknownCount": 0,
    }


async def test_T201_without_sure_and_fresh_plays_nothing_is_dead_and_it_is_said_how_much_is_unknown(
    library: Library,
) -> None:
    await library.item("no source", play_count=None, watch_evidence_at=None, watch_matched=False)
    await library.item("young history", watch_evidence_at=None)
    await library.item("old evidence", watch_evidence_at=library.now - 3 * DAY)
    await library.item("artist", media_type="artist", play_count=None, watch_evidence_at=None, watch_matched=False)
    await library.item("too young to say", age=3, play_count=None, watch_evidence_at=None)
    await library.score()

    report = await dead(library)

    assert report == NOTHING | {"unknownCount": 3}


async def test_stale_is_what_was_played_long_ago_by_its_score(library: Library) -> None:
    await library.item("year", played=365.5)
    await library.item("ended", played=365.5, series_status="Ended")
    await library.item("wanted", played=730.2, on_watchlist=True)
    await library.item("half", played=180.1, play_count=7)
    await library.item("lately", played=179.9)
    await library.item("never")
    await library.item("undated", play_count=3)
    await library.item("kept", played=400)
    await library.item("unsure", played=400, watch_evidence_at=None)
    await library.score(protected=("kept",))

    report = await stale(library)

    assert [(item["title"], item["daysSinceWatched"], item["stalenessScore"]) for item in report["items"]] == [
        ("ended", 365, 1.8),
        ("year", 365, 1.2),
        ("wanted", 730, 1),
        ("half", 180, 0.59),
    ]
    assert report["items"][3] == {
        "title": "half",
        "type": "movie",
        "sizeBytes": GIB,
        "integrationId": library.source,
        "daysSinceWatched": 180,
        "playCount": 7,
        "stalenessScore": 0.59,
    }
    assert isinstance(report["items"][2]["stalenessScore"], int)
    assert {name: report[name] for name in NOTHING if name != "items"} == {
        "totalCount": 4,
        "totalSize": 4 * GIB,
        "protectedCount": 1,
        "unknownCount": 1,
    }


async def test_bytes_of_a_show_and_its_seasons_are_counted_once(library: Library) -> None:
    await library.show("seasons listed", 3)
    await library.show("kept", 2)
    await library.item("as a whole", media_type="show", size_bytes=9 * GIB, external_id="77")
    await library.score(protected=("kept",))

    report = await dead(library)

    assert titles(report) == ["as a whole", *(f"seasons listed - Season {number}" for number in (1, 2, 3))]
    assert (report["totalCount"], report["totalSize"]) == (4, 12 * GIB)
    assert report["protectedCount"] == 2, "the seasons of a show that is always kept are kept with it"


async def test_T103_a_show_tells_for_itself_when_its_seasons_are_not_scored(library: Library) -> None:
    await library.show("Show", 2)
    await library.score(left_out=("Show-s1", "Show-s2"))

    report = await dead(library)

    assert (titles(report), report["totalSize"]) == (["Show"], 2 * GIB)


async def test_one_season_that_is_watched_does_not_hide_the_others(library: Library) -> None:
    await library.show("Show", 2)
    seen = {"play_count": 4, "last_played": library.now - timedelta(days=200)}
    async with library.db.begin() as tx:
        await tx.execute(update(m.MediaItem).where(m.MediaItem.external_id.in_(["Show", "Show-s1"])).values(seen))
    await library.score()

    assert titles(await dead(library)) == ["Show - Season 2"]
    assert titles(await stale(library)) == ["Show - Season 1"]


async def test_only_the_current_preview_counts(library: Library) -> None:
    await library.item("gone")
    await library.item("here")
    await library.score()
    await library.score(left_out=("gone",))

    assert titles(await dead(library)) == ["here"]


async def test_disk_group_is_that_of_the_item_and_an_unknown_one_has_none(library: Library, database: Database) -> None:
    one, two = await rows.disk_group(database), await rows.disk_group(database, "/mnt/media2")
    await library.item("one", disk_group_id=one)
    await library.item("two", disk_group_id=two)
    await library.score()

    found = [titles(await dead(library, group=group)) for group in (one, two, 4711, None)]

    assert found == [["one"], ["two"], [], ["one", "two"]]


async def test_counts_are_of_all_whatever_the_limit_leaves_out(library: Library) -> None:
    for number in range(1, 6):
        await library.item(f"n{number}", size_bytes=number * GIB)
    await library.score()

    first, rest = await dead(library, limit=2), await dead(library, limit=9, offset=2)

    assert (titles(first), titles(rest)) == (["n5", "n4"], ["n3", "n2", "n1"])
    for report in (first, rest):
        assert (report["totalCount"], report["totalSize"]) == (5, 15 * GIB)


async def test_what_a_query_does_not_say_well_has_its_default(api: httpx.AsyncClient, library: Library) -> None:
    await library.item("65", age=65)
    await library.item("30", age=30)
    await library.item("seen 130", played=130)
    await library.score()

    async def asked(path: str, **params: str) -> list[str]:
        answer = await api.get(f"/analytics/{path}-content", params=params)
        assert answer.status_code == 200, answer.text
        return titles(answer.json())

    assert await asked("dead") == []
    assert await asked("dead", minDays="60") == ["65"]
    assert await asked("dead", minDays="30", limit="1", offset="1") == ["65"]
    assert await asked("stale") == []
    assert await asked("stale", staleDays="120") == ["seen 130"]
    await api.patch("/preferences/content", json={"deadContentMinDays": 60, "staleContentDays": 120})
    for nonsense in ("0", "-5", "abc", "1.5", "", "9" * 25):
        more = {"limit": nonsense, "offset": nonsense[:2], "disk_group_id": nonsense}
        assert await asked("dead", minDays=nonsense) == ["65"], nonsense
        assert await asked("stale", staleDays=nonsense) == ["seen 130"], nonsense
        if nonsense != "9" * 25:
            assert await asked("dead", **more) == ["65"], nonsense
    assert await asked("dead", minDays=str(2**63 - 1)) == []
    assert await asked("dead", offset=str(2**63 - 1), limit="10000") == []
    assert await asked("dead", disk_group_id="4711") == []


async def growth(database: Database, group: int) -> int:
    """Bytes a day of what is known of the 30 days before noon."""
    async with database.connect() as conn:
        return growth_per_day(await queries.samples(conn, group, rows.NOW, rows.NOW - 30 * DAY))


async def test_T197_forecast_is_that_of_the_group_and_by_default_of_the_fullest(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock
) -> None:
    fullest = await rows.disk_group(database, "/a", used_bytes=1600 * GB)
    other = await rows.disk_group(database, "/b", used_bytes=400 * GB)
    await rows.disk_group(database, "/gone", used_bytes=1999 * GB, stale_since=clock.now())
    await rows.disk_group(database, "/unknown", total_bytes=0, used_bytes=0)
    await rows.usage(
        database, fullest, "daily", *((day * DAY, 1600 * GB - day * 4 * GB) for day in range(1, 30)), now=clock.now()
    )
    await rows.usage(
        database, other, "daily", *((day * DAY, 400 * GB + day * GB) for day in range(1, 30)), now=clock.now()
    )

    by_default = (await api.get("/analytics/forecast")).json()
    named = (await api.get("/analytics/forecast", params={"disk_group_id": fullest})).json()
    shrinking = (await api.get("/analytics/forecast", params={"disk_group_id": other})).json()

    assert by_default == named
    assert named == {
        "currentUsedPct": 80,
        "growthRatePerDay": 4 * GB,
        "daysUntilThreshold": 25,
        "daysUntilFull": 100,
        "totalCapacity": 2000 * GB,
        "usedCapacity": 1600 * GB,
    }
    assert (shrinking["growthRatePerDay"], shrinking["daysUntilFull"]) == (-GB, -1)
    missing = await api.get("/analytics/forecast", params={"disk_group_id": 4711})
    assert (missing.status_code, missing.json()) == (404, {"error": "there is no disk group 4711"})
    assert (await api.get("/analytics/forecast", params={"disk_group_id": "x"})).json() == by_default


async def test_T62_forecast_goes_by_the_size_the_owner_gave(
    database: Database,
) -> None:
    group = await rows.disk_group(database, used_bytes=500 * GB, total_bytes_override=1000 * GB)

    async with database.connect() as conn:
        found = await queries.disk_group(conn, None)

    assert found == queries.DiskGroup(group, Disk(1000 * GB, 500 * GB, 85))


async def test_each_stretch_of_time_counts_once_in_a_forecast(database: Database) -> None:
    group = await rows.disk_group(database)
    this_noon, midnight = 0 * DAY, 12 * HOUR

    # the means of whole days grow by 480 a day; they have told what their hours and moments say, and so has no week
    days = {day: 10_000 - 480 * day for day in (5, 4, 3, 2)}
    await rows.usage(database, group, "daily", *((midnight + day * DAY, used) for day, used in days.items()))
    await rows.usage(database, group, "hourly", *((midnight + 2 * DAY - hour * HOUR, 10**9) for hour in range(24)))
    await rows.usage(database, group, "raw", *((midnight + 2 * DAY - hour * HOUR, 10**9) for hour in range(24)))
    await rows.usage(database, group, "weekly", (midnight + 6 * DAY, 10**9))
    assert await growth(database, group) == 480

    # an hour of a day without a mean counts in its own middle, and the moments in it do not
    hour = this_noon + DAY
    await rows.usage(database, group, "hourly", (hour, days[2] + 480 + 10))
    await rows.usage(database, group, "raw", *((hour - timedelta(minutes=past), 10**9) for past in range(0, 60, 5)))
    assert await growth(database, group) == 480

    # a moment of an hour without a mean counts as it is
    await rows.usage(database, group, "raw", (6 * HOUR, days[2] + 480 + 360))
    assert await growth(database, group) == 480
    await rows.usage(database, group, "raw", (5 * HOUR, 10**9))
    assert await growth(database, group) > 10**6


async def test_T198_a_disk_that_fills_evenly_is_told_so_by_what_is_kept_of_its_history(database: Database) -> None:
    group = await rows.disk_group(database)
    points = [(age * HOUR / 2, 1000 * GB - 4 * GB * age // 48) for age in range(31 * 48)]
    await rows.usage(database, group, "raw", *points)
    async with database.begin() as tx:
        await keep(tx, rows.NOW)

    async with database.connect() as conn:
        week = await growth_per_week(conn, rows.NOW)

    assert week == pytest.approx(28 * GB, rel=0.005)
    assert await growth(database, group) == pytest.approx(4 * GB, rel=0.001)


async def test_old_and_coming_points_are_no_part_of_a_forecast(database: Database) -> None:
    group = await rows.disk_group(database)
    await rows.usage(database, group, "daily", (3 * DAY, 1000), (2 * DAY, 1010), (31 * DAY, 10**12), (-4 * DAY, 10**12))

    assert await growth(database, group) == 10
