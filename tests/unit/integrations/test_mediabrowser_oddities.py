"""Servers that answer oddly: other orders, missing counters, hidden titles, rows without ids."""

from typing import Any

import httpx
import pytest

from libs.common.domain.enums import IntegrationType
from libs.integrations.errors import ErrorClass, UpstreamError
from tests.unit.integrations.mediabrowser_upstream import KINDS, everything
from tests.unit.integrations.mediabrowser_wire import ADMIN, OTHER, Shelf, item, user
from tests.unit.integrations.wire import says

WATCHED = {"PlayCount": 2, "Played": True, "LastPlayedDate": "2025-10-09T08:53:20.0000000Z", "PlaybackPositionTicks": 0}
UNTOUCHED = {"PlayCount": 0, "Played": False, "PlaybackPositionTicks": 0, "IsFavorite": False}


@pytest.fixture(params=KINDS)
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """Either server."""
    return Shelf(request.param)


async def test_the_list_by_date_ends_where_nothing_was_played_any_more(shelf: Shelf) -> None:
    watched = [item(str(number), user_data=WATCHED) for number in range(1, 701)]
    shelf.rows = [*watched, *(item(str(number), user_data=UNTOUCHED) for number in range(701, 5_001))]
    shelf.filtered = {"IsPlayed": watched}

    plays = await everything(shelf.client().plays())

    assert len(plays) == 700
    assert [(query.get("filters"), query["startindex"]) for query in shelf.listings] == [
        (None, "0"),
        (None, "500"),
        ("IsPlayed", "0"),
        ("IsResumable", "0"),
    ]


async def test_a_server_that_ignores_the_order_by_date_still_tells_everything_that_is_played_or_can_be_resumed(
    shelf: Shelf,
) -> None:
    begun = item("3", user_data={**UNTOUCHED, "PlayCount": 1, "PlaybackPositionTicks": 99})
    watched = [item("1", user_data=WATCHED), item("2", user_data=WATCHED)]
    untouched = [item(str(number), user_data=UNTOUCHED) for number in range(10, 1_000)]
    shelf.rows = [watched[0], *untouched, watched[1], begun]
    shelf.filtered = {"IsPlayed": watched, "IsResumable": [begun]}

    plays = await everything(shelf.client().plays())

    assert sorted(play.play_id for play in plays) == [f"{ADMIN}:{number}" for number in (1, 2, 3)]


async def test_what_was_marked_as_played_without_a_date_counts_once(shelf: Shelf) -> None:
    marked = item("7", user_data={"PlayCount": 0, "Played": True, "PlaybackPositionTicks": 0})
    shelf.rows = [item("1", user_data=UNTOUCHED)]
    shelf.filtered = {"IsPlayed": [marked]}

    (play,) = await everything(shelf.client().plays())

    assert (play.plays, play.last_played_at, play.title_id) == (1, None, "7")


async def test_T74_a_filter_that_announces_more_than_it_brings_is_incomplete(shelf: Shelf) -> None:
    shelf.rows = [item("1", user_data=WATCHED)]
    shelf.total = 5

    with pytest.raises(UpstreamError) as failed:
        await everything(shelf.client().plays())

    assert failed.value.error_class is ErrorClass.INCOMPLETE


async def test_an_episode_that_belongs_to_no_show_is_counted_and_named(shelf: Shelf) -> None:
    orphan = item("5", "Episode", WATCHED, SeriesName="Lost and Found")
    shelf.rows = [orphan, item("6", "Episode", WATCHED, SeriesId="4", ParentIndexNumber=0)]
    reading = shelf.client().plays()

    (play,) = await everything(reading)

    assert (play.title_id, play.season_number, play.episode_id) == ("4", 0, "6")
    assert (reading.notes.unresolved, reading.notes.examples) == (1, ["Lost and Found"])
    assert reading.notes.tells_seasons


async def test_an_episode_without_a_season_number_is_said_to_tell_none(shelf: Shelf) -> None:
    shelf.rows = [item("6", "Episode", WATCHED, SeriesId="4")]
    reading = shelf.client().plays()

    (play,) = await everything(reading)

    assert (play.season_number, reading.notes.tells_seasons) == (None, False)


async def test_counters_that_are_left_out_make_the_plays_a_lower_bound(shelf: Shelf) -> None:
    stubs = [item(str(number), user_data={"Played": True, "PlaybackPositionTicks": 0}) for number in (1, 2)]
    begun = item("3", user_data={"Played": False, "PlaybackPositionTicks": 5})
    shelf.rows = [*stubs, begun, item("4", user_data={"Played": False})]
    shelf.filtered = {"IsPlayed": stubs, "IsResumable": [begun]}
    reading = shelf.client().plays()

    plays = await everything(reading)

    assert [(play.play_id[-1], play.plays, play.last_played_at) for play in plays] == [
        ("1", 1, None),
        ("2", 1, None),
        ("3", 0, None),
    ]
    assert "play counts" in reading.notes.is_partial


@pytest.mark.parametrize("broken", ["", None, "0", "../../System", "12;34", "1e5"])
async def test_an_item_without_a_usable_id_fails_the_read(shelf: Shelf, broken: str | None) -> None:
    shelf.rows = [item("1", user_data=WATCHED), {**item("2", user_data=WATCHED), "Id": broken}]

    for read in (shelf.client().titles, shelf.client().plays):
        with pytest.raises(UpstreamError, match="Item 2 has no id"):
            await everything(read())


@pytest.mark.parametrize("broken", ["", None, "mal", "../../System/Info", "1" * 31])
async def test_a_user_without_a_usable_id_is_not_asked_for(shelf: Shelf, broken: str | None) -> None:
    people = [user(), {**user(OTHER), "Id": broken}]
    shelf.wire.on("GET /Users", says(people))
    shelf.wire.on("GET /Users/Query", says({"Items": people, "TotalRecordCount": 2}))

    with pytest.raises(UpstreamError, match="a user has no id"):
        await everything(shelf.client().plays())

    assert shelf.listings == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": "database is locked"},
        {"Items": []},
        {"TotalRecordCount": 0},
        {"Items": [], "TotalRecordCount": -1},
    ],
)
async def test_an_object_that_is_no_page_is_no_empty_list(shelf: Shelf, answer: dict[str, Any]) -> None:
    for path in ("/Items", f"/Users/{ADMIN}/Items"):
        shelf.wire.on(f"GET {path}", says(answer))

    client = shelf.client()
    for read in (client.titles, client.plays, client.wishes, client.collections, client.labels):
        with pytest.raises(UpstreamError, match="no page of a list") as failed:
            await everything(read())
        assert failed.value.error_class is ErrorClass.BAD_RESPONSE


async def test_more_rows_than_were_announced_are_not_the_end(shelf: Shelf) -> None:
    shelf.rows, shelf.total = [item(str(number)) for number in range(1, 4)], 0

    with pytest.raises(UpstreamError, match="0 rows were announced and row 3 came") as failed:
        await everything(shelf.client().titles())

    assert failed.value.error_class is ErrorClass.INCOMPLETE


async def test_collections_that_hide_titles_make_the_library_incomplete(shelf: Shelf) -> None:
    shelf.rows = [item("1"), item("2", "BoxSet")]

    with pytest.raises(UpstreamError, match="collections hide titles") as failed:
        await everything(shelf.client().titles())

    assert failed.value.error_class is ErrorClass.INCOMPLETE


async def test_items_that_are_no_titles_are_counted_as_skipped(shelf: Shelf) -> None:
    shelf.rows = [item("1"), item("2", "MusicVideo"), item("3", "Series")]
    reading = shelf.client().titles()

    titles = await everything(reading)

    assert [title.native_id for title in titles] == ["1", "3"]
    assert (reading.rows_declared, reading.rows_skipped) == (3, 1)


@pytest.mark.parametrize(
    "limit",
    [
        {"IsAdministrator": False},
        {"IsAdministrator": None},
        {"IsDisabled": True},
        {"IsDisabled": None},
        {"EnableAllFolders": False},
        {"EnableAllFolders": None},
        {"MaxParentalRating": 13},
        {"BlockedTags": ["scary"]},
        {"AllowedTags": ["kids"]},
        {"IncludeTags": ["kids"]},
        {"BlockUnratedItems": ["Movie"]},
        {"BlockedMediaFolders": ["3001"]},
        {"ExcludedSubFolders": ["3001_1"]},
    ],
    ids=lambda limit: "-".join(f"{name}={value}" for name, value in limit.items()),
)
@pytest.mark.parametrize("kind", KINDS)
async def test_the_library_is_not_read_as_somebody_with_limits(kind: IntegrationType, limit: dict[str, Any]) -> None:
    shelf = Shelf(kind, [user(OTHER, "kaylee", **limit), user(ADMIN)])

    await everything(shelf.client().titles())

    asked = shelf.wire.sent[-1]
    assert ADMIN in str(asked.url)
    assert OTHER not in str(asked.url)


async def test_every_listing_asks_for_single_movies_in_a_fixed_order(shelf: Shelf) -> None:
    shelf.rows = [item("1", user_data=WATCHED)]
    client = shelf.client()
    for read in (client.titles, client.plays, client.wishes, client.collections):
        await everything(read())

    assert shelf.listings
    for query in shelf.listings:
        grouping = "collapseboxsetitems" if shelf.kind is IntegrationType.JELLYFIN else "groupitemsintocollections"
        assert query[grouping] == "false"
        assert query["sortby"]
        assert query["enableimages"] == "false"
        assert query.get("recursive") == ("true" if "parentid" not in query else None)


async def test_emby_is_asked_for_its_counters_by_name_and_with_capitals() -> None:
    shelf = Shelf(IntegrationType.EMBY)
    await everything(shelf.client().plays())

    params = shelf.wire.sent[1].url.params
    assert params["Fields"] == "UserDataPlayCount,UserDataLastPlayedDate"
    assert params["IncludeItemTypes"] == "Movie,Episode"
    assert shelf.wire.sent[1].headers["X-Emby-Token"]


async def test_jellyfin_is_asked_with_the_header_that_it_will_keep() -> None:
    shelf = Shelf(IntegrationType.JELLYFIN)
    await everything(shelf.client().titles())

    for request in shelf.wire.sent:
        assert request.headers["Authorization"].startswith('MediaBrowser Token="')
        assert "X-Emby-Token" not in request.headers


async def test_a_start_up_wizard_that_was_never_finished_is_said() -> None:
    shelf = Shelf(IntegrationType.JELLYFIN)
    info = {"Id": "1", "Version": "10.11.4", "ProductName": "Jellyfin Server", "StartupWizardCompleted": False}
    shelf.wire.on("GET /System/Info/Public", says(info))

    with pytest.raises(UpstreamError, match="Finish its start-up wizard first"):
        await shelf.client().test()


@pytest.mark.parametrize(
    ("info", "found"),
    [
        ({}, "something else"),
        ({"ProductName": "Silo", "Id": "1", "Version": "1.0"}, "Silo"),
        ({"appName": "Lidarr"}, "something else"),
    ],
)
async def test_somebody_else_is_named_where_they_say_who_they_are(
    shelf: Shelf, info: dict[str, Any], found: str
) -> None:
    shelf.wire.on("GET /System/Info/Public", says(info))

    with pytest.raises(UpstreamError, match=f"This is {found}, not ") as failed:
        await shelf.client().test()

    assert failed.value.error_class is ErrorClass.WRONG_SERVICE


async def test_a_session_without_an_id_of_what_is_playing_is_no_answer(shelf: Shelf) -> None:
    shelf.wire.on("GET /Sessions", says([{"NowPlayingItem": {"Name": "Live TV"}}]))

    with pytest.raises(UpstreamError, match="no id"):
        await shelf.client().now_playing()


async def test_a_server_that_is_still_loading_does_not_count_as_down(shelf: Shelf) -> None:
    shelf.wire.on("GET /System/Info", lambda _request: httpx.Response(503, text="The server is still loading."))

    with pytest.raises(UpstreamError, match="is still starting") as failed:
        await shelf.client().probe()

    assert not failed.value.counts_as_down
