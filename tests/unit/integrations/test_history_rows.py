"""Rows of Tautulli and Jellystat as they come, odd values included, become plays that never say less than is known."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, PlayNotes, SourceUser
from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.jellystat import plays as jellystat
from libs.integrations.jellystat.people import server_type, unrecorded, users_of
from libs.integrations.jellystat.rows import ConfigRow, Table, UserRow
from libs.integrations.jellystat.tables import NumberedPages, Told, pager_of
from libs.integrations.tautulli import plays as tautulli
from libs.integrations.tautulli.people import unrecorded as unrecorded_users
from libs.integrations.tautulli.people import user_of
from libs.integrations.tautulli.rows import UserRow as TautulliUserRow

EPISODE: dict[str, Any] = {
    "row_id": 88,
    "date": 1761000000,
    "stopped": 1761005100,
    "play_duration": 5100,
    "user_id": 4021,
    "media_type": "episode",
    "live": 0,
    "rating_key": 702,
    "parent_rating_key": 701,
    "grandparent_rating_key": 700,
    "full_title": "Firefly - Serenity",
    "title": "Serenity",
    "grandparent_title": "Firefly",
    "year": 2002,
    "parent_media_index": 1,
    "guid": "plex://episode/5d9c1275e264b7001fc2f001",
    "watched_status": 1,
    "state": None,
}
MOVIE = EPISODE | {
    "row_id": 87,
    "media_type": "movie",
    "rating_key": 501,
    "grandparent_rating_key": "",
    "parent_media_index": "",
    "full_title": "Serenity",
    "grandparent_title": "",
    "year": 2005,
    "guid": "plex://movie/5d776826961905001eb90f2b",
}
FIREFLY, SEASON, TRAIN_JOB = "b2e1d6c3f4a5506798bc1234567890de", "d4c3b2a1" * 4, "c3d2e1f0" * 4
VIEW: dict[str, Any] = {
    "Id": "5001",
    "UserId": "11111111222233334444555555555555",
    "NowPlayingItemId": FIREFLY,
    "NowPlayingItemName": "The Train Job",
    "SeasonId": SEASON,
    "SeriesName": "Firefly",
    "EpisodeId": TRAIN_JOB,
    "PlaybackDuration": "2580",
    "ActivityDateInserted": "2025-10-20T21:00:00.000Z",
    "imported": False,
}
FILM = VIEW | {"Id": "5000", "SeasonId": None, "SeriesName": None, "EpisodeId": None, "NowPlayingItemName": "Serenity"}
TEXTS = st.text(st.sampled_from("0123456789-+.:eTZtv _aä\n\u2028😀"), max_size=12)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


def raw(row: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(row).encode())


def tautulli_plays(*rows: Any) -> tuple[list[Play], PlayNotes]:
    notes = PlayNotes()
    return tautulli.take_in([tautulli.told(raw(row), place) for place, row in enumerate(rows)], notes), notes


async def jellystat_rows(*rows: Any) -> list[Told]:
    async def ask(_number: int) -> Table:
        return Table(pages=1, size="1000", results=[raw(row) for row in rows])

    pages = NumberedPages(ask, UpstreamIncompleteError)
    return [*(await pages.fetch(0)).rows]


async def jellystat_plays(*rows: Any, seasons: dict[str, int] | None = None) -> tuple[list[Play], PlayNotes]:
    taking = jellystat.Taking(PlayNotes(), seasons or {})
    return taking.single(await jellystat_rows(*rows)), taking.notes


def test_T80_keys_are_numbers_or_texts_and_empty_for_movies() -> None:
    plays, notes = tautulli_plays(
        EPISODE | {"row_id": "88", "rating_key": "702", "grandparent_rating_key": "700"}, MOVIE
    )

    ended = datetime(2025, 10, 21, 0, 5, tzinfo=UTC)
    assert plays == [
        Play("88", "700", "4021", ended, season_number=1, episode_id="702"),
        Play("87", "501", "4021", ended),
    ]
    assert (notes.unresolved, notes.tells_seasons) == (0, True)


@pytest.mark.parametrize(
    ("change", "plays"),
    [
        ({"watched_status": 0.5, "play_duration": 5}, 1),
        ({"watched_status": "0.75", "play_duration": 5}, 1),
        ({"watched_status": 0.25, "play_duration": 120}, 1),
        ({"watched_status": 0, "play_duration": "119"}, 0),
        ({"watched_status": 0.25, "play_duration": None, "duration": 60}, 0),
        ({"watched_status": 0, "play_duration": "", "duration": ""}, 1),
        ({"watched_status": None, "play_duration": 5}, 1),
    ],
    ids=str,
)
def test_T80_a_play_is_half_watched_or_two_minutes_long(change: dict[str, Any], plays: int) -> None:
    ((play,), _) = tautulli_plays(MOVIE | change)

    assert play.plays == plays
    assert play.last_played_at is not None


@pytest.mark.parametrize(
    "change",
    [{"media_type": "track"}, {"media_type": "clip"}, {"live": 1}, {"live": "1"}, {"row_id": None, "state": "playing"}],
)
def test_music_clips_television_and_running_sessions_are_left_out(change: dict[str, Any]) -> None:
    plays, notes = tautulli_plays(EPISODE | change)

    assert (plays, notes.unresolved, notes.titles) == ([], 0, {})


@pytest.mark.parametrize(
    "row",
    [
        MOVIE | {"rating_key": ""},
        MOVIE | {"rating_key": -1},
        EPISODE | {"grandparent_rating_key": None},
        EPISODE | {"row_id": None, "id": 0},
        EPISODE | {"media_type": "hologram"},
        EPISODE | {"title": {"en": "Serenity"}},
        ["no", "row"],
        "text",
        None,
    ],
    ids=str,
)
def test_T80_a_row_that_tells_no_title_is_counted_and_takes_no_other_along(row: Any) -> None:
    plays, notes = tautulli_plays(row, MOVIE)

    assert [play.play_id for play in plays] == ["87"]
    assert notes.unresolved == 1
    assert len(notes.examples) == 1


def test_at_most_twenty_names_of_unresolved_rows_are_kept() -> None:
    _, notes = tautulli_plays(*(MOVIE | {"rating_key": "", "full_title": f"Film {number}"} for number in range(30)))

    assert notes.unresolved == 30
    assert notes.examples == [f"Film {number}" for number in range(20)]


def test_specials_stay_season_zero_and_a_missing_season_is_not_told() -> None:
    special, _ = tautulli_plays(EPISODE | {"parent_media_index": 0})
    by_date, _ = tautulli_plays(EPISODE | {"parent_media_index": 2024})
    absurd, _ = tautulli_plays(EPISODE | {"parent_media_index": 70_000})
    untold, notes = tautulli_plays(EPISODE | {"parent_media_index": ""})

    assert [plays[0].season_number for plays in (special, by_date, absurd, untold)] == [0, 2024, None, None]
    assert not notes.tells_seasons


@pytest.mark.parametrize(
    ("row", "ids"),
    [
        (MOVIE | {"guid": "com.plexapp.agents.imdb://tt0379786?lang=en"}, (None, None, "tt0379786")),
        (MOVIE | {"guid": "com.plexapp.agents.themoviedb://16320?lang=en"}, (16320, None, None)),
        (EPISODE | {"guid": "com.plexapp.agents.thetvdb://78874/1/2?lang=en"}, (None, 78874, None)),
        (EPISODE | {"guid": "com.plexapp.agents.hama://tvdb-78874/1/2?lang=en"}, (None, 78874, None)),
        (MOVIE | {"guid": "local://501"}, (None, None, None)),
    ],
    ids=lambda value: value["guid"] if isinstance(value, dict) else "",
)
def test_guids_of_old_agents_tell_the_ids_of_the_title(
    row: dict[str, Any], ids: tuple[int | None, int | None, str | None]
) -> None:
    _, notes = tautulli_plays(row)

    (title,) = notes.titles.values()
    assert (title.tmdb_id, title.tvdb_id, title.imdb_id) == ids


def test_only_a_movies_own_guid_and_year_are_the_titles() -> None:
    _, notes = tautulli_plays(MOVIE, EPISODE)

    movie, show = notes.titles["", "501"], notes.titles["", "700"]
    assert (movie.kind, movie.year, movie.guids) == (TitleKind.MOVIE, 2005, (MOVIE["guid"],))
    assert (show.kind, show.title, show.year, show.guids) == (TitleKind.TV, "Firefly", None, ())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*EPISODE]), ODD))
def test_odd_values_of_tautulli_never_break_a_read(odd: dict[str, Any]) -> None:
    plays, notes = tautulli_plays(EPISODE | odd, MOVIE)

    assert "87" in {play.play_id for play in plays}
    assert all(play.plays in {0, 1} and play.title_id and play.play_id for play in plays)
    assert all(play.season_number is None or play.season_number >= 0 for play in plays)
    assert {("", play.title_id) for play in plays} == set(notes.titles)


def test_users_of_tautulli_have_each_name_once() -> None:
    row = TautulliUserRow(user_id="4021", username="kaylee", friendly_name="kaylee", email="", keep_history="0")

    user = user_of(row)

    assert user == SourceUser("4021", ("kaylee",), frozenset({"plex:4021"}), is_readable=False)
    assert user_of(TautulliUserRow(user_id=0, username="Local")) is None


def test_the_owner_of_a_server_is_not_the_owner_of_another_one() -> None:
    user = user_of(TautulliUserRow(user_id=1, username="mal"))

    assert user is not None
    assert (user.user_id, user.names, user.ids) == ("1", ("mal",), frozenset())


def test_many_users_without_history_are_named_shortly() -> None:
    rows = [TautulliUserRow(username=name, keep_history=0) for name in ("mal", "wash", "zoe", "book", "river")]

    assert "of mal, wash, zoe and 2 more:" in unrecorded_users(rows)
    assert unrecorded_users([TautulliUserRow(username="mal", keep_history=1), TautulliUserRow(username="wash")]) == ""


async def test_numbers_of_seasons_come_with_the_row_or_from_the_prepared_list() -> None:
    from_list, _ = await jellystat_plays(VIEW, seasons={SEASON: 3})
    from_row, _ = await jellystat_plays(VIEW | {"SeasonNumber": "0"}, seasons={SEASON: 3})
    untold, notes = await jellystat_plays(VIEW)

    assert [plays[0].season_number for plays in (from_list, from_row, untold)] == [3, 0, None]
    assert not notes.tells_seasons


@pytest.mark.parametrize(
    ("duration", "plays"), [("120", 1), (119, 0), ("119", 0), (None, 1), ("", 1), ("a while", 1), ("71400000000", 1)]
)
async def test_a_play_is_two_minutes_long_or_of_unknown_length(duration: Any, plays: int) -> None:
    ((play,), _) = await jellystat_plays(FILM | {"PlaybackDuration": duration})

    assert play.plays == plays


@pytest.mark.parametrize(
    "row", [VIEW | {"NowPlayingItemId": None}, VIEW | {"Id": None}, VIEW | {"SeriesName": ["Firefly"]}, "text"], ids=str
)
async def test_a_row_of_jellystat_that_tells_no_title_is_counted(row: Any) -> None:
    plays, notes = await jellystat_plays(row, FILM)

    assert [play.play_id for play in plays] == ["5000"]
    assert notes.unresolved == 1


@pytest.mark.parametrize(
    ("change", "is_twin"),
    [
        ({"imported": True, "ActivityDateInserted": "2025-10-20T20:59:10.000Z"}, True),
        ({"imported": "true", "ActivityDateInserted": "2025-10-20T20:59:00+00:00"}, True),
        ({"imported": True, "ActivityDateInserted": "2025-10-20T20:58:59.000Z"}, False),
        ({"imported": False, "ActivityDateInserted": "2025-10-20T20:59:50.000Z"}, False),
        ({"imported": True, "UserId": "9" * 32}, False),
        ({"imported": True, "EpisodeId": "a" * 32}, False),
        ({"imported": True, "ActivityDateInserted": None}, False),
    ],
    ids=str,
)
async def test_an_imported_row_within_a_minute_is_the_same_play(change: dict[str, Any], is_twin: bool) -> None:
    plays, _ = await jellystat_plays(VIEW, VIEW | {"Id": "r1"} | change)

    assert len(plays) == (1 if is_twin else 2)


async def test_a_recorded_row_behind_its_imported_twin_is_the_same_play() -> None:
    plays, _ = await jellystat_plays(VIEW | {"imported": True, "Id": "r1"}, VIEW)

    assert [play.play_id for play in plays] == ["r1"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*VIEW]), ODD))
async def test_odd_values_of_jellystat_never_break_a_read(odd: dict[str, Any]) -> None:
    plays, notes = await jellystat_plays(VIEW | odd, FILM | {"ActivityDateInserted": "2024-01-01T00:00:00Z"})

    assert "5000" in {play.play_id for play in plays}
    assert all(play.plays in {0, 1} and play.title_id and play.play_id for play in plays)
    assert {("", play.title_id) for play in plays} == set(notes.titles)


@pytest.mark.parametrize("pages", [None, "", "many", -1])
async def test_a_table_that_does_not_count_its_pages_is_not_believed(pages: Any) -> None:
    async def ask(_number: int) -> Table:
        return Table(pages=pages, size=10, results=[raw(VIEW)])

    walk = pager_of(NumberedPages(ask, UpstreamIncompleteError), "the history")

    with pytest.raises(UpstreamIncompleteError, match="how long"):
        await anext(walk.pages())


@pytest.mark.parametrize(
    ("told", "kind"), [(True, "jellyfin"), ("false", "emby"), (0, "emby"), (None, None), ("perhaps", None)]
)
def test_which_server_is_watched_is_told_or_not_known(told: Any, kind: str | None) -> None:
    config = ConfigRow(host="http://nas:8096", is_jellyfin=told)

    (user,) = users_of([UserRow(user_id="1111-2222-AAAA", user_name="kaylee"), UserRow(user_name="nobody")], config)

    assert server_type(config) == kind
    assert user.user_id == "11112222aaaa"
    assert user.ids == (frozenset() if kind is None else {f"{kind}:11112222aaaa"})


@pytest.mark.parametrize("settings", ["null", "{}", '"odd"', "[]", '{"ExcludedUsers":null}', '{"ExcludedUsers":{}}'])
def test_settings_that_leave_nobody_out_say_nothing(settings: str) -> None:
    assert unrecorded(ConfigRow(settings=msgspec.Raw(settings.encode()))) == ""


def test_libraries_that_are_left_out_are_told() -> None:
    settings = msgspec.Raw(b'{"ExcludedLibraries":["a656b907eb3a73532e40e44b968d0225"]}')

    assert "0 of its users and 1 of its libraries" in unrecorded(ConfigRow(settings=settings))
