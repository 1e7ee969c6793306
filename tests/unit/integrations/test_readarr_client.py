from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.capabilities import Deleter, MediaSource, capability
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.models import SourceItem
from libs.integrations.readarr.client import BOOKS_PER_CALL
from tests.unit.integrations.wire import HOST, Wire, arr_wire, client_of, says

BOOK = DeletionTarget(1, MediaType.BOOK, 41)
AUTHOR_PATH = "/data/media/books/Jayne C"


def book(number: int = 41, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": "The Hero of Canton",
        "authorId": 6,
        "author": None,
        "foreignBookId": "900100",
        "monitored": True,
        "ratings": {"votes": 120, "value": 4.2, "popularity": 504.0},
        "releaseDate": "2015-06-01T00:00:00Z",
        "genres": ["adventure", "folk"],
        "images": [{"url": "/readarr/MediaCover/Books/41/cover.jpg", "coverType": "cover", "extension": ".jpg"}],
        "statistics": {"bookFileCount": 1, "sizeOnDisk": 5242880},
        "added": "2023-09-01T00:00:00Z",
        **changes,
    }


def author(number: int = 6, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "authorName": "Jayne C",
        "path": AUTHOR_PATH,
        "qualityProfileId": 4,
        "tags": [2],
        "monitored": True,
        **changes,
    }


def file(file_id: int, book_id: int = 41, **changes: Any) -> dict[str, Any]:
    added, path = "2023-09-02T08:00:00Z", f"{AUTHOR_PATH}/The Hero of Canton/{file_id}.epub"
    return {"id": file_id, "authorId": 6, "bookId": book_id, "path": path, "dateAdded": added, **changes}


@pytest.fixture
def wire() -> Wire:
    wire = arr_wire(IntegrationType.READARR)
    library(wire, book())
    wire.on("GET /api/v1/author", says([author()]))
    wire.on("GET /api/v1/author/6", says(author()))
    wire.on("GET /api/v1/bookfile", says([file(55)]))
    wire.on("PUT /api/v1/book/editor", says([], 202))
    wire.on("DELETE /api/v1/book/41", says({}))
    return wire


def library(wire: Wire, *rows: dict[str, Any]) -> None:
    wire.on("GET /api/v1/book", says([*rows]))
    wire.on("GET /api/v1/book/41", says(rows[0]))


async def items(wire: Wire, url: str = f"http://{HOST}:8787/readarr") -> list[SourceItem]:
    source = capability(client_of(wire, IntegrationType.READARR, url), MediaSource)
    return [item async for page in source.media() for item in page]


def deleter(wire: Wire) -> Deleter:
    return capability(client_of(wire, IntegrationType.READARR), Deleter)


async def test_T83_a_book_is_joined_with_its_author_field_by_field(wire: Wire) -> None:
    wire.base = "/readarr"

    assert await items(wire) == [
        SourceItem(
            external_id="41",
            media_type=MediaType.BOOK,
            title="The Hero of Canton",
            size_bytes=5242880,
            path=f"{AUTHOR_PATH}/The Hero of Canton",
            monitored=True,
            year=2015,
            poster_url=f"http://{HOST}:8787/readarr/MediaCover/Books/41/cover.jpg",
            quality_profile="HD-1080p",
            rating=8.4,
            genre="adventure",
            tags=("keep",),
            foreign_book_id="900100",
            added_at=datetime(2023, 9, 2, 8, tzinfo=UTC),
            library_added_at=datetime(2023, 9, 1, tzinfo=UTC),
            newest_file_at=datetime(2023, 9, 2, 8, tzinfo=UTC),
            oldest_file_at=datetime(2023, 9, 2, 8, tzinfo=UTC),
            file_fingerprint="55",
        )
    ]


@pytest.mark.parametrize("statistics", [None, {}, {"sizeOnDisk": 0, "bookFileCount": 1}], ids=["new", "empty", "zero"])
async def test_a_book_that_is_only_known_is_no_item_and_asks_for_no_files(wire: Wire, statistics: Any) -> None:
    library(wire, book(statistics=statistics))

    assert await items(wire, f"http://{HOST}") == []
    assert "GET /api/v1/bookfile" not in wire.calls


@pytest.mark.parametrize(
    ("released", "year"),
    [("1865-11-01T00:00:00Z", 1865), ("0001-01-01T00:00:00Z", None), (None, None), ("soon", None), ("", None)],
)
async def test_a_book_may_be_older_than_any_file(wire: Wire, released: Any, year: int | None) -> None:
    library(wire, book(releaseDate=released))

    assert [item.year for item in await items(wire, f"http://{HOST}")] == [year]


@pytest.mark.parametrize(
    ("ratings", "rating"),
    [({"value": "4.25"}, 8.5), ({"value": 0}, None), ({"value": 7}, 10), ({}, None), (None, None)],
)
async def test_a_rating_to_five_is_doubled(wire: Wire, ratings: Any, rating: float | None) -> None:
    library(wire, book(ratings=ratings))

    assert [item.rating for item in await items(wire, f"http://{HOST}")] == [rating]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([f"{AUTHOR_PATH}/A/1.epub", f"{AUTHOR_PATH}/A/2.mp3"], f"{AUTHOR_PATH}/A"),
        ([f"{AUTHOR_PATH}/A/1.epub", f"{AUTHOR_PATH}/B/2.mp3"], AUTHOR_PATH),
        ([f"{AUTHOR_PATH}/1.epub"], AUTHOR_PATH),
        (["/data/media/books/Jayne Cobb/1.epub"], AUTHOR_PATH),
        (["/calibre/Jayne C/1.epub"], AUTHOR_PATH),
        ([None], AUTHOR_PATH),
    ],
    ids=["own folder", "two folders", "the author's folder", "a like-named one", "elsewhere", "unknown"],
)
async def test_the_path_is_the_folder_of_the_files_within_the_authors(
    wire: Wire, paths: list[str | None], expected: str
) -> None:
    wire.on("GET /api/v1/bookfile", says([file(55 + place, path=path) for place, path in enumerate(paths)]))

    (item,) = await items(wire, f"http://{HOST}")
    state = await deleter(wire).item_state(BOOK)

    assert item.path == expected
    assert state is not None
    assert state.path == expected


async def test_the_books_of_an_author_who_moved_are_asked_for_their_files_again(wire: Wire) -> None:
    source = capability(client_of(wire, IntegrationType.READARR), MediaSource)
    first = source.media()
    _ = [page async for page in first]
    elsewhere = "/data/media/books/C, Jayne"
    wire.on("GET /api/v1/author", says([author(path=elsewhere)]))
    wire.on("GET /api/v1/bookfile", says([file(55, path=f"{elsewhere}/Hero/55.epub")]))

    second = source.media(first.digests)
    paths = [item.path async for page in second for item in page]
    third = source.media(second.digests)
    _ = [page async for page in third]

    assert paths == [f"{elsewhere}/Hero"]
    assert wire.calls.count("GET /api/v1/bookfile") == 2


async def test_files_outside_of_the_authors_folder_are_not_asked_for_every_time(wire: Wire) -> None:
    wire.on("GET /api/v1/bookfile", says([file(55, path="/calibre/Jayne C/55.epub")]))
    source = capability(client_of(wire, IntegrationType.READARR), MediaSource)
    first = source.media()
    _ = [page async for page in first]
    _ = [page async for page in source.media(first.digests)]

    assert wire.calls.count("GET /api/v1/bookfile") == 1


async def test_a_public_cover_comes_first(wire: Wire) -> None:
    library(wire, book(remoteCover="https://covers.test/41.jpg"))

    assert [item.poster_url for item in await items(wire, f"http://{HOST}")] == ["https://covers.test/41.jpg"]


async def test_files_are_asked_for_in_batches(wire: Wire) -> None:
    count = BOOKS_PER_CALL * 2 + 1
    library(wire, *[book(number) for number in range(1, count + 1)])
    numbers = range(1, count + 1)
    batches = [numbers[start : start + BOOKS_PER_CALL] for start in range(0, count, BOOKS_PER_CALL)]
    wire.on("GET /api/v1/bookfile", *[says([file(number, number) for number in batch]) for batch in batches])

    found = await items(wire, f"http://{HOST}")

    asked = [request.url.params.get_list("bookId") for request in wire.sent if request.url.path.endswith("bookfile")]
    assert [item.file_fingerprint for item in found] == [str(number) for number in numbers]
    assert [sorted(map(int, batch)) for batch in asked] == [list(batch) for batch in batches]
    assert max(len(str(request.url)) for request in wire.sent) < 4096


@pytest.mark.parametrize(
    "rows", [[file(55, 42)], [file(55), {"id": 56}], [{"bookId": 41}]], ids=["another book", "nobody", "no id"]
)
async def test_S02_a_strange_file_list_is_no_answer(wire: Wire, rows: list[dict[str, Any]]) -> None:
    wire.on("GET /api/v1/bookfile", says(rows))

    with pytest.raises(UpstreamError) as caught:
        await items(wire, f"http://{HOST}")
    with pytest.raises(UpstreamError):
        await deleter(wire).item_state(BOOK)

    assert caught.value.error_class is ErrorClass.BAD_RESPONSE


async def test_a_book_without_an_id_fails_the_whole_read(wire: Wire) -> None:
    library(wire, book(), book(id=None))

    with pytest.raises(UpstreamError, match="a book has no id"):
        await items(wire, f"http://{HOST}")


@pytest.mark.parametrize(
    ("route", "answer", "why"),
    [
        ("book/41", book(42), "another book"),
        ("book/41", book(authorId=0), "a book has no author"),
        ("author/6", author(7), "another author"),
    ],
)
async def test_a_state_about_something_else_is_not_believed(wire: Wire, route: str, answer: Any, why: str) -> None:
    wire.on(f"GET /api/v1/{route}", says(answer))

    with pytest.raises(UpstreamError, match=why):
        await deleter(wire).item_state(BOOK)


async def test_the_state_of_a_book_speaks_like_the_catalogue(wire: Wire) -> None:
    (item,) = await items(wire, f"http://{HOST}")

    state = await deleter(wire).item_state(BOOK)

    assert state is not None
    assert (state.title, state.path, state.size_bytes) == (item.title, item.path, item.size_bytes)
    assert (state.file_fingerprint, state.newest_file_at) == (item.file_fingerprint, item.newest_file_at)
    assert (state.monitored, state.file_ids) == (True, (55,))


@pytest.mark.parametrize("exclude", [True, False])
async def test_a_delete_is_one_call_with_readarrs_own_flags(wire: Wire, exclude: bool) -> None:
    client = deleter(wire)
    planned = await client.item_state(BOOK)
    assert planned is not None

    await client.delete(BOOK, planned=planned, add_import_exclusion=exclude)

    (change,) = wire.changes
    assert (change.method, change.url.path) == ("DELETE", "/api/v1/book/41")
    assert dict(change.url.params) == {"deleteFiles": "true", "addImportListExclusion": str(exclude).lower()}


async def test_S21_unmonitoring_names_one_book_and_is_read_back(wire: Wire) -> None:
    with pytest.raises(UpstreamError, match="still monitored"):
        await deleter(wire).unmonitor(BOOK)

    wire.on("GET /api/v1/book/41", says(book(monitored=False)))
    await deleter(wire).unmonitor(BOOK)

    assert {change.content for change in wire.changes} == {b'{"bookIds":[41],"monitored":false}'}
