"""What only the simulated Emby does: its prefix, its sparse lists, its tags."""

import pytest

from libs.simulator.simulation import Simulation
from tests.unit.simulator.mediabrowser_caller import MediaBrowserCaller

COUNTERS = "UserDataPlayCount,UserDataLastPlayedDate"


@pytest.fixture
def emby(simulation: Simulation) -> MediaBrowserCaller:
    return MediaBrowserCaller(simulation, "emby")


@pytest.mark.parametrize("prefix", ["", "/emby"])
def test_every_path_is_there_with_and_without_the_prefix(emby: MediaBrowserCaller, prefix: str) -> None:
    assert emby.get(f"{prefix}/System/Info")["Version"] == "4.9.1.80"
    assert emby.send("GET", f"{prefix}/System/Info/Public").status == 200
    assert emby.get(f"{prefix}/Users/Query")["TotalRecordCount"] == 3


@pytest.mark.parametrize("path", ["//System/Info", "/emby//Users/Query", "//emby/Users/Query"])
def test_a_double_slash_leads_nowhere(emby: MediaBrowserCaller, path: str) -> None:
    assert emby.send("GET", path).status == 404


def test_it_does_not_name_itself_and_pings_in_plain_text(emby: MediaBrowserCaller) -> None:
    assert "ProductName" not in emby.get("/System/Info/Public")
    assert emby.send("GET", "/System/Ping")[1:] == ("text/plain", b"Emby Server")


def test_a_wrong_key_is_refused_in_plain_text(emby: MediaBrowserCaller) -> None:
    emby.key = "wrong"

    reply = emby.send("GET", "/Users/Query")

    assert (reply.status, reply.content_type) == (401, "text/plain")


def test_lists_carry_counters_only_when_both_are_asked_for_by_name(emby: MediaBrowserCaller) -> None:
    def data(fields: str) -> set[str]:
        asked = {"IncludeItemTypes": "Episode", "Filters": "IsPlayed", "Fields": fields}
        (row,) = emby.items(1, **asked)["Items"]
        return set(row["UserData"])

    bare = {"PlaybackPositionTicks", "IsFavorite", "Played"}
    assert data("ProviderIds,UserData") == bare
    assert data("UserDataPlayCount") == bare | {"PlayCount"}
    assert data(COUNTERS) == bare | {"PlayCount", "LastPlayedDate"}

    emby.media.settings.list_user_data = False
    assert data(COUNTERS) == bare


def test_a_single_item_has_complete_user_data_in_every_build(emby: MediaBrowserCaller) -> None:
    emby.media.settings.list_user_data = False

    assert {"PlayCount", "LastPlayedDate"} <= set(emby.full("Serenity")["UserData"])


def test_an_item_below_no_user_is_not_found(emby: MediaBrowserCaller) -> None:
    assert emby.send("GET", f"/Items/{emby.id_of('Serenity')}").status in {404, 405}


def test_users_come_in_pages(emby: MediaBrowserCaller) -> None:
    first = emby.get("/Users/Query", StartIndex=0, Limit=2)
    second = emby.get("/Users/Query", StartIndex=2, Limit=2)

    assert [row["Name"] for page in (first, second) for row in page["Items"]] == ["mal", "kaylee", "wash"]
    assert first["TotalRecordCount"] == second["TotalRecordCount"] == 3


def test_users_can_be_narrowed_to_the_disabled_ones(emby: MediaBrowserCaller) -> None:
    emby.media.disabled = frozenset({2})

    assert [row["Name"] for row in emby.get("/Users/Query", IsDisabled="true")["Items"]] == ["wash"]


def test_titles_are_found_by_an_outside_id_whatever_their_kind(emby: MediaBrowserCaller) -> None:
    asked = {"AnyProviderIdEquals": "tmdb.16320,tvdb.78874"}

    assert sorted(emby.names(**asked, IncludeItemTypes="Movie,Series")) == ["Firefly", "Serenity"]
    assert emby.names(**asked, IncludeItemTypes="Movie") == ["Serenity"]


def test_tags_are_added_and_taken_away_by_name_and_nothing_else_changes(emby: MediaBrowserCaller) -> None:
    path, before = f"/Items/{emby.id_of('Serenity')}/Tags", emby.full("Serenity")
    soon = {"Tags": [{"Name": "Leaving Soon"}]}

    assert emby.send("POST", f"{path}/Add", body=soon).status == 204
    assert emby.send("POST", f"{path}/Add", body=soon).status == 204
    assert [tag["Name"] for tag in emby.full("Serenity")["TagItems"]] == ["keep", "Leaving Soon"]
    number = emby.full("Serenity")["TagItems"][1]["Id"]
    assert emby.send("POST", f"{path}/Delete", body={"Tags": [{"Id": number}]}).status == 204
    assert emby.full("Serenity") == before
    effects = [(e.kind, e.detail) for entry in emby.simulation.ledger.since() for e in entry.effects]
    assert effects == [("tag_added", "Leaving Soon"), ("tag_removed", "Leaving Soon")]


@pytest.mark.parametrize("body", [{}, {"Tags": "Leaving Soon"}, {"Tags": ["Leaving Soon"]}])
def test_a_body_without_pairs_is_refused(emby: MediaBrowserCaller, body: object) -> None:
    assert emby.send("POST", f"/Items/{emby.id_of('Serenity')}/Tags/Add", body=body).status == 400


def test_pictures_are_removed_and_set_by_its_own_paths_too(emby: MediaBrowserCaller) -> None:
    serenity = f"/Items/{emby.id_of('Serenity')}"
    original = emby.send("GET", f"{serenity}/Images/Primary").body
    (known,) = emby.get(f"{serenity}/RemoteImages", Type="Primary")["Images"]

    assert emby.send("POST", f"{serenity}/Images/Primary/Delete").status == 204
    assert emby.send("GET", f"{serenity}/Images/Primary").status == 404
    assert emby.send("POST", f"{serenity}/Images/Primary/0/Url", {"Url": known["Url"]}).status == 204
    assert emby.send("GET", f"{serenity}/Images/Primary").body == original
