"""A simulated Tautulli answers as a real one does, with its odd values and its ways to fail."""

from typing import Any

import pytest

from libs.simulator.audience import ViewEvent
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SERENITY
from libs.simulator.simulation import Simulation
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_tautulli import COMMANDS
from tests.unit.simulator.history_caller import HistoryCaller

PATH = "/api/v2"
RAW = {"grouping": 0, "include_activity": 0}


@pytest.fixture
def tautulli(simulation: Simulation) -> HistoryCaller:
    return HistoryCaller(simulation, "tautulli", "query")


def _complaint(caller: HistoryCaller, **query: Any) -> tuple[int, str]:
    reply = caller.send("GET", PATH, **query)
    assert reply.json["response"]["result"] == "error"
    return reply.status, reply.json["response"]["message"]


@pytest.mark.parametrize(("command", "fields"), COMMANDS.items(), ids=COMMANDS)
def test_every_command_answers_with_the_fields_clients_read(
    tautulli: HistoryCaller, command: str, fields: Fields
) -> None:
    tautulli.simulation.world.media_servers["plex"].playing = [_start(FIREFLY, season=1, episode=1)]
    name, _, query = command.partition("?")

    data = tautulli.command(name, **dict(pair.split("=") for pair in query.split("&") if pair))

    assert missing_fields(data, fields) == []


def test_the_history_is_the_plays_of_its_plex_newest_first(tautulli: HistoryCaller) -> None:
    data = tautulli.command("get_history", **RAW)

    assert [row["row_id"] for row in data["data"]] == [5003, 5002, 5001, 5000]
    assert data["recordsFiltered"] == data["recordsTotal"] == 4
    assert [row["user"] for row in data["data"]] == ["kaylee", "kaylee", "kaylee", "mal"]


def test_an_episode_is_a_row_about_its_show_and_season(tautulli: HistoryCaller) -> None:
    row = tautulli.command("get_history", **RAW)["data"][1]

    assert (row["media_type"], int(row["grandparent_rating_key"])) == ("episode", FIREFLY)
    assert (int(row["parent_rating_key"]), int(row["rating_key"])) == (FIREFLY + 1, FIREFLY + 3)
    assert (row["parent_media_index"], row["media_index"]) == (1, 2)


def test_ids_come_as_numbers_as_texts_and_empty(tautulli: HistoryCaller) -> None:
    rows = tautulli.command("get_history", **RAW)["data"]

    assert {type(row["rating_key"]) for row in rows} == {int, str}
    assert [row["grandparent_rating_key"] for row in rows if row["media_type"] == "movie"] == ["", ""]


def test_what_was_watched_comes_in_quarters(tautulli: HistoryCaller) -> None:
    plex = tautulli.simulation.world.media_servers["plex"]
    plex.plays = [
        _start(SERENITY, number=number, seconds=seconds) for number, seconds in ((1, 60), (2, 2_000), (3, 4_000))
    ]

    rows = tautulli.command("get_history", **RAW)["data"]

    assert [row["watched_status"] for row in rows] == [0.5, 0.25, 0]


def test_repetitions_are_one_row_unless_asked_otherwise(tautulli: HistoryCaller) -> None:
    plex = tautulli.simulation.world.media_servers["plex"]
    plex.plays = [_start(SERENITY, number=number, at=1_760_000_000 + 600 * number) for number in (1, 2, 3)]

    grouped = tautulli.command("get_history")
    single = tautulli.command("get_history", **RAW)

    assert [(row["group_count"], row["group_ids"]) for row in grouped["data"]] == [(3, "3,2,1")]
    assert (grouped["recordsFiltered"], grouped["recordsTotal"]) == (1, 3)
    assert len(single["data"]) == 3


def test_running_sessions_are_rows_without_ids_unless_left_out(tautulli: HistoryCaller) -> None:
    tautulli.simulation.world.media_servers["plex"].playing = [_start(SERENITY, number=9)]

    first = tautulli.command("get_history", grouping=0)["data"][0]

    assert (first["row_id"], first["id"], first["state"]) == (None, None, "playing")
    assert tautulli.command("get_history", **RAW)["recordsFiltered"] == 4


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ({"user": "mal"}, [5000]),
        ({"user_id": 4021}, [5003, 5002, 5001]),
        ({"rating_key": SERENITY}, [5003, 5000]),
        ({"grandparent_rating_key": FIREFLY}, [5002, 5001]),
        ({"parent_rating_key": FIREFLY + 1}, [5002, 5001]),
        ({"media_type": "movie"}, [5003, 5000]),
        ({"section_id": 2}, [5002, 5001]),
        ({"search": "fire"}, [5002, 5001]),
        ({"start_date": "2025-09-12"}, [5001]),
        ({"after": "2025-09-12"}, [5003, 5002]),
        ({"before": "2025-09-12"}, [5000]),
        ({"order_dir": "asc"}, [5000, 5001, 5002, 5003]),
        ({"order_column": "play_duration", "order_dir": "asc"}, [5002, 5001, 5003, 5000]),
        ({"start": 1, "length": 2}, [5002, 5001]),
    ],
    ids=str,
)
def test_rows_are_chosen_and_cut_as_asked(tautulli: HistoryCaller, query: dict[str, Any], rows: list[int]) -> None:
    assert [row["row_id"] for row in tautulli.command("get_history", **RAW, **query)["data"]] == rows


def test_a_page_has_25_rows_unless_asked_otherwise(tautulli: HistoryCaller) -> None:
    plex = tautulli.simulation.world.media_servers["plex"]
    plex.plays = [_start(SERENITY, number=number, at=1_760_000_000 + number) for number in range(1, 41)]

    data = tautulli.command("get_history", **RAW)

    assert (len(data["data"]), data["recordsFiltered"]) == (25, 40)


def test_a_title_that_is_gone_keeps_its_old_key_and_its_name(tautulli: HistoryCaller) -> None:
    del tautulli.simulation.world.media_servers["plex"].titles[SERENITY]

    row = tautulli.command("get_history", **RAW)["data"][0]

    assert (row["rating_key"], row["title"], row["year"]) == (SERENITY, "Serenity", 2005)


def test_an_old_agent_names_titles_by_their_outside_ids(tautulli: HistoryCaller) -> None:
    tautulli.simulation.world.media_servers["plex"].settings.legacy_agents = True

    guids = [row["guid"] for row in tautulli.command("get_history", **RAW)["data"]]

    assert guids[0] == "com.plexapp.agents.themoviedb://16320?lang=en"
    assert guids[1] == "com.plexapp.agents.thetvdb://78874/1/2?lang=en"


def test_a_database_that_cannot_be_read_looks_like_an_empty_one(tautulli: HistoryCaller) -> None:
    tautulli.history.settings.database_fails = True

    data = tautulli.command("get_history", **RAW)

    assert (data["data"], data["recordsFiltered"], data["recordsTotal"]) == ([], 0, 0)
    assert tautulli.command("get_users") == tautulli.command("get_user_names") == []


def test_users_whose_history_is_not_kept_have_no_rows(tautulli: HistoryCaller) -> None:
    tautulli.history.users_without_history = frozenset({KAYLEE})

    kept = {row["username"]: row["keep_history"] for row in tautulli.command("get_users")}

    assert kept == {"Local": 1, "mal": 1, "kaylee": 0, "wash": 1}
    assert [row["user"] for row in tautulli.command("get_history", **RAW)["data"]] == ["mal"]


def test_the_history_begins_when_it_was_installed(tautulli: HistoryCaller) -> None:
    plays = tautulli.simulation.world.media_servers["plex"].plays
    tautulli.history.since = plays[1].at

    assert tautulli.command("get_history", **RAW)["recordsTotal"] == 3


def test_the_media_table_counts_plays_and_leaves_the_unplayed_without_count(tautulli: HistoryCaller) -> None:
    rows = tautulli.command("get_library_media_info", section_id=1)["data"]

    assert [(row["title"], row["play_count"]) for row in rows] == [("Serenity", 2), ("Sunshine Drift", None)]


def test_counts_of_one_item_are_told_by_period_and_by_user(tautulli: HistoryCaller) -> None:
    periods = tautulli.command("get_item_watch_time_stats", rating_key=FIREFLY, query_days="30,0")
    users = tautulli.command("get_item_user_stats", rating_key=SERENITY)

    assert [(row["query_days"], row["total_plays"]) for row in periods] == [(30, 0), (0, 2)]
    assert {row["username"]: row["total_plays"] for row in users} == {"kaylee": 1, "mal": 1}


def test_complaints_are_bad_requests_in_an_envelope(tautulli: HistoryCaller) -> None:
    assert _complaint(tautulli, cmd="get_nothing") == (400, "Unknown command: get_nothing")
    assert _complaint(tautulli)[0] == 400
    assert _complaint(tautulli, cmd="get_library_media_info")[0] == 400
    assert _complaint(tautulli, cmd="get_item_user_stats")[0] == 400
    assert _complaint(tautulli, cmd="get_history", length="all")[0] == 400


def test_a_wrong_key_is_a_bad_request_too(tautulli: HistoryCaller) -> None:
    tautulli.key = "0" * 32

    assert _complaint(tautulli, cmd="get_users") == (400, "Invalid apikey")


def test_the_key_counts_in_the_query_only(tautulli: HistoryCaller) -> None:
    tautulli.auth = "x-api-key"

    assert _complaint(tautulli, cmd="get_users") == (400, "Parameter apikey is required")


def test_an_api_that_is_switched_off_says_so_to_everybody(tautulli: HistoryCaller) -> None:
    tautulli.history.settings.api_enabled = False

    assert _complaint(tautulli, cmd="get_users") == (400, "API not enabled")


def test_beside_the_api_is_the_web_interface(tautulli: HistoryCaller) -> None:
    assert tautulli.send("GET", "/").status == 303
    assert tautulli.send("GET", "/api/v3/system/status") == (404, None)


def _start(
    title: int, *, number: int = 1, at: int = 1_760_000_000, seconds: int = 6_900, season: int = 0, episode: int = 0
) -> ViewEvent:
    return ViewEvent(number=number, person=MAL, title=title, season=season, episode=episode, at=at, seconds=seconds)
