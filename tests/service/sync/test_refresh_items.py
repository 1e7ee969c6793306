"""One title read alone: its items are what a read of everything would make them, and no other item is touched."""

import pytest
from sqlalchemy import delete, func, select, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, RefreshKind, RefreshState, SnapshotState
from libs.simulator.changes import delete_movie
from tests.service.sync.refreshing import Refreshing

pytestmark = pytest.mark.service

ITEM, DISKS = RefreshKind.ITEM, RefreshKind.DISKS
NEW_MOVIE = {"title": "The Message", "year": 2003, "tmdbId": 900_777, "imdbId": "tt9900777", "sizeBytes": 7 * 10**9}


async def test_new_movie_is_in_the_catalogue_after_one_read(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    before = await refreshing.house.catalogue()
    new = str(refreshing.change("items", instance="radarr", movie=NEW_MOVIE)["id"])

    row = await refreshing.refresh(radarr, ITEM, new)
    asked = refreshing.asked()
    after = await refreshing.house.catalogue()
    await refreshing.read_all(radarr)

    assert row.state is RefreshState.DONE
    assert {route.split("/api/v3")[1]: count for route, count in asked.items()} == {
        "/movie/{id:int}": 1,
        "/qualityprofile": 1,
        "/tag": 1,
    }
    added = after.pop((radarr, new))
    assert (added["title"], added["size_bytes"], added["play_count"]) == ("The Message", 7 * 10**9, None)
    assert added["disk_group_id"] is not None
    assert after == before
    assert await refreshing.house.catalogue() == after | {(radarr, new): added}


async def test_new_movie_gets_what_other_sources_know_of_it(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    await refreshing.connect("plex")
    known = await refreshing.item(radarr, "12")
    await refreshing.house.execute(delete(m.MediaItem))

    await refreshing.refresh(radarr, ITEM, "12")

    again = await refreshing.item(radarr, "12")
    assert known is not None
    assert again is not None
    assert again["play_count"] == known["play_count"] == 2
    assert again["watched_by_users"] == known["watched_by_users"] != []


async def test_deleted_movie_goes_when_radarr_says_that_it_is_gone(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    world = refreshing.server.world
    instance = world.instances["radarr"]
    refreshing.do(lambda: delete_movie(world, instance, instance.movies[13], with_files=True))

    row = await refreshing.refresh(radarr, ITEM, "13")

    assert row.state is RefreshState.DONE
    assert set(await refreshing.house.catalogue()) == {(radarr, "12")}
    assert refreshing.count(ITEM) == {"gone": 1}


async def test_event_about_a_movie_that_never_was_changes_nothing(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    before = await refreshing.house.catalogue()

    await refreshing.refresh(radarr, ITEM, "424242")

    assert await refreshing.house.catalogue() == before


async def test_show_comes_with_its_seasons_and_loses_those_that_are_gone(refreshing: Refreshing) -> None:
    sonarr = await refreshing.connect("sonarr")
    before = await refreshing.house.catalogue()
    show = refreshing.server.world.instances["sonarr"].shows[8]

    def lose_season() -> None:
        show.seasons = [season for season in show.seasons if season.number != 2]
        show.revision += 1

    refreshing.do(lose_season)
    refreshing.change("items", instance="sonarr", showId=7, season={"number": 2, "episodes": 5, "sizeBytes": 10**9})

    await refreshing.refresh(sonarr, ITEM, "8")
    after = await refreshing.house.catalogue()
    await refreshing.refresh(sonarr, ITEM, "7")
    finally_ = await refreshing.house.catalogue()
    digests = await stored_digests(refreshing)
    await refreshing.read_all(sonarr)

    assert before.keys() - after.keys() == {(sonarr, "8-s2")}
    assert {key for key in after if before[key] == after[key]} == set(after) - {(sonarr, "8")}
    assert finally_.keys() - after.keys() == {(sonarr, "7-s2")}
    assert await refreshing.house.catalogue() == finally_
    assert await stored_digests(refreshing) == digests


async def stored_digests(refreshing: Refreshing) -> list[object]:
    digest = m.EpisodeFileDigest
    return await refreshing.house.rows(select(digest.__table__).order_by(digest.series_id))


async def test_whole_shows_stay_whole_where_seasons_are_left_out(refreshing: Refreshing) -> None:
    sonarr = await refreshing.connect("sonarr", show_level_only=True)

    await refreshing.refresh(sonarr, ITEM, "7")

    assert set(await refreshing.house.catalogue()) == {(sonarr, "7"), (sonarr, "8")}


async def test_artist_and_book_are_read_alone(refreshing: Refreshing) -> None:
    lidarr, readarr = await refreshing.connect("lidarr"), await refreshing.connect("readarr")
    album = {"title": "Third", "sizeBytes": 10**8, "tracks": 5, "files": 5}
    refreshing.change("items", instance="lidarr", artistId=5, album=album)
    book = {"title": "A New Chapter", "author": "Jayne C", "authorId": 6, "sizeBytes": 4 * 10**6}
    new = str(refreshing.change("items", instance="readarr", book=book)["id"])
    former = await refreshing.item(lidarr, "5")

    await refreshing.refresh(lidarr, ITEM, "5")
    await refreshing.refresh(readarr, ITEM, new)

    artist, added = await refreshing.item(lidarr, "5"), await refreshing.item(readarr, new)
    assert former is not None
    assert artist is not None
    assert artist["size_bytes"] == former["size_bytes"] + 10**8
    assert artist["file_fingerprint"] != former["file_fingerprint"]
    assert added is not None
    assert added["title"] == "A New Chapter"


async def test_before_the_first_full_read_a_title_waits_for_it(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr", is_read=False)

    row = await refreshing.refresh(radarr, ITEM, "12")

    assert row.state is RefreshState.DONE
    assert await refreshing.house.catalogue() == {}
    assert refreshing.count(ITEM) == {"overtaken": 1}


async def test_answer_that_a_later_full_read_overtook_is_not_kept(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    before = await refreshing.house.catalogue()
    refreshing.change("items", instance="radarr", movie=NEW_MOVIE)
    later = refreshing.clock.now().replace(year=refreshing.clock.now().year + 1)
    await refreshing.house.execute(update(m.Snapshot).values(started_at=later))

    await refreshing.refresh(radarr, ITEM, "14")

    assert await refreshing.house.catalogue() == before
    assert refreshing.count(ITEM) == {"overtaken": 1}


async def test_titles_that_went_one_by_one_are_not_missed_by_the_next_full_read(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    for number in range(18):
        refreshing.change(
            "items", instance="radarr", movie={**NEW_MOVIE, "title": f"Movie {number}", "tmdbId": number + 5}
        )
    await refreshing.read_all(radarr)
    instance = refreshing.server.world.instances["radarr"]
    gone = [number for number in instance.movies if number > 13][:16]

    def lose() -> None:
        for number in gone:
            del instance.movies[number]

    refreshing.do(lose)
    for number in gone:
        await refreshing.refresh(radarr, ITEM, str(number))
    await refreshing.read_all(radarr)

    assert len(await refreshing.house.catalogue()) == 4
    holds = select(func.count()).select_from(m.Hold)
    assert await refreshing.house.scalar(holds) == 0


async def test_room_on_the_disk_is_read_a_minute_after_files_came(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    (group,) = (await refreshing.house.groups()).values()
    refreshing.change("disks", volume="media", freeBytes=10**9)
    await refreshing.house.execute(update(m.DiskGroup).values(mode=ExecutionMode.APPROVAL, threshold_pct=91))

    await refreshing.tell(radarr, DISKS)
    early = await refreshing.refresher.refresh(radarr)
    refreshing.clock.jump(seconds=61)
    late = await refreshing.refresher.refresh(radarr)

    (now,) = (await refreshing.house.groups()).values()
    assert (early, late) == (0, 1)
    assert {route.split("/api/v3")[1] for route in refreshing.asked()} == {"/diskspace"}
    assert now.total_bytes - now.used_bytes == 10**9
    assert now.used_bytes > group.used_bytes
    assert (now.mode, now.threshold_pct) == (ExecutionMode.APPROVAL, 91)


async def test_scores_are_wanted_anew_after_a_title_changed(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    wanted = select(m.PreviewState.wanted_scoring)
    before = await refreshing.house.scalar(wanted)

    await refreshing.refresh(radarr, ITEM, "12")

    assert await refreshing.house.scalar(wanted) > before


async def test_crowd_of_titles_is_one_read_of_everything(refreshing: Refreshing) -> None:
    radarr = await refreshing.connect("radarr")
    for number in range(1, 27):
        await refreshing.tell(radarr, ITEM, str(number))

    reads = await refreshing.refresher.refresh(radarr)
    again = await refreshing.refresher.refresh(radarr)

    open_ones = select(m.Snapshot.state).where(m.Snapshot.state == SnapshotState.REQUESTED)
    assert (reads, again) == (0, 0)
    assert len(await refreshing.house.rows(open_ones)) == 1
    assert refreshing.asked() == {}


async def test_source_that_cannot_be_asked_for_less_is_read_as_a_whole_ten_minutes_later(
    refreshing: Refreshing,
) -> None:
    plex = await refreshing.connect("plex")
    requested = select(m.Snapshot.id).where(m.Snapshot.state == SnapshotState.REQUESTED)

    await refreshing.tell(plex, RefreshKind.SOURCE)
    early = await refreshing.refresher.refresh(plex)
    refreshing.clock.jump(seconds=601)
    late = await refreshing.refresher.refresh(plex)
    (snapshot,) = await refreshing.house.rows(requested)
    await refreshing.reader.read(snapshot.id)
    refreshing.clock.jump(seconds=601)
    at_rest = await refreshing.refresher.refresh(plex)

    assert (early, late, at_rest) == (0, 1, 0)


async def test_source_that_was_read_since_the_event_is_not_read_again(refreshing: Refreshing) -> None:
    plex = await refreshing.connect("plex")
    await refreshing.tell(plex, RefreshKind.SOURCE)
    refreshing.clock.jump(seconds=30)
    await refreshing.read_all(plex)
    refreshing.clock.jump(seconds=601)

    await refreshing.refresher.refresh(plex)

    assert refreshing.count(RefreshKind.SOURCE) == {"overtaken": 1}
