"""Deletes as the systems do them: what goes, what stays, what the disk gains."""

import pytest

from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.simulation import Simulation
from libs.simulator.specs import GB, DiskSpec, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.world import World
from tests.unit.simulator.arr_caller import Caller
from tests.unit.simulator.conftest import NOW


def _free(simulation: Simulation, volume: str = "media") -> int:
    return simulation.world.disks.volumes[volume].free_bytes


def _season_files(sonarr: Caller, series: int, season: int) -> list[int]:
    rows = sonarr.get("/episodefile", seriesId=series)
    return [row["id"] for row in rows if row["seasonNumber"] == season]


def test_a_deleted_movie_is_gone_and_its_bytes_are_free(simulation: Simulation, radarr: Caller) -> None:
    before = _free(simulation)

    reply = radarr.send("DELETE", "/movie/12", deleteFiles="true", addImportExclusion="true")

    assert reply == (200, {})
    assert radarr.send("GET", "/movie/12").status == 404
    assert [row["id"] for row in radarr.get("/movie")] == [13]
    assert _free(simulation) - before == 15_032_385_536
    assert radarr.get("/exclusions") == [{"id": 1, "tmdbId": 16320, "movieTitle": "Serenity", "movieYear": 2005}]


def test_a_deleted_series_is_gone_and_excluded(simulation: Simulation, sonarr: Caller) -> None:
    before = _free(simulation)

    sonarr.send("DELETE", "/series/7", deleteFiles="true", addImportListExclusion="true")

    assert sonarr.send("GET", "/series/7").status == 404
    assert sonarr.get("/episodefile", seriesId=7) == []
    assert _free(simulation) - before == 32_212_254_720
    assert sonarr.get("/importlistexclusion") == [{"id": 1, "tvdbId": 78874, "title": "Firefly"}]


def test_without_the_files_flag_nothing_is_freed(simulation: Simulation, radarr: Caller) -> None:
    before = _free(simulation)

    radarr.send("DELETE", "/movie/12")

    assert radarr.send("GET", "/movie/12").status == 404
    assert _free(simulation) == before
    assert simulation.ledger.since()[0].effects[0].files == 0


def test_the_other_systems_exclusion_flag_is_ignored(sonarr: Caller, radarr: Caller) -> None:
    assert radarr.send("DELETE", "/movie/12", deleteFiles="true", addImportListExclusion="true").status == 200
    assert sonarr.send("DELETE", "/series/7", deleteFiles="true", addImportExclusion="true").status == 200

    assert radarr.get("/exclusions") == []
    assert sonarr.get("/importlistexclusion") == []


def test_a_flag_that_is_no_boolean_is_refused(radarr: Caller) -> None:
    assert radarr.send("DELETE", "/movie/12", deleteFiles="yes").status == 400
    assert radarr.get("/movie/12")["hasFile"]


def test_a_second_delete_finds_nothing(radarr: Caller) -> None:
    radarr.send("DELETE", "/movie/12", deleteFiles="true")

    assert radarr.send("DELETE", "/movie/12", deleteFiles="true").status == 404


def test_an_exclusion_that_exists_is_no_error(radarr: Caller) -> None:
    radarr.send("POST", "/exclusions", {"tmdbId": 16320, "movieTitle": "Serenity", "movieYear": 2005})

    assert radarr.send("DELETE", "/movie/12", deleteFiles="true", addImportExclusion="true").status == 200
    assert len(radarr.get("/exclusions")) == 1


def test_deleting_a_seasons_files_leaves_the_other_seasons(simulation: Simulation, sonarr: Caller) -> None:
    others = _season_files(sonarr, 8, 1), _season_files(sonarr, 8, 3)
    before = _free(simulation)

    reply = sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": _season_files(sonarr, 8, 2)})

    assert reply.status == 200
    assert _season_files(sonarr, 8, 2) == []
    assert (_season_files(sonarr, 8, 1), _season_files(sonarr, 8, 3)) == others
    assert _free(simulation) - before == 20_000_000_000


def test_statistics_follow_the_files(sonarr: Caller) -> None:
    sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": _season_files(sonarr, 8, 2)})

    row = sonarr.get("/series/8")
    assert row["statistics"]["sizeOnDisk"] == 40_000_000_000
    assert row["statistics"]["episodeFileCount"] == 20
    season = row["seasons"][1]
    assert (season["statistics"]["sizeOnDisk"], season["statistics"]["episodeFileCount"]) == (0, 0)
    assert season["monitored"]


def test_auto_unmonitor_stops_watching_for_deleted_episodes(simulation: Simulation, sonarr: Caller) -> None:
    simulation.world.instances["sonarr"].settings.auto_unmonitor = True

    sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": _season_files(sonarr, 8, 2)})

    assert not any(row["monitored"] for row in sonarr.get("/episode", seriesId=8, seasonNumber=2))
    assert all(row["monitored"] for row in sonarr.get("/episode", seriesId=8, seasonNumber=1))


def test_the_season_number_narrows_no_file_list(sonarr: Caller) -> None:
    assert sonarr.get("/episodefile", seriesId=8, seasonNumber=2) == sonarr.get("/episodefile", seriesId=8)


@pytest.mark.parametrize("body", [{"episodeFileIds": []}, {}], ids=["empty", "absent"])
def test_an_empty_bulk_delete_breaks_the_server(sonarr: Caller, body: dict[str, object]) -> None:
    assert sonarr.send("DELETE", "/episodefile/bulk", body).status == 500
    assert sonarr.get("/series/7")["statistics"]["episodeFileCount"] == 14


def test_a_bulk_delete_with_an_unknown_file_deletes_nothing(sonarr: Caller) -> None:
    assert sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": [901, 99_999]}).status == 500
    assert sonarr.get("/series/7")["statistics"]["episodeFileCount"] == 14


def test_a_bulk_delete_can_break_down_midway(simulation: Simulation, sonarr: Caller) -> None:
    sonarr.rule = FaultRule(kind=FaultKind.PARTIAL_DELETE, count=3)

    assert sonarr.send("DELETE", "/episodefile/bulk", {"episodeFileIds": [901, 902, 903, 904, 905]}).status == 500

    sonarr.rule = None
    assert sonarr.get("/series/7")["statistics"]["episodeFileCount"] == 11
    assert simulation.ledger.since()[0].effects[0].file_ids == (901, 902, 903)


def test_single_files_can_be_deleted(sonarr: Caller, radarr: Caller) -> None:
    assert sonarr.send("DELETE", "/episodefile/901").status == 200
    assert radarr.send("DELETE", "/moviefile/31").status == 200

    assert sonarr.send("DELETE", "/episodefile/901").status == 404
    assert not radarr.get("/movie/12")["hasFile"]
    assert radarr.get("/movie/12")["sizeOnDisk"] == 0


@pytest.mark.parametrize(
    ("instance", "method", "path", "body"),
    [
        ("sonarr", "DELETE", "/series/7", None),
        ("sonarr", "DELETE", "/series/editor", {"seriesIds": [8, 7], "deleteFiles": True}),
        ("sonarr", "DELETE", "/episodefile/bulk", {"episodeFileIds": [901]}),
        ("radarr", "DELETE", "/movie/12", None),
        ("radarr", "DELETE", "/movie/editor", {"movieIds": [13, 12], "deleteFiles": True}),
        ("radarr", "DELETE", "/moviefile/31", None),
    ],
)
def test_a_lost_root_folder_refuses_deletes_with_409(
    simulation: Simulation, instance: str, method: str, path: str, body: object
) -> None:
    simulation.world.instances[instance].roots[0].accessible = False
    before = simulation.world.item_count()

    reply = Caller(simulation, instance).send(method, path, body, deleteFiles="true")

    assert reply.status == 409
    assert "root folder missing" in reply.json["message"]
    assert simulation.world.item_count() == before


def test_a_lost_root_folder_shows_in_root_folders_and_health(simulation: Simulation, sonarr: Caller) -> None:
    assert sonarr.get("/health") == []

    simulation.world.instances["sonarr"].roots[0].accessible = False

    root = sonarr.get("/rootfolder")[0]
    assert root["accessible"] is False
    assert "freeSpace" not in root
    assert [(row["source"], row["type"]) for row in sonarr.get("/health")] == [("RootFolderCheck", "error")]


def test_a_recycle_bin_on_the_same_volume_frees_nothing(simulation: Simulation, radarr: Caller) -> None:
    simulation.world.instances["radarr"].settings.recycle_bin = "/data/media/.bin"
    before = _free(simulation)

    radarr.send("DELETE", "/movie/12", deleteFiles="true")

    assert radarr.get("/config/mediamanagement")["recycleBin"] == "/data/media/.bin"
    assert _free(simulation) == before
    assert simulation.ledger.since()[0].effects[0].freed_bytes == 0


def test_a_recycle_bin_elsewhere_moves_the_bytes(simulation: Simulation, radarr: Caller) -> None:
    simulation.world.instances["radarr"].settings.recycle_bin = "/config/bin"
    media, overlay = _free(simulation), _free(simulation, "overlay")

    radarr.send("DELETE", "/movie/12", deleteFiles="true")

    assert _free(simulation) - media == overlay - _free(simulation, "overlay") == 15_032_385_536


def _movies_at(*paths: str) -> World:
    return world_with(movies=[MovieSpec(title=f"M{i}", path=path) for i, path in enumerate(paths)], now=NOW)


@pytest.mark.parametrize(
    "paths",
    [("/data/media/movies/a", "/data/media/movies/a"), ("/data/media/movies/a", "/data/media/movies/a/b")],
    ids=["shared folder", "parent of another"],
)
def test_a_folder_that_others_need_is_left_without_an_error(paths: tuple[str, str]) -> None:
    simulation = Simulation(_movies_at(*paths))
    radarr = Caller(simulation, "radarr")
    before = _free(simulation)

    assert radarr.send("DELETE", "/movie/1", deleteFiles="true").status == 200

    assert radarr.send("GET", "/movie/1").status == 404
    assert _free(simulation) == before


def test_a_root_folder_is_never_removed() -> None:
    simulation = Simulation(_movies_at("/data/media/movies"))
    before = _free(simulation)

    assert Caller(simulation, "radarr").send("DELETE", "/movie/1", deleteFiles="true").status == 200
    assert _free(simulation) == before


def test_a_neighbour_with_a_longer_name_is_not_shared() -> None:
    simulation = Simulation(_movies_at("/data/media/movies/a", "/data/media/movies/ab"))
    before = _free(simulation)

    Caller(simulation, "radarr").send("DELETE", "/movie/1", deleteFiles="true")

    assert _free(simulation) - before == 10 * GB


def test_several_titles_go_at_once_or_not_at_all(simulation: Simulation, radarr: Caller) -> None:
    assert radarr.send("DELETE", "/movie/editor", {"movieIds": [12, 99], "deleteFiles": True}).status == 500
    assert len(radarr.get("/movie")) == 2

    body = {"movieIds": [12, 13], "deleteFiles": True, "addImportExclusion": True}
    assert radarr.send("DELETE", "/movie/editor", body).status == 200
    kinds = [effect.kind for effect in simulation.ledger.since()[-1].effects]
    assert kinds == ["movie_deleted", "exclusion_added", "movie_deleted", "exclusion_added"]


def test_two_mounts_of_one_volume_show_the_same_room() -> None:
    world = world_with(
        movies=[MovieSpec(title="Film", size_bytes=7 * GB)],
        shows=[ShowSpec(title="Show", seasons=[SeasonSpec()])],
        disks=[DiskSpec(mounts=["/movies", "/tv"], total_bytes=100 * GB, free_bytes=10 * GB)],
        movie_roots=["/movies"],
        show_roots=["/tv"],
        now=NOW,
    )
    simulation = Simulation(world)

    Caller(simulation, "radarr").send("DELETE", "/movie/1", deleteFiles="true")

    rows = {row["path"]: row["freeSpace"] for row in Caller(simulation, "sonarr").get("/diskspace")}
    assert rows["/movies"] == rows["/tv"] == 17 * GB
    assert list(rows) == ["/", "/config", "/movies", "/tv"]


def test_a_mount_that_cannot_be_read_is_missing(simulation: Simulation, sonarr: Caller, radarr: Caller) -> None:
    simulation.world.instances["sonarr"].settings.hidden_mounts = ["/data/media"]

    assert [row["path"] for row in sonarr.get("/diskspace")] == ["/", "/config"]
    assert [row["path"] for row in radarr.get("/diskspace")] == ["/", "/config", "/data/media"]


def test_a_lying_delete_never_happens(simulation: Simulation, radarr: Caller) -> None:
    radarr.rule = FaultRule(kind=FaultKind.LYING_DELETE)

    assert radarr.send("DELETE", "/movie/12", deleteFiles="true").status == 200

    radarr.rule = None
    assert radarr.get("/movie/12")["hasFile"]
    assert [(entry.status, entry.effect) for entry in simulation.ledger.since()] == [(200, None)]


def test_a_late_delete_happens_after_so_many_reads(simulation: Simulation, radarr: Caller) -> None:
    radarr.rule = FaultRule(kind=FaultKind.LYING_DELETE, reads=2)
    radarr.send("DELETE", "/movie/12", deleteFiles="true")
    radarr.rule = None

    statuses = [radarr.send("GET", "/movie/12").status for _ in range(3)]

    assert statuses == [200, 200, 404]
    kept = simulation.ledger.since()
    assert [(entry.deferred, bool(entry.effects)) for entry in kept] == [(False, False), (True, True)]


def test_a_late_delete_with_a_wrong_key_is_refused(radarr: Caller) -> None:
    radarr.rule = FaultRule(kind=FaultKind.LYING_DELETE)
    right, radarr.key = radarr.key, "wrong"

    assert radarr.send("DELETE", "/movie/12").status == 401

    radarr.key, radarr.rule = right, None
    assert radarr.get("/movie/12")["id"] == 12
