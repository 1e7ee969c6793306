"""From staged rows to the catalogue, on a real Postgres."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, JobState, MediaType, Trigger
from libs.common.domain.paths import most_specific
from services.sync.catalogue import queries
from services.sync.catalogue.columns import SOURCE_COLUMNS
from services.sync.catalogue.queries import Totals
from services.sync.catalogue.staging import staging
from tests.service.sync.rows import TB, House

pytestmark = pytest.mark.service

DEFAULTS: dict[str, Any] = {
    "media_type": "movie",
    "title": "Serenity",
    "size_bytes": 10,
    "path": "/data/movies/Serenity",
    "poster_url": "",
    "genre": "",
    "monitored": True,
    "tags": [],
    "file_fingerprint": "",
    "title_keys": [],
}


def row(external_id: str, **columns: Any) -> tuple[Any, ...]:
    values = {**DEFAULTS, "external_id": external_id, **columns}
    return tuple(values.get(name) for name in SOURCE_COLUMNS)


def season(show: str, number: int, **columns: Any) -> tuple[Any, ...]:
    return row(f"{show}-s{number}", media_type="season", season_number=number, parent_external_id=show, **columns)


async def read(
    house: House, integration_id: int, *pages: list[tuple[Any, ...]], shows_only: bool = False
) -> tuple[Totals, int]:
    """One complete read: totals, and how many items vanished."""
    snapshot_id = await house.ended(integration_id)
    async with staging(house.db) as stage:
        for page in pages:
            await stage.add(page)
        async with stage.connection.begin():
            totals = await queries.totals(stage.connection)
            merged = await queries.merge(
                stage.connection,
                integration_id=integration_id,
                snapshot_id=snapshot_id,
                shows_only=shows_only,
                seen_at=house.now,
            )
    return totals, merged.vanished


async def catalogue(house: House) -> dict[str, Any]:
    return {item.external_id: item for item in await house.rows(select(m.MediaItem).order_by(m.MediaItem.id))}


async def test_pages_become_items_and_unread_facts_stay_unknown(house: House) -> None:
    radarr = await house.integration(IntegrationType.RADARR)

    totals, _ = await read(house, radarr, [row("1"), row("2", size_bytes=5)], [row("3")])

    items = await catalogue(house)
    assert set(items) == {"1", "2", "3"}
    assert totals == Totals(items=3, has_duplicates=False, media_count=3, media_size_bytes=25)
    assert items["1"].play_count is None
    assert items["1"].requested is None
    assert items["1"].seen_at == items["1"].first_seen_at == house.now


async def test_vanished_items_go_and_surviving_ones_keep_their_id_and_enrichment(house: House) -> None:
    radarr, other = await house.integration(IntegrationType.RADARR), await house.integration(IntegrationType.RADARR)
    await read(house, radarr, [row("1"), row("2")])
    await read(house, other, [row("9")])
    before = (await catalogue(house))["1"]
    enriched = {"play_count": 4, "watched_by_users": ["kaylee"], "requested": True, "labels": ["keep"]}
    await house.execute(update(m.MediaItem).where(m.MediaItem.external_id == "1").values(**enriched))
    first_seen = house.now
    house.now += timedelta(hours=1)

    _, gone = await read(house, radarr, [row("1", size_bytes=99), row("3")])

    items = await catalogue(house)
    kept = items["1"]
    assert gone == 1
    assert set(items) == {"1", "3", "9"}
    assert (kept.id, kept.size_bytes, kept.first_seen_at, kept.seen_at) == (before.id, 99, first_seen, house.now)
    assert {name: getattr(kept, name) for name in enriched} == enriched


async def test_other_title_under_an_old_id_starts_without_the_former_plays(house: House) -> None:
    radarr = await house.integration(IntegrationType.RADARR)
    await read(house, radarr, [row("1", tmdb_id=16320), row("2", tmdb_id=5), row("3")])
    await house.execute(update(m.MediaItem).values(play_count=7))

    await read(house, radarr, [row("1", tmdb_id=99), row("2", tmdb_id=5), row("3", tmdb_id=8)])

    plays = {key: item.play_count for key, item in (await catalogue(house)).items()}
    assert plays == {"1": None, "2": 7, "3": 7}


async def test_collections_of_a_media_server_survive_and_those_of_the_source_are_replaced(house: House) -> None:
    radarr, plex = await house.integration(IntegrationType.RADARR), await house.integration(IntegrationType.PLEX)
    await read(house, radarr, [row("1", source_collection="Old")])
    merged = {"Old": [radarr], "Best of": [plex]}
    await house.execute(update(m.MediaItem).values(collections=["Best of", "Old"], collection_sources=merged))

    await read(house, radarr, [row("1", source_collection="New")])

    item = (await catalogue(house))["1"]
    assert item.collections == ["Best of", "New"]
    assert item.collection_sources == {"New": [radarr], "Best of": [plex]}


async def test_a_newer_date_of_a_media_server_outlives_a_read_of_the_source(house: House) -> None:
    radarr = await house.integration(IntegrationType.RADARR)
    imported, rescanned = house.now - timedelta(days=400), house.now - timedelta(days=20)
    await read(house, radarr, [row("1", source_added_at=imported), row("2", source_added_at=imported)])
    await house.execute(update(m.MediaItem).where(m.MediaItem.external_id == "1").values(library_added_at=rescanned))

    await read(house, radarr, [row("1", source_added_at=imported), row("2", source_added_at=imported)])

    items = await catalogue(house)
    assert (items["1"].added_at, items["2"].added_at) == (rescanned, imported)


async def test_only_shows_count_where_there_are_shows(house: House) -> None:
    sonarr = await house.integration(IntegrationType.SONARR)
    show = row("7", media_type="show", size_bytes=30)

    totals, _ = await read(house, sonarr, [show, season("7", 1, size_bytes=10), season("7", 2, size_bytes=20)])

    assert totals == Totals(items=3, has_duplicates=False, media_count=1, media_size_bytes=30)


async def test_T103_seasons_are_left_out_in_show_level_mode_and_come_back(house: House) -> None:
    sonarr = await house.integration(IntegrationType.SONARR)
    page = [row("7", media_type="show"), season("7", 1), season("7", 2)]
    await read(house, sonarr, page)

    await read(house, sonarr, page, shows_only=True)
    without = set(await catalogue(house))
    await read(house, sonarr, page)

    assert without == {"7"}
    assert set(await catalogue(house)) == {"7", "7-s1", "7-s2"}


async def test_item_listed_twice_is_noticed(house: House) -> None:
    radarr = await house.integration(IntegrationType.RADARR)

    async with staging(house.db) as stage:
        await stage.add([row("1"), row("2")])
        await stage.add([row("2")])
        totals = await queries.totals(stage.connection)

    assert radarr
    assert totals.has_duplicates


PATHS = [
    "/data/movies/a",
    "/data/tv/b",
    "/data2/c",
    "/data",
    "/database/x",
    "D:/Media/d",
    "d:/media/e",
    "//nas/media/f",
    "/elsewhere/g",
    "",
]
MOUNTS = ["/data", "/data/tv", "/data2", "D:", "//nas/media"]


@pytest.mark.parametrize("mounts", [MOUNTS, ["/", *MOUNTS], ["/"], []], ids=["mounts", "with root", "root", "none"])
async def test_T48_T49_T50_T107_items_belong_to_the_most_specific_mount_by_segments(
    house: House, mounts: list[str]
) -> None:
    radarr = await house.integration(IntegrationType.RADARR)
    for mount in mounts:
        await house.execute(insert(m.DiskGroup).values(mount_path=mount, created_at=house.now, updated_at=house.now))

    await read(house, radarr, [row(str(n), path=path) for n, path in enumerate(PATHS)])

    groups = {group.id: group.mount_path for group in (await house.groups()).values()}
    placed = {item.path: groups.get(item.disk_group_id) for item in (await catalogue(house)).values()}
    assert placed == {path: most_specific(path, mounts) for path in PATHS}


async def test_items_move_when_a_more_specific_mount_appears(house: House) -> None:
    sonarr = await house.integration(IntegrationType.SONARR)
    await house.reports(sonarr, {"/data": (8 * TB, TB)}, ["/data/tv"])
    await house.discover()
    await read(house, sonarr, [row("7", media_type="show", path="/data/tv/Firefly")])

    await house.reports(sonarr, {"/data": (8 * TB, TB), "/data/tv": (TB, 1)}, ["/data/tv", "/data/movies"])
    await house.discover()
    async with house.db.begin() as tx:
        await queries.reassign_groups(tx)

    assert (await catalogue(house))["7"].disk_group_id == (await house.groups())["/data/tv"].id


async def test_items_that_our_deletions_took_are_counted_with_their_seasons(house: House) -> None:
    sonarr = await house.integration(IntegrationType.SONARR)
    await read(house, sonarr, [row("7", media_type="show"), season("7", 1), season("7", 2), row("8"), row("9")])
    batch = "00000000-0000-0000-0000-000000000001"
    await house.execute(insert(m.DeletionBatch).values(id=batch, created_at=house.now))
    job = {
        "batch_id": batch,
        "integration_id": sonarr,
        "title": "x",
        "size_bytes": 1,
        "trigger": Trigger.ENGINE,
        "enqueued_mode": "auto",
        "not_before": house.now,
        "created_at": house.now,
    }
    done = {"media_type": MediaType.SHOW, "state": JobState.DELETED, "finished_at": house.now}
    await house.execute(insert(m.DeletionJob).values(**job, **done, external_id="7"))
    failed = {"media_type": MediaType.SHOW, "state": JobState.FAILED, "finished_at": house.now}
    await house.execute(insert(m.DeletionJob).values(**job, **failed, external_id="8"))

    async with house.db.connect() as conn:
        taken = await queries.taken_by_us(conn, sonarr, house.now - timedelta(minutes=1))
        earlier = await queries.taken_by_us(conn, sonarr, house.now + timedelta(minutes=1))

    assert (taken, earlier) == (3, 0)
