"""A simulated Jellystat answers as a real one does, with its odd values and its ways to fail."""

import json
from typing import Any

import pytest

from libs.common.domain.enums import IntegrationType
from libs.simulator.audience import ViewEvent
from libs.simulator.fixture_audience import JELLYFIN_FIREFLY, JELLYFIN_SERENITY, KAYLEE
from libs.simulator.simulation import Simulation
from tests.unit.simulator.contract_fields import missing_fields
from tests.unit.simulator.contract_jellystat import QUESTIONS, Question
from tests.unit.simulator.history_caller import HistoryCaller

ROWS, GROUPS, USERS = "/stats/getPlaybackActivity", "/api/getHistory", "/stats/getAllUserActivity"
KAYLEE_ID = "11111111222233334444555555555555"
NOW = 1_760_000_000


@pytest.fixture
def jellystat(simulation: Simulation) -> HistoryCaller:
    return HistoryCaller(simulation, "jellystat", "x-api-token")


def _ids(answer: Any) -> list[str]:
    return [row["Id"] for row in answer["results"]]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.path)
def test_every_call_answers_with_the_fields_clients_read(jellystat: HistoryCaller, question: Question) -> None:
    reply = jellystat.send(question.method, question.path, question.body, **question.query)

    assert reply.status == 200
    assert missing_fields(reply.json, question.fields) == []


def test_rows_are_the_plays_of_its_server_newest_first(jellystat: HistoryCaller) -> None:
    newest, oldest = jellystat.get(ROWS)["results"]

    assert newest["NowPlayingItemId"] == f"{JELLYFIN_FIREFLY:032x}"
    assert (newest["SeriesName"], newest["UserName"]) == ("Firefly", "kaylee")
    assert newest["SeasonId"] != newest["EpisodeId"] != newest["NowPlayingItemId"]
    assert oldest["NowPlayingItemId"] == f"{JELLYFIN_SERENITY:032x}"
    assert (oldest["SeriesName"], oldest["SeasonId"], oldest["EpisodeId"]) == (None, None, None)


def test_single_rows_tell_no_season_number_and_those_of_a_user_do(jellystat: HistoryCaller) -> None:
    row = jellystat.get(ROWS)["results"][0]
    of_user = jellystat.ask("/api/getUserHistory", {"userid": KAYLEE_ID})["results"][0]

    assert "SeasonNumber" not in row
    assert (of_user["SeasonNumber"], of_user["EpisodeNumber"]) == (1, 2)
    assert {**of_user, **row} == of_user


def test_big_numbers_are_texts_and_what_was_asked_comes_back_as_text(jellystat: HistoryCaller) -> None:
    answer = jellystat.get(ROWS, size=1, page=2)

    assert answer["results"][0]["PlaybackDuration"] == "7000"
    assert (answer["current_page"], answer["size"], answer["pages"]) == ("2", "1", 2)


def test_a_page_behind_the_last_is_empty(jellystat: HistoryCaller) -> None:
    answer = jellystat.get(ROWS, size=2, page=2)

    assert (answer["results"], answer["pages"]) == ([], 1)


def test_grouped_rows_count_episodes_and_do_not_count_movies(jellystat: HistoryCaller) -> None:
    _watch(jellystat, [_play(9, JELLYFIN_FIREFLY, season=1, episode=2, at=NOW)])

    episode, movie = jellystat.get(GROUPS)["results"]

    assert (episode["TotalPlays"], [row["Id"] for row in episode["results"]]) == ("2", ["2", "9"])
    assert (episode["SeasonNumber"], episode["TotalDuration"]) == (1, "9480")
    assert (movie["TotalPlays"], movie["results"], movie["TotalDuration"]) == (None, None, None)


def test_prepared_rows_lag_behind(jellystat: HistoryCaller) -> None:
    jellystat.history.settings.view_age_s = 90 * 86_400

    assert _ids(jellystat.get(GROUPS)) == ["1"]
    assert _ids(jellystat.get(ROWS)) == ["2", "1"]


def test_rows_are_sorted_and_filtered_as_asked(jellystat: HistoryCaller) -> None:
    since = json.dumps([{"field": "ActivityDateInserted", "min": "2025-10-15T00:00:00Z"}])
    until = json.dumps([{"field": "ActivityDateInserted", "max": "2025-10-15T00:00:00"}])

    assert _ids(jellystat.get(ROWS, filters=since)) == _ids(jellystat.get(GROUPS, filters=since)) == ["2"]
    assert _ids(jellystat.get(ROWS, filters=until)) == ["1"]
    assert _ids(jellystat.get(ROWS, desc="false")) == ["1", "2"]
    assert _ids(jellystat.get(ROWS, sort="PlaybackDuration")) == ["1", "2"]


@pytest.mark.parametrize("filters", ["{", "5", '[{"field":"ActivityDateInserted","min":"yesterday"}]'])
def test_filters_that_are_none_are_refused_with_an_example(jellystat: HistoryCaller, filters: str) -> None:
    reply = jellystat.send("GET", ROWS, filters=filters)

    assert reply.status == 400
    assert reply.json["example"]


def test_imported_rows_repeat_recorded_ones_some_seconds_apart(jellystat: HistoryCaller) -> None:
    jellystat.history.settings.imports_reports = True
    _watch(jellystat, [_play(10, JELLYFIN_SERENITY, at=NOW)])

    rows = jellystat.get(ROWS)["results"]

    shown = [(row["Id"], row["imported"]) for row in rows]
    assert shown == [("2", False), ("1", False), ("10", False), ("r10", True)]


def test_history_of_an_item_is_found_by_show_season_episode_and_movie(jellystat: HistoryCaller) -> None:
    row = jellystat.get(ROWS)["results"][0]

    for name in ("NowPlayingItemId", "SeasonId", "EpisodeId"):
        assert _ids(jellystat.ask("/api/getItemHistory", {"itemid": row[name]})) == ["2"]


def test_a_question_without_its_body_is_refused(jellystat: HistoryCaller) -> None:
    assert jellystat.send("POST", "/api/getUserHistory", {}).status == 400
    assert jellystat.send("POST", "/api/getItemHistory").status == 400


def test_users_are_listed_also_without_plays(jellystat: HistoryCaller) -> None:
    assert {row["UserName"]: row["TotalPlays"] for row in jellystat.get(USERS)} == {
        "mal": "1",
        "kaylee": "1",
        "wash": "0",
    }


def test_users_that_are_left_out_are_named_in_the_settings(jellystat: HistoryCaller) -> None:
    jellystat.history.users_without_history = frozenset({KAYLEE})

    assert jellystat.get("/api/getconfig")["settings"] == {"ExcludedUsers": [KAYLEE_ID]}
    assert _ids(jellystat.get(ROWS)) == ["1"]


def test_items_that_were_removed_are_archived(jellystat: HistoryCaller) -> None:
    library = jellystat.get("/api/getLibraries")[0]["Id"]
    del jellystat.simulation.world.media_servers["jellyfin"].titles[JELLYFIN_SERENITY]

    items = jellystat.ask("/api/getLibraryItems", {"libraryid": library})

    assert {row["Name"]: row["archived"] for row in items} == {"Serenity": True, "Sunshine Drift": False}
    assert jellystat.get(ROWS)["results"][1]["NowPlayingItemName"] == "Serenity"


def test_totals_of_a_library_name_no_users(jellystat: HistoryCaller) -> None:
    library = jellystat.get("/api/getLibraries")[0]["Id"]

    rows = jellystat.ask("/stats/getLibraryItemsWithStats", {"libraryid": library}, size=1)["results"]

    assert [(row["Name"], row["times_played"], row["total_play_time"]) for row in rows] == [("Serenity", "1", "7000")]


def test_the_server_behind_it_may_be_an_emby_with_short_ids(simulation: Simulation) -> None:
    simulation.world.histories["jellystat"].servers = ["emby"]
    caller = HistoryCaller(Simulation(simulation.world), "jellystat", "x-api-token")

    assert caller.get("/api/getconfig")["IS_JELLYFIN"] is False
    assert caller.get(ROWS)["results"][0]["NowPlayingItemId"] == "4200"
    assert simulation.world.media_servers["emby"].kind is IntegrationType.EMBY


def test_an_older_version_lacks_the_list_of_rows(jellystat: HistoryCaller) -> None:
    jellystat.history.settings.has_playback_route = False

    assert jellystat.send("GET", ROWS) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/getItemsWithStats"), ("GET", "/api/getUserHistory"), ("POST", GROUPS)]
)
def test_unknown_calls_are_not_found(jellystat: HistoryCaller, method: str, path: str) -> None:
    assert jellystat.send(method, path) == (404, {"error": "Not Found"})


def test_paths_without_api_are_the_web_interface(jellystat: HistoryCaller) -> None:
    jellystat.key = ""

    assert jellystat.send("GET", "/libraries") == (200, None)


@pytest.mark.parametrize(
    ("auth", "key", "status"),
    [("x-api-token", "wrong", 403), ("query", "wrong", 403), ("none", "", 401), ("x-api-key", None, 401)],
    ids=["wrong key", "wrong key in the query", "no key", "key in another header"],
)
def test_a_caller_without_the_key_is_refused(jellystat: HistoryCaller, auth: str, key: str | None, status: int) -> None:
    jellystat.auth, jellystat.key = auth, jellystat.key if key is None else key

    assert jellystat.send("GET", USERS).status == status


def test_the_key_is_taken_from_the_query_too(jellystat: HistoryCaller) -> None:
    jellystat.auth = "query"

    assert len(jellystat.get(USERS)) == 3


def test_T81_an_authorization_header_wins_over_the_right_key(jellystat: HistoryCaller) -> None:
    jellystat.headers = {"authorization": f"Bearer {jellystat.key}"}

    assert jellystat.send("GET", USERS).status == 401


def test_without_any_key_given_out_nobody_is_let_in(jellystat: HistoryCaller) -> None:
    jellystat.history.settings.api_enabled = False

    assert jellystat.send("GET", USERS) == (404, {"message": "No API keys configured"})


def test_a_failing_database_shows_in_three_ways(jellystat: HistoryCaller) -> None:
    jellystat.history.settings.database_fails = True

    assert jellystat.send("GET", ROWS).status == 503
    assert jellystat.get(USERS) == []
    assert (jellystat.get(GROUPS)["pages"], jellystat.get(GROUPS)["results"]) == (0, [])


def _watch(caller: HistoryCaller, plays: list[ViewEvent]) -> None:
    server = caller.simulation.world.media_servers["jellyfin"]
    server.plays = sorted([*server.plays, *plays], key=lambda view: view.at)


def _play(number: int, title: int, *, at: int, season: int = 0, episode: int = 0) -> ViewEvent:
    seconds = 6_900 if season else 7_000
    return ViewEvent(number=number, person=KAYLEE, title=title, season=season, episode=episode, at=at, seconds=seconds)
