"""What the client of Tracearr reads is what it recorded, and every fault on the way is an error."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import Play, PlayReading, SourceTitle
from libs.integrations.capabilities import (
    ConnectionTest,
    NowPlaying,
    Probe,
    RequestSource,
    ServerDirectory,
    UserDirectory,
    WatchSource,
    capability,
)
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, MissingCapabilityError, UpstreamError
from libs.integrations.registry import open_client
from libs.integrations.tracearr import TracearrClient
from libs.integrations.tracearr.reading import Reach
from libs.simulator.audience import MediaServer, ViewEvent
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SERENITY
from libs.simulator.serve import SimulatorServer
from libs.simulator.tracearr import ids
from tests.unit.integrations.simulated_watchers import (
    NAME,
    all_of,
    config_of,
    history_of,
    tracearr_on,
    upstream,
)

V1, V2 = "/api/v1/public", "/api/v2/public"
DAY = timedelta(days=1)


def watched_servers(simulator: SimulatorServer) -> list[MediaServer]:
    return [simulator.world.media_servers[key] for key in history_of(simulator).servers]


def recorded(simulator: SimulatorServer, server: MediaServer) -> list[ViewEvent]:
    """The plays of a server that Tracearr has seen, without the starts that were broken off."""
    since = history_of(simulator).since
    return [view for view in server.plays if view.at >= since and view.seconds >= 120]


def calls(simulator: SimulatorServer) -> Counter[str]:
    """How often each route was asked."""
    return Counter({name.removeprefix("GET /tracearr"): n for name, n in simulator.simulation.counts.items()})


async def read(simulator: SimulatorServer, since: datetime | None = None, **how: Any) -> tuple[list[Play], PlayReading]:
    async with tracearr_on(simulator, **how) as client:
        found = client.plays(since)
        return await all_of(found), found


def title_of(play: Play, found: PlayReading) -> SourceTitle:
    return found.notes.titles[play.server, play.title_id]


def on_mock(answer: Callable[[httpx.Request], httpx.Response]) -> TracearrClient:
    config = IntegrationConfig(1, IntegrationType.TRACEARR, NAME, "http://nas.test", SecretStr("trr_pub_key"))
    return TracearrClient(upstream(config, httpx.MockTransport(answer)), config)


async def test_the_client_has_the_capabilities_of_its_system(simulator: SimulatorServer) -> None:
    client = open_client(config_of(simulator, IntegrationType.TRACEARR), Network())

    for wanted in (ConnectionTest, Probe, ServerDirectory, UserDirectory, WatchSource, NowPlaying):
        assert capability(client, wanted) is client
    with pytest.raises(MissingCapabilityError):
        capability(client, RequestSource)
    await client.aclose()


@pytest.mark.parametrize(
    ("changes", "version"), [({}, "2.7.0"), ({"version": "2.0.4"}, "2"), ({"has_v2": False}, "1.4.18")]
)
async def test_every_release_passes_the_test_and_tells_its_servers(
    fixture_world: SimulatorServer, changes: dict[str, Any], version: str
) -> None:
    for name, value in changes.items():
        setattr(history_of(fixture_world).settings, name, value)

    async with tracearr_on(fixture_world) as client:
        facts = await client.test()
        await client.probe()
        servers = await client.servers()

    assert (facts.app_name, facts.version, facts.hint) == ("Tracearr", version, None)
    assert [(each.server, each.identity, each.type, each.name) for each in servers] == [
        (ids.server_id("plex"), None, IntegrationType.PLEX, "homebox-plex"),
        (ids.server_id("emby"), None, IntegrationType.EMBY, "homebox-emby"),
    ]


async def test_a_tracearr_that_watches_nothing_says_so() -> None:
    client = on_mock(lambda _request: httpx.Response(200, json={"data": [], "tracearr_version": "2.7.0"}))

    assert (await client.test()).hint == f"{NAME} has no media servers connected"


async def test_a_wrong_key_is_told_with_its_place(simulator: SimulatorServer) -> None:
    async with tracearr_on(simulator, key="trr_pub_wrong") as client:
        with pytest.raises(UpstreamError) as caught:
            await client.test()

    assert caught.value.error_class is ErrorClass.AUTH
    assert str(caught.value) == f"{NAME} rejected the API key. Copy it again from Settings → Data & API → API."


async def test_another_product_is_not_taken_for_a_tracearr(simulator: SimulatorServer) -> None:
    radarr = simulator.instance("radarr")
    config = IntegrationConfig(1, IntegrationType.TRACEARR, NAME, radarr["url"], SecretStr(radarr["apiKey"]))
    client = TracearrClient(upstream(config), config)
    with pytest.raises(UpstreamError):
        await client.test()
    await client.aclose()

    named = on_mock(lambda _request: httpx.Response(200, json={"appName": "Radarr"}))
    with pytest.raises(UpstreamError, match="This is Radarr, not Tracearr") as caught:
        await named.test()
    assert caught.value.error_class is ErrorClass.WRONG_SERVICE


async def test_people_are_known_by_the_ids_of_their_media_servers(fixture_world: SimulatorServer) -> None:
    async with tracearr_on(fixture_world) as client:
        users = {user.names[0]: user for user in await client.users()}

    assert users["kaylee"].user_id == ids.user_id(KAYLEE)
    assert users["kaylee"].ids == {"plex:4021", "emby:11111111222233334444555555555555"}
    assert set(users) == {"mal", "kaylee", "wash"}


async def test_T82_the_fixture_plays_are_counted_per_server_and_told_one_by_one(
    fixture_world: SimulatorServer,
) -> None:
    plays, found = await read(fixture_world)

    plex = [play for play in plays if play.server == ids.server_id("plex")]
    serenity = [play for play in plex if title_of(play, found).tmdb_id == 16320]
    (count,) = [play for play in serenity if play.is_count]
    assert (count.plays, count.user_id, count.season_number) == (2, "", None)
    singles = {play.user_id: play for play in serenity if not play.is_count}
    assert set(singles) == {ids.user_id(MAL), ids.user_id(KAYLEE)}
    assert {play.title_id for play in singles.values()} == {str(SERENITY)}
    newest = max(play.last_played_at for play in singles.values() if play.last_played_at)
    assert count.last_played_at is not None
    assert newest <= count.last_played_at + DAY
    episodes = [play for play in plex if title_of(play, found).tvdb_id == 78874]
    assert {play.season_number for play in episodes} == {1}
    assert len({play.episode_id for play in episodes}) == 2
    assert {play.title_id for play in episodes if not play.is_count} == {str(FIREFLY)}
    assert (found.notes.unresolved, found.notes.is_partial, found.notes.tells_seasons) == (0, "", True)
    assert found.notes.people_since is None
    assert not found.is_addition


async def test_a_play_of_an_episode_learns_the_ids_of_its_show(fixture_world: SimulatorServer) -> None:
    _, found = await read(fixture_world)

    title = found.notes.titles[ids.server_id("plex"), str(FIREFLY)]

    assert (title.kind, title.title, title.tmdb_id, title.imdb_id) == (TitleKind.TV, "Firefly", 1437, "tt0303461")


async def test_every_play_is_counted_and_told_over_many_pages(
    simulator: SimulatorServer,
) -> None:
    simulator.do(simulator.simulation.counts.clear)

    plays, _ = await read(simulator, tallies_per_page=20)

    assert len({play.play_id for play in plays}) == len(plays)
    for server in watched_servers(simulator):
        views, own = recorded(simulator, server), [play for play in plays if play.server == ids.server_id(server.key)]
        assert sum(play.plays for play in own if play.is_count) == len(views)
        singles = [play for play in own if not play.is_count]
        assert {play.play_id for play in singles} == {ids.play_id(server.key, view) for view in views}
        assert sum(play.plays for play in singles) == len(views)
        assert Counter(play.user_id for play in singles) == Counter(ids.user_id(view.person) for view in views)
        stops = {ids.play_id(server.key, view): view.at + view.seconds for view in views}
        assert {play.play_id: _seconds(play) for play in singles} == stops
    assert calls(simulator)[f"{V2}/watched-media"] > 8
    assert calls(simulator)[f"{V2}/history"] > 4


async def test_counts_end_with_the_day_of_the_newest_play(simulator: SimulatorServer) -> None:
    plays, found = await read(simulator)
    server = watched_servers(simulator)[0]
    newest: dict[int, int] = {}
    for view in recorded(simulator, server):
        if not view.season:
            tmdb_id = server.titles[view.title].tmdb_id
            newest[tmdb_id] = max(view.at, newest.get(tmdb_id, 0))

    for play in plays:
        title = title_of(play, found)
        if play.is_count and play.server == ids.server_id("plex") and title.kind is TitleKind.MOVIE and title.tmdb_id:
            last = datetime.fromtimestamp(newest[title.tmdb_id], UTC)
            assert play.last_played_at is not None
            assert last <= play.last_played_at < last + DAY


async def test_an_addition_has_all_counts_and_the_plays_since_a_day_before(simulator: SimulatorServer) -> None:
    since = simulator.world.clock.now() - 30 * DAY
    whole, _ = await read(simulator)

    plays, found = await read(simulator, since)

    assert found.is_addition
    late = {play.play_id for play in plays if not play.is_count}
    started = {
        ids.play_id(server.key, view)
        for server in watched_servers(simulator)
        for view in recorded(simulator, server)
        if view.at >= (since - DAY).timestamp()
    }
    assert late == started
    assert 0 < len(late) < len([play for play in whole if not play.is_count])
    assert [play.play_id for play in plays if play.is_count] == [play.play_id for play in whole if play.is_count]


async def test_a_first_reading_looks_for_people_only_so_far_and_says_how_far(
    simulator: SimulatorServer,
) -> None:
    plays, found = await read(simulator, reach=Reach(time=60 * DAY))

    singles = [play for play in plays if not play.is_count]
    views = [view for server in watched_servers(simulator) for view in recorded(simulator, server)]
    assert found.notes.people_since is not None
    assert len(singles) == sum(view.at >= found.notes.people_since.timestamp() for view in views) < len(views)
    assert sum(play.plays for play in plays if play.is_count) == len(views)


async def test_a_first_reading_asks_for_no_more_pages_than_it_may(
    simulator: SimulatorServer,
) -> None:
    simulator.do(simulator.simulation.counts.clear)

    _, found = await read(simulator, reach=Reach(pages=2))

    assert calls(simulator)[f"{V2}/history"] == 2
    assert found.notes.people_since is not None


async def test_without_a_list_of_servers_everything_is_counted_at_once(fixture_world: SimulatorServer) -> None:
    history_of(fixture_world).settings.version = "2.0.4"

    plays, _ = await read(fixture_world)

    counts = [play for play in plays if play.is_count]
    assert {play.server for play in counts} == {""}
    assert sum(play.plays for play in counts) == 6
    assert {play.server for play in plays if not play.is_count} == {ids.server_id("plex"), ids.server_id("emby")}


async def test_the_first_api_tells_every_session_in_numbered_pages(old: SimulatorServer) -> None:
    old.do(old.simulation.counts.clear)

    plays, found = await read(old)

    assert not any(play.is_count for play in plays)
    sessions = [view for server in watched_servers(old) for view in server.plays if view.at >= history_of(old).since]
    assert len({play.play_id for play in plays}) == len(plays) == len(sessions) == found.rows_declared
    assert sum(play.plays for play in plays) == sum(len(recorded(old, server)) for server in watched_servers(old))
    assert {title_of(play, found).kind for play in plays} == {TitleKind.MOVIE, TitleKind.TV}
    assert all(title_of(play, found).tmdb_id for play in plays)
    assert calls(old)[f"{V1}/history"] > 2


async def test_the_first_api_can_be_asked_for_late_plays_and_tells_who_watched(old: SimulatorServer) -> None:
    since = old.world.clock.now() - 30 * DAY

    plays, found = await read(old, since)
    async with tracearr_on(old) as client:
        users = await client.users()

    assert found.is_addition
    assert min(_seconds(play) for play in plays) >= (since - 2 * DAY).timestamp()
    assert {play.user_id for play in plays} <= {user.user_id for user in users}
    assert {user.names[0] for user in users} <= {person.name for person in old.world.people}


async def test_early_rows_are_matched_by_their_names(fixture_world: SimulatorServer) -> None:
    history_of(fixture_world).settings.has_v2 = False
    history_of(fixture_world).settings.early_rows = True

    plays, found = await read(fixture_world)

    titles = {(title.kind, title.title, title.year, title.tmdb_id) for title in found.notes.titles.values()}
    assert titles == {(TitleKind.MOVIE, "Serenity", 2005, None), (TitleKind.TV, "Firefly", None, None)}
    assert sum(play.plays for play in plays) == 6
    assert {play.season_number for play in plays} == {None, 1}


async def test_what_is_running_is_told_by_both_apis(fixture_world: SimulatorServer) -> None:
    at_s = int(fixture_world.world.clock.now().timestamp()) - 600
    view = ViewEvent(number=1, person=MAL, title=FIREFLY, season=1, episode=3, at=at_s, seconds=600)
    fixture_world.world.media_servers["plex"].playing = [view]

    async with tracearr_on(fixture_world) as client:
        second = await client.now_playing()
        history_of(fixture_world).settings.has_v2 = False
        first = await client.now_playing()

    assert {"704", "700"} <= second
    assert first == {"704", "700"}


async def test_a_running_title_without_a_name_is_no_leave_to_delete(fixture_world: SimulatorServer) -> None:
    history_of(fixture_world).settings.has_v2 = False
    history_of(fixture_world).settings.early_rows = True
    view = ViewEvent(number=1, person=MAL, title=SERENITY, season=0, episode=0, at=1, seconds=600)
    fixture_world.world.media_servers["plex"].playing = [view]

    async with tracearr_on(fixture_world) as client:
        with pytest.raises(UpstreamError, match="which title") as caught:
            await client.now_playing()

    assert caught.value.error_class is ErrorClass.INCOMPLETE


async def test_a_title_that_nobody_knows_any_more_keeps_its_number(fixture_world: SimulatorServer) -> None:
    plex = fixture_world.world.media_servers["plex"]
    gone = ViewEvent(number=1, person=MAL, title=4_444, season=0, episode=0, at=plex.plays[-1].at + 1, seconds=600)
    plex.plays.append(gone)

    plays, found = await read(fixture_world)

    (play,) = [each for each in plays if each.title_id == "4444"]
    assert (play.plays, title_of(play, found).title) == (1, "Unknown")


async def test_a_tracearr_without_any_play_is_read_completely(fixture_world: SimulatorServer) -> None:
    for server in watched_servers(fixture_world):
        server.plays = []

    plays, found = await read(fixture_world)

    assert plays == []
    assert found.notes.titles == {}


def _seconds(play: Play) -> float:
    assert play.last_played_at is not None
    return play.last_played_at.timestamp()
