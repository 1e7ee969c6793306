"""A client of Jellystat reads all of a history over real HTTP, and says when it cannot (integrations.md 13)."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import Play, ServerRef, SourceTitle, SourceUser
from libs.integrations.capabilities import (
    ConnectionTest,
    Probe,
    ServerDirectory,
    UserDirectory,
    WatchSource,
    capability,
)
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.jellystat import JellystatClient
from libs.integrations.registry import open_client
from libs.simulator.audience import History, ViewEvent
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture import fixture_world
from libs.simulator.fixture_audience import JELLYFIN_FIREFLY, JELLYFIN_SERENITY, KAYLEE
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from libs.simulator.simulation import Simulation
from tests.unit.integrations.simulated_histories import HistoryClient, client_of, history_of, media_of, read, recorded

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
KIND = IntegrationType.JELLYSTAT
FIREFLY, SERENITY = f"{JELLYFIN_FIREFLY:032x}", f"{JELLYFIN_SERENITY:032x}"
MAL_ID, KAYLEE_ID, WASH_ID = (
    "99999999888877776666555555555555",
    "11111111222233334444555555555555",
    "22222222333344445555666666666666",
)
ROWS, GROUPS, OF_USER = "/stats/getPlaybackActivity", "/api/getHistory", "/api/getUserHistory"


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as server:
        yield server


@pytest.fixture
def history(simulator: SimulatorServer) -> History:
    return history_of(simulator, KIND)


@pytest.fixture
async def jellystat(simulator: SimulatorServer) -> AsyncIterator[JellystatClient]:
    client = client_of(simulator, KIND)
    assert isinstance(client, JellystatClient)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
def small_server() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("small", 1, NOW)) as server:
        yield server


@pytest.fixture
def small(small_server: SimulatorServer) -> Iterator[SimulatorServer]:
    """The small library; what a test changes of the history's settings is put back."""
    settings = history_of(small_server, KIND).settings
    yield small_server
    small_server.heal()
    history_of(small_server, KIND).settings = type(settings)()


@pytest.fixture
async def reader(small: SimulatorServer) -> AsyncIterator[HistoryClient]:
    """A client of the small library that reads it in some pages."""
    client = client_of(small, KIND, page_rows=40)
    yield client
    await client.aclose()


async def test_a_jellystat_can_tell_all_that_a_history_should(simulator: SimulatorServer) -> None:
    row = simulator.instance("jellystat")
    config = IntegrationConfig(1, KIND, "Jellystat", row["url"], SecretStr(row["apiKey"]))
    client = open_client(config, Network())

    for wanted in (ConnectionTest, Probe, ServerDirectory, UserDirectory, WatchSource):
        assert capability(client, wanted) is client
    await client.aclose()


async def test_T81_a_connection_test_works_with_jellystats_own_header(jellystat: JellystatClient) -> None:
    facts = await jellystat.test()
    await jellystat.probe()

    assert (facts.app_name, facts.version, facts.hint) == ("Jellystat", "", None)


async def test_the_server_is_the_jellyfin_it_watches(jellystat: JellystatClient) -> None:
    assert await jellystat.servers() == (ServerRef("", "0badc0de" * 4, IntegrationType.JELLYFIN),)


async def test_an_emby_behind_it_has_users_and_titles_of_emby() -> None:
    world = fixture_world(NOW)
    world.histories["jellystat"].servers = ["emby"]
    with SimulatorServer(Simulation(world)) as server:
        client = client_of(server, KIND)
        plays, _ = await read(client)
        (found,) = await client.servers()
        users = await client.users()
        await client.aclose()

    assert (found.identity, found.type) == ("feedface" * 4, IntegrationType.EMBY)
    assert [play.title_id for play in plays] == ["4200", "4101"]
    assert users[0].ids == {f"emby:{MAL_ID}"}


async def test_users_go_by_their_id_on_the_server(history: History, jellystat: JellystatClient) -> None:
    history.users_without_history = frozenset({KAYLEE})

    assert await jellystat.users() == (
        SourceUser(MAL_ID, ("mal",), frozenset({f"jellyfin:{MAL_ID}"})),
        SourceUser(KAYLEE_ID, ("kaylee",), frozenset({f"jellyfin:{KAYLEE_ID}"}), is_readable=False),
        SourceUser(WASH_ID, ("wash",), frozenset({f"jellyfin:{WASH_ID}"})),
    )


@pytest.mark.parametrize("has_playback_route", [True, False], ids=["all rows", "user by user"])
async def test_the_plays_of_the_fixture_are_told_as_they_were(
    simulator: SimulatorServer, history: History, jellystat: JellystatClient, has_playback_route: bool
) -> None:
    history.settings.has_playback_route = has_playback_route

    plays, reading = await read(jellystat)

    movie, episode = media_of(simulator, KIND).plays
    assert sorted(plays, key=lambda play: play.play_id) == [
        Play("1", SERENITY, MAL_ID, _ended(movie)),
        Play("2", FIREFLY, KAYLEE_ID, _ended(episode), season_number=1, episode_id=f"{JELLYFIN_FIREFLY + 3:032x}"),
    ]
    notes = reading.notes
    assert (notes.unresolved, notes.is_partial, notes.tells_seasons) == (0, "", True)
    assert notes.titles == {
        ("", SERENITY): SourceTitle(SERENITY, TitleKind.MOVIE, "Serenity"),
        ("", FIREFLY): SourceTitle(FIREFLY, TitleKind.TV, "Firefly"),
    }


@pytest.mark.parametrize("has_playback_route", [True, False], ids=["all rows", "user by user"])
@pytest.mark.parametrize("page_rows", [1000, 50, 7])
async def test_every_play_of_a_library_comes_once_in_pages_of_any_size(
    small: SimulatorServer, page_rows: int, has_playback_route: bool
) -> None:
    history_of(small, KIND).settings.has_playback_route = has_playback_route
    client = client_of(small, KIND, page_rows=page_rows)

    plays, reading = await read(client)

    people, views = small.world.people, recorded(small, KIND)
    assert len(views) > 200
    assert sorted((play.play_id, play.title_id, play.user_id, play.season_number) for play in plays) == sorted(
        (str(view.number), f"{view.title:032x}", people[view.person].media_id, view.season if view.episode else None)
        for view in views
    )
    assert reading.notes.tells_seasons
    assert sum(play.plays for play in plays) == sum(view.seconds >= 120 for view in views)
    await client.aclose()


async def test_a_large_history_is_read_in_few_calls() -> None:
    with SimulatorServer(generate("typical", 1, NOW)) as server:
        client = client_of(server, KIND)
        plays, _ = await read(client)
        await client.users()
        await client.servers()
        await client.aclose()

        calls = sum(server.do(lambda: dict(server.simulation.counts)).values())
        assert len(plays) == len(recorded(server, KIND)) > 5_000
        assert calls <= 2 * -(-len(plays) // 1000) + 6


async def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_to_the_end(
    small: SimulatorServer, reader: HistoryClient
) -> None:
    whole = (await read(reader))[0]
    history_of(small, KIND).settings.page_cap = 9

    plays, _ = await read(reader)

    assert plays == whole


@pytest.mark.parametrize("has_playback_route", [True, False], ids=["all rows", "user by user"])
async def test_an_increment_begins_a_day_before_the_time_asked_for(
    small: SimulatorServer, reader: HistoryClient, has_playback_route: bool
) -> None:
    history_of(small, KIND).settings.has_playback_route = has_playback_route
    since = NOW - timedelta(days=30)

    plays, reading = await read(reader, since)

    oldest = (since - timedelta(days=1)).timestamp()
    assert {play.play_id for play in plays} == {
        str(view.number) for view in recorded(small, KIND) if view.at + view.seconds >= oldest
    }
    assert 0 < len(plays) < len(recorded(small, KIND))
    assert reading.is_addition
    assert all(play.season_number is not None for play in plays if play.episode_id)


async def test_an_increment_without_anything_new_is_empty(reader: HistoryClient) -> None:
    plays, _ = await read(reader, NOW + timedelta(days=3))

    assert plays == []


async def test_imported_rows_do_not_count_twice(small: SimulatorServer, reader: HistoryClient) -> None:
    before = (await read(reader))[0]
    history_of(small, KIND).settings.imports_reports = True

    plays, _ = await read(reader)

    assert plays == before


async def test_what_was_broken_off_is_activity(simulator: SimulatorServer, jellystat: JellystatClient) -> None:
    media = media_of(simulator, KIND)
    media.plays = [_view(1, seconds=119), _view(2, seconds=120)]

    plays, _ = await read(jellystat)

    assert {play.play_id: play.plays for play in plays} == {"1": 0, "2": 1}


async def test_users_that_are_left_out_make_the_plays_partial(history: History, jellystat: JellystatClient) -> None:
    history.users_without_history = frozenset({KAYLEE})

    plays, reading = await read(jellystat)

    assert [play.user_id for play in plays] == [MAL_ID]
    assert "leave out 1 of its users" in reading.notes.is_partial


async def test_a_version_with_prepared_lists_only_tells_counts_and_that_they_are_not_all(
    simulator: SimulatorServer, jellystat: JellystatClient
) -> None:
    media, history = media_of(simulator, KIND), history_of(simulator, KIND)
    history.settings.has_playback_route = False
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, instance="jellystat", path_glob=OF_USER))
    media.plays += [_view(3), _view(4), _view(5, JELLYFIN_FIREFLY, season=1, episode=2), _view(6, seconds=30)]

    plays, reading = await read(jellystat, NOW - timedelta(days=5))

    counts = {(play.title_id, play.user_id): play.plays for play in plays}
    assert counts == {(SERENITY, KAYLEE_ID): 1, (FIREFLY, KAYLEE_ID): 2, (SERENITY, MAL_ID): 1}
    assert all(play.is_count for play in plays)
    assert "prepared list only" in reading.notes.is_partial
    assert not reading.is_addition


async def test_counts_have_the_same_names_in_every_read(simulator: SimulatorServer, jellystat: JellystatClient) -> None:
    history_of(simulator, KIND).settings.has_playback_route = False
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, instance="jellystat", path_glob=OF_USER))
    before = (await read(jellystat))[0]
    media_of(simulator, KIND).plays.append(_view(7))

    after = (await read(jellystat))[0]

    assert {play.play_id for play in before} < {play.play_id for play in after}


async def test_without_the_prepared_list_seasons_are_not_told_apart(
    simulator: SimulatorServer, jellystat: JellystatClient
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=503, instance="jellystat", path_glob=GROUPS))

    plays, reading = await read(jellystat)

    assert len(plays) == 2
    assert [play.season_number for play in plays] == [None, None]
    assert not reading.notes.tells_seasons


async def test_a_route_that_never_answers_is_given_up(simulator: SimulatorServer) -> None:
    client = client_of(simulator, KIND, deadline_s=0.3)
    simulator.break_calls(FaultRule(kind=FaultKind.TIMEOUT, instance="jellystat", path_glob=ROWS))

    with pytest.raises(UpstreamError, match=r"did not answer within 0\.3 s") as caught:
        await read(client)

    assert caught.value.error_class is ErrorClass.TIMEOUT
    await client.aclose()


async def test_a_title_that_was_removed_keeps_its_plays_and_its_name(
    simulator: SimulatorServer, jellystat: JellystatClient
) -> None:
    del media_of(simulator, KIND).titles[JELLYFIN_SERENITY]

    _, reading = await read(jellystat)

    assert reading.notes.titles["", SERENITY].title == "Serenity"


async def test_an_empty_history_is_empty(simulator: SimulatorServer, jellystat: JellystatClient) -> None:
    media_of(simulator, KIND).plays = []

    plays, reading = await read(jellystat)

    assert plays == []
    assert reading.notes.is_partial == ""


async def test_a_list_that_shows_nothing_while_users_have_plays_is_no_empty_history(
    simulator: SimulatorServer, history: History, jellystat: JellystatClient
) -> None:
    history.settings.has_playback_route, history.settings.view_age_s = False, 10**9
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, instance="jellystat", path_glob=OF_USER))

    with pytest.raises(UpstreamError, match="has a history and showed nothing of it") as caught:
        await read(jellystat)

    assert caught.value.error_class is ErrorClass.INCOMPLETE


async def test_T74_one_person_whose_plays_cannot_be_read_is_no_person_without_plays(
    simulator: SimulatorServer, history: History, jellystat: JellystatClient
) -> None:
    history.settings.has_playback_route = False
    whole, _ = await read(jellystat)
    history.settings.unreadable_people = frozenset({KAYLEE})

    with pytest.raises(UpstreamError, match="has a history and showed nothing of it") as caught:
        await read(jellystat)

    assert {play.user_id for play in whole} == {MAL_ID, KAYLEE_ID}
    assert caught.value.error_class is ErrorClass.INCOMPLETE


async def test_a_failing_database_is_an_error(history: History, jellystat: JellystatClient) -> None:
    history.settings.database_fails = True

    with pytest.raises(UpstreamError, match=r"internal error \(503\)"):
        await read(jellystat)
    with pytest.raises(UpstreamError, match="named no users"):
        await jellystat.users()


async def test_a_database_that_fails_in_the_middle_is_no_shorter_history(
    small: SimulatorServer, reader: HistoryClient
) -> None:
    reading, settings = reader.plays(), history_of(small, KIND).settings

    async def read_on() -> None:
        async for _ in reading:
            settings.database_fails = True

    with pytest.raises(UpstreamError, match="503"):
        await read_on()

    assert not reading.is_complete


async def test_a_jellystat_without_keys_is_named(history: History, jellystat: JellystatClient) -> None:
    history.settings.api_enabled = False

    with pytest.raises(UpstreamError, match="switched off in Jellystat upstairs") as caught:
        await jellystat.test()

    assert caught.value.error_class is ErrorClass.API_DISABLED


def _view(
    number: int, title: int = JELLYFIN_SERENITY, *, seconds: int = 6_900, season: int = 0, episode: int = 0
) -> ViewEvent:
    at = 1_767_000_000 + 10_000 * number
    return ViewEvent(number=number, person=KAYLEE, title=title, season=season, episode=episode, at=at, seconds=seconds)


def _ended(view: ViewEvent) -> datetime:
    return datetime.fromtimestamp(view.at + view.seconds, UTC)
