"""A simulated Tracearr answers in both its APIs, and as odd as the real ones do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.domain.enums import TitleKind
from libs.simulator.audience import History, ViewEvent
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SERENITY
from libs.simulator.simulation import Simulation
from libs.simulator.tracearr.ids import server_id, user_id
from tests.unit.simulator.api_caller import ApiCaller
from tests.unit.simulator.conftest import NOW
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_tracearr import FIRST, SECOND

EVERY = 10_000


@pytest.fixture
def second(simulation: Simulation) -> ApiCaller:
    return ApiCaller(simulation, "tracearr", "/api/v2/public", "bearer")


@pytest.fixture
def first(simulation: Simulation) -> ApiCaller:
    return ApiCaller(simulation, "tracearr", "/api/v1/public", "bearer")


@pytest.fixture
def history(simulation: Simulation) -> History:
    return simulation.world.histories["tracearr"]


def play(simulation: Simulation, title: int = SERENITY, days_ago: float = 1, **more: Any) -> ViewEvent:
    """A new play on the Plex of the world."""
    server = simulation.world.media_servers["plex"]
    at = int(NOW.timestamp() - days_ago * 86_400)
    fields = {"person": MAL, "season": 0, "episode": 0, "seconds": 7_000, **more}
    view = ViewEvent(number=9_000 + len(server.plays), title=title, at=at, **fields)
    server.plays = sorted([*server.plays, view], key=lambda each: each.at)
    return view


def asked(path: str) -> tuple[str, dict[str, str]]:
    bare, _, query = path.partition("?")
    return bare, dict(pair.split("=") for pair in query.split("&") if pair)


def walked(caller: ApiCaller, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """The pages of a list with cursors."""
    pages, cursor = [], None
    while True:
        payload = caller.get(path, **query, **({"cursor": cursor} if cursor else {}))
        pages.append(payload["data"])
        cursor = payload["meta"]["nextCursor"]
        if cursor is None:
            return pages


@pytest.mark.parametrize(("path", "fields"), SECOND.items(), ids=SECOND)
def test_the_second_api_answers_with_the_fields_clients_read(second: ApiCaller, path: str, fields: Fields) -> None:
    bare, query = asked(path)

    assert missing_fields(second.get(bare, **query), fields) == []


@pytest.mark.parametrize(("path", "fields"), FIRST.items(), ids=FIRST)
def test_the_first_api_answers_with_the_fields_clients_read(first: ApiCaller, path: str, fields: Fields) -> None:
    bare, query = asked(path)

    assert missing_fields(first.get(bare, **query), fields) == []


@pytest.mark.parametrize(("key", "auth"), [("wrong", "bearer"), (None, "x-api-key"), ("", "none")])
def test_only_the_right_bearer_token_opens(second: ApiCaller, key: str | None, auth: str) -> None:
    second.key, second.auth = second.key if key is None else key, auth

    reply = second.send("GET", "/servers")

    assert (reply.status, reply.json["statusCode"], reply.json["error"]) == (401, 401, "Unauthorized")


def test_what_is_no_api_is_the_web_interface(second: ApiCaller) -> None:
    second.prefix = ""

    assert second.send("GET", "/settings").json is None
    assert second.send("GET", "/api/v3/public/servers").json["statusCode"] == 404


def test_without_the_second_api_every_call_of_it_is_unknown(
    second: ApiCaller, first: ApiCaller, history: History
) -> None:
    history.settings.has_v2 = False

    statuses = {second.send("GET", path, media_type="movie").status for path in ("/servers", "/history", "/streams")}

    assert statuses == {404}
    assert first.get("/health")["version"] == "1.4.18"


def test_the_first_releases_of_the_second_api_cannot_tell_their_servers(second: ApiCaller, history: History) -> None:
    history.settings.version = "2.0.1"

    assert second.send("GET", "/servers").status == 404
    assert second.send("GET", "/libraries").status == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/history", {"pageSize": 101}),
        ("/users", {"pageSize": 101}),
        ("/watched-media", {"media_type": "movie", "pageSize": 1001}),
        ("/watched-media", {}),
        ("/watched-media", {"media_type": "movie", "server_id": "1"}),
        ("/history", {"since": "yesterday"}),
        ("/history", {"cursor": "%%%"}),
    ],
)
def test_a_parameter_that_is_not_taken_is_refused_and_not_mended(
    second: ApiCaller, path: str, query: dict[str, Any]
) -> None:
    reply = second.send("GET", path, **query)

    assert (reply.status, reply.json["statusCode"]) == (400, 400)


def test_the_first_api_refuses_large_pages_too(first: ApiCaller) -> None:
    assert first.send("GET", "/history", pageSize=101).status == 400


def test_calls_share_the_minute_and_are_refused_beyond_it(
    second: ApiCaller, first: ApiCaller, history: History, simulation: Simulation
) -> None:
    history.settings.calls_per_minute = 2

    statuses = [second.send("GET", path).status for path in ("/servers", "/users")]
    reply = second.send("GET", "/history")

    assert statuses == [200, 200]
    assert (reply.status, reply.json["message"]) == (429, "Rate limit exceeded")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert first.send("GET", "/history").status == 200
    simulation.world.clock.shift(60)
    assert second.send("GET", "/history").status == 200


def test_pages_are_short_although_more_follow(second: ApiCaller, simulation: Simulation) -> None:
    for days in range(1, 10):
        play(simulation, days_ago=days)

    pages = walked(second, "/history", pageSize=5)

    assert [len(page) for page in pages] == [4, 4, 4, 3]
    found = [row["id"] for page in pages for row in page]
    assert len(set(found)) == len(found) == 15


def test_plays_are_told_newest_first_and_since_a_time(second: ApiCaller, simulation: Simulation) -> None:
    play(simulation, days_ago=3)

    rows = second.get("/history")["data"]
    late = second.get("/history", since=datetime.fromtimestamp(NOW.timestamp() - 4 * 86_400, UTC).isoformat())["data"]

    assert [row["started_at"] for row in rows] == sorted((row["started_at"] for row in rows), reverse=True)
    assert [row["started_at"] for row in late] == ["2026-01-07T12:00:00.000Z"]


def test_an_episode_row_lacks_the_outside_ids_of_its_show(second: ApiCaller) -> None:
    row = next(row for row in second.get("/history")["data"] if row["grandparent_rating_key"] == str(FIREFLY))

    assert "show_tmdb_id" not in row
    assert row["tmdb_id"] is None
    tally = next(
        each
        for each in second.get("/watched-media", media_type="episode", min_state="partial")["data"]
        if each["media_id"] == row["media_id"]
    )
    assert tally["show_media_id"] == row["show_media_id"]
    assert (tally["show_tmdb_id"], tally["show_tvdb_id"], tally["season_number"]) == (1437, 78874, 1)


def test_a_short_session_is_no_play_but_the_first_api_tells_it(
    second: ApiCaller, first: ApiCaller, simulation: Simulation
) -> None:
    before = len(second.get("/history")["data"])
    play(simulation, seconds=119)

    newest = first.get("/history", mediaType="movie")["data"][0]

    assert len(second.get("/history")["data"]) == before
    assert (newest["progressMs"], newest["watched"]) == (119_000, False)


def test_counts_are_of_all_people_and_servers_or_of_one(second: ApiCaller, simulation: Simulation) -> None:
    play(simulation, person=KAYLEE, days_ago=2)

    def plays(**query: str) -> list[int]:
        return [row["plays"] for row in second.get("/watched-media", media_type="movie", **query)["data"]]

    assert plays() == [4]
    assert plays(server_id=server_id("plex")) == [3]
    assert plays(server_id=server_id("emby")) == [1]
    assert plays(user_id=user_id(KAYLEE)) == [2]
    assert plays(user_id=server_id("nobody")) == []


def test_what_was_only_begun_comes_when_asked_for(second: ApiCaller, simulation: Simulation) -> None:
    play(simulation, title=502, seconds=130)

    begun = second.get("/watched-media", media_type="movie", min_state="partial")["data"]

    assert [row["title"] for row in second.get("/watched-media", media_type="movie")["data"]] == ["Serenity"]
    assert {row["title"]: row["watched_state"] for row in begun} == {"Serenity": "watched", "Sunshine Drift": "partial"}
    assert begun[-1]["last_watched_day"] == "2026-01-09"


def test_a_show_without_a_known_episode_is_left_out(second: ApiCaller, simulation: Simulation) -> None:
    simulation.world.media_servers["plex"].titles[FIREFLY].seasons = []
    simulation.world.media_servers["emby"].plays = []

    assert second.get("/watched-media", media_type="show", min_state="partial")["data"] == []
    assert len(second.get("/watched-media", media_type="episode", min_state="partial")["data"]) == 2


def test_early_rows_of_the_first_api_carry_no_ids(first: ApiCaller, history: History) -> None:
    history.settings.early_rows = True

    row = first.get("/history", mediaType="movie")["data"][0]

    assert row["mediaTitle"] == "Serenity"
    assert not {"ratingKey", "tmdbId", "imdbId", "watched", "totalDurationMs", "showRatingKey"} & set(row)


def test_a_title_that_left_the_server_keeps_its_name(second: ApiCaller, simulation: Simulation) -> None:
    del simulation.world.media_servers["plex"].titles[SERENITY]

    names = {row["media_title"] for row in second.get("/history")["data"] if row["media_type"] == "movie"}

    assert names == {"Serenity"}


def test_a_server_without_outside_ids_is_told_by_title_and_year(second: ApiCaller, simulation: Simulation) -> None:
    simulation.world.media_servers["plex"].titles[SERENITY].has_ids = False

    rows = second.get("/watched-media", media_type="movie")["data"]

    assert sorted((row["title"], row["year"], row["tmdb_id"]) for row in rows if row["tmdb_id"] is None) == [
        ("Serenity", 2005, None)
    ]
    assert len(rows) == 2


def test_the_ids_are_those_of_each_server(second: ApiCaller, simulation: Simulation) -> None:
    simulation.world.histories["tracearr"].servers.append("jellyfin")
    fresh = Simulation(simulation.world)
    caller = ApiCaller(fresh, "tracearr", "/api/v2/public", "bearer")

    keys = {row["server_type"]: row["rating_key"] for row in caller.get("/history", media_type="movie")["data"]}

    assert keys == {"plex": "501", "emby": "4101", "jellyfin": "a1f0c5d2e3b44f6789ab0123456789cd"}


def test_what_is_running_is_told_by_both_apis(second: ApiCaller, first: ApiCaller, simulation: Simulation) -> None:
    server = simulation.world.media_servers["plex"]
    at = int(NOW.timestamp()) - 600
    server.playing = [ViewEvent(number=1, person=MAL, title=FIREFLY, season=1, episode=3, at=at, seconds=600)]

    (row,) = second.get("/streams")["data"]
    (old,) = first.get("/streams")["data"]

    assert (row["state"], row["rating_key"], row["stopped_at"]) == ("playing", "704", None)
    assert (old["ratingKey"], old["showRatingKey"]) == ("704", "700")
    assert second.get("/streams", summary="true") == {"data": [], "summary": {"total": 1}}


def test_a_movie_and_a_show_with_one_tmdb_number_are_two(second: ApiCaller, simulation: Simulation) -> None:
    play(simulation, title=800, season=1, episode=1, seconds=2_600)

    shows = second.get("/watched-media", media_type="show")["data"]

    movie = second.get("/watched-media", media_type="movie")["data"][0]
    assert [row["title"] for row in shows if row["tmdb_id"] == movie["tmdb_id"]] == ["Salvage Run"]
    assert movie["media_id"] not in {row["media_id"] for row in shows}
    assert simulation.world.media_servers["plex"].titles[800].kind is TitleKind.TV


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE])
def test_pages_can_be_bent(second: ApiCaller, kind: FaultKind) -> None:
    whole = walked(second, "/history", pageSize=2)
    second.rule = FaultRule(kind=kind)

    bent = walked(second, "/history", pageSize=2)

    assert len(bent) == len(whole)
    assert bent[1] == ([] if kind is FaultKind.EMPTY_PAGE else whole[0])
