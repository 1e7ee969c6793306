"""Reading simulated upstreams over real HTTP into a real Postgres: complete, or as before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, IntegrationType, SnapshotState
from libs.integrations.capabilities import Client
from libs.integrations.models import (
    ConnectionFacts,
    DiskSpace,
    MediaReading,
    RootFolder,
    SeriesDigest,
    UpstreamSafety,
)
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import SeasonSpec, ShowSpec
from services.sync.fetch import Reader
from services.sync.integrations import Source
from services.sync.reading import Step
from services.sync.upstreams import Upstreams
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service

COMPLETE, FAILED = SnapshotState.COMPLETE, SnapshotState.FAILED


async def read(house: House, reader: Reader, integration_id: int, run_id: int | None = None) -> m.Snapshot:
    snapshot_id = await house.request(integration_id, run_id)
    await reader.read(snapshot_id)
    snapshot: m.Snapshot = await house.snapshot(snapshot_id)
    return snapshot


async def test_complete_read_brings_items_disks_counts_and_health(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    run_id = await house.run()

    snapshot = await read(house, reader, radarr, run_id)

    items = (await house.catalogue()).values()
    (group,) = (await house.groups()).values()
    source = await house.source(radarr)
    assert (snapshot.state, snapshot.rows_read, snapshot.error_class) == (COMPLETE, 10, "")
    assert {item["title"] for item in items} == {f"Movie {n}" for n in range(10)}
    assert {item["disk_group_id"] for item in items} == {group.id}
    assert all(item["file_added_at"] is not None and item["file_fingerprint"] for item in items)
    assert group.mount_path == "/data/media"
    assert (group.total_bytes, group.used_bytes) == (2000 * 10**9, 1800 * 10**9)
    assert group.discovered_in_run == run_id
    assert (source.media_count, source.media_size_bytes) == (10, 100 * 10**9)
    assert source.last_sync is not None
    assert source.app_version
    assert (source.last_error, source.consecutive_failures) == ("", 0)


async def test_shows_bring_their_seasons_and_only_shows_are_counted(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))

    snapshot = await read(house, reader, sonarr)

    items = await house.catalogue()
    seasons = [item for item in items.values() if item["media_type"] == "season"]
    assert snapshot.rows_read == 8
    assert len(seasons) == 6
    assert all((sonarr, item["parent_external_id"]) in items for item in seasons)
    assert (await house.source(sonarr)).media_count == 2


async def test_collections_name_the_integration_they_come_from(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))

    await read(house, reader, radarr)

    members = [item for item in (await house.catalogue()).values() if item["collections"]]
    assert len(members) == 3
    assert {tuple(item["collections"]) for item in members} == {("Trilogy",)}
    assert members[0]["collection_sources"] == {"Trilogy": [radarr]}


async def test_unchanged_series_are_not_asked_for_their_files_again(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    rule = FaultRule(kind=FaultKind.STATUS, instance="sonarr", path_glob="*/episodefile*")
    await read(house, reader, sonarr)
    before = await house.catalogue()

    town.break_calls(rule)
    snapshot = await read(house, reader, sonarr)

    assert snapshot.state is COMPLETE
    assert rule.hits == 0
    assert await house.catalogue() == before


def lose_movies(town: SimulatorServer, count: int) -> None:
    movies = town.world.instances["radarr"].movies

    def forget() -> None:
        for key in list(movies)[:count]:
            del movies[key]

    town.do(forget)


async def test_T87_S19_season_that_came_yesterday_is_young_although_its_show_is_old(
    house: House, reader: Reader
) -> None:
    seasons = [SeasonSpec(number=1, age_days=1800), SeasonSpec(number=2, age_days=1)]
    with SimulatorServer(world_with(shows=[ShowSpec(title="Old", age_days=1800, seasons=seasons)])) as town:
        sonarr = await house.connect(town.instance("sonarr"))
        await read(house, reader, sonarr)

    items = {item["external_id"].partition("-")[2]: item for item in (await house.catalogue()).values()}
    age = {key: (house.now - item["file_added_at"]).days for key, item in items.items()}
    assert age["s1"] >= 1799
    assert age["s2"] <= 1
    assert age[""] <= 1
    assert (house.now - items["s2"]["added_at"]).days <= 1


async def test_S22_inaccessible_root_folder_is_kept_as_such(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.do(lambda: setattr(town.world.instances["radarr"].roots[0], "accessible", False))

    await read(house, reader, radarr)

    (root,) = await house.rows(select(m.RootFolder))
    assert (root.path, root.accessible) == ("/data/media/movies", False)


async def test_facts_that_the_database_refuses_are_one_failed_source_and_end_the_read(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    async with house.db.begin() as tx:
        await tx.execute(text("alter table media_items add constraint no_movies check (media_type <> 'movie')"))

    snapshot = await read(house, reader, radarr)

    assert (snapshot.state, snapshot.error_class) == (FAILED, "internal")


async def test_unreadable_digest_is_only_asked_again(house: House, reader: Reader, town: SimulatorServer) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    await read(house, reader, sonarr)
    await house.execute(update(m.EpisodeFileDigest).values(seasons={"1": "nonsense"}))

    snapshot = await read(house, reader, sonarr)

    assert snapshot.state is COMPLETE


FAULTS = [
    FaultRule(kind=FaultKind.STATUS, status=500),
    FaultRule(kind=FaultKind.STATUS, status=401),
    FaultRule(kind=FaultKind.STATUS, status=403),
    FaultRule(kind=FaultKind.STATUS, status=404),
    FaultRule(kind=FaultKind.STATUS, status=429, retry_after=0),
    FaultRule(kind=FaultKind.TIMEOUT),
    FaultRule(kind=FaultKind.HTML_LOGIN),
    FaultRule(kind=FaultKind.HTML_PAGE),
    FaultRule(kind=FaultKind.TRUNCATED),
    FaultRule(kind=FaultKind.EMPTY_LIST),
    FaultRule(kind=FaultKind.REDIRECT),
    FaultRule(kind=FaultKind.CONNECTION_RESET),
]


def name_of(rule: FaultRule) -> str:
    return f"{rule.kind}-{rule.status}" if rule.kind is FaultKind.STATUS else str(rule.kind)


CASES = [
    *(("radarr", "*/movie*", fault) for fault in FAULTS),
    *(("sonarr", "*/series*", fault) for fault in FAULTS if fault.kind in {FaultKind.TRUNCATED, FaultKind.EMPTY_LIST}),
    ("sonarr", "*/episodefile*", FaultRule(kind=FaultKind.STATUS, status=500)),
]


@pytest.mark.parametrize(
    ("key", "path", "fault"), CASES, ids=[f"{key}{path.strip('*')}-{name_of(fault)}" for key, path, fault in CASES]
)
async def test_S06_S07_S08_fault_in_the_list_leaves_the_catalogue_as_it_was(
    house: House, new_reader: Callable[..., Reader], town: SimulatorServer, fault: FaultRule, key: str, path: str
) -> None:
    integration_id = await house.connect(town.instance(key))
    await read(house, new_reader(), integration_id)
    await house.execute(delete(m.EpisodeFileDigest))
    before, groups = await house.catalogue(), await house.groups()

    town.break_calls(
        FaultRule(kind=fault.kind, status=fault.status, retry_after=fault.retry_after, instance=key, path_glob=path)
    )
    failed = await read(house, new_reader(deadline_s=2.5), integration_id)
    during = await house.catalogue()
    town.heal()
    healed = await read(house, new_reader(), integration_id)

    assert failed.state is FAILED
    assert failed.error_class
    assert failed.error
    assert during == before
    assert [group.stale_since for group in (await house.groups()).values()] == [None] * len(groups)
    if fault.kind is not FaultKind.EMPTY_LIST:
        assert healed.state is COMPLETE
    assert await house.catalogue() == before


@pytest.mark.parametrize(
    ("path", "step"),
    [("*/system/status", Step.TEST), ("*/diskspace", Step.DISKS), ("*/rootfolder", Step.DISKS)],
    ids=["test", "disks", "root folders"],
)
async def test_S08_every_part_of_a_read_must_succeed(
    house: House, reader: Reader, town: SimulatorServer, path: str, step: Step
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await read(house, reader, radarr)
    before = await house.catalogue()

    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401, path_glob=path))
    snapshot_id = await house.request(radarr)
    report = await reader.read(snapshot_id)

    assert report is not None
    assert report.failed_at is step
    assert (await house.snapshot(snapshot_id)).error_class == "auth"
    assert await house.catalogue() == before


async def test_T111_third_failed_read_announces_the_outage_once_and_the_next_good_one_its_end(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(FaultRule(kind=FaultKind.STATUS, status=401))

    counts = []
    for _ in range(4):
        await read(house, reader, radarr)
        counts.append((await house.events()).count("integration_test_failed"))
    down = await house.source(radarr)
    town.heal()
    await read(house, reader, radarr)

    assert counts == [0, 0, 1, 1]
    assert (down.consecutive_failures, down.last_error_class) == (4, "auth")
    assert (await house.events()).count("integration_recovered") == 1
    assert (await house.source(radarr)).consecutive_failures == 0


async def test_g7_S29_no_error_or_event_holds_the_key(house: House, reader: Reader, town: SimulatorServer) -> None:
    key = town.instance("radarr")["apiKey"]
    radarr = await house.connect(town.instance("radarr"))

    for fault in FAULTS[:4]:
        town.break_calls(FaultRule(kind=fault.kind, status=fault.status))
        await read(house, reader, radarr)
        town.heal()

    texts = [row.error for row in await house.rows(select(m.Snapshot.error))]
    texts += [row.data + row.message for row in await house.rows(select(m.Outbox.data, m.Outbox.message))]
    assert texts
    assert not [text for text in texts if key in text or "/radarr" in text]


async def test_T113_wrong_product_behind_the_address_is_named(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    wrong = {**town.instance("sonarr"), "type": "radarr"}
    radarr = await house.connect(wrong)

    snapshot = await read(house, reader, radarr)

    assert snapshot.error_class == "wrong_service"
    assert await house.catalogue() == {}


async def test_T110_disabled_integration_is_not_asked(house: House, reader: Reader, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"), enabled=False)
    watched = town.break_calls(FaultRule(kind=FaultKind.STATUS, status=500))

    snapshot = await read(house, reader, radarr)

    assert (snapshot.state, snapshot.error_class) == (FAILED, "inactive")
    assert watched.hits == 0
    assert (await house.source(radarr)).last_error == ""


async def test_T108_edited_address_is_used_by_the_next_read(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect({**town.instance("radarr"), "url": "http://127.0.0.1:9"})
    first = await read(house, reader, radarr)

    await house.execute(update(m.Integration).values(url=town.instance("radarr")["url"]))
    second = await read(house, reader, radarr)

    assert first.error_class == "refused"
    assert second.state is COMPLETE


async def test_key_that_no_longer_opens_is_a_wrong_key(house: House, reader: Reader, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await house.execute(update(m.Integration).values(api_key=b"sealed by somebody else"))

    snapshot = await read(house, reader, radarr)

    assert snapshot.error_class == "auth"
    assert "SECRET_KEY" in snapshot.error


async def test_T120_source_that_hangs_fails_at_its_deadline(
    house: House, new_reader: Callable[..., Reader], town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(FaultRule(kind=FaultKind.TIMEOUT))

    snapshot = await read(house, new_reader(deadline_s=0.5), radarr)

    assert (snapshot.state, snapshot.error_class) == (FAILED, "timeout")


class BrokenClient:
    """A client with a mistake in it."""

    async def test(self) -> ConnectionFacts:
        raise KeyError("appName")

    async def disks(self) -> tuple[DiskSpace, ...]:
        raise NotImplementedError

    async def root_folders(self) -> tuple[RootFolder, ...]:
        raise NotImplementedError

    async def safety(self) -> UpstreamSafety:
        raise NotImplementedError

    def media(self, known: Mapping[int, SeriesDigest] | None = None) -> MediaReading:
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing was opened."""


class HalfBrokenUpstreams(Upstreams):
    """Opens Radarr's broken client, and real ones for everything else."""

    @asynccontextmanager
    async def open(self, source: Source) -> AsyncIterator[Client]:
        if source.type is IntegrationType.RADARR:
            yield BrokenClient()
            return
        async with super().open(source) as client:
            yield client


async def test_T119_client_that_breaks_is_one_failed_source(
    house: House, clock: JumpingClock, town: SimulatorServer
) -> None:
    radarr, sonarr = await house.connect(town.instance("radarr")), await house.connect(town.instance("sonarr"))
    upstreams = HalfBrokenUpstreams(BOX, allow_loopback=True)
    reader = Reader(house.db, clock, upstreams, lambda: str(uuid4()))
    snapshots = [await house.request(radarr), await house.request(sonarr)]

    await asyncio.gather(*(reader.read(snapshot_id) for snapshot_id in snapshots))

    broken, whole = [await house.snapshot(one) for one in snapshots]
    assert (broken.state, broken.error_class, whole.state) == (FAILED, "internal", COMPLETE)
    assert "KeyError" in broken.error


async def test_S09_source_that_shrank_is_held_until_a_person_confirms(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await read(house, reader, radarr)
    before = await house.catalogue()
    lose_movies(town, 6)

    first = await read(house, reader, radarr)
    second = await read(house, reader, radarr)
    held = await house.catalogue()
    (hold,) = await house.rows(select(m.Hold))
    await house.execute(update(m.Hold).values(released_at=house.now.replace(year=2100), released_by="admin"))
    third = await read(house, reader, radarr)

    assert (first.state, first.error_class, second.state) == (FAILED, "incomplete", FAILED)
    assert held == before
    assert (hold.code, hold.breaker, hold.integration_id) == ("source_shrank", True, radarr)
    assert (await house.events()).count("breaker_tripped") == 1
    assert third.state is COMPLETE
    assert len(await house.catalogue()) == 4
    assert (await house.source(radarr)).consecutive_failures == 0


async def test_vanished_items_leave_after_a_complete_read(house: House, reader: Reader, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await read(house, reader, radarr)
    lose_movies(town, 1)

    await read(house, reader, radarr)

    assert len(await house.catalogue()) == 9


async def test_T103_sonarr_linked_to_a_sunset_group_is_read_without_seasons_and_does_not_shrink(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    await read(house, reader, sonarr)
    await house.execute(update(m.DiskGroup).values(mode=ExecutionMode.SUNSET, sunset_pct=50))

    snapshot = await read(house, reader, sonarr)

    assert snapshot.state is COMPLETE
    assert {item["media_type"] for item in (await house.catalogue()).values()} == {"show"}


async def test_T102_facts_are_as_old_as_the_question_and_not_as_the_end_of_a_long_read(
    house: House, reader: Reader, clock: JumpingClock, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=30, path_glob="*/movie*"))
    reading = asyncio.create_task(reader.read(await house.request(radarr)))
    await eventually(lambda: hang.hits > 0)

    clock.jump(hours=1)
    town.heal()
    await reading

    end = clock.now()
    (group,) = (await house.groups()).values()
    (seen,) = await house.rows(select(m.MediaItem.seen_at).distinct())
    assert (end - group.read_at).seconds >= 3600
    assert (end - seen.seen_at).seconds >= 3600
    assert (end - (await house.source(radarr)).last_sync).seconds < 3600


async def test_two_replicas_read_a_source_once(
    house: House, new_reader: Callable[..., Reader], town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    watched = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0.05, path_glob="*/movie*"))
    snapshot_id = await house.request(radarr)

    reports = await asyncio.gather(*(new_reader().read(snapshot_id) for _ in range(4)))

    assert [report is not None for report in reports].count(True) == 1
    assert watched.hits == 1
    assert len(await house.catalogue()) == 10


async def test_integration_saved_during_its_read_is_read_again(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    hang = town.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=30, path_glob="*/movie*"))
    snapshot_id = await house.request(radarr)

    reading = asyncio.create_task(reader.read(snapshot_id))
    await eventually(lambda: hang.hits > 0)
    await house.execute(update(m.Integration).values(updated_at=house.now.replace(year=2100)))
    town.heal()
    report = await reading

    assert report is None
    assert (await house.snapshot(snapshot_id)).state is SnapshotState.REQUESTED
    assert await house.catalogue() == {}
