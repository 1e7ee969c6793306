"""A Lidarr answers, deletes and forgets as the real one does."""

from typing import Any

import pytest

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.interventions import intervene
from libs.simulator.simulation import Simulation
from tests.unit.simulator.arr_caller import Caller
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_lidarr import LIDARR, WRITES

MB_ID = "0d3b5a52-7a3e-4c7e-9d0e-1f6f3a2b9c10"


def _free(simulation: Simulation) -> int:
    return simulation.world.disks.volumes["media"].free_bytes


@pytest.mark.parametrize(("path", "fields"), LIDARR.items(), ids=LIDARR)
def test_it_answers_with_the_fields_clients_read(lidarr: Caller, path: str, fields: Fields) -> None:
    bare, _, query = path.partition("?")

    assert missing_fields(lidarr.get(bare, **dict(pair.split("=") for pair in query.split("&") if pair)), fields) == []


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_it_knows_the_calls_that_change_something(lidarr: Caller, method: str, path: str) -> None:
    body = {"artistIds": [5], "albumIds": [9], "trackFileIds": [71], "foreignId": "x", "artistName": "X", "label": "x"}

    assert lidarr.send(method, path, body).status in {200, 201, 202}


def test_the_fixture_artist_is_the_one_of_the_samples(lidarr: Caller) -> None:
    (row,) = lidarr.get("/artist")

    assert (row["id"], row["artistName"], row["mbId"]) == (5, "The Browncoats", MB_ID)
    assert row["path"] == "/data/media/music/The Browncoats"
    assert {"albumCount": 2, "trackFileCount": 20, "totalTrackCount": 22, "sizeOnDisk": 838_860_800}.items() <= row[
        "statistics"
    ].items()
    assert not {"tmdbId", "year", "originalLanguage", "sizeOnDisk"} & set(row)
    assert [album["id"] for album in lidarr.get("/album")] == [9, 10]
    assert lidarr.get("/artist", mbId=MB_ID) == [row]
    assert lidarr.get("/artist", mbId="0" * 32) == []


def test_statistics_can_be_missing_on_a_new_artist(simulation: Simulation, lidarr: Caller) -> None:
    simulation.world.instances["lidarr"].artists[5].omit = ("statistics",)

    assert "statistics" not in lidarr.get("/artist/5")


def test_track_files_are_refused_without_a_question(lidarr: Caller) -> None:
    assert lidarr.send("GET", "/trackfile").status == 400
    assert lidarr.send("GET", "/trackfile", artistId=99).status == 404
    assert lidarr.send("GET", "/trackfile", albumId=[9, 99]).status == 404


def test_track_files_are_found_by_artist_by_repeated_albums_and_by_id(lidarr: Caller) -> None:
    of_artist = lidarr.get("/trackfile", artistId=5)

    assert len(of_artist) == 20
    assert lidarr.get("/trackfile", albumId=[9, 10]) == of_artist
    assert {row["albumId"] for row in lidarr.get("/trackfile", albumId=10)} == {10}
    assert lidarr.get("/trackfile", trackFileIds=[71, 72]) == of_artist[:2]


@pytest.mark.parametrize("path", ["/artist", "/system/status", "/tag"])
def test_the_other_version_of_the_api_is_not_there(simulation: Simulation, lidarr: Caller, path: str) -> None:
    lidarr.prefix = "/api/v3"

    assert lidarr.send("GET", path) == (404, {"message": "NotFound", "description": ""})


def test_a_deleted_artist_is_gone_with_the_bytes_and_excluded(simulation: Simulation, lidarr: Caller) -> None:
    before = _free(simulation)

    assert lidarr.send("DELETE", "/artist/5", deleteFiles="true", addImportListExclusion="true") == (200, {})

    assert lidarr.send("GET", "/artist/5").status == 404
    assert lidarr.get("/album") == []
    assert _free(simulation) - before == 838_860_800
    assert lidarr.get("/importlistexclusion") == [{"id": 1, "foreignId": MB_ID, "artistName": "The Browncoats"}]
    deleted, excluded = simulation.ledger.since()[0].effects
    assert (deleted.kind, deleted.id, deleted.files) == ("artist_deleted", 5, 20)
    assert (excluded.kind, excluded.detail) == ("exclusion_added", MB_ID)


def test_an_unknown_flag_is_ignored_without_a_word(simulation: Simulation, lidarr: Caller) -> None:
    assert lidarr.send("DELETE", "/artist/5", deleteFiles="true", addImportExclusion="true").status == 200

    assert lidarr.get("/importlistexclusion") == []


def test_a_root_folder_that_is_gone_refuses_a_delete_with_files(simulation: Simulation, lidarr: Caller) -> None:
    simulation.world.instances["lidarr"].roots[0].accessible = False

    assert lidarr.send("DELETE", "/artist/5", deleteFiles="true").status == 409
    assert lidarr.send("DELETE", "/album/9", deleteFiles="true").status == 409
    assert "freeSpace" not in lidarr.get("/rootfolder")[0]
    assert len(lidarr.get("/artist")) == 1


def test_a_recycle_bin_on_the_same_disk_frees_nothing(simulation: Simulation, lidarr: Caller) -> None:
    simulation.world.instances["lidarr"].settings.recycle_bin = "/data/media/.bin"
    before = _free(simulation)

    lidarr.send("DELETE", "/artist/5", deleteFiles="true")

    assert _free(simulation) == before


def test_a_folder_that_holds_another_artist_stays(simulation: Simulation, lidarr: Caller) -> None:
    inner = {"title": "Inner", "path": "/data/media/music/The Browncoats/Inner"}
    intervene(simulation, "items", {"instance": "lidarr", "artist": inner})
    before = _free(simulation)

    lidarr.send("DELETE", "/artist/5", deleteFiles="true")

    assert lidarr.send("GET", "/artist/5").status == 404
    assert _free(simulation) == before


def test_an_album_and_single_files_can_go(simulation: Simulation, lidarr: Caller) -> None:
    before = _free(simulation)
    simulation.world.instances["lidarr"].settings.auto_unmonitor = True

    lidarr.send("DELETE", "/album/10", deleteFiles="true", addImportListExclusion="true")
    lidarr.send("DELETE", "/trackfile/71")
    lidarr.send("DELETE", "/trackfile/bulk", {"trackFileIds": [72, 73]})

    assert [row["id"] for row in lidarr.get("/trackfile", artistId=5)] == list(range(74, 81))
    assert _free(simulation) - before == 419_430_400 + 3 * 41_943_040
    assert lidarr.get("/album/9")["monitored"] is False
    assert lidarr.send("GET", "/album/10").status == 404


def test_a_bulk_delete_breaks_on_nothing_and_can_break_midway(simulation: Simulation, lidarr: Caller) -> None:
    assert lidarr.send("DELETE", "/trackfile/bulk", {"trackFileIds": []}).status == 500
    lidarr.rule = FaultRule(kind=FaultKind.PARTIAL_DELETE, count=2)

    assert lidarr.send("DELETE", "/trackfile/bulk", {"trackFileIds": [71, 72, 73]}).status == 500

    assert len(simulation.world.instances["lidarr"].artists[5].files) == 18


def test_a_delete_can_be_answered_before_it_happens(lidarr: Caller) -> None:
    lidarr.rule = FaultRule(kind=FaultKind.LYING_DELETE, reads=2)
    assert lidarr.send("DELETE", "/artist/5", deleteFiles="true").status == 200
    lidarr.rule = None

    assert [lidarr.send("GET", "/artist/5").status for _ in range(3)] == [200, 200, 404]


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"monitored": False}, {"monitored": False}),
        ({"tags": [2], "applyTags": "add"}, {"tags": [2]}),
        ({"qualityProfileId": 1, "monitorNewItems": "none"}, {"qualityProfileId": 1, "monitorNewItems": "none"}),
    ],
)
def test_the_editor_changes_what_is_named_and_nothing_else(lidarr: Caller, fields: Any, changed: Any) -> None:
    before = lidarr.get("/artist/5")

    assert lidarr.send("PUT", "/artist/editor", {"artistIds": [5], **fields}).status == 202

    assert lidarr.get("/artist/5") == before | changed


def test_an_album_can_be_unmonitored(lidarr: Caller) -> None:
    lidarr.send("PUT", "/album/monitor", {"albumIds": [9], "monitored": False})

    assert [row["monitored"] for row in lidarr.get("/album")] == [False, True]
    assert lidarr.get("/artist/5")["monitored"]


def test_a_tag_of_an_artist_is_in_use(lidarr: Caller) -> None:
    lidarr.send("PUT", "/artist/editor", {"artistIds": [5], "tags": [5], "applyTags": "add"})

    assert (lidarr.send("DELETE", "/tag/5").status, lidarr.send("DELETE", "/tag/2").status) == (409, 200)


def test_an_album_can_be_added_where_its_artist_is(simulation: Simulation, lidarr: Caller) -> None:
    album = {"title": "Later", "tracks": 2, "sizeBytes": 1000}
    before = _free(simulation)

    added = intervene(simulation, "items", {"instance": "lidarr", "artistId": 5, "album": album})

    assert added == {"id": 5}
    assert before - _free(simulation) == 1000
    assert lidarr.get("/artist/5")["statistics"]["trackFileCount"] == 22
    with pytest.raises(ValueError, match="artistId of an artist that exists"):
        intervene(simulation, "items", {"instance": "lidarr", "artistId": 6, "album": album})
    with pytest.raises(ValueError, match="is no lidarr"):
        intervene(simulation, "items", {"instance": "radarr", "artist": {"title": "X"}})
