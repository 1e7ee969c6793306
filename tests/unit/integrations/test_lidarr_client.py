from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.arr.facts import fingerprint
from libs.integrations.capabilities import Deleter, MediaSource, capability
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.lidarr.client import ALBUMS_PER_CALL, ASKED_SINGLY
from libs.integrations.models import SourceItem
from tests.unit.integrations.wire import Wire, arr_wire, client_of, says

ARTIST = DeletionTarget(1, MediaType.ARTIST, 5)
MB_ID = "0d3b5a52-7a3e-4c7e-9d0e-1f6f3a2b9c10"


def artist(number: int = 5, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "artistName": "The Browncoats",
        "foreignArtistId": MB_ID,
        "mbId": MB_ID,
        "status": "continuing",
        "path": "/data/media/music/The Browncoats",
        "qualityProfileId": 4,
        "monitored": True,
        "genres": ["Folk", "Country"],
        "tags": [2, 99],
        "added": "2023-11-11T11:11:11Z",
        "images": [{"coverType": "poster", "url": "/MediaCover/5/poster.jpg", "remoteUrl": "https://cdn.test/x.jpg"}],
        "ratings": {"votes": 40, "value": 8.2},
        "statistics": {"albumCount": 1, "trackFileCount": 2, "sizeOnDisk": 838860800},
        **changes,
    }


def track(file_id: int, artist_id: int = 5, **changes: Any) -> dict[str, Any]:
    path = f"/data/media/music/The Browncoats/Big Damn EP/{file_id}.flac"
    added = f"2023-11-{file_id % 20 + 1:02}T10:00:00Z"
    return {"id": file_id, "artistId": artist_id, "albumId": 9, "path": path, "dateAdded": added, **changes}


@pytest.fixture
def wire() -> Wire:
    wire = arr_wire(IntegrationType.LIDARR)
    library(wire, artist())
    wire.on("GET /api/v1/trackfile", says([track(71), track(72)]))
    wire.on("PUT /api/v1/artist/editor", says([], 202))
    wire.on("DELETE /api/v1/artist/5", says({}))
    return wire


def library(wire: Wire, *rows: dict[str, Any]) -> None:
    wire.on("GET /api/v1/artist", says([*rows]))
    wire.on("GET /api/v1/artist/5", says(rows[0]))


async def items(wire: Wire) -> list[SourceItem]:
    source = capability(client_of(wire, IntegrationType.LIDARR), MediaSource)
    return [item async for page in source.media() for item in page]


def deleter(wire: Wire) -> Deleter:
    return capability(client_of(wire, IntegrationType.LIDARR), Deleter)


async def test_an_artist_is_mapped_field_by_field(wire: Wire) -> None:
    assert await items(wire) == [
        SourceItem(
            external_id="5",
            media_type=MediaType.ARTIST,
            title="The Browncoats",
            size_bytes=838860800,
            path="/data/media/music/The Browncoats",
            monitored=True,
            poster_url="https://cdn.test/x.jpg",
            quality_profile="HD-1080p",
            rating=8.2,
            genre="Folk, Country",
            tags=("keep",),
            mb_id=MB_ID,
            added_at=datetime(2023, 11, 13, 10, tzinfo=UTC),
            library_added_at=datetime(2023, 11, 11, 11, 11, 11, tzinfo=UTC),
            newest_file_at=datetime(2023, 11, 13, 10, tzinfo=UTC),
            oldest_file_at=datetime(2023, 11, 12, 10, tzinfo=UTC),
            file_fingerprint=fingerprint([71, 72]),
        )
    ]


@pytest.mark.parametrize("statistics", [None, {}, {"sizeOnDisk": 0, "trackFileCount": 3}], ids=["new", "empty", "zero"])
async def test_an_artist_without_bytes_is_no_item_and_asks_for_no_files(wire: Wire, statistics: Any) -> None:
    library(wire, artist(statistics=statistics))

    assert await items(wire) == []
    assert "GET /api/v1/trackfile" not in wire.calls


async def test_unknown_stays_unknown(wire: Wire) -> None:
    library(wire, {"id": "5", "artistName": "Bare", "statistics": {"sizeOnDisk": "7"}, "added": "0001-01-01T00:00:00Z"})
    wire.on("GET /api/v1/trackfile", says([track(71, dateAdded=None), track(72)]))

    (item,) = await items(wire)

    assert (item.size_bytes, item.monitored, item.tags, item.path, item.poster_url) == (7, False, (), "", "")
    assert (item.rating, item.mb_id, item.quality_profile, item.genre) == (None, None, None, "")
    assert (item.added_at, item.newest_file_at, item.library_added_at) == (None, None, None)
    assert item.file_fingerprint.startswith("2-")


@pytest.mark.parametrize(
    "rows",
    [[track(71, artist_id=6)], [track(71), {"id": 72}], [{"artistId": 5}]],
    ids=["another artist", "nobody", "no id"],
)
async def test_S02_a_strange_file_list_is_no_answer(wire: Wire, rows: list[dict[str, Any]]) -> None:
    wire.on("GET /api/v1/trackfile", says(rows))

    with pytest.raises(UpstreamError) as caught:
        await items(wire)
    with pytest.raises(UpstreamError):
        await deleter(wire).item_state(ARTIST)

    assert caught.value.error_class is ErrorClass.BAD_RESPONSE


async def test_an_artist_without_an_id_fails_the_whole_read(wire: Wire) -> None:
    library(wire, artist(), artist(id=0))

    with pytest.raises(UpstreamError, match="an artist has no id"):
        await items(wire)


async def test_few_artists_are_asked_one_by_one_and_many_by_their_albums(wire: Wire) -> None:
    few, many = ASKED_SINGLY, ASKED_SINGLY + 1
    library(wire, *[artist(number) for number in range(1, few + 1)])
    wire.on(
        "GET /api/v1/trackfile",
        *[says([track(number, number)]) for number in range(1, few + 1)],
    )
    assert len(await items(wire)) == few
    assert "GET /api/v1/album" not in wire.calls

    albums = ALBUMS_PER_CALL // 10
    library(wire, *[artist(number) for number in range(1, many + 1)])
    rows = [{"id": number, "artistId": number % many + 1} for number in range(1, many * albums + 1)]
    empty = {"id": 9_999, "artistId": 1, "statistics": {"trackFileCount": 0}}
    unowned = {"id": 9_998, "artistId": 77}
    wire.on("GET /api/v1/album", says([*rows, empty, unowned]))
    files = [track(number, number) for number in range(1, many + 1)]
    wire.on("GET /api/v1/trackfile", says(files), says([]))
    wire.sent.clear()

    assert len(await items(wire)) == many
    asked = [request.url.params.get_list("albumId") for request in wire.sent if request.url.path.endswith("trackfile")]
    assert max(map(len, asked)) == ALBUMS_PER_CALL
    assert sorted(int(album) for batch in asked for album in batch) == list(range(1, many * albums + 1))
    assert max(len(str(request.url)) for request in wire.sent) < 4096


async def test_the_state_of_an_artist_speaks_like_the_catalogue(wire: Wire) -> None:
    (item,) = await items(wire)

    state = await deleter(wire).item_state(ARTIST)

    assert state is not None
    assert (state.title, state.path, state.size_bytes) == (item.title, item.path, item.size_bytes)
    assert (state.file_fingerprint, state.newest_file_at) == (item.file_fingerprint, item.newest_file_at)
    assert (state.monitored, state.file_ids) == (True, (71, 72))


async def test_a_state_about_another_artist_is_not_believed(wire: Wire) -> None:
    wire.on("GET /api/v1/artist/5", says(artist(6)))

    with pytest.raises(UpstreamError, match="another artist"):
        await deleter(wire).item_state(ARTIST)


@pytest.mark.parametrize("exclude", [True, False])
async def test_a_delete_is_one_call_with_lidarrs_own_flags(wire: Wire, exclude: bool) -> None:
    client = deleter(wire)
    planned = await client.item_state(ARTIST)
    assert planned is not None

    await client.delete(ARTIST, planned=planned, add_import_exclusion=exclude)

    (change,) = wire.changes
    assert (change.method, change.url.path) == ("DELETE", "/api/v1/artist/5")
    assert dict(change.url.params) == {"deleteFiles": "true", "addImportListExclusion": str(exclude).lower()}


async def test_S21_unmonitoring_names_one_artist_and_is_read_back(wire: Wire) -> None:
    with pytest.raises(UpstreamError, match="still monitored"):
        await deleter(wire).unmonitor(ARTIST)

    wire.on("GET /api/v1/artist/5", says(artist(monitored=False)))
    await deleter(wire).unmonitor(ARTIST)

    assert {change.content for change in wire.changes} == {b'{"artistIds":[5],"monitored":false}'}
