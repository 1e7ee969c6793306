"""Artists and books go through the whole saga like movies and seasons, judged by the ledgers of Lidarr and Readarr."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import MediaType
from libs.simulator.builders import install_music_and_books, world_with
from libs.simulator.disks import Mount
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, AlbumSpec, ArtistSpec, BookSpec
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town

KINDS = [("lidarr", MediaType.ARTIST, "/api/v1/artist/1"), ("readarr", MediaType.BOOK, "/api/v1/book/1")]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Two artists and three books, two of them by the same author."""
    world = world_with()
    artists = [ArtistSpec(title=name, albums=[AlbumSpec(size_bytes=GB)]) for name in ("First Band", "Second Band")]
    books = [
        BookSpec(title=title, author=author, size_bytes=GB // 10)
        for title, author in (("One", "Ann Orr"), ("Two", "Ann Orr"), ("Three", "Bo Lund"))
    ]
    install_music_and_books(world, [Mount("/data/media", "media", "media")], artists=artists, books=books)
    with SimulatorServer(world) as running:
        yield running


async def test_T83_artists_and_books_are_in_the_preview(town: Town) -> None:
    item, scored = m.MediaItem, m.PreviewItem
    found = select(item.media_type, item.title).join(scored, scored.item_id == item.id)

    rows = await town.owner.rows(found)

    assert sorted((row.media_type, row.title) for row in rows) == [
        (MediaType.ARTIST, "First Band"),
        (MediaType.ARTIST, "Second Band"),
        (MediaType.BOOK, "One"),
        (MediaType.BOOK, "Three"),
        (MediaType.BOOK, "Two"),
    ]


@pytest.mark.parametrize(("key", "kind", "path"), KINDS, ids=["artist", "book"])
async def test_it_is_deleted_once_with_its_files_and_excluded_and_the_books_agree(
    town: Town, key: str, kind: MediaType, path: str
) -> None:
    job = await town.job(key, "1")
    before = town.server.world.disks.volumes["media"].free_bytes
    await town.owner.enqueue(job, batch=await town.owner.batch(await town.owner.run()))

    await town.drain()

    assert job.media_type is kind
    assert town.deleted == [(key, "1")]
    assert await town.owner.states() == ["deleted"]
    (entry,) = await town.owner.audit()
    assert (entry.action, entry.media_name, entry.integration_id) == ("deleted", job.title, town.ids[key])
    assert await town.owner.lifetime() == (1, job.size_bytes)
    assert [(call.path, call.query) for call in town.calls] == [
        (path, {"deleteFiles": ["true"], "addImportListExclusion": ["true"]})
    ]
    assert town.server.world.disks.volumes["media"].free_bytes - before == job.size_bytes
    assert len(town.server.world.instances[key].exclusions) == 1


async def test_a_book_in_its_authors_own_folder_goes_alone(town: Town) -> None:
    """Readarr deletes a book's files and no folder, so a neighbour below it loses nothing."""
    loose = town.server.world.instances["readarr"].books[1]
    loose.files[0].path = "/data/media/books/Ann Orr/One.epub"
    loose.files[0].size_bytes += 1
    loose.revision += 1
    await town.read()
    await town.score()
    job = await town.job("readarr", "1")
    await town.owner.enqueue(job)

    await town.drain()

    assert job.path == "/data/media/books/Ann Orr"
    assert town.deleted == [("readarr", "1")]
    assert sorted(book.title for book in town.server.world.instances["readarr"].books.values()) == ["Three", "Two"]


async def test_S22_an_artist_whose_folder_holds_another_stays(town: Town) -> None:
    lidarr = town.server.world.instances["lidarr"]
    lidarr.artists[2].path = f"{lidarr.artists[1].path}/Second Band"
    lidarr.artists[2].revision += 1
    await town.read()
    await town.score()
    await town.owner.enqueue(await town.job("lidarr", "1"))

    await town.drain()

    assert town.calls == []
    assert await town.owner.states() == ["cancelled"]


@pytest.mark.parametrize(("key", "kind", "path"), KINDS, ids=["artist", "book"])
async def test_new_files_since_the_decision_keep_it(town: Town, key: str, kind: MediaType, path: str) -> None:
    await town.owner.enqueue(await town.job(key, "1"))
    instance = town.server.world.instances[key]
    files = instance.artists[1].albums[0].files if kind is MediaType.ARTIST else instance.books[1].files
    files[0].id = instance.take_file_id()

    await town.drain()

    assert path not in {call.path for call in town.calls}
    assert await town.owner.states() == ["cancelled"]


@pytest.mark.parametrize(("key", "kind", "path"), KINDS, ids=["artist", "book"])
async def test_T8_a_call_without_an_answer_is_cleared_up_by_asking(
    town: Town, key: str, kind: MediaType, path: str
) -> None:
    town.server.break_calls(FaultRule(kind=FaultKind.RESET_AFTER_EFFECT, method="DELETE", times=1))
    await town.owner.enqueue(await town.job(key, "1"))

    await town.drain()

    assert [call.path for call in town.calls] == [path]
    assert town.deleted == [(key, "1")]
    assert [entry.action for entry in await town.owner.audit()] == ["deleted"]


@pytest.mark.parametrize(("key", "kind", "path"), KINDS, ids=["artist", "book"])
async def test_S22_an_unreachable_root_folder_holds_it(town: Town, key: str, kind: MediaType, path: str) -> None:
    await town.owner.enqueue(await town.job(key, "1"))
    town.server.world.instances[key].roots[0].accessible = False
    town.owner.clock.jump(seconds=DELAY_S + 1)

    async def looked_at() -> bool:
        (row,) = await town.owner.rows(select(m.DeletionJob.last_error))
        return "cannot be reached" in row.last_error

    await town.work(town.deleter(), looked_at)

    assert town.calls == []
    assert await town.owner.states() == ["waiting"]


async def test_renamed_files_keep_a_book_once_and_are_known_by_the_next_read(town: Town) -> None:
    """Its size and number of files are as before, so only the last look at it can tell."""
    book = town.server.world.instances["readarr"].books[1]
    await town.owner.enqueue(await town.job("readarr", "1"))

    def rename() -> None:
        book.files[0].path = "/data/media/books/Ann Orr/One (new)/One.epub"

    town.server.do(rename)
    await town.read()
    await town.score()
    stale = await town.job("readarr", "1")
    await town.drain()
    kept = await town.owner.states()
    await town.read()
    await town.score()
    fresh = await town.job("readarr", "1")
    await town.owner.enqueue(fresh)
    await town.drain()

    assert "(new)" not in stale.path
    assert kept == ["cancelled"]
    assert "it has moved to" in (await town.owner.audit())[0].reason
    assert fresh.path == "/data/media/books/Ann Orr/One (new)"
    assert await town.owner.states() == ["cancelled", "deleted"]
    assert town.deleted == [("readarr", "1")]
