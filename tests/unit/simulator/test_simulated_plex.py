"""A simulated Plex behaves as real ones do, also where that is inconvenient (integrations.md 9 and 22)."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from libs.simulator.audience import ServerCollection, ViewEvent
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture_audience import FIREFLY, KAYLEE, MAL, SALVAGE_RUN, SERENITY, SUNSHINE_DRIFT, WASH
from libs.simulator.generator import generate
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation
from tests.unit.simulator.conftest import NOW
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_plex import PLEX
from tests.unit.simulator.plex_caller import PlexCaller

MOVIES, SHOWS = "/library/sections/1/all", "/library/sections/2/all"
HISTORY = "/status/sessions/history/all"


@pytest.fixture
def plex(simulation: Simulation) -> PlexCaller:
    return PlexCaller(simulation)


def ids(container: Any) -> list[int]:
    return [int(row["ratingKey"]) for row in container.get("Metadata", [])]


@pytest.mark.parametrize(("path", "fields"), PLEX.items(), ids=PLEX)
def test_plex_answers_with_the_fields_clients_read(plex: PlexCaller, path: str, fields: Fields) -> None:
    bare, _, query = path.partition("?")

    assert missing_fields(plex.get(bare, **dict(parse_qsl(query))), fields) == []


@pytest.mark.parametrize("path", ["/identity", "/library/sections", MOVIES, HISTORY, "/accounts"])
def test_answers_are_xml_unless_json_is_asked_for(plex: PlexCaller, path: str) -> None:
    plex.accept = "*/*"

    reply = plex.send("GET", path)

    assert reply.content_type.startswith("text/xml")
    assert reply.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<MediaContainer size="')


def test_xml_has_attributes_for_values_and_elements_for_lists(plex: PlexCaller) -> None:
    plex.accept = "text/xml"
    movie = plex.send("GET", MOVIES, {"includeGuids": 1}).body.decode()
    show = plex.send("GET", SHOWS).body.decode()

    assert '<Video ratingKey="501"' in movie
    assert '<Guid id="imdb://tt0379786"></Guid><Guid id="tmdb://16320"></Guid>' in movie
    assert '<Directory ratingKey="700"' in show


def test_anybody_may_know_who_it_is_and_nothing_else(plex: PlexCaller) -> None:
    plex.token = "wrong"

    assert plex.get("/identity")["machineIdentifier"] == "f00dcafe00112233445566778899aabbccddeeff"
    reply = plex.send("GET", "/library/sections")
    assert (reply.status, reply.content_type) == (401, "text/html")
    assert b"<h1>401 Unauthorized</h1>" in reply.body


def test_the_token_is_taken_from_the_query_too(plex: PlexCaller) -> None:
    asked = Asked(instance="plex", method="GET", path="/accounts", key=plex.token, auth="query")

    assert plex.simulation.perform(asked).status == 200


def test_a_list_without_rows_has_no_key_for_them(plex: PlexCaller) -> None:
    assert plex.get("/status/sessions") == {"size": 0}
    assert "Metadata" not in plex.page(MOVIES, 2, 10)


def test_only_a_window_tells_the_total(plex: PlexCaller) -> None:
    window = plex.page(MOVIES, 1, 5)

    assert (window["size"], window["totalSize"], window["offset"]) == (1, 2, 1)
    assert "totalSize" not in plex.get(MOVIES)


def test_a_server_may_send_less_than_was_asked_for(plex: PlexCaller) -> None:
    plex.media.settings.page_cap = 1

    assert (ids(plex.page(MOVIES, 0, 300)), plex.page(MOVIES, 0, 300)["totalSize"]) == ([SERENITY], 2)


def test_members_of_a_collection_come_by_the_hundred() -> None:
    plex = PlexCaller(Simulation(generate("typical", 1, NOW)))
    everything = [title.native for title in plex.media.titles.values() if title.section == 1][:150]
    plex.media.collections[77] = ServerCollection(native=77, name="All", section=1, members=everything)

    first, second = (plex.page("/library/collections/77/items", start, 300) for start in (0, 100))

    assert (len(ids(first)), first["totalSize"], len(ids(second))) == (100, 150, 50)


def test_an_older_server_knows_members_as_children_only(plex: PlexCaller) -> None:
    plex.media.settings.collection_items = False

    assert plex.send("GET", "/library/collections/950/items").status == 404
    assert ids(plex.get("/library/collections/950/children")) == [SERENITY, SUNSHINE_DRIFT]


def test_outside_ids_come_only_when_asked_for(plex: PlexCaller) -> None:
    assert "Guid" not in plex.row(MOVIES, SERENITY)
    assert plex.row(MOVIES, SERENITY, includeGuids=1)["Guid"] == [{"id": "imdb://tt0379786"}, {"id": "tmdb://16320"}]


def test_a_show_and_a_movie_share_a_tmdb_number_in_two_sections(plex: PlexCaller) -> None:
    movie, show = plex.row(MOVIES, SERENITY, includeGuids=1), plex.row(SHOWS, SALVAGE_RUN, includeGuids=1)

    assert {"id": "tmdb://16320"} in movie["Guid"]
    assert {"id": "tmdb://16320"} in show["Guid"]


def test_old_agents_put_the_id_into_the_guid(plex: PlexCaller) -> None:
    plex.media.settings.legacy_agents = True

    assert plex.row(MOVIES, SERENITY, includeGuids=1)["guid"] == "com.plexapp.agents.themoviedb://16320?lang=en"
    assert plex.row(SHOWS, FIREFLY, includeGuids=1)["guid"] == "com.plexapp.agents.thetvdb://78874?lang=en"
    assert plex.row(SHOWS, 703, type=4)["guid"] == "com.plexapp.agents.thetvdb://78874/1/2?lang=en"
    assert "Guid" not in plex.row(MOVIES, SERENITY, includeGuids=1)
    assert plex.get("/library/sections")["Directory"][0]["agent"] == "com.plexapp.agents.themoviedb"


def test_a_title_that_was_not_recognised_has_no_ids(plex: PlexCaller) -> None:
    plex.media.titles[SERENITY].has_ids = False
    row = plex.row(MOVIES, SERENITY, includeGuids=1)

    assert (row["guid"], "Guid" in row) == ("local://501", False)


def test_listings_shorten_tags_and_keep_labels_to_themselves(plex: PlexCaller) -> None:
    plex.media.titles[SERENITY].genres = ("Action", "Adventure", "Drama")

    listed, whole = plex.row(MOVIES, SERENITY), plex.row("/library/metadata/501", SERENITY)

    assert [tag["tag"] for tag in listed["Genre"]] == ["Action", "Adventure"]
    assert "Label" not in listed
    assert [tag["tag"] for tag in whole["Genre"]] == ["Action", "Adventure", "Drama"]
    assert whole["Label"] == [{"id": 3301, "filter": "label=3301", "tag": "Keep"}]


def test_a_batch_leaves_out_what_is_gone_and_is_not_found_when_all_is(plex: PlexCaller) -> None:
    assert ids(plex.get("/library/metadata/501,99999,703")) == [SERENITY, 703]
    assert plex.send("GET", "/library/metadata/99999").status == 404
    assert plex.send("GET", "/library/metadata/501;502").status == 404


def test_a_title_is_found_by_its_guid_and_by_its_label(plex: PlexCaller) -> None:
    guid = plex.row(MOVIES, SUNSHINE_DRIFT)["guid"]

    assert ids(plex.get(MOVIES, guid=guid)) == [SUNSHINE_DRIFT]
    assert ids(plex.get(MOVIES, type=1, label=3301)) == [SERENITY]
    assert ids(plex.get(MOVIES, type=1, label=9)) == []


def test_seasons_and_episodes_have_the_numbers_of_the_samples(plex: PlexCaller) -> None:
    assert ids(plex.get("/library/metadata/700/children")) == [701]
    assert ids(plex.get("/library/metadata/701/children")) == list(range(702, 716))
    episodes = plex.page(SHOWS, 12, 4, type=4)
    assert [(row["ratingKey"], row["parentIndex"], row["index"]) for row in episodes["Metadata"]] == [
        ("714", 1, 13),
        ("715", 1, 14),
        ("802", 1, 1),
        ("803", 1, 2),
    ]


def test_the_history_is_everybodys_and_newest_first_when_sorted_so(plex: PlexCaller) -> None:
    rows = plex.get(HISTORY, sort="viewedAt:desc")["Metadata"]

    assert [row["historyKey"].rpartition("/")[2] for row in rows] == ["5003", "5002", "5001", "5000"]
    assert [row["accountID"] for row in rows] == [4021, 4021, 4021, 1]
    assert [row["viewedAt"] for row in plex.get(HISTORY)["Metadata"]] == sorted(row["viewedAt"] for row in rows)


def test_a_broken_off_start_leaves_no_row(plex: PlexCaller) -> None:
    plex.media.plays.append(
        ViewEvent(number=6000, person=WASH, title=SERENITY, season=0, episode=0, at=1_767_000_000, seconds=40)
    )

    assert plex.get(HISTORY)["size"] == 4


def test_history_rows_name_the_show_by_its_path_or_not_at_all(plex: PlexCaller) -> None:
    with_keys = plex.row(HISTORY, 703)
    plex.media.settings.grandparent_keys = False
    without = plex.row(HISTORY, 703)

    assert (with_keys["grandparentKey"], with_keys["parentIndex"]) == ("/library/metadata/700", 1)
    assert not {"grandparentKey", "parentKey", "parentIndex"} & set(without)
    assert not {"grandparentRatingKey", "parentRatingKey"} & (set(with_keys) | set(without))
    assert without["grandparentTitle"] == "Firefly"


def test_rows_of_removed_titles_keep_their_names_and_lose_their_keys(plex: PlexCaller) -> None:
    del plex.media.titles[SERENITY]
    del plex.media.titles[FIREFLY]
    rows = plex.get(HISTORY)["Metadata"]

    assert [row.get("grandparentTitle", row["title"]) for row in rows] == ["Serenity", "Firefly", "Firefly", "Serenity"]
    assert not any({"key", "ratingKey", "librarySectionID", "grandparentKey"} & set(row) for row in rows)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"accountID": 1}, ["5000"]),
        ({"librarySectionID": 2}, ["5001", "5002"]),
        ({"metadataItemID": 700}, ["5001", "5002"]),
        ({"metadataItemID": 701}, ["5001", "5002"]),
        ({"metadataItemID": 703}, ["5002"]),
    ],
    ids=["account", "section", "show", "season", "episode"],
)
def test_the_history_can_be_narrowed(plex: PlexCaller, query: dict[str, int], numbers: list[str]) -> None:
    rows = plex.get(HISTORY, **query)["Metadata"]

    assert [row["historyKey"].rpartition("/")[2] for row in rows] == numbers


def test_the_operator_of_a_time_is_the_end_of_its_name(plex: PlexCaller) -> None:
    newest = plex.media.plays[-1].at

    assert plex.get(HISTORY, **{"viewedAt>": newest})["size"] == 1
    assert plex.get(HISTORY, **{"viewedAt>": newest + 1})["size"] == 0
    assert plex.get(HISTORY, **{"viewedAt<": newest})["size"] == 4
    assert plex.get(HISTORY, **{"viewedAt<<": newest})["size"] == 3
    assert plex.send("GET", HISTORY, {"viewedAt>": "yesterday"}).status == 400


def test_counters_in_the_library_are_those_of_the_tokens_user(plex: PlexCaller) -> None:
    assert plex.row(MOVIES, SERENITY)["viewCount"] == 1
    assert "viewCount" not in plex.row(SHOWS, FIREFLY)

    plex.become(KAYLEE)

    show = plex.row(SHOWS, FIREFLY)
    assert (show["viewCount"], show["viewedLeafCount"]) == (2, 2)
    assert plex.row(SHOWS, 703, type=4)["viewCount"] == 1
    assert "viewCount" not in plex.row(SHOWS, 704, type=4)


@pytest.mark.parametrize("path", ["/accounts", "/status/sessions", HISTORY])
def test_a_guest_gets_a_page_for_what_is_the_owners(plex: PlexCaller, path: str) -> None:
    plex.become(KAYLEE)
    reply = plex.send("GET", path)

    assert (reply.status, reply.content_type) == (403, "text/html")


def test_a_guest_may_see_their_own_history_in_some_versions(plex: PlexCaller) -> None:
    plex.media.settings.guest_history = True
    plex.become(KAYLEE)

    assert {row["accountID"] for row in plex.get(HISTORY)["Metadata"]} == {4021}


def test_a_guest_sees_only_libraries_that_are_shared(plex: PlexCaller) -> None:
    plex.media.sections[1].restricted = frozenset({KAYLEE})
    plex.become(KAYLEE)

    assert [row["key"] for row in plex.get("/library/sections")["Directory"]] == ["2"]
    assert plex.send("GET", MOVIES).status == 404
    assert plex.send("GET", "/library/metadata/501").status == 404


def test_on_deck_is_the_tokens_users_and_holds_episodes(plex: PlexCaller) -> None:
    deck = plex.get("/library/onDeck")["Metadata"]

    assert [(row["ratingKey"], row["grandparentRatingKey"], "Guid" in row) for row in deck] == [("704", "700", False)]
    plex.become(KAYLEE)
    assert plex.get("/library/onDeck") == {"size": 0}


def test_somebody_watching_shows_as_a_session(plex: PlexCaller) -> None:
    plex.media.playing = [ViewEvent(number=1, person=KAYLEE, title=FIREFLY, season=1, episode=1, at=0, seconds=60)]

    (row,) = plex.get("/status/sessions")["Metadata"]
    assert (row["ratingKey"], row["grandparentRatingKey"], row["User"]) == (
        "702",
        "700",
        {"id": "4021", "title": "kaylee"},
    )


def test_accounts_are_people_with_a_nobody_in_front_and_the_owner_as_one(plex: PlexCaller) -> None:
    rows = plex.get("/accounts")["Account"]

    assert [(row["id"], row["name"]) for row in rows] == [(0, ""), (1, "mal"), (4021, "kaylee"), (4042, "wash")]


def test_a_search_answers_in_hubs(plex: PlexCaller) -> None:
    movies, shows = plex.get("/hubs/search", query="serenity", includeGuids=1)["Hub"]

    assert ids(movies) == [SERENITY]
    assert (shows["type"], shows["size"], "Metadata" in shows) == ("show", 0, False)


def test_page_faults_bend_lists(plex: PlexCaller) -> None:
    plex.rule = FaultRule(kind=FaultKind.EMPTY_PAGE)
    assert plex.page(HISTORY, 0, 2) == {"size": 0, "totalSize": 4, "offset": 0}
    plex.rule = FaultRule(kind=FaultKind.REPEATED_PAGE)
    assert ids(plex.page(HISTORY, 2, 2)) == ids(plex.page(HISTORY, 0, 2))
    plex.rule = FaultRule(kind=FaultKind.WRONG_TOTAL)
    assert plex.page(HISTORY, 0, 2)["totalSize"] > 4


@pytest.mark.parametrize("path", ["/nothing", "/library/sections/9/all", "/library/sections/one/all", "/library"])
def test_unknown_paths_are_not_found_as_a_page(plex: PlexCaller, path: str) -> None:
    reply = plex.send("GET", path)

    assert (reply.status, reply.content_type) == (404, "text/html")


def test_a_new_play_and_a_new_title_are_seen_at_once(plex: PlexCaller) -> None:
    assert plex.get(HISTORY)["size"] == 4
    plex.media.plays.append(
        ViewEvent(number=6000, person=MAL, title=SERENITY, season=0, episode=0, at=1_767_000_000, seconds=7_100)
    )

    assert plex.get(HISTORY)["size"] == 5
    assert plex.row(MOVIES, SERENITY)["viewCount"] == 2
