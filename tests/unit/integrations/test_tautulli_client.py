"""A client of Tautulli reads all of a history over real HTTP, and says when it cannot (integrations.md 12)."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import Play, ServerRef, SourceTitle, SourceUser
from libs.integrations.capabilities import (
    ConnectionTest,
    NowPlaying,
    Probe,
    ServerDirectory,
    UserDirectory,
    WatchSource,
    capability,
)
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.registry import open_client
from libs.integrations.tautulli import TautulliClient
from libs.simulator.audience import ViewEvent
from libs.simulator.fixture import fixture_world
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SERENITY
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_histories import client_of, history_of, media_of, read, recorded

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
KIND = IntegrationType.TAUTULLI


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture
async def tautulli(simulator: SimulatorServer) -> AsyncIterator[TautulliClient]:
    client = client_of(simulator, KIND)
    assert isinstance(client, TautulliClient)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
def small() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("small", 1, NOW)) as server:
        yield server


async def test_a_tautulli_can_tell_all_that_a_history_should(simulator: SimulatorServer) -> None:
    row = simulator.instance("tautulli")
    config = IntegrationConfig(1, KIND, "Tautulli", row["url"], SecretStr(row["apiKey"]))
    client = open_client(config, Network())

    for wanted in (ConnectionTest, Probe, ServerDirectory, UserDirectory, WatchSource, NowPlaying):
        assert capability(client, wanted) is client
    await client.aclose()


async def test_a_connection_test_tells_product_and_version(tautulli: TautulliClient) -> None:
    facts = await tautulli.test()
    await tautulli.probe()

    assert (facts.app_name, facts.version, facts.hint) == ("Tautulli", "v2.15.2", None)


async def test_the_server_is_the_plex_it_watches(tautulli: TautulliClient) -> None:
    machine = "f00dcafe00112233445566778899aabbccddeeff"

    assert await tautulli.servers() == (ServerRef("", machine, IntegrationType.PLEX, "homebox-plex"),)


async def test_users_go_by_their_number_at_plex_and_by_all_their_names(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    history_of(simulator, KIND).users_without_history = frozenset({KAYLEE})
    simulator.world.people[KAYLEE].display_name = "Kaylee Frye"

    assert await tautulli.users() == (
        SourceUser("4000", ("mal", "mal@example.org"), frozenset({"plex:4000"})),
        SourceUser(
            "4021", ("Kaylee Frye", "kaylee", "kaylee@example.org"), frozenset({"plex:4021"}), is_readable=False
        ),
        SourceUser("4042", ("wash", "wash@example.org"), frozenset({"plex:4042"})),
    )


async def test_the_plays_of_the_fixture_are_told_as_they_were(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    plays, reading = await read(tautulli)

    views = {view.number: view for view in media_of(simulator, KIND).plays}
    assert plays == [
        _movie(5003, "4021", views),
        _episode(5002, "4021", 2, views),
        _episode(5001, "4021", 1, views),
        _movie(5000, "4000", views),
    ]
    assert (reading.rows_declared, reading.is_addition) == (4, False)
    notes = reading.notes
    assert (notes.unresolved, notes.is_partial, notes.tells_seasons) == (0, "", True)


async def test_the_history_knows_titles_by_name_year_and_plexs_own_guid(tautulli: TautulliClient) -> None:
    _, reading = await read(tautulli)

    assert reading.notes.titles == {
        ("", "501"): SourceTitle("501", TitleKind.MOVIE, "Serenity", 2005, guids=(f"plex://movie/{16320:024x}",)),
        ("", "700"): SourceTitle("700", TitleKind.TV, "Firefly"),
    }


async def test_guids_of_old_agents_tell_outside_ids(simulator: SimulatorServer, tautulli: TautulliClient) -> None:
    media_of(simulator, KIND).settings.legacy_agents = True

    _, reading = await read(tautulli)

    assert reading.notes.titles["", "501"].tmdb_id == 16320
    assert reading.notes.titles["", "700"].tvdb_id == 78874


@pytest.mark.parametrize("page_rows", [1000, 100, 7])
async def test_every_play_of_a_library_comes_once_in_pages_of_any_size(small: SimulatorServer, page_rows: int) -> None:
    client = client_of(small, KIND, page_rows=page_rows)

    plays, reading = await read(client)

    views = recorded(small, KIND)
    people = small.world.people
    assert len(views) > 700
    assert {(play.play_id, play.title_id, play.user_id, play.season_number) for play in plays} == {
        (str(view.number), str(view.title), str(people[view.person].plex_id), view.season if view.episode else None)
        for view in views
    }
    assert len(plays) == len(views) == reading.rows_declared
    assert sum(play.plays for play in plays) < len(views)  # some were broken off
    await client.aclose()


async def test_every_title_that_was_played_is_told(small: SimulatorServer) -> None:
    client = client_of(small, KIND)

    _, reading = await read(client)

    titles = media_of(small, KIND).titles
    assert {native: (title.kind, title.title) for (_, native), title in reading.notes.titles.items()} == {
        str(native): (titles[native].kind, titles[native].title)
        for native in {view.title for view in recorded(small, KIND)}
    }
    await client.aclose()


async def test_a_large_history_is_read_in_few_calls() -> None:
    with SimulatorServer(generate("typical", 1, NOW)) as server:
        client = client_of(server, KIND)
        plays, _ = await read(client)
        await client.users()
        await client.servers()
        await client.aclose()

        calls = sum(server.do(lambda: dict(server.simulation.counts)).values())
        assert len(plays) == len(recorded(server, KIND)) > 20_000
        assert calls <= -(-len(plays) // 1000) + 3


async def test_an_increment_stops_a_day_before_the_time_asked_for(small: SimulatorServer) -> None:
    client = client_of(small, KIND, page_rows=20)
    since = NOW - timedelta(days=30)

    plays, reading = await read(client, since)

    oldest = (since - timedelta(days=1)).timestamp()
    assert {play.play_id for play in plays} == {str(view.number) for view in recorded(small, KIND) if view.at >= oldest}
    assert 0 < len(plays) < len(recorded(small, KIND))
    assert reading.is_addition
    await client.aclose()


async def test_an_increment_asks_for_no_more_pages_than_it_needs(small: SimulatorServer) -> None:
    small.do(small.simulation.counts.clear)
    client = client_of(small, KIND, page_rows=20)

    await read(client, NOW + timedelta(days=3))

    assert small.do(lambda: dict(small.simulation.counts)) == {"GET /tautulli/api/v2": 2}
    await client.aclose()


async def test_running_sessions_music_and_repetitions_are_no_matter(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    media = media_of(simulator, KIND)
    media.playing = [_view(9, SERENITY)]
    media.plays += [_view(5004 + number, SERENITY, at=int(NOW.timestamp()) - 600 + number) for number in range(3)]

    plays, _ = await read(tautulli)

    assert len(plays) == 7
    assert len({play.play_id for play in plays}) == 7


async def test_what_was_broken_off_is_activity(simulator: SimulatorServer, tautulli: TautulliClient) -> None:
    media = media_of(simulator, KIND)
    media.plays = [_view(1, SERENITY, seconds=119), _view(2, SERENITY, seconds=120)]

    plays, _ = await read(tautulli)

    assert {play.play_id: play.plays for play in plays} == {"1": 0, "2": 1}
    assert all(play.last_played_at is not None for play in plays)


async def test_a_title_that_is_gone_from_plex_keeps_its_plays(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    del media_of(simulator, KIND).titles[SERENITY]

    plays, reading = await read(tautulli)

    assert [play.title_id for play in plays].count(str(SERENITY)) == 2
    assert reading.notes.titles["", str(SERENITY)].title == "Serenity"


async def test_users_whose_history_is_not_kept_make_the_plays_partial(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    history_of(simulator, KIND).users_without_history = frozenset({KAYLEE})

    plays, reading = await read(tautulli)

    assert [play.user_id for play in plays] == ["4000"]
    assert "keeps no history of kaylee" in reading.notes.is_partial


async def test_an_empty_history_is_empty(simulator: SimulatorServer, tautulli: TautulliClient) -> None:
    media_of(simulator, KIND).plays = []

    plays, reading = await read(tautulli)

    assert plays == []
    assert reading.rows_declared == 0


async def test_a_database_that_cannot_be_read_is_no_empty_history(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    history_of(simulator, KIND).settings.database_fails = True

    with pytest.raises(UpstreamError, match="named no users") as caught:
        await read(tautulli)

    assert caught.value.error_class is ErrorClass.INCOMPLETE


async def test_a_database_that_fails_in_the_middle_is_no_shorter_history(small: SimulatorServer) -> None:
    client = client_of(small, KIND, page_rows=100)
    reading = client.plays()
    settings = history_of(small, KIND).settings

    async def read_on() -> None:
        async for _ in reading:
            settings.database_fails = True

    with pytest.raises(UpstreamError, match="rows were announced") as caught:
        await read_on()
    settings.database_fails = False

    assert caught.value.error_class is ErrorClass.INCOMPLETE
    assert not reading.is_complete
    await client.aclose()


async def test_plays_that_come_during_the_read_disturb_nothing(small: SimulatorServer) -> None:
    client = client_of(small, KIND, page_rows=50)
    media, before = media_of(small, KIND), recorded(small, KIND)
    at, numbers = int(NOW.timestamp()), set[str]()
    title = next(iter(media.titles))

    async for page in client.plays():
        numbers |= {play.play_id for play in page}
        media.plays.append(_view(900_000 + len(numbers), title, at=at))
        media.revision += 1
    media.plays = [view for view in media.plays if view.number < 900_000]
    media.revision += 1

    assert {str(view.number) for view in before} <= numbers
    await client.aclose()


async def test_who_is_watching_is_told_by_movie_episode_and_show(
    simulator: SimulatorServer, tautulli: TautulliClient
) -> None:
    media_of(simulator, KIND).playing = [_view(1, SERENITY), _view(2, FIREFLY, season=1, episode=2)]

    assert await tautulli.now_playing() == {str(SERENITY), str(FIREFLY), str(FIREFLY + 3)}

    media_of(simulator, KIND).playing = []
    assert await tautulli.now_playing() == frozenset()


async def test_an_api_that_is_switched_off_is_named(simulator: SimulatorServer, tautulli: TautulliClient) -> None:
    history_of(simulator, KIND).settings.api_enabled = False

    with pytest.raises(UpstreamError, match="switched off in Tautulli upstairs") as caught:
        await tautulli.test()

    assert caught.value.error_class is ErrorClass.API_DISABLED


def _view(
    number: int, title: int, *, at: int = 1_767_000_000, seconds: int = 6_900, season: int = 0, episode: int = 0
) -> ViewEvent:
    return ViewEvent(number=number, person=MAL, title=title, season=season, episode=episode, at=at, seconds=seconds)


def _ended(view: ViewEvent) -> datetime:
    paused = 60 if view.number % 4 == 0 else 0
    return datetime.fromtimestamp(view.at + view.seconds + paused, UTC)


def _movie(number: int, user: str, views: dict[int, ViewEvent]) -> Play:
    return Play(str(number), str(SERENITY), user, _ended(views[number]))


def _episode(number: int, user: str, episode: int, views: dict[int, ViewEvent]) -> Play:
    native = FIREFLY + 1 + episode
    return Play(str(number), str(FIREFLY), user, _ended(views[number]), season_number=1, episode_id=str(native))
