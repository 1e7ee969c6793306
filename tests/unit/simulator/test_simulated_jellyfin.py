"""What only the simulated Jellyfin does: its keys, its ids, and edits that lose what they do not say."""

import pytest

from libs.simulator.simulation import Simulation
from tests.unit.simulator.mediabrowser_caller import MediaBrowserCaller

EPISODE_TAGS = {"fields": "Tags", "includeItemTypes": "Episode"}


@pytest.fixture
def jellyfin(simulation: Simulation) -> MediaBrowserCaller:
    return MediaBrowserCaller(simulation, "jellyfin")


@pytest.mark.parametrize("auth", ["x-emby-token", "x-mediabrowser-token"])
def test_old_headers_are_taken_until_they_are_switched_off(jellyfin: MediaBrowserCaller, auth: str) -> None:
    jellyfin.auth = auth
    assert jellyfin.send("GET", "/System/Info").status == 200

    jellyfin.media.settings.version, jellyfin.media.settings.legacy_auth = "12.0.0", False
    assert jellyfin.send("GET", "/System/Info").status == 401

    jellyfin.auth = "mediabrowser"
    assert jellyfin.get("/System/Info")["Version"] == "12.0.0"


def test_a_single_item_is_found_only_for_a_user(jellyfin: MediaBrowserCaller) -> None:
    path = f"/Items/{jellyfin.id_of('Serenity')}"

    assert jellyfin.send("GET", path).status == 404
    assert jellyfin.get(path, userId=jellyfin.user())["Name"] == "Serenity"


def test_ids_are_taken_with_dashes_and_capitals_and_answered_without(jellyfin: MediaBrowserCaller) -> None:
    user = "99999999-8888-7777-6666-555555555555"

    row = jellyfin.get("/Items/A1F0C5D2-E3B4-4F67-89AB-0123456789CD", userId=user)

    assert row["Id"] == "a1f0c5d2e3b44f6789ab0123456789cd"
    assert jellyfin.send("GET", "/Items/serenity", {"userId": user}).json["errors"] == {
        "itemId": ["The value is not valid."]
    }


def test_without_a_user_a_listing_has_everything_and_nobodys_data(jellyfin: MediaBrowserCaller) -> None:
    rows = jellyfin.items(None, includeItemTypes="Movie,Series")["Items"]

    assert len(rows) == len(jellyfin.media.titles)
    assert all("UserData" not in row for row in rows)


def test_user_data_can_be_left_out(jellyfin: MediaBrowserCaller) -> None:
    rows = jellyfin.items(includeItemTypes="Series", enableUserData="false")["Items"]

    assert all("UserData" not in row for row in rows)


def test_collections_hide_their_members_unless_told_not_to(jellyfin: MediaBrowserCaller) -> None:
    asked = {"includeItemTypes": "Movie,Series", "sortBy": "SortName", "recursive": "true"}

    assert [row["Name"] for row in jellyfin.get("/Items", **asked, userId=jellyfin.user())["Items"]] == [
        "Firefly",
        "Serenity Collection",
    ]
    assert jellyfin.names(**asked) == ["Firefly", "Serenity", "Sunshine Drift"]


def test_fields_come_only_when_they_are_asked_for_and_unknown_ones_do_no_harm(jellyfin: MediaBrowserCaller) -> None:
    bare = jellyfin.items(includeItemTypes="Series")["Items"][0]
    asked = jellyfin.items(includeItemTypes="Series", fields="ProviderIds,Path,DateCreated,Tags,Nonsense")["Items"][0]

    assert set(asked) - set(bare) == {"ProviderIds", "Path", "DateCreated", "Tags"}


def test_the_old_paths_are_still_there(jellyfin: MediaBrowserCaller) -> None:
    old = jellyfin.get(f"/Users/{jellyfin.user()}/Items", recursive="true", includeItemTypes="Series")

    assert old == jellyfin.items(includeItemTypes="Series")
    assert jellyfin.get(f"/Users/{jellyfin.user()}/Items/{jellyfin.id_of('Firefly')}") == jellyfin.full("Firefly")


def test_an_edit_with_the_whole_item_changes_only_what_was_changed(jellyfin: MediaBrowserCaller) -> None:
    before = jellyfin.full("Serenity")

    reply = jellyfin.send("POST", f"/Items/{before['Id']}", body=before | {"Tags": ["keep", "Leaving Soon"]})

    assert reply.status == 204
    after = jellyfin.full("Serenity")
    assert after["Tags"] == ["keep", "Leaving Soon"]
    assert after["Etag"] != before["Etag"]
    assert {**after, "Tags": 0, "Etag": 0} == {**before, "Tags": 0, "Etag": 0}
    (entry,) = jellyfin.simulation.ledger.since()
    assert [(effect.kind, effect.detail) for effect in entry.effects] == [("tag_added", "Leaving Soon")]


def test_an_edit_with_a_part_of_the_item_loses_the_rest(jellyfin: MediaBrowserCaller) -> None:
    before = jellyfin.full("Serenity")

    jellyfin.send("POST", f"/Items/{before['Id']}", body={"Id": before["Id"], "Tags": ["Leaving Soon"]})

    after = jellyfin.full("Serenity")
    lost = set(before) - set(after)
    assert {"Overview", "CommunityRating", "OfficialRating", "PremiereDate", "ProductionYear", "OriginalTitle"} <= lost
    assert (after["Genres"], after["Studios"], after["Taglines"]) == ([], [], [])
    assert after["Tags"] == ["Leaving Soon"]
    (entry,) = jellyfin.simulation.ledger.since()
    assert {effect.kind for effect in entry.effects} == {"tag_added", "tag_removed", "metadata_lost"}


def test_tags_of_a_show_are_pushed_down_to_its_episodes(jellyfin: MediaBrowserCaller) -> None:
    full = jellyfin.full("Firefly")
    jellyfin.send("POST", f"/Items/{full['Id']}", body=full | {"Tags": ["Leaving Soon"]})
    assert {tuple(row["Tags"]) for row in jellyfin.items(**EPISODE_TAGS)["Items"]} == {("Leaving Soon",)}

    jellyfin.send("POST", f"/Items/{full['Id']}", body=jellyfin.full("Firefly") | {"Tags": []})
    assert {tuple(row["Tags"]) for row in jellyfin.items(**EPISODE_TAGS)["Items"]} == {()}


@pytest.mark.parametrize("body", [["Leaving Soon"], {"Tags": "Leaving Soon"}, None])
def test_an_edit_that_cannot_be_bound_is_refused(jellyfin: MediaBrowserCaller, body: object) -> None:
    assert jellyfin.send("POST", f"/Items/{jellyfin.id_of('Serenity')}", body=body).status == 400
    assert jellyfin.full("Serenity")["Tags"] == ["keep"]


def test_an_edit_of_another_item_than_the_one_in_the_path_is_refused(jellyfin: MediaBrowserCaller) -> None:
    body = jellyfin.full("Firefly")

    assert jellyfin.send("POST", f"/Items/{jellyfin.id_of('Serenity')}", body=body).status == 400


def test_titles_are_listed_by_tag(jellyfin: MediaBrowserCaller) -> None:
    asked = {"includeItemTypes": "Movie,Series"}

    assert jellyfin.names(**asked, tags="keep|nothing") == ["Serenity"]
    jellyfin.title("Serenity").labels = []
    assert jellyfin.names(**asked, tags="keep|nothing") == []
