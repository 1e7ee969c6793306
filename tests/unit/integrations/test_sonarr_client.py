import json
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.capabilities import Deleter, MediaSource, capability
from libs.integrations.errors import (
    ErrorClass,
    PlanOutdatedError,
    UpstreamError,
    UpstreamGoneError,
    UpstreamIncompleteError,
)
from libs.integrations.models import ItemState, MediaReading, SeriesDigest, seasons_from_json, seasons_to_json
from tests.unit.integrations.wire import Wire, arr_wire, client_of, fixture, says

SHOW = DeletionTarget(1, MediaType.SHOW, 7)
SEASON = DeletionTarget(1, MediaType.SEASON, 7, 1)
FOLDER = "/data/media/tv/Firefly"


def episode(file_id: int, season: int = 1, series: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        **fixture("sonarr_episodefile")[0],
        "id": file_id,
        "seriesId": series,
        "seasonNumber": season,
        "path": f"{FOLDER}/Season {season:02}/{file_id}.mkv",
        "dateAdded": f"2024-02-{season + file_id % 10:02}T00:00:00Z",
        **changes,
    }


def season(number: int, files: int, size: int = 100, *, monitored: bool = True) -> dict[str, Any]:
    statistics = {"episodeFileCount": files, "sizeOnDisk": size}
    return {"seasonNumber": number, "monitored": monitored, "statistics": statistics}


def firefly(*seasons: dict[str, Any], **changes: Any) -> dict[str, Any]:
    rows = seasons or (season(0, 1), season(1, 2), season(2, 3))
    files = sum(row["statistics"]["episodeFileCount"] for row in rows)
    size = sum(row["statistics"]["sizeOnDisk"] for row in rows)
    statistics = {"episodeFileCount": files, "sizeOnDisk": size}
    return {**fixture("sonarr_series")[0], "seasons": list(rows), "statistics": statistics, **changes}


FILES = [episode(1, 0), episode(11), episode(12), episode(21, 2), episode(22, 2), episode(23, 2)]


@pytest.fixture
def wire() -> Wire:
    wire = arr_wire(IntegrationType.SONARR)
    library(wire, firefly(), FILES)
    wire.on("POST /api/v3/seasonpass", says({}, 202))
    wire.on("PUT /api/v3/series/editor", says([], 202))
    wire.on("DELETE /api/v3/episodefile/bulk", says({}))
    wire.on("DELETE /api/v3/series/7", says({}))
    return wire


def library(wire: Wire, series: dict[str, Any], files: list[dict[str, Any]]) -> None:
    wire.on("GET /api/v3/series", says([series]))
    wire.on("GET /api/v3/series/7", says(series))
    wire.on("GET /api/v3/episodefile", says(files))


def reading(wire: Wire, known: dict[int, SeriesDigest] | None = None) -> MediaReading:
    return capability(client_of(wire, IntegrationType.SONARR), MediaSource).media(known)


async def items(wire: Wire) -> dict[str, Any]:
    return {item.external_id: item async for page in reading(wire) for item in page}


def deleter(wire: Wire) -> Deleter:
    return capability(client_of(wire, IntegrationType.SONARR), Deleter)


async def planned(wire: Wire, target: DeletionTarget) -> ItemState:
    state = await deleter(wire).item_state(target)
    assert state is not None
    return state


async def test_the_recorded_series_is_mapped_field_by_field() -> None:
    wire = arr_wire(IntegrationType.SONARR)
    library(wire, fixture("sonarr_series")[0], fixture("sonarr_episodefile"))

    found = await items(wire)

    assert list(found) == ["7", "7-s1"]
    show, part = found["7"], found["7-s1"]
    for item in (show, part):
        assert (item.year, item.series_status, item.rating, item.language) == (2002, "ended", 8.9, "English")
        assert (item.genre, item.tags, item.quality_profile) == ("Drama, Science Fiction", ("keep",), "HD-1080p")
        assert (item.tmdb_id, item.tvdb_id, item.imdb_id) == (1437, 78874, "tt0303461")
        assert item.poster_url == "https://artworks.thetvdb.com/banners/posters/78874-1.jpg"
        assert item.size_bytes == 32212254720
        assert item.episode_count == 14
        assert item.monitored is True
        assert item.added_at == item.newest_file_at == datetime(2024, 2, 2, 9, 15, tzinfo=UTC)
        assert item.library_added_at == datetime(2024, 2, 1, 10, tzinfo=UTC)
    assert (show.media_type, show.title, show.path) == (MediaType.SHOW, "Firefly", FOLDER)
    assert (show.season_number, show.show_title, show.parent_external_id) == (None, None, None)
    assert (part.media_type, part.title, part.path) == (MediaType.SEASON, "Firefly - Season 1", f"{FOLDER}/Season 01")
    assert (part.season_number, part.show_title, part.parent_external_id) == (1, "Firefly", "7")


async def test_specials_and_seasons_without_bytes_are_never_emitted(wire: Wire) -> None:
    library(wire, firefly(season(0, 1), season(1, 2), season(2, 0, 0)), FILES[:3])

    assert list(await items(wire)) == ["7", "7-s1"]


async def test_a_show_without_bytes_gives_nothing_and_asks_for_no_files(wire: Wire) -> None:
    library(wire, firefly(season(1, 0, 0)), [])

    assert await items(wire) == {}
    assert "GET /api/v3/episodefile" not in wire.calls


async def test_missing_statistics_are_no_bytes(wire: Wire) -> None:
    series = firefly()
    del series["statistics"], series["seasons"][1]["statistics"]
    library(wire, series, [])

    assert await items(wire) == {}


async def test_a_season_of_an_unmonitored_show_is_not_monitored(wire: Wire) -> None:
    library(wire, firefly(season(1, 2), monitored=False), FILES[1:3])

    assert (await items(wire))["7-s1"].monitored is False


async def test_seasons_have_their_own_dates_and_the_show_the_newest(wire: Wire) -> None:
    found = await items(wire)

    assert found["7-s1"].newest_file_at == datetime(2024, 2, 3, tzinfo=UTC)
    assert found["7-s2"].newest_file_at == datetime(2024, 2, 5, tzinfo=UTC)
    assert found["7-s2"].oldest_file_at == datetime(2024, 2, 3, tzinfo=UTC)
    assert found["7"].newest_file_at == found["7-s2"].newest_file_at


async def test_S19_a_file_without_a_date_leaves_the_age_unknown(wire: Wire) -> None:
    library(wire, firefly(season(1, 2)), [episode(11), episode(12, dateAdded=None)])

    found = await items(wire)

    assert found["7-s1"].newest_file_at is None
    assert found["7"].newest_file_at is None
    assert found["7-s1"].added_at == datetime(2024, 2, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("paths", "path"),
    [
        ((f"{FOLDER}/S1/a.mkv", f"{FOLDER}/S1/b.mkv"), f"{FOLDER}/S1"),
        ((f"{FOLDER}/S1/a.mkv", f"{FOLDER}/S10/b.mkv"), FOLDER),
        ((f"{FOLDER}/a.mkv", f"{FOLDER}/b.mkv"), FOLDER),
        (("/elsewhere/a.mkv", "/elsewhere/b.mkv"), FOLDER),
        ((f"{FOLDER}/S1/a.mkv", None), FOLDER),
    ],
)
async def test_a_season_lies_where_its_files_lie_together(wire: Wire, paths: tuple[Any, Any], path: str) -> None:
    library(wire, firefly(season(1, 2)), [episode(11, path=paths[0]), episode(12, path=paths[1])])

    assert (await items(wire))["7-s1"].path == path


async def test_a_local_cover_is_joined_to_the_site_and_not_to_the_url_base() -> None:
    wire = arr_wire(IntegrationType.SONARR, "/sonarr")
    images = [{"coverType": "fanart", "url": "/sonarr/f.jpg"}, {"coverType": "poster", "url": "/sonarr/p.jpg?x=1"}]
    library(wire, firefly(images=images), FILES)
    client = client_of(wire, IntegrationType.SONARR, "http://nas.test:8989/sonarr")

    page = [item async for page in capability(client, MediaSource).media() for item in page]

    assert page[0].poster_url == "http://nas.test:8989/sonarr/p.jpg?x=1"


@pytest.mark.parametrize("tmdb", [0, None, ""])
async def test_a_missing_tmdb_number_is_unknown(wire: Wire, tmdb: Any) -> None:
    library(wire, firefly(tmdbId=tmdb), FILES)

    assert (await items(wire))["7"].tmdb_id is None


async def test_files_are_asked_for_only_where_the_statistics_changed(wire: Wire) -> None:
    first = reading(wire)
    before = {item.external_id: item async for page in first for item in page}
    kept = {
        number: SeriesDigest(
            digest.file_count,
            digest.size_bytes,
            seasons_from_json(json.loads(json.dumps(seasons_to_json(digest)))),
            digest.path,
        )
        for number, digest in first.digests.items()
    }
    wire.sent.clear()

    second = reading(wire, kept)
    after = {item.external_id: item async for page in second for item in page}

    assert "GET /api/v3/episodefile" not in wire.calls
    assert after == before
    assert second.digests == first.digests

    library(wire, firefly(season(1, 2)), FILES[1:3])
    third = reading(wire, kept)
    assert [item.external_id async for page in third for item in page] == ["7", "7-s1"]
    assert wire.calls.count("GET /api/v3/episodefile") == 1


async def test_files_are_asked_for_again_when_the_series_has_moved(wire: Wire) -> None:
    first = reading(wire)
    assert [page async for page in first]
    elsewhere = "/data/archive/tv/Firefly"
    library(
        wire, firefly(path=elsewhere), [{**each, "path": each["path"].replace(FOLDER, elsewhere)} for each in FILES]
    )
    wire.sent.clear()

    second = reading(wire, first.digests)
    paths = {item.external_id: item.path async for page in second for item in page}

    assert wire.calls.count("GET /api/v3/episodefile") == 1
    assert paths == {"7": elsewhere, "7-s1": f"{elsewhere}/Season 01", "7-s2": f"{elsewhere}/Season 02"}


async def test_digest_without_files_does_not_cover_a_series_that_has_bytes(wire: Wire) -> None:
    kept = SeriesDigest(file_count=6, size_bytes=300, path=FOLDER)

    assert [page async for page in reading(wire, {7: kept})]

    assert wire.calls.count("GET /api/v3/episodefile") == 1


async def test_S19_season_that_has_bytes_and_no_listed_file_has_no_age(wire: Wire) -> None:
    library(wire, firefly(), [each for each in FILES if each["seasonNumber"] != 2])

    found = await items(wire)

    assert (found["7-s2"].added_at, found["7-s2"].newest_file_at) == (None, None)
    assert found["7-s1"].added_at is not None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([{"title": "Glühwürmchen", "seasonNumber": -1}, {"title": "Firefly"}], ("Glühwürmchen",)),
        ([{"title": "A"}, {"title": " A "}, {"title": None}, {"title": 24}, {}], ("A", "24")),
        ({"title": "A"}, ("A",)),
        ([], ()),
        (None, ()),
    ],
    ids=["others", "odd", "single", "none", "missing"],
)
async def test_other_titles_of_a_show_are_known_for_its_seasons_too(
    wire: Wire, told: Any, expected: tuple[str, ...]
) -> None:
    library(wire, firefly(alternateTitles=told), FILES)

    assert {item.also_known_as for item in (await items(wire)).values()} == {expected}


async def test_many_series_are_read_page_by_page(wire: Wire) -> None:
    wire.on("GET /api/v3/series", says([firefly(season(1, 1), id=number) for number in range(1, 251)]))

    def files(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["seriesId"])
        return httpx.Response(200, json=[episode(number, series=number)])

    wire.on("GET /api/v3/episodefile", files)
    whole = reading(wire)

    pages = [len(page) async for page in whole]

    assert pages == [200, 200, 100]
    assert whole.is_complete
    assert sorted(whole.digests) == list(range(1, 251))


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (says({}, 500), ErrorClass.SERVER_ERROR),
        (says([], 404), ErrorClass.INCOMPLETE),
        (says([]), ErrorClass.INCOMPLETE),
        (says([episode(1, series=8)]), ErrorClass.BAD_RESPONSE),
        (says([episode(1, id=None)]), ErrorClass.BAD_RESPONSE),
        (says([episode(1, seasonNumber=None)]), ErrorClass.BAD_RESPONSE),
    ],
)
async def test_S08_one_unreadable_series_fails_the_whole_read(wire: Wire, answer: Any, error_class: ErrorClass) -> None:
    wire.on("GET /api/v3/episodefile", answer)
    whole = reading(wire)

    with pytest.raises(UpstreamError) as caught:
        async for _ in whole:
            pass

    assert caught.value.error_class is error_class
    assert not whole.is_complete


@pytest.mark.parametrize("series", [firefly(id=None), firefly(id=0), firefly({**season(1, 1), "seasonNumber": None})])
async def test_a_series_that_cannot_be_named_fails_the_whole_read(wire: Wire, series: dict[str, Any]) -> None:
    library(wire, series, [])

    with pytest.raises(UpstreamError):
        await items(wire)


@pytest.mark.parametrize("target", [SHOW, SEASON], ids=["show", "season"])
async def test_the_state_speaks_like_the_catalogue(wire: Wire, target: DeletionTarget) -> None:
    item = (await items(wire))[target.external_id]

    state = await planned(wire, target)

    assert (state.title, state.path, state.size_bytes) == (item.title, item.path, item.size_bytes)
    assert (state.file_fingerprint, state.newest_file_at) == (item.file_fingerprint, item.newest_file_at)
    assert state.monitored == item.monitored


async def test_the_fingerprint_changes_with_any_file(wire: Wire) -> None:
    before = (await items(wire))["7-s1"].file_fingerprint

    library(wire, firefly(), [*FILES[:2], episode(99), *FILES[3:]])

    assert (await items(wire))["7-s1"].file_fingerprint != before


async def test_a_season_without_files_is_gone(wire: Wire) -> None:
    library(wire, firefly(season(1, 0, 0), season(2, 3)), FILES[3:])

    assert await deleter(wire).item_state(SEASON) is None


@pytest.mark.parametrize(
    ("seasons", "files"),
    [((season(1, 2), season(2, 3)), FILES[3:]), ((season(2, 3),), FILES)],
    ids=["counted but not listed", "listed but no such season"],
)
async def test_a_contradiction_about_a_season_is_no_state(
    wire: Wire, seasons: tuple[dict[str, Any], ...], files: list[dict[str, Any]]
) -> None:
    library(wire, firefly(*seasons), files)

    with pytest.raises(UpstreamIncompleteError):
        await deleter(wire).item_state(SEASON)


async def test_S01_a_season_delete_takes_its_own_files_only_although_all_are_listed(wire: Wire) -> None:
    await deleter(wire).delete(SEASON, planned=await planned(wire, SEASON), add_import_exclusion=True)

    (change,) = wire.changes
    assert (change.method, change.url.path) == ("DELETE", "/api/v3/episodefile/bulk")
    assert json.loads(change.content) == {"episodeFileIds": [11, 12]}
    assert not change.url.params
    asked = [request for request in wire.sent if request.url.path == "/api/v3/episodefile"]
    assert all(dict(request.url.params) == {"seriesId": "7"} for request in asked)


async def test_a_season_that_lost_a_file_since_is_deleted_to_its_rest(wire: Wire) -> None:
    plan = await planned(wire, SEASON)
    library(wire, firefly(season(1, 1), season(2, 3)), [FILES[1], *FILES[3:]])

    await deleter(wire).delete(SEASON, planned=plan, add_import_exclusion=False)

    assert json.loads(wire.changes[0].content) == {"episodeFileIds": [11]}


@pytest.mark.parametrize(
    "files",
    [[*FILES, episode(13)], [*FILES[:2], episode(13), *FILES[3:]]],
    ids=["one more", "one replaced"],
)
async def test_S26_a_season_with_other_files_than_planned_is_left_alone(
    wire: Wire, files: list[dict[str, Any]]
) -> None:
    plan = await planned(wire, SEASON)
    library(wire, firefly(season(1, 3), season(2, 3)), files)

    with pytest.raises(PlanOutdatedError):
        await deleter(wire).delete(SEASON, planned=plan, add_import_exclusion=False)

    assert wire.changes == []


@pytest.mark.parametrize(
    "files",
    [[episode(11), episode(12, series=8)], [episode(11, id=0)], [episode(11, id="../")], [episode(11, id=None)]],
    ids=["another series", "id 0", "a path", "no id"],
)
async def test_S02_a_strange_file_list_deletes_nothing(wire: Wire, files: list[dict[str, Any]]) -> None:
    plan = await planned(wire, SEASON)
    library(wire, firefly(), files)

    with pytest.raises(UpstreamError):
        await deleter(wire).delete(SEASON, planned=plan, add_import_exclusion=False)

    assert wire.changes == []


async def test_an_empty_list_is_never_sent(wire: Wire) -> None:
    plan = await planned(wire, SEASON)
    library(wire, firefly(season(1, 0, 0), season(2, 3)), FILES[3:])

    with pytest.raises(UpstreamGoneError):
        await deleter(wire).delete(SEASON, planned=plan, add_import_exclusion=False)

    assert wire.changes == []


@pytest.mark.parametrize("exclude", [True, False])
async def test_a_show_delete_is_one_call_with_sonarrs_own_flags(wire: Wire, exclude: bool) -> None:
    await deleter(wire).delete(SHOW, planned=await planned(wire, SHOW), add_import_exclusion=exclude)

    (change,) = wire.changes
    assert change.url.path == "/api/v3/series/7"
    assert dict(change.url.params) == {"deleteFiles": "true", "addImportListExclusion": str(exclude).lower()}


async def test_S18_unmonitoring_a_season_flips_that_season_only_and_is_read_back(wire: Wire) -> None:
    library(wire, firefly(season(1, 2, monitored=False), season(2, 3)), FILES)

    await deleter(wire).unmonitor(SEASON)

    (change,) = wire.changes
    assert json.loads(change.content) == {"series": [{"id": 7, "seasons": [{"seasonNumber": 1, "monitored": False}]}]}
    assert wire.calls[-1] == "GET /api/v3/series/7"


async def test_unmonitoring_a_show_names_one_series(wire: Wire) -> None:
    library(wire, firefly(monitored=False), FILES)

    await deleter(wire).unmonitor(SHOW)

    assert json.loads(wire.changes[0].content) == {"seriesIds": [7], "monitored": False}


@pytest.mark.parametrize("target", [SHOW, SEASON], ids=["show", "season"])
async def test_S21_unmonitoring_that_did_not_happen_is_an_error(wire: Wire, target: DeletionTarget) -> None:
    with pytest.raises(UpstreamError, match="still monitored"):
        await deleter(wire).unmonitor(target)


def test_kept_digests_of_another_shape_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        seasons_from_json({"1": {"fingerprint": "x"}})
