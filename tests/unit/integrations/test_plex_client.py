"""A client of Plex reads all of what a Plex tells, over real HTTP, and says when it cannot (integrations.md 9)."""

from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import CollectionMember, Play, ServerRef, SourceTitle, SourceUser, TitleLabel, Wish
from libs.integrations.capabilities import (
    CollectionSource,
    ConnectionTest,
    LabelSource,
    NowPlaying,
    Probe,
    ServerDirectory,
    TitleLibrary,
    UserDirectory,
    WatchlistSource,
    WatchSource,
    capability,
)
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.plex import PlexClient
from libs.integrations.registry import open_client
from libs.simulator.audience import MediaServer, ServerCollection, ServerTitle, ViewEvent
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture import fixture_world
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SERENITY, SUNSHINE_DRIFT
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_plex import all_of, client_of, finished, media_of, plays_of, token_of

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture
def media(simulator: SimulatorServer) -> MediaServer:
    return media_of(simulator)


@pytest.fixture
async def plex(simulator: SimulatorServer) -> AsyncIterator[PlexClient]:
    client = client_of(simulator)
    yield client
    await client.aclose()


@pytest.fixture
async def guest(simulator: SimulatorServer) -> AsyncIterator[PlexClient]:
    client = client_of(simulator, token_of(simulator, KAYLEE))
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
def small() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("small", 1, NOW)) as server:
        yield server


async def test_a_plex_can_tell_all_that_a_media_server_should(simulator: SimulatorServer) -> None:
    row = simulator.instance("plex")
    config = IntegrationConfig(1, IntegrationType.PLEX, "Plex", row["url"], SecretStr(row["apiKey"]))
    client = open_client(config, Network())

    for wanted in (
        ConnectionTest,
        Probe,
        ServerDirectory,
        UserDirectory,
        TitleLibrary,
        WatchSource,
        WatchlistSource,
        CollectionSource,
        LabelSource,
        NowPlaying,
    ):
        assert capability(client, wanted) is client
    await client.aclose()


async def test_a_connection_test_tells_product_and_version(plex: PlexClient) -> None:
    facts = await plex.test()

    assert (facts.app_name, facts.version, facts.hint) == ("Plex", "1.41.3.9314-a0bfb8370", None)


async def test_a_token_that_is_not_the_owners_works_with_a_hint(guest: PlexClient) -> None:
    assert "not belong to the owner" in ((await guest.test()).hint or "")


@pytest.mark.parametrize("ask", ["test", "probe"])
async def test_a_wrong_token_is_found_out_although_the_identity_needs_none(
    simulator: SimulatorServer, ask: str
) -> None:
    client = client_of(simulator, "wrong-token")

    with pytest.raises(UpstreamError) as caught:
        await getattr(client, ask)()

    assert caught.value.error_class is ErrorClass.AUTH
    assert "wrong-token" not in str(caught.value)
    assert "X-Plex-Token in its address" in str(caught.value)
    await client.aclose()


async def test_nine_of_ten_probes_ask_for_the_identity_alone(simulator: SimulatorServer, plex: PlexClient) -> None:
    for _ in range(11):
        await plex.probe()

    assert simulator.simulation.counts["GET /plex/library/sections"] == 2


async def test_the_server_is_known_by_its_machine_id(plex: PlexClient, media: MediaServer) -> None:
    assert await plex.servers() == (ServerRef(identity=media.machine_id, type=IntegrationType.PLEX),)


async def test_everybody_but_the_owner_is_known_by_their_number_at_plex_tv(plex: PlexClient) -> None:
    assert await plex.users() == (
        SourceUser("1", ("mal",)),
        SourceUser("4021", ("kaylee",), frozenset({"plex:4021"})),
        SourceUser("4042", ("wash",), frozenset({"plex:4042"})),
    )


async def test_a_guest_is_told_nobodys_name(guest: PlexClient) -> None:
    assert await guest.users() == ()


async def test_the_titles_of_the_fixture_world_are_read_with_ids_and_folders(plex: PlexClient) -> None:
    reading = plex.titles()
    serenity, sunshine_drift, firefly, salvage_run = await all_of(reading)

    assert serenity == SourceTitle(
        native_id="501",
        kind=TitleKind.MOVIE,
        title="Serenity",
        year=2005,
        tmdb_id=16320,
        imdb_id="tt0379786",
        guids=("plex://movie/000000000000000000003fc0",),
        folders=("/data/media/movies/Serenity (2005)",),
        added_at=NOW - timedelta(days=600),
    )
    assert (sunshine_drift.native_id, sunshine_drift.tmdb_id) == ("502", 900001)
    assert (firefly.kind, firefly.tvdb_id, firefly.tmdb_id) == (TitleKind.TV, 78874, 1437)
    assert (salvage_run.kind, salvage_run.tmdb_id) == (TitleKind.TV, serenity.tmdb_id)
    assert (reading.rows_declared, reading.rows_skipped) == (4, 0)


async def test_T78_old_agents_are_understood_too(plex: PlexClient, media: MediaServer) -> None:
    media.settings.legacy_agents = True
    serenity, _, firefly, _ = await all_of(plex.titles())

    assert (serenity.tmdb_id, serenity.imdb_id, serenity.guids) == (16320, None, ())
    assert (firefly.tvdb_id, firefly.tmdb_id) == (78874, None)


async def test_T77_plays_of_all_accounts_are_read_with_season_and_episode(plex: PlexClient, media: MediaServer) -> None:
    plays, reading = await plays_of(plex, lambda client: client.plays())

    assert plays == [
        Play("5003", "501", "4021", _at(media, 3)),
        Play("5002", "700", "4021", _at(media, 2), season_number=1, episode_id="703"),
        Play("5001", "700", "4021", _at(media, 1), season_number=1, episode_id="702"),
        Play("5000", "501", "1", _at(media, 0)),
    ]
    assert (reading.rows_declared, reading.is_addition) == (4, False)
    assert (reading.notes.unresolved, reading.notes.tells_seasons, reading.notes.is_partial) == (0, True, "")
    assert {key: title.title for key, title in reading.notes.titles.items()} == {
        ("", "501"): "Serenity",
        ("", "700"): "Firefly",
    }


async def test_the_episode_list_is_read_only_when_rows_do_not_name_their_show(
    simulator: SimulatorServer, plex: PlexClient, media: MediaServer
) -> None:
    expected, _ = await plays_of(plex, lambda client: client.plays())
    assert simulator.simulation.counts["GET /plex/library/sections/{section:int}/all"] == 0
    media.settings.grandparent_keys = False

    plays, reading = await plays_of(plex, lambda client: client.plays())

    assert plays == expected
    assert reading.notes.unresolved == 0
    assert simulator.simulation.counts["GET /plex/library/sections/{section:int}/all"] == 1


async def test_rows_of_removed_shows_are_counted_and_named(plex: PlexClient, media: MediaServer) -> None:
    del media.titles[FIREFLY]

    plays, reading = await plays_of(plex, lambda client: client.plays())

    assert {play.title_id for play in plays} == {"501"}
    assert reading.notes.unresolved == 2
    assert reading.notes.examples == ["Firefly: Episode 2", "Firefly: Episode 1"]


async def test_a_removed_movie_keeps_its_plays_under_its_name(plex: PlexClient, media: MediaServer) -> None:
    del media.titles[SERENITY]

    plays, reading = await plays_of(plex, lambda client: client.plays())

    (gone,) = {play.title_id for play in plays} - {"700"}
    named = reading.notes.titles["", gone]
    assert (named.kind, named.title, named.year) == (TitleKind.MOVIE, "Serenity", 1999)
    assert [play.user_id for play in plays if play.title_id == gone] == ["4021", "1"]


async def test_a_removed_episode_is_found_by_the_name_of_its_show_when_only_one_has_it(
    plex: PlexClient, media: MediaServer
) -> None:
    firefly = media.titles.pop(FIREFLY)
    media.titles[9000] = _come_back(firefly, 9000)

    plays, reading = await plays_of(plex, lambda client: client.plays())
    assert [play.season_number for play in plays if play.title_id == "9000"] == [1, 1]
    assert reading.notes.unresolved == 0

    media.titles[9001] = _come_back(firefly, 9001)
    plays, reading = await plays_of(plex, lambda client: client.plays())
    assert {play.title_id for play in plays} == {"501"}
    assert reading.notes.unresolved == 2


async def test_specials_stay_in_season_zero(plex: PlexClient, media: MediaServer) -> None:
    media.titles[FIREFLY].seasons[0].number = 0
    for view in media.plays:
        view.season = 0

    plays, reading = await plays_of(plex, lambda client: client.plays())

    assert [play.season_number for play in plays if play.title_id == "700"] == [0, 0]
    assert reading.notes.tells_seasons


async def test_an_addition_begins_a_day_before_the_wanted_time(plex: PlexClient, media: MediaServer) -> None:
    newest = _at(media, 3)

    plays, reading = await plays_of(plex, lambda client: client.plays(newest + timedelta(hours=23)))
    assert [play.play_id for play in plays] == ["5003"]
    assert (reading.is_addition, reading.rows_declared) == (True, 1)

    plays, _ = await plays_of(plex, lambda client: client.plays(newest + timedelta(hours=25)))
    assert plays == []


async def test_without_the_right_to_the_history_the_guests_own_counters_are_a_lower_bound(
    guest: PlexClient, media: MediaServer
) -> None:
    plays, reading = await plays_of(guest, lambda client: client.plays(NOW))

    assert sorted(plays, key=lambda play: play.play_id) == [
        Play("count-501", "501", "", _at(media, 3), is_count=True),
        Play("count-702", "700", "", _at(media, 1), season_number=1, episode_id="702", is_count=True),
        Play("count-703", "700", "", _at(media, 2), season_number=1, episode_id="703", is_count=True),
    ]
    assert "owner" in reading.notes.is_partial
    assert not reading.is_addition


async def test_a_guests_own_history_is_a_lower_bound_too(guest: PlexClient, media: MediaServer) -> None:
    media.settings.guest_history = True

    plays, reading = await plays_of(guest, lambda client: client.plays())

    assert [play.play_id for play in plays] == ["5003", "5002", "5001"]
    assert "owner" in reading.notes.is_partial


@pytest.mark.parametrize("status", [401, 403])
async def test_a_history_that_is_refused_to_the_owner_falls_back_to_counters(
    simulator: SimulatorServer, plex: PlexClient, status: int
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=status, path_glob="/status/sessions/history/*"))

    plays, reading = await plays_of(plex, lambda client: client.plays())

    assert [(play.play_id, play.user_id, play.plays) for play in plays] == [("count-501", "1", 1)]
    assert reading.notes.is_partial


async def test_a_revoked_token_is_an_error_and_no_fallback(simulator: SimulatorServer) -> None:
    client = client_of(simulator, "revoked")

    for read in (client.plays(), client.wishes(), client.titles(), client.labels(), client.collections()):
        with pytest.raises(UpstreamError) as caught:
            await all_of(read)
        assert caught.value.error_class is ErrorClass.AUTH
    for ask in (client.users, client.now_playing):
        with pytest.raises(UpstreamError):
            await ask()
    await client.aclose()


async def test_on_deck_names_the_show_and_whose_deck_it_is(plex: PlexClient, guest: PlexClient) -> None:
    assert await all_of(plex.wishes()) == [Wish("700", "1")]
    assert await all_of(guest.wishes()) == []


async def test_a_collection_is_read_with_its_members(plex: PlexClient) -> None:
    assert await all_of(plex.collections()) == [
        CollectionMember("950", "Serenity Collection", "501"),
        CollectionMember("950", "Serenity Collection", "502"),
    ]


async def test_an_older_server_is_asked_for_the_children_of_a_collection(plex: PlexClient, media: MediaServer) -> None:
    media.settings.collection_items = False
    media.collections[950].smart = True

    members = await all_of(plex.collections())

    assert [(each.title_id, each.is_smart) for each in members] == [("501", True), ("502", True)]


async def test_labels_are_read_with_their_titles(plex: PlexClient, media: MediaServer) -> None:
    media.titles[FIREFLY].labels = ["keep", "kids"]

    assert await all_of(plex.labels()) == [
        TitleLabel("501", "Keep"),
        TitleLabel("700", "Keep"),
        TitleLabel("700", "Kids"),
    ]


async def test_what_is_playing_is_named_as_title_and_as_episode(plex: PlexClient, media: MediaServer) -> None:
    assert await plex.now_playing() == frozenset()
    media.playing = [
        ViewEvent(number=1, person=KAYLEE, title=FIREFLY, season=1, episode=2, at=0, seconds=60),
        ViewEvent(number=2, person=MAL, title=SUNSHINE_DRIFT, season=0, episode=0, at=0, seconds=60),
    ]

    assert await plex.now_playing() == {"700", "701", "703", "502"}


async def test_a_new_server_has_nothing_and_says_so(plex: PlexClient, media: MediaServer) -> None:
    media.titles.clear()
    media.plays.clear()
    media.collections.clear()
    media.on_deck.clear()
    media.revision += 1

    for reading in (plex.titles(), plex.plays(), plex.collections(), plex.labels(), plex.wishes()):
        assert await all_of(reading) == []
        assert reading.rows_declared == 0


async def test_every_title_of_a_library_in_many_pages_is_read(small: SimulatorServer) -> None:
    media = media_of(small)
    media.settings.page_cap = 17
    client = client_of(small)

    reading = client.titles()
    found = {title.native_id: title for title in await all_of(reading)}

    assert reading.rows_declared == len(media.titles) == len(found)
    for title in media.titles.values():
        read = found[str(title.native)]
        assert (read.kind, read.title, read.year) == (title.kind, title.title, title.year)
        assert (read.tmdb_id, read.tvdb_id, read.imdb_id) == (
            title.tmdb_id or None,
            title.tvdb_id or None,
            title.imdb_id,
        )
        assert read.folders == ((title.path,) if title.kind is TitleKind.MOVIE else ())
        assert read.added_at == title.added_at
    await client.aclose()


@pytest.mark.parametrize("grandparent_keys", [True, False], ids=["named", "by the episode list"])
async def test_every_play_that_came_to_an_end_is_read_once(small: SimulatorServer, grandparent_keys: bool) -> None:
    media = media_of(small)
    media.settings.page_cap = 100
    media.settings.grandparent_keys = grandparent_keys
    accounts = {person: "1" if person == 0 else str(small.world.people[person].plex_id) for person in media.users}
    client = client_of(small)

    plays, reading = await plays_of(client, lambda each: each.plays())

    assert sorted((p.play_id, p.title_id, p.user_id, p.season_number, p.last_played_at) for p in plays) == sorted(
        (
            str(view.number),
            str(view.title),
            accounts[view.person],
            view.season or None,
            datetime.fromtimestamp(view.at, UTC),
        )
        for view in finished(media)
    )
    assert reading.rows_declared == len(plays) > 500
    assert reading.notes.unresolved == 0
    await client.aclose()


async def test_every_label_and_member_is_read(small: SimulatorServer) -> None:
    media = media_of(small)
    everything = sorted(title.native for title in media.titles.values() if title.section == 1)
    media.collections[77] = ServerCollection(native=77, name="All", section=1, members=everything)
    client = client_of(small)

    members = await all_of(client.collections())
    labels = await all_of(client.labels())

    assert sorted((each.collection_id, each.title_id) for each in members) == sorted(
        (str(collection.native), str(native))
        for collection in media.collections.values()
        for native in collection.members
    )
    assert sorted((each.title_id, each.label) for each in labels) == sorted(
        (str(title.native), label) for title in media.titles.values() for label in title.labels
    )
    await client.aclose()


async def test_a_full_read_of_an_ordinary_server_takes_few_calls() -> None:
    with SimulatorServer(generate("typical", 1, NOW)) as simulator:
        client = client_of(simulator)
        await client.test()
        await client.servers()
        await client.users()
        for reading in (client.titles(), client.plays(), client.wishes(), client.collections(), client.labels()):
            await all_of(reading)
        await client.aclose()
        calls = simulator.simulation.counts
        pages = calls["GET /plex/library/sections/{section:int}/all"] + calls["GET /plex/status/sessions/history/all"]
        others = sum(count for route, count in calls.items() if route.startswith("GET /plex/")) - pages

    assert pages <= 60
    assert others <= 50


def _at(media: MediaServer, index: int) -> datetime:
    return datetime.fromtimestamp(media.plays[index].at, UTC)


def _come_back(title: ServerTitle, native: int) -> ServerTitle:
    """The same show under other numbers, as after it was removed and taken in again."""
    again = deepcopy(title)
    again.native = native
    for season in again.seasons:
        season.native, season.first = native * 10, native * 10 + 1
    return again
