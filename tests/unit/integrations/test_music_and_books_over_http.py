"""Lidarr and Readarr read over real HTTP: whole, cheap the second time, and never short when something goes wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.simulator.book_changes import delete_book_files
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture import fixture_world
from libs.simulator.generator import generate
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer
from libs.simulator.truth import true_items
from tests.unit.integrations.arr_upstream import KINDS, calls, client_on, read

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
LIST = {IntegrationType.LIDARR: "artist", IntegrationType.READARR: "book"}
FILES = {IntegrationType.LIDARR: "trackfile", IntegrationType.READARR: "bookfile"}
TARGETS = {
    IntegrationType.LIDARR: DeletionTarget(1, MediaType.ARTIST, 5),
    IntegrationType.READARR: DeletionTarget(1, MediaType.BOOK, 41),
}


@pytest.fixture
def fixture() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture(scope="module")
def typical() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("typical", 11, NOW)) as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
async def test_every_item_is_read_as_the_world_has_it(typical: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(typical, kind) as client:
        items, reading = await read(client)

    truth = {item.external_id: item for item in true_items(typical.world, kind.value) if item.files}
    assert len(truth) >= 80
    assert {item.external_id for item in items} == truth.keys()
    assert set(reading.digests) == {int(external_id) for external_id in truth}
    for item in items:
        true = truth[item.external_id]
        assert (item.title, item.size_bytes, item.media_type) == (true.title, true.size_bytes, true.type)
        assert (item.added_at, item.monitored, list(item.tags)) == (true.added_at, true.monitored, true.tags)
        assert (item.mb_id or item.foreign_book_id, item.year or 0) == (true.foreign_id, true.year)
        assert item.path.startswith(true.path)
        assert item.file_fingerprint
        assert (item.tmdb_id, item.tvdb_id, item.imdb_id, item.language) == (None,) * 4


async def test_the_calls_do_not_grow_with_the_items(typical: SimulatorServer) -> None:
    calls(typical)
    async with client_on(typical, IntegrationType.LIDARR) as client:
        await read(client)
    first = calls(typical)
    async with client_on(typical, IntegrationType.READARR) as client:
        await read(client)
    second = calls(typical)

    albums = sum(len(artist.albums) for artist in typical.world.instances["lidarr"].artists.values())
    assert albums > 200
    assert first == {"/qualityprofile": 1, "/tag": 1, "/artist": 1, "/album": 1, "/trackfile": -(-albums // 200)}
    assert second == {"/qualityprofile": 1, "/tag": 1, "/book": 1, "/author": 1, "/bookfile": 1}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unchanged_library_is_not_asked_for_its_files_again(
    typical: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_on(typical, kind) as client:
        items, reading = await read(client)
        calls(typical)
        again, second = await read(client, reading.digests)

    assert again == items
    assert second.digests == reading.digests
    assert f"/{FILES[kind]}" not in calls(typical)


async def test_only_changed_artists_and_books_are_asked_again(fixture: SimulatorServer) -> None:
    def grow() -> None:
        album = {"title": "Later", "tracks": 1, "ageDays": 1}
        intervene(fixture.simulation, "items", {"instance": "lidarr", "artistId": 5, "album": album})
        intervene(fixture.simulation, "items", {"instance": "lidarr", "artist": {"title": "Newcomers"}})
        intervene(fixture.simulation, "items", {"instance": "readarr", "book": {"title": "Newer", "author": "Jayne C"}})

    async with client_on(fixture, KINDS[0]) as lidarr, client_on(fixture, KINDS[1]) as books:
        _, artists_before = await read(lidarr)
        _, books_before = await read(books)
        fixture.do(grow)
        calls(fixture)
        artists, _ = await read(lidarr, artists_before.digests)
        asked_lidarr = calls(fixture)
        found, _ = await read(books, books_before.digests)
        asked_readarr = calls(fixture)

    assert (asked_lidarr["/trackfile"], asked_readarr["/bookfile"]) == (2, 1)
    assert [(item.title, item.added_at is not None) for item in artists] == [
        ("The Browncoats", True),
        ("Newcomers", True),
    ]
    newest = max(file.added_at for file in fixture.world.instances["lidarr"].artists[5].files)
    assert artists[0].added_at == newest
    assert [item.tags for item in found] == [("keep",), ("keep",)]


FAULTS: dict[str, tuple[FaultRule, ErrorClass]] = {
    "timeout": (FaultRule(kind=FaultKind.TIMEOUT), ErrorClass.TIMEOUT),
    "401": (FaultRule(kind=FaultKind.STATUS, status=401), ErrorClass.AUTH),
    "403": (FaultRule(kind=FaultKind.STATUS, status=403), ErrorClass.FORBIDDEN),
    "429": (FaultRule(kind=FaultKind.STATUS, status=429, retry_after=9), ErrorClass.RATE_LIMITED),
    "500": (FaultRule(kind=FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR),
    "login page": (FaultRule(kind=FaultKind.HTML_LOGIN), ErrorClass.LOGIN_PAGE),
    "web page": (FaultRule(kind=FaultKind.HTML_PAGE), ErrorClass.HTML_PAGE),
    "truncated": (FaultRule(kind=FaultKind.TRUNCATED), ErrorClass.BAD_JSON),
    "another host": (FaultRule(kind=FaultKind.REDIRECT), ErrorClass.REDIRECT_OTHER_HOST),
    "reset": (FaultRule(kind=FaultKind.CONNECTION_RESET), ErrorClass.REFUSED),
    "slow drip": (FaultRule(kind=FaultKind.SLOW_DRIP, seconds=20), ErrorClass.TIMEOUT),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("part", ["list", "files"])
@pytest.mark.parametrize("kind", KINDS)
async def test_S06_a_fault_is_told_with_cause_and_remedy_and_nothing_is_taken_for_the_whole(
    fixture: SimulatorServer, kind: IntegrationType, part: str, fault: str
) -> None:
    rule, error_class = FAULTS[fault]
    path = LIST[kind] if part == "list" else FILES[kind]
    fixture.break_calls(
        FaultRule(
            kind=rule.kind,
            status=rule.status,
            retry_after=rule.retry_after,
            seconds=rule.seconds,
            instance=kind.value,
            path_glob=f"/api/v1/{path}",
        )
    )
    async with client_on(fixture, kind, read_timeout_s=0.3) as client:
        reading = client.media()
        with pytest.raises(UpstreamError) as caught:
            _ = [page async for page in reading]

    key = fixture.instance(kind.value)["apiKey"]
    assert caught.value.error_class is error_class
    assert not reading.is_complete
    assert key not in str(caught.value)
    assert len(str(caught.value)) > 20
    if isinstance(caught.value, UpstreamBusyError):
        assert caught.value.retry_after_s == 9


@pytest.mark.parametrize("kind", KINDS)
async def test_data_under_the_name_of_text_is_read(fixture: SimulatorServer, kind: IntegrationType) -> None:
    fixture.break_calls(FaultRule(kind=FaultKind.WRONG_CONTENT_TYPE))
    async with client_on(fixture, kind) as client:
        items, _ = await read(client)

    assert len(items) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_S08_files_that_are_gone_from_the_list_but_not_from_the_sum_are_no_answer(
    fixture: SimulatorServer, kind: IntegrationType
) -> None:
    fixture.break_calls(FaultRule(kind=FaultKind.EMPTY_LIST, path_glob=f"/api/v1/{FILES[kind]}"))
    async with client_on(fixture, kind) as client:
        with pytest.raises(UpstreamError, match="contradicts itself") as caught:
            await read(client)

    assert caught.value.error_class is ErrorClass.INCOMPLETE


@pytest.mark.parametrize("kind", KINDS)
async def test_S08_an_item_that_disappears_between_the_calls_makes_the_read_incomplete(
    fixture: SimulatorServer, kind: IntegrationType
) -> None:
    fixture.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob=f"/api/v1/{FILES[kind]}"))
    async with client_on(fixture, kind) as client:
        with pytest.raises(UpstreamError, match="disappeared from Upstairs") as caught:
            await read(client)

    assert caught.value.error_class is ErrorClass.INCOMPLETE


async def test_a_book_without_its_author_may_be_protected_and_is_no_answer(
    fixture: SimulatorServer,
) -> None:
    fixture.break_calls(FaultRule(kind=FaultKind.EMPTY_LIST, path_glob="/api/v1/author"))
    async with client_on(fixture, IntegrationType.READARR) as client:
        with pytest.raises(UpstreamError, match="does not list the author of The Hero of Canton"):
            await read(client)


@pytest.mark.parametrize("kind", KINDS)
async def test_another_key_or_another_product_fails_the_test_by_name(
    fixture: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_on(fixture, kind, key="0" * 32) as client:
        with pytest.raises(UpstreamError, match="Settings → General → Security") as caught:
            await client.test()
    assert caught.value.error_class is ErrorClass.AUTH

    intervene(fixture.simulation, "settings", {"instance": kind.value, "settings": {"appName": "Sonarr"}})
    async with client_on(fixture, kind) as client:
        with pytest.raises(UpstreamError, match=f"This is Sonarr, not {kind.value.title()}"):
            await client.test()


@pytest.mark.parametrize("kind", KINDS)
async def test_the_rest_of_what_an_arr_tells_is_there_too(fixture: SimulatorServer, kind: IntegrationType) -> None:
    async with client_on(fixture, kind) as client:
        facts = await client.test()
        await client.probe()
        disks = {disk.path: disk.total_bytes for disk in await client.disks()}
        (root,) = await client.root_folders()
        safety = await client.safety()
        languages = await client.languages()

    assert (facts.app_name, facts.hint) == (kind.value.title(), None)
    assert disks["/data/media"] == root.total_bytes == 8_001_563_222_016
    assert (safety.unmonitors_deleted, safety.recycle_bin, safety.blocking) == (False, "", ())
    assert "English" in languages
    assert "Any" not in languages


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_is_unmonitored_deleted_and_gone(fixture: SimulatorServer, kind: IntegrationType) -> None:
    target, volume = TARGETS[kind], fixture.world.disks.volumes["media"]
    before = volume.free_bytes
    async with client_on(fixture, kind) as client:
        (item,), _ = await read(client)
        state = await client.item_state(target)
        await client.unmonitor(target)
        after = await client.item_state(target)
        assert state is not None
        await client.delete(target, planned=state, add_import_exclusion=True)
        gone = await client.item_state(target)

    assert (state.title, state.path, state.size_bytes) == (item.title, item.path, item.size_bytes)
    assert (state.file_fingerprint, state.newest_file_at) == (item.file_fingerprint, item.newest_file_at)
    assert (state.monitored, after is not None and after.monitored) == (True, False)
    assert gone is None
    assert volume.free_bytes - before == item.size_bytes
    (exclusion,) = fixture.world.instances[kind.value].exclusions.values()
    assert exclusion.outside_id == (item.mb_id or item.foreign_book_id)
    assert [effect.kind for effect in fixture.ledger()[-1].effects] == [f"{LIST[kind]}_deleted", "exclusion_added"]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_without_files_is_there_and_not_gone(fixture: SimulatorServer, kind: IntegrationType) -> None:
    instance = fixture.world.instances[kind.value]

    def empty() -> None:
        for artist in instance.artists.values():
            for album in artist.albums:
                album.files = []
            artist.revision += 1
        for book in instance.books.values():
            delete_book_files(fixture.world, instance, book, {file.id for file in book.files})

    fixture.do(empty)
    async with client_on(fixture, kind) as client:
        state = await client.item_state(TARGETS[kind])
        items, _ = await read(client)

    assert state is not None
    assert (state.file_ids, state.size_bytes, state.newest_file_at) == ((), 0, None)
    assert items == []
