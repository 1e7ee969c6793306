"""A Readarr answers, deletes and forgets as the real one does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.simulator.interventions import intervene
from libs.simulator.simulation import Simulation
from libs.simulator.state import Birth, open_simulation
from libs.simulator.truth import true_items
from tests.unit.simulator.arr_caller import Caller
from tests.unit.simulator.conftest import NOW
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_readarr import READARR, WRITES


def _free(simulation: Simulation) -> int:
    return simulation.world.disks.volumes["media"].free_bytes


@pytest.mark.parametrize(("path", "fields"), READARR.items(), ids=READARR)
def test_it_answers_with_the_fields_clients_read(readarr: Caller, path: str, fields: Fields) -> None:
    bare, _, query = path.partition("?")

    assert missing_fields(readarr.get(bare, **dict(pair.split("=") for pair in query.split("&") if pair)), fields) == []


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_it_knows_the_calls_that_change_something(readarr: Caller, method: str, path: str) -> None:
    body = {"bookIds": [41], "authorIds": [6], "bookFileIds": [55], "foreignId": "x", "authorName": "X", "label": "x"}

    assert readarr.send(method, path, body).status in {200, 201, 202}


def test_a_listed_book_has_no_author_no_path_no_tags_and_no_size_of_its_own(readarr: Caller) -> None:
    (row,) = readarr.get("/book")

    assert (row["id"], row["title"], row["foreignBookId"], row["authorId"]) == (41, "The Hero of Canton", "900100", 6)
    assert not {"author", "sizeOnDisk", "path", "tags", "qualityProfileId", "remoteCover"} & set(row)
    assert row["statistics"]["sizeOnDisk"] == 5_242_880
    assert row["ratings"]["value"] == 4.2
    assert row["images"] == [
        {
            "url": "/readarr/MediaCover/Books/41/cover.jpg?lastWrite=638000000000000000",
            "coverType": "cover",
            "extension": ".jpg",
        }
    ]


def test_the_author_has_what_the_book_has_not(readarr: Caller) -> None:
    (row,) = readarr.get("/author")

    assert (row["id"], row["authorName"], row["foreignAuthorId"]) == (6, "Jayne C", "900200")
    assert (row["path"], row["tags"]) == ("/data/media/books/Jayne C", [2])
    assert readarr.get("/book/41")["author"]["id"] == 6


def test_book_files_are_refused_without_a_question(readarr: Caller) -> None:
    assert readarr.send("GET", "/bookfile").status == 400
    assert readarr.send("GET", "/bookfile", bookId=[41, 42]).status == 404


def test_book_files_are_found_by_author_by_repeated_books_and_by_id(simulation: Simulation, readarr: Caller) -> None:
    intervene(simulation, "items", {"instance": "readarr", "book": {"title": "Second", "author": "Jayne C"}})
    rows = readarr.get("/bookfile", authorId=6)

    assert [row["bookId"] for row in rows] == [41, 42]
    assert readarr.get("/bookfile", bookId=[41, 42]) == rows
    assert readarr.get("/bookfile", bookFileIds=[55]) == rows[:1]
    assert [row["id"] for row in readarr.get("/book", authorId=6)] == [41, 42]
    assert [row["id"] for row in readarr.get("/book", bookIds=[42])] == [42]


def test_a_number_can_be_a_book_and_an_author(simulation: Simulation, readarr: Caller) -> None:
    intervene(simulation, "items", {"instance": "readarr", "book": {"title": "Sixth", "id": 6, "author": "Nara Vell"}})

    assert readarr.get("/book/6")["title"] == "Sixth"
    assert readarr.get("/author/6")["authorName"] == "Jayne C"


def test_a_deleted_book_is_gone_with_its_bytes_excluded_and_its_author_stays(
    simulation: Simulation, readarr: Caller
) -> None:
    before = _free(simulation)

    assert readarr.send("DELETE", "/book/41", deleteFiles="true", addImportListExclusion="true") == (200, {})

    assert readarr.send("GET", "/book/41").status == 404
    assert readarr.get("/author/6")["statistics"]["sizeOnDisk"] == 0
    assert _free(simulation) - before == 5_242_880
    assert readarr.get("/importlistexclusion") == [
        {"id": 1, "foreignId": "900100", "authorName": "Jayne C - The Hero of Canton"}
    ]


def test_radarrs_name_of_the_flag_is_ignored_without_a_word(readarr: Caller) -> None:
    assert readarr.send("DELETE", "/book/41", deleteFiles="true", addImportExclusion="true").status == 200

    assert readarr.get("/importlistexclusion") == []


def test_a_root_folder_that_is_gone_refuses_a_delete_with_files(simulation: Simulation, readarr: Caller) -> None:
    simulation.world.instances["readarr"].roots[0].accessible = False

    assert readarr.send("DELETE", "/book/41", deleteFiles="true").status == 409
    assert readarr.send("DELETE", "/author/6", deleteFiles="true").status == 409
    assert len(readarr.get("/book")) == 1


def test_a_calibre_server_that_is_down_keeps_the_books(simulation: Simulation, readarr: Caller) -> None:
    intervene(simulation, "settings", {"instance": "readarr", "settings": {"calibre": "down"}})

    reply = readarr.send("DELETE", "/book/41", deleteFiles="true")

    assert (reply.status, "Calibre" in reply.json["message"]) == (500, True)
    assert readarr.get("/rootfolder")[0]["isCalibreLibrary"]
    assert len(readarr.get("/book")) == 1


def test_a_deleted_author_takes_all_books_along(simulation: Simulation, readarr: Caller) -> None:
    intervene(simulation, "items", {"instance": "readarr", "book": {"title": "Second", "author": "Jayne C"}})
    intervene(simulation, "items", {"instance": "readarr", "book": {"title": "Other", "author": "Nara Vell"}})

    readarr.send("DELETE", "/author/6", deleteFiles="true", addImportListExclusion="true")

    assert [row["title"] for row in readarr.get("/book")] == ["Other"]
    assert readarr.get("/importlistexclusion")[0]["foreignId"] == "900200"
    assert simulation.ledger.since()[0].effects[0].files == 2


def test_the_editor_of_books_sets_the_flag_and_knows_no_tags(readarr: Caller) -> None:
    fields = {"bookIds": [41], "monitored": False, "tags": [5], "applyTags": "add"}

    assert readarr.send("PUT", "/book/editor", fields).status == 202

    assert readarr.get("/book/41")["monitored"] is False
    assert readarr.get("/author/6")["tags"] == [2]


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"monitored": False}, {"monitored": False}),
        ({"tags": [5], "applyTags": "add"}, {"tags": [2, 5]}),
        ({"tags": [2], "applyTags": "remove"}, {"tags": []}),
    ],
)
def test_the_editor_of_authors_changes_what_is_named_and_nothing_else(
    readarr: Caller, fields: Any, changed: Any
) -> None:
    before = readarr.get("/author/6")

    assert readarr.send("PUT", "/author/editor", {"authorIds": [6], **fields}).status == 202

    assert readarr.get("/author/6") == before | changed


def test_a_restart_repeats_what_was_added_and_deleted(tmp_path: Path) -> None:
    first = open_simulation(Birth("fixture", 0, NOW), tmp_path)
    intervene(first, "items", {"instance": "readarr", "book": {"title": "Second", "author": "Jayne C"}})
    intervene(first, "items", {"instance": "lidarr", "artist": {"title": "Newcomers", "tags": ["keep"]}})
    Caller(first, "readarr").send("DELETE", "/book/41", deleteFiles="true", addImportListExclusion="true")
    Caller(first, "lidarr").send("PUT", "/artist/editor", {"artistIds": [5], "monitored": False})
    first.ledger.close()

    second = open_simulation(Birth("fixture", 0, NOW + timedelta(days=1)), tmp_path)
    second.ledger.close()

    def rows(simulation: Simulation, key: str) -> list[Any]:
        return [
            (item.id, item.title, item.size_bytes, item.monitored, item.tags)
            for item in true_items(simulation.world, key)
        ]

    for key in ("lidarr", "readarr"):
        assert rows(second, key) == rows(first, key)
    assert [title for _, title, *_ in rows(second, "readarr")] == ["Second"]
    assert _free(second) == _free(first)
