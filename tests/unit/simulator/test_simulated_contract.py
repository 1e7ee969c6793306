"""Every call that clients rely on answers with the fields they read."""

import pytest

from libs.simulator.simulation import Simulation
from tests.unit.simulator.arr_caller import Caller
from tests.unit.simulator.contract_fields import RADARR, SONARR, Fields, missing_fields


@pytest.mark.parametrize(("path", "fields"), SONARR.items(), ids=SONARR)
def test_sonarr_answers_with_the_fields_clients_read(sonarr: Caller, path: str, fields: Fields) -> None:
    assert missing_fields(_get(sonarr, path), fields) == []


@pytest.mark.parametrize(("path", "fields"), RADARR.items(), ids=RADARR)
def test_radarr_answers_with_the_fields_clients_read(radarr: Caller, path: str, fields: Fields) -> None:
    assert missing_fields(_get(radarr, path), fields) == []


def test_the_field_check_sees_absent_wrong_and_empty() -> None:
    fields: Fields = {"[].a": int, "[].b[].c": str, "[].d.e": bool}

    assert missing_fields([{"a": 1, "b": [{"c": "x"}], "d": {"e": True}}], fields) == []
    assert missing_fields([{"a": True, "b": [], "d": {"e": 1}}], fields) == [*fields]
    assert missing_fields([], fields) == [*fields]


def _get(caller: Caller, path: str) -> object:
    bare, _, query = path.partition("?")
    return caller.get(bare, **dict(pair.split("=") for pair in query.split("&") if pair))


def test_a_single_title_is_the_row_of_the_list(sonarr: Caller, radarr: Caller) -> None:
    assert sonarr.get("/series/7") == sonarr.get("/series")[0]
    assert radarr.get("/movie/12") == radarr.get("/movie")[0]


def test_a_title_is_looked_up_by_its_outside_id(sonarr: Caller, radarr: Caller) -> None:
    assert [row["id"] for row in sonarr.get("/series", tvdbId=990002)] == [8]
    assert [row["id"] for row in radarr.get("/movie", tmdbId=900001)] == [13]
    assert radarr.get("/movie", tmdbId=1) == []


def test_local_covers_start_with_the_url_base_and_can_be_left_out(radarr: Caller) -> None:
    with_local = radarr.get("/movie")[0]["images"][0]
    without = radarr.get("/movie", excludeLocalCovers="true")[0]["images"][0]

    assert with_local["url"].startswith("/radarr/MediaCover/12/poster.jpg")
    assert set(without) == {"coverType", "remoteUrl"}


def test_a_show_and_a_movie_share_a_tmdb_number(sonarr: Caller, radarr: Caller) -> None:
    assert sonarr.get("/series/8")["tmdbId"] == radarr.get("/movie/12")["tmdbId"] == 16320


def test_fields_can_be_missing_as_in_half_read_titles(simulation: Simulation, sonarr: Caller, radarr: Caller) -> None:
    simulation.world.instances["radarr"].movies[12].omit = ("movieFile",)
    simulation.world.instances["sonarr"].shows[7].omit = ("tmdbId", "statistics")

    assert radarr.get("/movie/12")["hasFile"]
    assert "movieFile" not in radarr.get("/movie/12")
    assert not {"tmdbId", "statistics"} & set(sonarr.get("/series/7"))


def test_radarr_names_collections_in_the_old_or_the_new_way(simulation: Simulation, radarr: Caller) -> None:
    assert radarr.get("/movie/12")["collection"] == {"title": "Serenity Collection", "tmdbId": 870001}

    instance = simulation.world.instances["radarr"]
    instance.settings.collection_field = "name"
    instance.revision += 1

    assert radarr.get("/movie/12")["collection"] == {"name": "Serenity Collection", "tmdbId": 870001}


@pytest.mark.parametrize("path", ["/nothing", "/series/0", "/series/999", "/movie/12"])
def test_unknown_ids_and_paths_are_not_found(sonarr: Caller, path: str) -> None:
    assert sonarr.send("GET", path).status == 404


@pytest.mark.parametrize("path", ["/series/-1", "/series/all", "/series/7-s1", "/series/7,8"])
def test_an_id_that_is_no_number_matches_no_route(sonarr: Caller, path: str) -> None:
    assert sonarr.send("DELETE", path, deleteFiles="true").status == 404
    assert len(sonarr.get("/series")) == 2


def test_a_known_path_with_another_method_is_refused(sonarr: Caller) -> None:
    assert sonarr.send("DELETE", "/series").status == 405


def test_a_wrong_key_gets_an_empty_401(sonarr: Caller) -> None:
    sonarr.key = "0" * 32

    assert sonarr.send("GET", "/series") == (401, None)


def test_a_series_that_is_unknown_has_no_files(sonarr: Caller) -> None:
    assert sonarr.get("/episodefile", seriesId=999) == []


@pytest.mark.parametrize("name", ["/episodefile", "/episode"])
def test_files_and_episodes_are_refused_without_a_series(sonarr: Caller, name: str) -> None:
    assert sonarr.send("GET", name).status == 400


def test_files_are_found_by_their_ids(sonarr: Caller, radarr: Caller) -> None:
    assert [row["id"] for row in sonarr.get("/episodefile", episodeFileIds=[901, 903])] == [901, 903]
    assert sonarr.get("/episodefile/902")["seasonNumber"] == 1
    assert [row["movieId"] for row in radarr.get("/moviefile", movieId=12)] == [12]
    assert radarr.get("/moviefile/31")["movieId"] == 12
