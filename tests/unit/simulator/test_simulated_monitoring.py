"""Monitoring flags, tags and collections change as the systems change them."""

import pytest

from libs.simulator.simulation import Simulation
from tests.unit.simulator.arr_caller import Caller


def _monitored(sonarr: Caller, series: int) -> dict[int, bool]:
    return {row["seasonNumber"]: row["monitored"] for row in sonarr.get(f"/series/{series}")["seasons"]}


def test_a_season_pass_flips_only_the_listed_seasons(simulation: Simulation, sonarr: Caller) -> None:
    body = {"series": [{"id": 8, "seasons": [{"seasonNumber": 2, "monitored": False}]}]}

    assert sonarr.send("POST", "/seasonpass", body).status == 202

    assert _monitored(sonarr, 8) == {1: True, 2: False, 3: True}
    assert sonarr.get("/series/8")["monitored"]
    assert not any(row["monitored"] for row in sonarr.get("/episode", seriesId=8, seasonNumber=2))
    assert [(e.kind, e.id, e.season) for e in simulation.ledger.since()[0].effects] == [("monitor_changed", 8, 2)]


def test_monitoring_options_rewrite_every_season(sonarr: Caller) -> None:
    body = {"series": [{"id": 8}], "monitoringOptions": {"monitor": "firstSeason"}}

    sonarr.send("POST", "/seasonpass", body)

    assert _monitored(sonarr, 8) == {1: True, 2: False, 3: False}


def test_a_season_pass_for_an_unknown_series_changes_nothing(sonarr: Caller) -> None:
    seasons = [{"seasonNumber": 1, "monitored": False}]

    reply = sonarr.send("POST", "/seasonpass", {"series": [{"id": 8, "seasons": seasons}, {"id": 99}]})

    assert reply.status == 404
    assert _monitored(sonarr, 8)[1]


def test_a_series_can_be_sent_back_with_a_season_unmonitored(sonarr: Caller) -> None:
    row = sonarr.get("/series/8")
    row["seasons"][0]["monitored"] = False

    reply = sonarr.send("PUT", "/series/8", row)

    assert reply.status == 202
    assert reply.json["seasons"][0]["monitored"] is False
    assert _monitored(sonarr, 8) == {1: False, 2: True, 3: True}
    assert sonarr.get("/series/8")["tags"] == row["tags"]


def test_episodes_can_be_unmonitored_one_by_one(sonarr: Caller) -> None:
    episodes = [row["id"] for row in sonarr.get("/episode", seriesId=8, seasonNumber=1)][:2]

    reply = sonarr.send("PUT", "/episode/monitor", {"episodeIds": episodes, "monitored": False})

    assert (reply.status, [row["monitored"] for row in reply.json]) == (202, [False, False])
    assert sonarr.get(f"/episode/{episodes[0]}")["monitored"] is False
    assert _monitored(sonarr, 8)[1]


def test_an_unmonitored_season_without_files_has_no_episodes_left_to_want(sonarr: Caller) -> None:
    sonarr.send("POST", "/seasonpass", {"series": [{"id": 8, "seasons": [{"seasonNumber": 2, "monitored": False}]}]})
    files = [row["id"] for row in sonarr.get("/episodefile", seriesId=8) if row["seasonNumber"] == 2]
    sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": files})

    statistics = sonarr.get("/series/8")["seasons"][1]["statistics"]

    assert (statistics["episodeCount"], statistics["totalEpisodeCount"]) == (0, 10)


def test_a_movie_can_be_unmonitored_and_keeps_the_rest(radarr: Caller) -> None:
    row = radarr.get("/movie/12")

    reply = radarr.send("PUT", "/movie/12", row | {"monitored": False})

    assert reply.status == 202
    assert radarr.get("/movie/12") == row | {"monitored": False}


def test_a_tag_is_made_in_lower_case_and_only_once(sonarr: Caller) -> None:
    first = sonarr.send("POST", "/tag", {"label": "Leaving-Soon"})
    second = sonarr.send("POST", "/tag", {"label": "leaving-soon"})

    assert (first.status, first.json["label"]) == (201, "leaving-soon")
    assert second.json == first.json
    assert sonarr.get(f"/tag/{first.json['id']}") == first.json


@pytest.mark.parametrize("label", ["Leaving Soon", "", None, "späte"])
def test_a_tag_with_other_characters_is_refused(sonarr: Caller, label: str | None) -> None:
    reply = sonarr.send("POST", "/tag", {"label": label})

    assert reply.status == 400
    assert reply.json[0]["propertyName"] == "Label"
    assert len(sonarr.get("/tag")) == 2


@pytest.mark.parametrize(("mode", "expected"), [("add", [2, 5]), ("remove", [2]), ("replace", [5])])
def test_the_editor_changes_tags_and_nothing_else(radarr: Caller, mode: str, expected: list[int]) -> None:
    row = radarr.get("/movie/12")

    reply = radarr.send("PUT", "/movie/editor", {"movieIds": [12], "tags": [5], "applyTags": mode})

    assert (reply.status, len(reply.json)) == (202, 1)
    assert radarr.get("/movie/12") == row | {"tags": expected}


def test_the_series_editor_adds_a_tag_and_the_ledger_names_it(simulation: Simulation, sonarr: Caller) -> None:
    sonarr.send("PUT", "/series/editor", {"seriesIds": [8], "tags": [5], "applyTags": "add"})

    assert sonarr.get("/series/8")["tags"] == [5]
    effect = simulation.ledger.since()[0].effects[0]
    assert (effect.kind, effect.id, effect.detail) == ("tag_added", 8, "kaylee")


def test_a_tag_in_use_cannot_be_deleted(radarr: Caller) -> None:
    assert radarr.send("DELETE", "/tag/2").status == 409
    assert radarr.send("DELETE", "/tag/5").status == 200
    assert [row["id"] for row in radarr.get("/tag")] == [2]


def test_a_collection_tells_what_is_missing_after_a_delete(radarr: Caller) -> None:
    assert radarr.get("/collection", tmdbId=870001)[0]["missingMovies"] == 0

    radarr.send("DELETE", "/movie/12", deleteFiles="true", addImportExclusion="true")

    row = radarr.get("/collection/1")
    assert row["missingMovies"] == 1
    assert (row["movies"][0]["isExisting"], row["movies"][0]["isExcluded"]) == (False, True)


def test_a_collection_can_be_monitored(radarr: Caller) -> None:
    assert radarr.send("PUT", "/collection/1", {"monitored": True}).status == 202
    assert radarr.get("/collection/1")["monitored"]


def test_exclusions_can_be_added_and_removed(sonarr: Caller, radarr: Caller) -> None:
    assert sonarr.send("POST", "/importlistexclusion", {"tvdbId": 5, "title": "Five"}).status == 201
    assert sonarr.send("DELETE", "/importlistexclusion/1").status == 200
    assert sonarr.get("/importlistexclusion") == []
    assert radarr.send("POST", "/exclusions", {"movieTitle": "No id"}).status == 400


def test_a_body_that_is_no_object_is_refused(sonarr: Caller) -> None:
    assert sonarr.send("POST", "/seasonpass", [1]).status == 400
    assert sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": ["901"]}).status == 400
