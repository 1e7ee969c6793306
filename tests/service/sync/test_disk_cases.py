"""Disks as real upstreams report them: mounts, shares, unmounted folders, and which items lie where (11.2, 18)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.domain.enums import ExecutionMode, IntegrationType, SnapshotState
from libs.simulator.builders import world_with
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from services.sync.disks.mounts import Reading
from services.sync.disks.queries import Root, replace_readings, replace_roots
from services.sync.fetch import Reader
from tests.service.sync.rows import TB, House

pytestmark = pytest.mark.service

GB = 1_000_000_000
RADARR, SONARR = IntegrationType.RADARR, IntegrationType.SONARR
OWNERS_CHOICE = (
    m.DiskGroup.id,
    m.DiskGroup.mount_path,
    m.DiskGroup.threshold_pct,
    m.DiskGroup.target_pct,
    m.DiskGroup.mode,
    m.DiskGroup.sunset_pct,
    m.DiskGroup.total_bytes_override,
    m.DiskGroup.created_at,
)


@contextmanager
def served(disks: Sequence[DiskSpec], movie_root: str, show_root: str) -> Iterator[SimulatorServer]:
    """A Radarr with one movie and a Sonarr with one show, both seeing the same disks."""
    world = world_with(
        movies=[MovieSpec(title="Serenity", root=movie_root)],
        shows=[ShowSpec(title="Firefly", root=show_root, seasons=[SeasonSpec(number=1)])],
        disks=disks,
        movie_roots=[movie_root],
        show_roots=[show_root],
    )
    with SimulatorServer(world) as server:
        yield server


def order(town: SimulatorServer, instance: str, **settings: object) -> None:
    """Change what one upstream reports."""
    town.do(lambda: intervene(town.simulation, "settings", {"instance": instance, **settings}))


async def read(house: House, reader: Reader, *integration_ids: int) -> None:
    """One round of reads of these."""
    for snapshot_id in [await house.request(one) for one in integration_ids]:
        report = await reader.read(snapshot_id)
        assert report is not None


async def read_all(house: House, reader: Reader, town: SimulatorServer) -> dict[str, str | None]:
    """Connect both and read them; answers the mount of every item's group, by kind of item."""
    ids = [await house.connect(town.instance(key)) for key in ("radarr", "sonarr")]
    await read(house, reader, *ids)
    return await places(house)


async def places(house: House) -> dict[str, str | None]:
    item, group = m.MediaItem, m.DiskGroup
    rows = select(item.media_type, group.mount_path).outerjoin(group, group.id == item.disk_group_id)
    return {str(row.media_type): row.mount_path for row in await house.rows(rows)}


async def owners_choice(house: House) -> list[object]:
    return await house.rows(select(*OWNERS_CHOICE).order_by(m.DiskGroup.id))


@pytest.mark.parametrize(
    ("mounts", "movie_root", "show_root", "expected"),
    [
        (("/data", "/data2"), "/data2/movies", "/data/tv", ("/data2", "/data")),
        (("/data", "/data/tv"), "/data/movies", "/data/tv", ("/data", "/data/tv")),
        (("/", "/media"), "/media/movies", "/media/tv", ("/media", "/media")),
        (("/config", "/media"), "/media/movies", "/media/tv", ("/media", "/media")),
        (("/media/",), "/media", "/media", ("/media", "/media")),
        (("D:\\",), r"D:\Media\Movies", r"d:\Media\TV", ("D:", "D:")),
        ((r"\\nas\media",), r"\\nas\media\movies", "//nas/media/tv/", ("//nas/media", "//nas/media")),
    ],
    ids=[
        "T48 neighbours with one beginning",
        "T49 mount within a mount",
        "T51 root filesystem pruned",
        "T52 only mounts with root folders",
        "T53 trailing slash",
        "T50 drive, in both cases",
        "T50 UNC",
    ],
)
async def test_items_lie_on_the_most_specific_mount_that_holds_media(
    house: House, reader: Reader, mounts: Sequence[str], movie_root: str, show_root: str, expected: tuple[str, str]
) -> None:
    disks = [DiskSpec(name=f"disk {path}", mounts=[path]) for path in mounts if path not in {"/", "/config"}]

    with served(disks, movie_root, show_root) as town:
        found = await read_all(house, reader, town)

    assert (found["movie"], found["show"], found["season"]) == (*expected, expected[1])
    assert set(await house.groups()) == set(expected)


async def test_T107_item_below_no_group_belongs_to_none(house: House, reader: Reader) -> None:
    with served([DiskSpec(mounts=["/media"])], "/media/movies", "/elsewhere/tv") as town:
        found = await read_all(house, reader, town)

    assert (found["movie"], found["show"]) == ("/media", None)
    assert set(await house.groups()) == {"/media"}


async def test_T55_T54_last_integration_switched_off_and_on_keeps_the_owners_choice(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    await read(house, reader, radarr)
    await house.execute(
        update(m.DiskGroup).values(
            threshold_pct=95, target_pct=90, mode=ExecutionMode.SUNSET, sunset_pct=80, total_bytes_override=3 * TB
        )
    )
    before = await owners_choice(house)

    await house.execute(update(m.Integration).values(enabled=False))
    await house.discover()
    (stale,) = (await house.groups()).values()
    await house.execute(update(m.Integration).values(enabled=True))
    await read(house, reader, radarr)

    assert stale.stale_since is not None
    (back,) = (await house.groups()).values()
    assert back.stale_since is None
    assert await owners_choice(house) == before
    assert await house.events() == ["disk_group_stale", "disk_group_resurrected"]


async def test_T60_S23_schema_upgrade_leaves_every_group_as_it_is(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB), "/old": (8 * TB, TB)}, ["/tv", "/old"])
    await house.discover()
    await house.execute(
        update(m.DiskGroup)
        .where(m.DiskGroup.mount_path == "/tv")
        .values(threshold_pct=95.5, target_pct=90.25, mode=ExecutionMode.SUNSET, sunset_pct=80, total_bytes_override=7)
    )
    before = await house.rows(select(m.DiskGroup).order_by(m.DiskGroup.id))

    await migrate(house.db.url)

    assert await house.rows(select(m.DiskGroup).order_by(m.DiskGroup.id)) == before


async def test_T58_clock_of_a_stale_group_is_not_started_again(house: House) -> None:
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()
    seen = []

    for _ in range(3):
        house.now += timedelta(days=1)
        await house.ended(sonarr, SnapshotState.FAILED)
        await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
        await house.discover()
        seen.append((await house.groups())["/tv"].stale_since)

    assert seen[0] is not None
    assert set(seen) == {seen[0]}


@pytest.mark.parametrize(("grace_days", "left"), [(0, {"/movies"}), (1, {"/movies", "/tv"})])
async def test_without_a_grace_period_a_group_goes_in_the_round_that_misses_it(
    house: House, grace_days: int, left: set[str]
) -> None:
    await house.default_mode(ExecutionMode.DRY_RUN, grace_days=grace_days)
    sonarr, radarr = await house.integration(SONARR), await house.integration(RADARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()

    house.now += timedelta(minutes=5)
    await house.ended(sonarr, SnapshotState.FAILED)
    await house.reports(radarr, {"/movies": (8 * TB, TB)}, ["/movies"])
    await house.discover()

    assert set(await house.groups()) == left
    assert (await house.events())[0] == "disk_group_stale"


async def test_T68_new_group_under_a_default_of_sunset_is_dry_run_with_a_warning(house: House) -> None:
    await house.default_mode(ExecutionMode.SUNSET)
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])

    with capture_logs() as logs:
        await house.discover()

    assert (await house.groups())["/tv"].mode is ExecutionMode.DRY_RUN
    assert [(line["log_level"], line["mount"]) for line in logs if "sunset" in line["event"]] == [("warning", "/tv")]


async def test_S22_unmounted_disk_makes_its_group_stale_and_the_root_filesystem_does_not_take_its_place(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    await house.default_mode(ExecutionMode.AUTO)
    radarr = await house.connect(town.instance("radarr"))
    await read(house, reader, radarr)
    (first,) = (await house.groups()).values()

    def mounted(*, is_there: bool) -> None:
        hidden = [] if is_there else ["/data/media"]
        order(town, "radarr", settings={"hiddenMounts": hidden}, rootAccessible={"/data/media/movies": is_there})

    mounted(is_there=False)
    await read(house, reader, radarr)
    gone = await house.groups()
    (folder,) = await house.rows(select(m.RootFolder))
    placed = await places(house)
    mounted(is_there=True)
    await read(house, reader, radarr)
    back = await house.groups()

    assert set(gone) == set(back) == {"/data/media"}
    assert gone["/data/media"].stale_since is not None
    assert folder.accessible is False
    assert placed["movie"] == "/data/media"
    assert (back["/data/media"].id, back["/data/media"].stale_since) == (first.id, None)


async def test_share_that_no_disk_is_reported_for_gets_its_size_from_the_owner(house: House, reader: Reader) -> None:
    share = DiskSpec(mounts=[r"\\nas\media"], total_bytes=2000 * GB, free_bytes=300 * GB)
    with served([share], r"\\nas\media\movies", r"\\nas\media\tv") as town:
        order(town, "radarr", settings={"hiddenMounts": [r"\\nas\media"]})
        radarr = await house.connect(town.instance("radarr"))
        await read(house, reader, radarr)
        (unsized,) = (await house.groups()).values()
        await house.execute(update(m.DiskGroup).values(total_bytes_override=2000 * GB))
        await read(house, reader, radarr)
        (sized,) = (await house.groups()).values()

    assert (unsized.mount_path, unsized.total_bytes, unsized.read_at) == ("//nas/media/movies", 0, None)
    assert (await places(house))["movie"] == "//nas/media/movies"
    assert (sized.id, sized.total_bytes, sized.used_bytes) == (unsized.id, 0, 1700 * GB)
    assert sized.read_at is not None


async def test_usage_of_a_share_is_remembered_with_the_size_its_owner_gave(house: House) -> None:
    radarr = await house.integration(RADARR)

    async def answer() -> None:
        await house.ended(radarr)
        async with house.db.begin() as tx:
            await replace_readings(tx, radarr, [Reading(radarr, "C:", 500 * GB, 100 * GB, house.now)])
            await replace_roots(tx, radarr, [Root("//nas/movies", accessible=True, free_bytes=300 * GB)], house.now)

    await answer()
    await house.discover(await house.run())
    await house.execute(update(m.DiskGroup).values(total_bytes_override=1000 * GB))
    house.now += timedelta(minutes=5)
    await answer()
    await house.discover(await house.run())

    points = await house.rows(select(m.LibraryHistory))
    assert [(point.used_capacity, point.total_capacity) for point in points] == [(700 * GB, 1000 * GB)]


@pytest.mark.parametrize(
    ("total", "free"), [(TB, 2 * TB), (0, 0), (-1, TB), (TB, -1)], ids=["more free", "no size", "not told", "negative"]
)
async def test_discarded_reading_makes_the_disk_unknown_and_a_good_one_known_again(
    house: House, total: int, free: int
) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB)}, ["/tv"])
    await house.discover()
    await house.reports(sonarr, {"/tv": (total, free)}, ["/tv"])

    with capture_logs() as logs:
        await house.discover()
    unknown = (await house.groups())["/tv"]
    await house.reports(sonarr, {"/tv": (8 * TB, 2 * TB)}, ["/tv"])
    await house.discover()
    known = (await house.groups())["/tv"]

    assert (unknown.read_at, unknown.stale_since) == (None, None)
    assert [line["mount"] for line in logs if line["event"] == "disk reports sizes that cannot be"] == ["/tv"]
    assert (known.id, known.used_bytes, known.read_at) == (unknown.id, 6 * TB, house.now)


async def test_two_mounts_of_one_filesystem_are_named(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/tv": (8 * TB, TB), "/movies": (8 * TB, TB)}, ["/tv", "/movies"])

    with capture_logs() as logs:
        await house.discover()

    assert [line["mounts"] for line in logs if "one filesystem" in line["event"]] == [["/movies", "/tv"]]
    assert set(await house.groups()) == {"/tv", "/movies"}


async def test_only_the_root_filesystem_is_a_group_with_a_warning(house: House) -> None:
    sonarr = await house.integration(SONARR)
    await house.reports(sonarr, {"/": (8 * TB, TB), "/config": (8 * TB, TB)}, ["/tv"])

    with capture_logs() as logs:
        await house.discover()

    assert set(await house.groups()) == {"/"}
    assert [line["log_level"] for line in logs if "root filesystem" in line["event"]] == ["warning"]
