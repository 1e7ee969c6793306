"""What changes in a simulated Plex when labels are edited and posters are uploaded (integrations.md 9.8 and 9.9)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from libs.simulator.fixture_audience import FIREFLY, KAYLEE, SERENITY
from libs.simulator.pictures import picture
from libs.simulator.simulation import Simulation
from libs.simulator.state import Birth, open_simulation
from tests.unit.simulator.conftest import NOW
from tests.unit.simulator.plex_caller import PlexCaller

MOVIES = "/library/sections/1/all"
POSTERS = "/library/metadata/501/posters"
OVERLAID, OTHER = picture(77), picture(78)


@pytest.fixture
def plex(simulation: Simulation) -> PlexCaller:
    return PlexCaller(simulation)


def edit(
    plex: PlexCaller,
    path: str = MOVIES,
    *,
    add: Sequence[str] = (),
    remove: str = "",
    locks: Mapping[str, int] | None = None,
) -> int:
    """An edit of the first movie, or of what the path names; `remove` is a list as it is sent."""
    query: dict[str, Any] = {"type": 1, "id": SERENITY} if path == MOVIES else {}
    query |= {f"label[{index}].tag.tag": label for index, label in enumerate(add)}
    if remove:
        query["label[].tag.tag-"] = remove
    return plex.send("PUT", path, query | {f"{name}.locked": value for name, value in (locks or {}).items()}).status


def labels(plex: PlexCaller, native: int = SERENITY) -> list[str]:
    row = plex.row(f"/library/metadata/{native}", native)
    return [tag["tag"] for tag in row.get("Label", [])]


def locked(plex: PlexCaller) -> list[str]:
    return [field["name"] for field in plex.row("/library/metadata/501", SERENITY).get("Field", [])]


def selected(plex: PlexCaller) -> list[str]:
    return [row["ratingKey"] for row in plex.get(POSTERS)["Metadata"] if row["selected"]]


def effects(plex: PlexCaller) -> list[tuple[str, str]]:
    return [(effect.kind, effect.detail) for entry in plex.simulation.ledger.since() for effect in entry.effects]


def test_a_sent_list_takes_the_place_of_the_labels_that_stood(plex: PlexCaller) -> None:
    assert edit(plex, add=["leaving soon"]) == 200

    assert labels(plex) == ["Leaving soon"]
    assert effects(plex) == [("label_added", "Leaving soon"), ("label_removed", "Keep")]


def test_existing_labels_stay_when_they_are_sent_along(plex: PlexCaller) -> None:
    edit(plex, add=["keep", "Leaving Soon", "KEEP"], locks={"label": 1})

    assert labels(plex) == ["Keep", "Leaving Soon"]
    assert locked(plex) == ["label"]
    assert effects(plex) == [("label_added", "Leaving Soon"), ("field_locked", "label")]


def test_labels_are_removed_by_a_list_of_quoted_names(plex: PlexCaller) -> None:
    edit(plex, add=["Keep", "One, two", "Three"])

    edit(plex, remove="One%2C%20two,three")

    assert labels(plex) == ["Keep"]


def test_a_lock_is_lifted_again(plex: PlexCaller) -> None:
    edit(plex, locks={"label": 1, "thumb": 1})
    assert locked(plex) == ["label", "thumb"]

    edit(plex, locks={"label": 0})

    assert locked(plex) == ["thumb"]
    assert labels(plex) == ["Keep"]


def test_an_edit_by_the_item_itself_does_the_same(plex: PlexCaller) -> None:
    assert edit(plex, "/library/metadata/700", add=["Leaving Soon"]) == 200

    assert labels(plex, FIREFLY) == ["Leaving Soon"]
    assert plex.media.titles[FIREFLY].labels == ["Leaving Soon"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (MOVIES, {"id": SERENITY}, 400),
        (MOVIES, {"type": 1}, 400),
        (MOVIES, {"type": 1, "id": "Serenity"}, 400),
        (MOVIES, {"type": 1, "id": SERENITY, "label.locked": "yes"}, 400),
        (MOVIES, {"type": 1, "id": 99}, 404),
        (MOVIES, {"type": 1, "id": FIREFLY}, 404),
        ("/library/sections/2/all", {"type": 1, "id": SERENITY}, 404),
        ("/library/metadata/99", {}, 404),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(
    plex: PlexCaller, path: str, query: dict[str, Any], status: int
) -> None:
    assert plex.send("PUT", path, query | {"label[0].tag.tag": "X"}).status == status
    assert labels(plex) == ["Keep"]


def test_a_guest_changes_nothing(plex: PlexCaller) -> None:
    plex.become(KAYLEE)

    assert edit(plex, add=["X"]) == 403
    assert plex.send("POST", POSTERS, raw=OVERLAID).status == 403
    assert plex.send("PUT", "/library/metadata/501/poster", {"url": "x"}).status == 403
    assert effects(plex) == []


def test_an_upload_is_chosen_and_locked_and_shows_in_the_list_one_read_late(plex: PlexCaller) -> None:
    before = {row["ratingKey"] for row in plex.get(POSTERS)["Metadata"]}

    assert plex.send("POST", POSTERS, raw=OVERLAID).status == 200

    assert {row["ratingKey"] for row in plex.get(POSTERS)["Metadata"]} == before
    (fresh,) = {row["ratingKey"] for row in plex.get(POSTERS)["Metadata"]} - before
    assert fresh.startswith("upload://posters/")
    assert selected(plex) == [fresh]
    assert locked(plex) == ["thumb"]


def test_the_same_bytes_again_make_no_second_candidate_and_others_pile_up(plex: PlexCaller) -> None:
    for image in (OVERLAID, OTHER, OVERLAID):
        plex.send("POST", POSTERS, raw=image)
    plex.get(POSTERS)

    uploads = [row for row in plex.get(POSTERS)["Metadata"] if row["ratingKey"].startswith("upload://")]

    assert len(uploads) == 2
    assert shown(plex) == OVERLAID


def test_a_former_poster_is_chosen_again_bit_for_bit(plex: PlexCaller) -> None:
    original, (key,) = shown(plex), selected(plex)
    plex.send("POST", POSTERS, raw=OVERLAID)
    address = thumb(plex)

    assert plex.send("PUT", "/library/metadata/501/poster", {"url": key}).status == 200

    assert shown(plex) == original != OVERLAID
    assert thumb(plex) != address
    assert [kind for kind, _ in effects(plex)] == ["poster_uploaded", "field_locked", "poster_selected"]


def test_every_candidate_has_its_picture(plex: PlexCaller) -> None:
    plex.send("POST", POSTERS, raw=OVERLAID)
    plex.get(POSTERS)
    key = plex.get(POSTERS)["Metadata"][0]["ratingKey"]

    reply = plex.send("GET", "/library/metadata/501/file", {"url": key})

    assert (reply.body, reply.content_type) == (OVERLAID, "image/png")
    assert plex.send("GET", "/library/metadata/501/file", {"url": "upload://posters/none"}).status == 404
    assert plex.send("PUT", "/library/metadata/501/poster", {"url": "upload://posters/none"}).status == 404


@pytest.mark.parametrize("raw", [b"", b"iVBORw0KGgo=", b"<html>"])
def test_what_is_no_picture_is_refused(plex: PlexCaller, raw: bytes) -> None:
    assert plex.send("POST", POSTERS, raw=raw).status == 400


def test_candidates_are_photos_in_xml(plex: PlexCaller) -> None:
    plex.accept = "text/xml"

    assert b'<Photo key="' in plex.send("GET", POSTERS).body


def test_edits_and_uploads_outlive_a_restart(tmp_path: Path) -> None:
    birth = Birth("fixture", 0, NOW)
    first = PlexCaller(open_simulation(birth, tmp_path))
    edit(first, add=["Keep", "Leaving Soon"], locks={"label": 1})
    first.send("POST", POSTERS, raw=OVERLAID)
    first.simulation.ledger.close()

    again = PlexCaller(open_simulation(birth, tmp_path))

    assert labels(again) == ["Keep", "Leaving Soon"]
    assert locked(again) == ["label", "thumb"]
    assert shown(again) == OVERLAID
    again.simulation.ledger.close()


def thumb(plex: PlexCaller) -> str:
    address: str = plex.row("/library/metadata/501", SERENITY)["thumb"]
    return address


def shown(plex: PlexCaller) -> bytes:
    reply = plex.send("GET", thumb(plex))
    assert reply.content_type == "image/png"
    return reply.body
