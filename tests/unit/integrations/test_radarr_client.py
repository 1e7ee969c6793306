from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.capabilities import Deleter, MediaSource, capability
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.models import SourceItem
from tests.unit.integrations.wire import Wire, arr_wire, client_of, fixture, says

SERENITY = DeletionTarget(1, MediaType.MOVIE, 12)


@pytest.fixture
def wire() -> Wire:
    wire = arr_wire(IntegrationType.RADARR)
    wire.on("GET /api/v3/movie", says(fixture("radarr_movie")))
    wire.on("GET /api/v3/movie/12", says(fixture("radarr_movie")[0]))
    wire.on("DELETE /api/v3/movie/12", says({}))
    wire.on("PUT /api/v3/movie/editor", says([], 202))
    return wire


def deleter(wire: Wire) -> Deleter:
    return capability(client_of(wire, IntegrationType.RADARR), Deleter)


async def items(wire: Wire, *rows: dict[str, Any]) -> list[SourceItem]:
    if rows:
        wire.on("GET /api/v3/movie", says([*rows]))
    source = capability(client_of(wire, IntegrationType.RADARR), MediaSource)
    return [item async for page in source.media() for item in page]


def movie(**changes: Any) -> dict[str, Any]:
    return {**fixture("radarr_movie")[0], **changes}


async def test_a_movie_is_mapped_field_by_field(wire: Wire) -> None:
    assert await items(wire) == [
        SourceItem(
            external_id="12",
            media_type=MediaType.MOVIE,
            title="Serenity",
            size_bytes=15032385536,
            path="/data/media/movies/Serenity (2005)",
            monitored=True,
            year=2005,
            poster_url="https://image.tmdb.org/t/p/original/abc123.jpg",
            quality_profile="HD-1080p",
            rating=7.8,
            genre="Science Fiction, Action",
            tags=("keep",),
            language="English",
            tmdb_id=16320,
            imdb_id="tt0379786",
            added_at=datetime(2024, 3, 2, 7, 30, tzinfo=UTC),
            library_added_at=datetime(2024, 3, 1, 18, tzinfo=UTC),
            newest_file_at=datetime(2024, 3, 2, 7, 30, tzinfo=UTC),
            oldest_file_at=datetime(2024, 3, 2, 7, 30, tzinfo=UTC),
            file_fingerprint="31",
            collection_name="Serenity Collection",
            collection_tmdb_id=870001,
        )
    ]


async def test_local_covers_are_not_asked_for(wire: Wire) -> None:
    await items(wire)

    assert [dict(request.url.params) for request in wire.sent if request.url.path == "/api/v3/movie"] == [
        {"excludeLocalCovers": "true"}
    ]


@pytest.mark.parametrize(
    "changes",
    [{"hasFile": False}, {"hasFile": None}, {"sizeOnDisk": 0, "statistics": None, "movieFile": None}],
    ids=["no file", "unknown", "no size"],
)
async def test_a_movie_without_a_file_is_no_item(wire: Wire, changes: dict[str, Any]) -> None:
    assert await items(wire, movie(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"sizeOnDisk": 0}, 15032385536),
        ({"sizeOnDisk": None, "statistics": None}, 15032385536),
        ({"sizeOnDisk": "99"}, 99),
    ],
)
async def test_the_size_is_the_first_one_named(wire: Wire, changes: dict[str, Any], size: int) -> None:
    assert [item.size_bytes for item in await items(wire, movie(**changes))] == [size]


async def test_a_file_that_is_missing_from_its_row_for_a_moment_is_not_young(wire: Wire) -> None:
    (item,) = await items(wire, movie(movieFile=None))

    assert item.newest_file_at is None
    assert item.added_at == datetime(2024, 3, 1, 18, tzinfo=UTC)
    assert item.file_fingerprint == "31"


@pytest.mark.parametrize(
    ("ratings", "rating"),
    [
        ({"imdb": {"value": 0}, "tmdb": {"value": 7.4}}, 7.4),
        ({"trakt": {"value": "7.7"}}, 7.7),
        ({"metacritic": {"value": 74}}, 7.4),
        ({"rottenTomatoes": {"value": 82}}, 8.2),
        ({"imdb": {"value": 78}}, 10),
        ({}, None),
        (None, None),
    ],
)
async def test_the_first_rating_above_zero_counts(wire: Wire, ratings: Any, rating: float | None) -> None:
    assert [item.rating for item in await items(wire, movie(ratings=ratings))] == [rating]


@pytest.mark.parametrize(
    ("collection", "name"),
    [({"title": "New", "name": "Old"}, "New"), ({"name": "Old"}, "Old"), ({"title": ""}, None), (None, None)],
)
async def test_a_collection_is_named_by_title_or_by_its_former_field(
    wire: Wire, collection: Any, name: str | None
) -> None:
    assert [item.collection_name for item in await items(wire, movie(collection=collection))] == [name]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ({"originalTitle": "Ruhe", "alternateTitles": [{"title": "Calm"}, {"title": "Ruhe"}]}, ("Ruhe", "Calm")),
        ({"originalTitle": "Serenity", "alternateTitles": [{"title": "Serenity"}]}, ()),
        ({"originalTitle": None, "alternateTitles": [{"title": ""}, {"cleanTitle": "x"}]}, ()),
        ({"alternateTitles": None}, ()),
    ],
    ids=["others", "the same", "blank", "missing"],
)
async def test_a_movie_is_known_by_its_original_and_alternate_titles(
    wire: Wire, titles: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert [item.also_known_as for item in await items(wire, movie(**titles))] == [expected]


@pytest.mark.parametrize(
    ("told", "imdb_id"),
    [("tt0379786", "tt0379786"), (" TT0379786 ", "tt0379786"), ("tt0000000", None), ("0", None), ("", None)],
)
async def test_a_placeholder_is_no_imdb_id(wire: Wire, told: str, imdb_id: str | None) -> None:
    assert [item.imdb_id for item in await items(wire, movie(imdbId=told))] == [imdb_id]


async def test_unknown_stays_unknown(wire: Wire) -> None:
    bare = {"id": 12, "title": "Bare", "hasFile": True, "sizeOnDisk": 1, "tmdbId": 0, "year": 0}
    (item,) = await items(wire, {**bare, "added": "0001-01-01T00:00:00Z", "tags": [99], "qualityProfileId": 99})

    assert (item.tmdb_id, item.year, item.rating, item.added_at, item.language) == (None,) * 5
    assert (item.tags, item.quality_profile, item.poster_url, item.file_fingerprint) == ((), None, "", "")
    assert item.monitored is False


async def test_a_movie_without_an_id_fails_the_whole_read(wire: Wire) -> None:
    with pytest.raises(UpstreamError, match="no id"):
        await items(wire, movie(), movie(id=None))


async def test_a_long_list_comes_in_pages(wire: Wire) -> None:
    wire.on("GET /api/v3/movie", says([movie(id=number) for number in range(1, 501)]))
    source = capability(client_of(wire, IntegrationType.RADARR), MediaSource)

    pages = [len(page) async for page in source.media()]

    assert len(pages) > 1
    assert sum(pages) == 500


async def test_the_state_of_a_movie_speaks_like_the_catalogue(wire: Wire) -> None:
    (item,) = await items(wire)

    state = await deleter(wire).item_state(SERENITY)

    assert state is not None
    assert (state.title, state.path, state.size_bytes) == (item.title, item.path, item.size_bytes)
    assert (state.file_fingerprint, state.newest_file_at) == (item.file_fingerprint, item.newest_file_at)
    assert (state.monitored, state.file_ids) == (True, (31,))


async def test_the_state_of_a_movie_takes_one_call(wire: Wire) -> None:
    await deleter(wire).item_state(SERENITY)

    assert [request.url.path for request in wire.sent] == ["/api/v3/movie/12"]


async def test_a_state_about_another_movie_is_not_believed(wire: Wire) -> None:
    wire.on("GET /api/v3/movie/12", says(movie(id=13)))

    with pytest.raises(UpstreamError, match="another movie"):
        await deleter(wire).item_state(SERENITY)


@pytest.mark.parametrize("exclude", [True, False])
async def test_a_delete_is_one_call_with_radarrs_own_flags(wire: Wire, exclude: bool) -> None:
    client = deleter(wire)
    planned = await client.item_state(SERENITY)
    assert planned is not None

    await client.delete(SERENITY, planned=planned, add_import_exclusion=exclude)

    (change,) = wire.changes
    assert change.url.path == "/api/v3/movie/12"
    assert dict(change.url.params) == {"deleteFiles": "true", "addImportExclusion": str(exclude).lower()}


async def test_unmonitoring_names_one_movie_and_is_read_back(wire: Wire) -> None:
    wire.on("GET /api/v3/movie/12", says(movie(monitored=False)))

    await deleter(wire).unmonitor(SERENITY)

    (change,) = wire.changes
    assert change.content == b'{"movieIds":[12],"monitored":false}'
    assert wire.calls[-1] == "GET /api/v3/movie/12"


async def test_S21_unmonitoring_that_did_not_happen_is_an_error(wire: Wire) -> None:
    with pytest.raises(UpstreamError, match="still monitored") as caught:
        await deleter(wire).unmonitor(SERENITY)

    assert caught.value.error_class is ErrorClass.BAD_RESPONSE
