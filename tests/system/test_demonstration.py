"""The demonstration keeps its promise: everything is known about every item, and the disk comes back to its target."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.domain.enums import TitleKind
from libs.simulator.audience_changes import change_audience
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.expectations import candidates_of, deleted_targets
from tests.harness.system import RunningSystem

TARGET = {"thresholdPct": 85, "targetPct": 75, "mode": "auto"}
_SURE = {"watched", "never", "absent"}
_EVIDENCE = text(
    """
    select g.url, i.external_id, i.title, i.season_number, i.play_count, i.watch_evidence_at, i.request_evidence_at,
           i.watch_evidence
      from media_items i join integrations g on g.id = i.integration_id where i.media_type in ('movie', 'season')
    """
)


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """What `scripts/up --demo` starts."""
    with SimulatorServer(generate("demo", 42, real_now())) as server:
        yield server


async def connect(system: RunningSystem, upstreams: SimulatorServer) -> None:
    """Add all simulated upstreams and read them once; the disk group is in dry-run."""
    instances = [upstreams.instance(key) for key in upstreams.world.systems]
    assert {each["type"] for each in instances} == {"radarr", "sonarr", "plex", "jellyfin", "tautulli", "seerr"}
    await system.connect(instances, deletionsPerMinute=6000)
    await system.run_engine()


async def evidence(system: RunningSystem) -> list[Any]:
    db = Database(system.database_url, pool_size=1)
    try:
        async with db.connect() as conn:
            return list(await conn.execute(_EVIDENCE))
    finally:
        await db.dispose()


async def the_group(system: RunningSystem) -> dict[str, Any]:
    (group,) = await system.get("/disk-groups")
    return dict(group)


async def places(system: RunningSystem) -> dict[int, str]:
    """The simulator's key of each integration."""
    return {row["id"]: row["url"].rpartition("/")[2] for row in await system.get("/integrations")}


def native(keys: dict[int, str], row: dict[str, Any]) -> tuple[str, str]:
    return keys[row["integrationId"]], row["externalId"]


async def test_every_movie_and_season_has_sure_evidence_after_the_first_reads(
    system: RunningSystem, upstreams: SimulatorServer
) -> None:
    await connect(system, upstreams)

    items = await evidence(system)

    unsure = {
        (item.title, item.season_number): item.watch_evidence
        for item in items
        if item.watch_evidence_at is None or not set(item.watch_evidence.values()) <= _SURE
    }
    assert unsure == {}
    assert [item.title for item in items if item.request_evidence_at is None] == []
    assert sum(item.play_count == 0 for item in items) > len(items) / 3
    assert sum(item.play_count > 5 for item in items) >= 5


async def test_the_worst_items_go_until_the_disk_is_below_its_target(
    system: RunningSystem, upstreams: SimulatorServer
) -> None:
    await connect(system, upstreams)
    group = await the_group(system)
    wanted = candidates_of(await system.get("/preview"), group["usedBytes"] - int(group["totalBytes"] * 0.75))

    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET)
    await eventually(lambda: system.get("/deletion-queue"), within_s=30)
    await system.skip_grace_period()
    await system.drained()

    async def is_below() -> bool:
        after = await the_group(system)
        return bool(after["usedBytes"] <= after["totalBytes"] * 0.75)

    await eventually(is_below, within_s=30)
    keys = await places(system)
    assert sorted(deleted_targets(upstreams.ledger())) == sorted(native(keys, row) for row in wanted)
    assert len(wanted) <= 30
    assert max(row["item"].get("playCount", 0) for row in wanted) <= 2, "something that is loved went"


def take_off_the_shelves(upstreams: SimulatorServer) -> None:
    """Leave Jellyfin so few movies that it no longer says anything about those it does not know (S-05)."""
    jellyfin = upstreams.world.media_servers["jellyfin"]
    played = {view.title for view in jellyfin.plays}
    movies = [title.native for title in jellyfin.titles.values() if title.kind is TitleKind.MOVIE]
    for movie in set(movies) - played:
        change_audience(upstreams.world, {"server": "jellyfin", "forget": movie}, upstreams.world.clock.now())


async def test_S06_held_items_keep_their_place_so_that_no_other_goes_instead(
    system: RunningSystem, upstreams: SimulatorServer
) -> None:
    upstreams.do(lambda: take_off_the_shelves(upstreams))
    await connect(system, upstreams)
    group = await the_group(system)
    in_line = candidates_of(await system.get("/preview"), group["usedBytes"] - int(group["totalBytes"] * 0.75))
    known = {(item.url.rpartition("/")[2], item.external_id): item for item in await evidence(system)}
    urls = await places(system)
    keys = [native(urls, row) for row in in_line]
    held = [key for key in keys if known[key].watch_evidence_at is None]
    assert 0 < len(held) < len(keys)

    await system.send("PUT", f"/disk-groups/{group['id']}", TARGET)
    await eventually(lambda: system.get("/deletion-queue"), within_s=30)
    await system.skip_grace_period()
    await system.drained()
    await system.run_engine()
    await system.skip_grace_period()
    await system.drained()

    assert await system.get("/engine/holds") == []
    assert sorted(deleted_targets(upstreams.ledger())) == sorted(set(keys) - set(held))
    after = await the_group(system)
    assert after["usedBytes"] > after["totalBytes"] * 0.75
