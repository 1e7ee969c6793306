"""The simulated Jellyfin and Emby: what both do alike, and the fields clients read."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.simulator.audience import Favourite, ViewEvent
from libs.simulator.calls import Refusal
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.mediabrowser.listing import TouchedFirst
from libs.simulator.simulation import Simulation
from libs.simulator.state import Birth, open_simulation
from tests.unit.simulator.conftest import NOW
from tests.unit.simulator.contract_fields import Fields, missing_fields
from tests.unit.simulator.contract_mediabrowser import EMBY, JELLYFIN
from tests.unit.simulator.mediabrowser_caller import MediaBrowserCaller

MAL, KAYLEE, WASH = 0, 1, 2
MOVIE_AND_EPISODE = {"includeItemTypes": "Movie,Episode"}


@pytest.fixture(params=["jellyfin", "emby"])
def caller(simulation: Simulation, request: pytest.FixtureRequest) -> MediaBrowserCaller:
    """Either server over the fixture world."""
    return MediaBrowserCaller(simulation, request.param)


@pytest.mark.parametrize(("path", "fields"), JELLYFIN.items(), ids=JELLYFIN)
def test_jellyfin_answers_with_the_fields_clients_read(simulation: Simulation, path: str, fields: Fields) -> None:
    assert missing_fields(_answer(MediaBrowserCaller(simulation, "jellyfin"), path), fields) == []


@pytest.mark.parametrize(("path", "fields"), EMBY.items(), ids=EMBY)
def test_emby_answers_with_the_fields_clients_read(simulation: Simulation, path: str, fields: Fields) -> None:
    assert missing_fields(_answer(MediaBrowserCaller(simulation, "emby"), path), fields) == []


def _answer(caller: MediaBrowserCaller, path: str) -> object:
    bare, _, query = path.partition("?")
    return caller.get(bare, **dict(pair.split("=") for pair in query.split("&") if pair))


def test_without_the_key_only_a_sign_of_life_and_pictures_are_shown(caller: MediaBrowserCaller) -> None:
    picture = f"/Items/{caller.id_of('Serenity')}/Images/Primary"
    caller.key = "wrong"

    assert caller.send("GET", "/System/Info").status == 401
    assert caller.send("GET", "/System/Info/Public").status == 200
    assert caller.send("GET", "/System/Ping").status == 200
    assert caller.send("GET", picture).content_type == "image/png"
    assert caller.send("DELETE", picture).status == 401
    assert caller.send("GET", "/web/index.html").body.startswith(b"<!doctype html>")


def test_query_names_are_taken_in_any_case(caller: MediaBrowserCaller) -> None:
    lower = caller.items(includeitemtypes="Movie", startindex=0)
    upper = caller.items(INCLUDEITEMTYPES="Movie", StartIndex=0)

    assert lower == upper
    assert lower["TotalRecordCount"] >= 1


def test_a_page_is_cut_where_it_was_asked_for(caller: MediaBrowserCaller) -> None:
    every = caller.names(includeItemTypes="Episode", sortBy="SortName")

    assert caller.names(includeItemTypes="Episode", sortBy="SortName", startIndex=3, limit=2) == every[3:5]
    assert caller.items(includeItemTypes="Episode", startIndex=999, limit=2) | {"StartIndex": 0} == {
        "Items": [],
        "TotalRecordCount": 14,
        "StartIndex": 0,
    }


def test_a_cap_makes_pages_smaller_than_asked(caller: MediaBrowserCaller) -> None:
    caller.media.settings.page_cap = 5

    page = caller.items(includeItemTypes="Episode", limit=500)

    assert (len(page["Items"]), page["TotalRecordCount"]) == (5, 14)


@pytest.mark.parametrize("name", ["limit", "startIndex", "isPlayed"])
def test_a_value_that_cannot_be_read_is_refused_with_a_problem(caller: MediaBrowserCaller, name: str) -> None:
    user = {"userId": caller.user()} if caller.instance == "jellyfin" else {}
    path = "/Items" if user else f"/Users/{caller.user()}/Items"

    reply = caller.send("GET", path, {**user, name: "-1"})

    assert (reply.status, reply.json["errors"]) == (400, {name: ["The value is not valid."]})


def test_an_unknown_user_item_or_path_is_not_found(caller: MediaBrowserCaller) -> None:
    nobody, nothing = "f" * 32, caller.server.id_text(77)

    assert caller.send("GET", f"/Users/{nobody}/Items").status == 404
    assert caller.send("GET", f"/Users/{caller.user()}/Items/{nothing}").status == 404
    assert caller.send("GET", f"/Items/{nothing}/Images/Primary").status == 404
    assert caller.send("GET", "/Nothing").status == 404
    assert caller.send("PUT", "/Sessions").status == 405


def test_played_begun_and_broken_off_are_told_by_filters_as_the_servers_do(caller: MediaBrowserCaller) -> None:
    serenity = caller.title("Serenity")
    starts = [("played", 1.0), ("begun", 0.5), ("broken off", 0.01)]
    for number, (state, share) in enumerate(starts, start=1):
        watched = int(serenity.runtime_s * share)
        caller.media.plays.append(ViewEvent(number, WASH, serenity.native, 0, 0, 1_767_000_000 + number, watched))
        caller.media.revision += 1
        played = caller.names(WASH, **MOVIE_AND_EPISODE, filters="IsPlayed", fields="UserDataPlayCount")
        begun = caller.names(WASH, **MOVIE_AND_EPISODE, filters="IsResumable")
        assert (played == ["Serenity"], begun == ["Serenity"]) == (state == "played", state == "begun")

    data = caller.full("Serenity", WASH)["UserData"]
    assert (data["PlayCount"], data["Played"], data["PlaybackPositionTicks"]) == (3, False, 0)


def test_the_list_by_date_of_playing_begins_with_what_was_played_last(caller: MediaBrowserCaller) -> None:
    firefly = caller.title("Firefly")
    for episode, at in ((5, 1_767_000_000), (9, 1_767_000_500), (1, 1_766_000_000)):
        caller.media.plays.append(ViewEvent(episode, WASH, firefly.native, 1, episode, at, firefly.runtime_s))
    caller.media.revision += 1
    names = caller.names(WASH, **MOVIE_AND_EPISODE, sortBy="DatePlayed,SortName", sortOrder="Descending")

    assert names[:3] == ["Episode 9", "Episode 5", "Episode 1"]
    assert sorted(names) == sorted(caller.names(WASH, **MOVIE_AND_EPISODE))
    paged = [
        name
        for start in range(0, len(names), 4)
        for name in caller.names(
            WASH,
            **MOVIE_AND_EPISODE,
            sortBy="DatePlayed",
            sortOrder="Descending",
            startIndex=start,
            limit=4,
        )
    ]
    assert paged == names


def test_a_show_has_no_counters_of_its_own_and_tells_what_is_unplayed(caller: MediaBrowserCaller) -> None:
    row = next(r for r in caller.items(KAYLEE, includeItemTypes="Series")["Items"] if r["Name"] == "Firefly")

    assert row["UserData"]["UnplayedItemCount"] == 13
    assert row["UserData"].get("PlayCount", 0) == 0
    assert "LastPlayedDate" not in row["UserData"]


def test_favourites_may_be_titles_seasons_and_episodes(caller: MediaBrowserCaller) -> None:
    firefly, serenity = caller.title("Firefly"), caller.title("Serenity")
    marks = [
        Favourite(WASH, serenity.native),
        Favourite(WASH, firefly.native, 1),
        Favourite(WASH, firefly.native, 1, 4),
    ]
    caller.media.favourites = marks
    caller.media.revision += 1
    markable = {"includeItemTypes": "Movie,Series,Season,Episode"}

    rows = caller.items(WASH, **markable, isFavorite="true", sortBy="SortName", fields="ProviderIds")["Items"]

    assert [row["Type"] for row in rows] == ["Season", "Episode", "Movie"]
    assert {row["SeriesId"] for row in rows[:2]} == {caller.id_of("Firefly")}
    assert caller.names(MAL, **markable, filters="IsFavorite") == []


def test_somebody_with_restricted_folders_sees_less(caller: MediaBrowserCaller) -> None:
    movies = next(s for s in caller.media.sections.values() if s.name == "Movies")
    movies.restricted = frozenset({KAYLEE})

    assert caller.names(KAYLEE, includeItemTypes="Movie,Series") == ["Firefly"]
    assert "Serenity" in caller.names(MAL, includeItemTypes="Movie,Series")
    users = {row["Name"]: row["Policy"] for row in caller.get("/Users")}
    assert (users["mal"]["EnableAllFolders"], users["kaylee"]["EnableAllFolders"]) == (True, False)
    assert len(users["kaylee"]["EnabledFolders"]) == 1


def test_members_below_a_library_and_parts_below_a_show_are_listed(caller: MediaBrowserCaller) -> None:
    show, firefly = caller.id_of("Firefly"), caller.title("Firefly")

    assert caller.names(includeItemTypes="Episode", parentId=show)[:2] == ["Episode 1", "Episode 2"]
    assert caller.names(recursive="false", includeItemTypes="Season", parentId=show) == ["Season 1"]
    section = caller.server.id_text(firefly.section)
    assert caller.names(includeItemTypes="Series", parentId=section) == ["Firefly"]


def test_titles_are_searched_by_name(caller: MediaBrowserCaller) -> None:
    found = caller.items(searchTerm="seren", includeItemTypes="Movie")

    assert [row["Id"] for row in found["Items"]] == [caller.id_of("Serenity")]


@pytest.mark.parametrize("fault", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE, FaultKind.WRONG_TOTAL])
def test_lists_bend_to_faults_about_pages(caller: MediaBrowserCaller, fault: FaultKind) -> None:
    first = caller.names(includeItemTypes="Episode", sortBy="SortName", limit=5)
    caller.rule = FaultRule(kind=fault)

    page = caller.items(includeItemTypes="Episode", sortBy="SortName", startIndex=5, limit=5)

    names = [row["Name"] for row in page["Items"]]
    if fault is FaultKind.EMPTY_PAGE:
        assert names == []
    assert (names == first) is (fault is FaultKind.REPEATED_PAGE)
    assert (page["TotalRecordCount"] == 14) is (fault is not FaultKind.WRONG_TOTAL)


def test_sessions_tell_what_is_being_watched(caller: MediaBrowserCaller) -> None:
    firefly = caller.title("Firefly")
    assert all("NowPlayingItem" not in row for row in caller.get("/Sessions"))

    caller.media.playing = [ViewEvent(1, KAYLEE, firefly.native, 1, 2, 1_767_000_000, 60)]

    playing = [row for row in caller.get("/Sessions") if "NowPlayingItem" in row]
    assert [row["UserName"] for row in playing] == ["kaylee"]
    assert playing[0]["NowPlayingItem"]["SeriesId"] == caller.id_of("Firefly")
    assert playing[0]["PlayState"]["PositionTicks"] == 600_000_000


def test_a_picture_is_taken_as_base64_text_only_and_given_back_bit_for_bit(caller: MediaBrowserCaller) -> None:
    path = f"/Items/{caller.id_of('Serenity')}/Images/Primary"
    original = caller.send("GET", path).body
    overlay = b"\xff\xd8\xff\xe0 overlay"

    assert caller.send("POST", path, body=overlay, kind="image/jpeg").status == 500
    assert caller.send("POST", path, body=base64.b64encode(overlay), kind="text/plain").status == 400
    assert caller.send("GET", path).body == original

    assert caller.send("POST", path, body=base64.b64encode(overlay), kind="image/jpeg").status == 204
    assert caller.send("GET", path)[1:] == ("image/jpeg", overlay)
    assert caller.send("POST", path, body=base64.b64encode(original), kind="image/png").status == 204
    assert caller.send("GET", path)[1:] == ("image/png", original)


def test_a_deleted_picture_leaves_none_until_one_is_fetched_again(caller: MediaBrowserCaller) -> None:
    serenity = f"/Items/{caller.id_of('Serenity')}"
    original = caller.send("GET", f"{serenity}/Images/Primary").body

    assert caller.send("DELETE", f"{serenity}/Images/Primary").status == 204
    assert caller.send("GET", f"{serenity}/Images/Primary").status == 404
    assert caller.get(f"{serenity}/Images") == []
    assert caller.full("Serenity")["ImageTags"] == {}

    (known,) = caller.get(f"{serenity}/RemoteImages", type="Primary")["Images"]
    wanted = {"type": "Primary", "imageUrl": known["Url"]}
    assert caller.send("POST", f"{serenity}/RemoteImages/Download", wanted).status == 204
    assert caller.send("GET", f"{serenity}/Images/Primary").body == original


def test_collections_are_made_filled_and_emptied_without_touching_their_items(caller: MediaBrowserCaller) -> None:
    before = caller.full("Serenity")
    made = caller.send("POST", "/Collections", {"name": "Leaving Soon", "ids": caller.id_of("Serenity")}).json["Id"]
    both = f"{caller.id_of('Serenity')},{caller.id_of('Firefly')}"

    assert caller.send("POST", f"/Collections/{made}/Items", {"ids": both}).status == 204
    assert caller.names(recursive="false", parentId=made) == ["Serenity", "Firefly"]
    assert caller.send("DELETE", f"/Collections/{made}/Items", {"ids": caller.id_of("Serenity")}).status == 204
    assert caller.names(recursive="false", parentId=made) == ["Firefly"]
    assert caller.full("Serenity") == before
    assert [entry.effect.kind for entry in caller.simulation.ledger.since() if entry.effect] == [
        "collection_created",
        "collection_joined",
        "collection_left",
    ]


def test_changes_are_still_there_after_a_restart(tmp_path: Path) -> None:
    birth = Birth("fixture", 0, NOW)
    first = open_simulation(birth, tmp_path)
    for instance in ("jellyfin", "emby"):
        caller = MediaBrowserCaller(first, instance)
        path = f"/Items/{caller.id_of('Serenity')}/Images/Primary"
        caller.send("POST", path, body=base64.b64encode(b"\xff\xd8 ours"), kind="image/jpeg")
        caller.send("POST", "/Collections", {"name": "Leaving Soon", "ids": caller.id_of("Firefly")})
    first.ledger.close()

    second = open_simulation(Birth("fixture", 0, NOW + timedelta(days=1)), tmp_path)

    for instance in ("jellyfin", "emby"):
        caller = MediaBrowserCaller(second, instance)
        assert caller.send("GET", f"/Items/{caller.id_of('Serenity')}/Images/Primary").body == b"\xff\xd8 ours"
        assert "Leaving Soon" in caller.names(includeItemTypes="BoxSet")
    second.ledger.close()


def test_a_title_that_is_forgotten_takes_its_counters_along(caller: MediaBrowserCaller) -> None:
    serenity = caller.title("Serenity")
    assert caller.names(MAL, **MOVIE_AND_EPISODE, filters="IsPlayed") == ["Serenity"]

    del caller.media.titles[serenity.native]
    caller.media.revision += 1

    assert caller.names(MAL, **MOVIE_AND_EPISODE, filters="IsPlayed") == []


def test_an_item_behind_a_number_that_was_never_given_is_none(caller: MediaBrowserCaller) -> None:
    for native in (0, 3, 10**15):
        with pytest.raises(Refusal):
            caller.server.item(caller.server.id_text(native))


@given(
    everything=st.lists(st.integers(0, 60), unique=True),
    touched=st.lists(st.integers(0, 60), unique=True),
    start=st.integers(0, 70),
    size=st.integers(0, 20),
)
def test_what_was_touched_comes_before_everything_else_in_every_cut(
    everything: list[int], touched: list[int], start: int, size: int
) -> None:
    known = [native for native in touched if native in everything]
    whole = [*known, *(native for native in everything if native not in known)]

    found = TouchedFirst(known, everything)

    assert found[start : start + size] == whole[start : start + size]
    assert len(found) == len(whole)
