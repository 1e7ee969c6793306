"""Answers that no simulated Plex gives: other products, pages on the way, numbers that cannot be."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.plex import PlexClient
from libs.integrations.registry import open_client
from tests.unit.integrations.simulated_plex import all_of
from tests.unit.integrations.wire import HOST, KEY, Answer, Wire, says

IDENTITY = {"MediaContainer": {"size": 0, "machineIdentifier": "f00d", "version": "1.41.3"}}
SECTION = {"key": "1", "type": "movie", "title": "Movies", "agent": "tv.plex.agents.movie"}


def container(**fields: Any) -> Answer:
    return says({"MediaContainer": fields})


def page(status: int, body: str) -> Answer:
    return lambda _request: httpx.Response(status, text=body, headers={"Content-Type": "text/html"})


def own_page(status: int, title: str) -> Answer:
    return page(status, f"<html><head><title>{title}</title></head><body><h1>{status} {title}</h1></body></html>")


@pytest.fixture
def wire() -> Wire:
    wire = Wire()
    wire.on("GET /identity", says(IDENTITY))
    wire.on("GET /library/sections", container(size=1, Directory=[SECTION]))
    wire.on("GET /accounts", container(size=1, Account=[{"id": 1, "name": "mal"}]))
    return wire


@pytest.fixture
def plex(wire: Wire) -> PlexClient:
    config = IntegrationConfig(1, IntegrationType.PLEX, "Upstairs", f"http://{HOST}:32400", SecretStr(KEY))
    client = open_client(config, Network(transport=httpx.MockTransport(wire)))
    assert isinstance(client, PlexClient)
    return client


async def test_the_token_goes_into_a_header_and_json_is_asked_for(wire: Wire, plex: PlexClient) -> None:
    await plex.test()

    for request in wire.sent:
        assert (request.headers["X-Plex-Token"], request.headers["Accept"]) == (KEY, "application/json")
        assert KEY not in str(request.url)


async def test_a_connection_test_of_an_old_address_hints_at_the_new_one(wire: Wire, plex: PlexClient) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        return httpx.Response(301, headers={"Location": str(request.url.copy_with(path=f"/plex{request.url.path}"))})

    wire.on("GET /identity", moved)
    wire.on("GET /plex/identity", says(IDENTITY))

    assert (await plex.test()).hint == f"Plex redirects to http://{HOST}:32400/plex; save that address"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"appName": "Radarr"}, "Radarr"),
        ({"ProductName": "Jellyfin Server"}, "Jellyfin Server"),
        ({}, "something else"),
        ({"MediaContainer": {"size": 0}}, "something else"),
    ],
)
@pytest.mark.parametrize("ask", ["test", "probe", "servers"])
async def test_another_product_is_named_and_never_sees_a_second_question(
    wire: Wire, plex: PlexClient, ask: str, answer: dict[str, Any], found: str
) -> None:
    wire.on("GET /identity", says(answer))

    with pytest.raises(UpstreamError, match=f"This is {found}, not Plex") as caught:
        await getattr(plex, ask)()

    assert caught.value.error_class is ErrorClass.WRONG_SERVICE
    assert wire.calls == ["GET /identity"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (own_page(401, "Unauthorized"), ErrorClass.AUTH),
        (own_page(403, "Forbidden"), ErrorClass.FORBIDDEN),
        (own_page(404, "Not Found"), ErrorClass.NOT_FOUND),
        (own_page(500, "Internal Server Error"), ErrorClass.SERVER_ERROR),
        (page(403, '<form><input type="password"></form>'), ErrorClass.LOGIN_PAGE),
        (page(404, "<html>Sign in with Authelia</html>"), ErrorClass.LOGIN_PAGE),
        (page(200, "<html>Welcome</html>"), ErrorClass.HTML_PAGE),
        (page(503, '<Response code="503" title="Maintenance" status="running startup tasks"/>'), ErrorClass.STARTING),
        (page(503, "<html>Bad gateway</html>"), ErrorClass.SERVER_ERROR),
        (page(200, '<?xml version="1.0"?><MediaContainer size="0"/>'), ErrorClass.HTML_PAGE),
    ],
    ids=["401", "403", "404", "500", "login 403", "login 404", "page", "maintenance", "proxy", "xml"],
)
async def test_a_failure_of_plex_is_told_from_a_page_in_front_of_it(
    wire: Wire, plex: PlexClient, answer: Answer, expected: ErrorClass
) -> None:
    wire.on("GET /library/sections", answer)

    with pytest.raises(UpstreamError) as caught:
        await all_of(plex.titles())

    assert caught.value.error_class is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"size": 2, "Directory": [SECTION]}, ErrorClass.INCOMPLETE),
        ({"size": 1}, ErrorClass.INCOMPLETE),
        ({}, ErrorClass.BAD_RESPONSE),
        ({"size": 1, "Directory": [{"type": "movie"}]}, ErrorClass.BAD_RESPONSE),
        ({"size": 1, "Directory": "Movies"}, ErrorClass.BAD_JSON),
    ],
    ids=["fewer rows", "no rows", "nothing at all", "a library without number", "another shape"],
)
async def test_a_list_whose_numbers_cannot_be_is_not_used(
    wire: Wire, plex: PlexClient, answer: dict[str, Any], expected: ErrorClass
) -> None:
    wire.on("GET /library/sections", container(**answer))

    with pytest.raises(UpstreamError) as caught:
        await all_of(plex.titles())

    assert caught.value.error_class is expected


async def test_a_title_without_rating_key_makes_the_library_unreadable(wire: Wire, plex: PlexClient) -> None:
    wire.on("GET /library/sections/1/all", container(size=1, totalSize=1, Metadata=[{"title": "Serenity"}]))

    with pytest.raises(UpstreamError, match="no rating key") as caught:
        await all_of(plex.titles())

    assert caught.value.error_class is ErrorClass.BAD_RESPONSE


async def test_a_server_that_tells_no_total_is_read_until_an_empty_page(wire: Wire, plex: PlexClient) -> None:
    rows = [{"ratingKey": str(key), "title": f"T{key}"} for key in (501, 502)]
    wire.on("GET /library/sections/1/all", container(size=2, Metadata=rows), container(size=0))
    reading = plex.titles()

    assert [title.native_id for title in await all_of(reading)] == ["501", "502"]
    assert reading.rows_declared is None


async def test_home_videos_are_no_titles(wire: Wire, plex: PlexClient) -> None:
    wire.on("GET /library/sections", container(size=1, Directory=[{**SECTION, "agent": "com.plexapp.agents.none"}]))
    rows = [
        {"ratingKey": "501", "title": "Christmas", "guid": "com.plexapp.agents.none://1"},
        {"ratingKey": "502", "title": "Serenity", "Guid": [{"id": "tmdb://16320"}]},
    ]
    wire.on("GET /library/sections/1/all", container(size=2, totalSize=2, Metadata=rows))
    reading = plex.titles()

    assert [title.title for title in await all_of(reading)] == ["Serenity"]
    assert reading.rows_skipped == 1


async def test_music_and_clips_are_no_plays_and_not_unresolved(wire: Wire, plex: PlexClient) -> None:
    rows = [
        {"historyKey": "/status/sessions/history/3", "ratingKey": "9", "type": "track", "viewedAt": 1760000003},
        {"historyKey": "/status/sessions/history/2", "ratingKey": "8", "type": "clip", "viewedAt": 1760000002},
        {"historyKey": "/status/sessions/history/1", "ratingKey": "7", "type": "movie", "viewedAt": 1760000001},
    ]
    wire.on("GET /status/sessions/history/all", container(size=3, totalSize=3, Metadata=rows))
    reading = plex.plays()

    assert [play.play_id for play in await all_of(reading)] == ["1"]
    assert reading.notes.unresolved == 0


async def test_at_most_twenty_unresolved_rows_are_named(wire: Wire, plex: PlexClient) -> None:
    rows = [
        {"historyKey": f"/status/sessions/history/{number}", "type": "episode", "title": f"Gone {number % 40}"}
        for number in range(60)
    ]
    wire.on("GET /status/sessions/history/all", container(size=60, totalSize=60, Metadata=rows))
    reading = plex.plays()

    assert await all_of(reading) == []
    assert reading.notes.unresolved == 60
    assert reading.notes.examples == [f"Gone {number}" for number in range(20)]


async def test_a_row_that_slides_to_the_next_page_counts_once(wire: Wire, plex: PlexClient) -> None:
    def history(request: httpx.Request) -> httpx.Response:
        """One play more with every call: pages shift by one."""
        calls = wire.calls.count("GET /status/sessions/history/all")
        newest = 2000 + calls
        start = int(request.url.params["X-Plex-Container-Start"])
        size = int(request.url.params["X-Plex-Container-Size"])
        numbers = range(newest - start, max(newest - start - size, 0), -1)
        rows = [{"historyKey": f"/status/sessions/history/{n}", "ratingKey": "7", "type": "movie"} for n in numbers]
        return httpx.Response(200, json={"MediaContainer": {"size": len(rows), "totalSize": newest, "Metadata": rows}})

    wire.on("GET /status/sessions/history/all", history)

    plays = [play.play_id for play in await all_of(plex.plays())]

    assert len(plays) == len(set(plays))
    assert set(plays) >= {str(number) for number in range(1, 2003)}


async def test_plays_of_shows_without_season_are_noted(wire: Wire, plex: PlexClient) -> None:
    row = {"historyKey": "/1", "type": "episode", "grandparentKey": "/library/metadata/700", "viewedAt": 1760000000}
    wire.on("GET /status/sessions/history/all", container(size=1, totalSize=1, Metadata=[row]))
    reading = plex.plays()

    (play,) = await all_of(reading)

    assert (play.title_id, play.season_number, play.episode_id) == ("700", None, "")
    assert not reading.notes.tells_seasons
