"""Odd values of Tracearr's rows: unknown stays unknown, placeholders are none, and nothing breaks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import PlayNotes, SourceTitle
from libs.integrations.errors import UpstreamIncompleteError
from libs.integrations.loose import decoder_for
from libs.integrations.tracearr.crosscheck import CrossCheck
from libs.integrations.tracearr.cursors import cursor_pages
from libs.integrations.tracearr.people import person_of
from libs.integrations.tracearr.plays import counted, end_of_day, single
from libs.integrations.tracearr.reading import Gatherer
from libs.integrations.tracearr.rows import CursorPage, CursorRow, OldSessionRow, PersonRow, SessionRow, TallyRow
from libs.integrations.tracearr.titles import KnownIds, tallied_title, watched_title

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("0123456789-+.:eTZtv _aä\n\u2028😀"), max_size=12)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
TITLE = SourceTitle("m1", TitleKind.MOVIE, server="s1")
SHOW = SourceTitle("t1", TitleKind.TV, server="s1")
FACTS: dict[str, Any] = {
    "id": "p1",
    "server_id": "s1",
    "media_type": "episode",
    "media_title": "The Train Job",
    "show_title": "Firefly",
    "season_number": 1,
    "episode_number": 2,
    "progress_ms": 2_500_000,
    "started_at": "2025-10-20T21:00:00.000Z",
    "stopped_at": "2025-10-20T21:43:00.000Z",
    "watched": True,
    "media_id": "e1",
    "show_media_id": "t1",
    "rating_key": "703",
    "grandparent_rating_key": "700",
    "user": {"id": "u1", "username": "kaylee"},
}


def row(**changes: Any) -> SessionRow:
    return msgspec.convert({**FACTS, **changes}, SessionRow)


def test_a_session_is_mapped_field_by_field() -> None:
    title = watched_title(row(), TitleKind.TV, KnownIds())
    assert title is not None

    play = single(row(), title)

    assert (title.native_id, title.server, title.title, title.year) == ("700", "s1", "Firefly", None)
    assert (play.play_id, play.title_id, play.user_id, play.server) == ("p1", "700", "u1", "s1")
    assert (play.plays, play.season_number, play.episode_id, play.is_count) == (1, 1, "e1", False)
    assert play.last_played_at == datetime(2025, 10, 20, 21, 43, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "plays"),
    [
        ({"watched": True, "progress_ms": 0}, 1),
        ({"watched": False, "progress_ms": 120_000}, 1),
        ({"watched": False, "progress_ms": "119999"}, 0),
        ({"watched": None, "progress_ms": 5}, 0),
        ({"watched": None, "progress_ms": 5, "duration_ms": 300_000}, 1),
        ({"watched": None, "progress_ms": None}, 1),
    ],
)
def test_two_minutes_or_the_word_of_tracearr_make_a_play_and_silence_does_too(
    changes: dict[str, Any], plays: int
) -> None:
    assert single(row(**changes), SHOW).plays == plays


def test_a_running_session_was_last_played_when_it_began() -> None:
    assert single(row(stopped_at=None), SHOW).last_played_at == datetime(2025, 10, 20, 21, tzinfo=UTC)
    assert single(row(stopped_at="", started_at="soon"), SHOW).last_played_at is None


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-01-09", datetime(2026, 1, 9, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-10", NOW),
        ("2026-01-11", datetime(2026, 1, 11, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-09T05:00:00.000Z", datetime(2026, 1, 9, 23, 59, 59, tzinfo=UTC)),
        (None, None),
        ("", None),
        ("0001-01-01", None),
    ],
)
def test_a_day_counts_to_its_end_and_today_until_now(day: str | None, end: datetime | None) -> None:
    assert end_of_day(day, NOW) == end


@pytest.mark.parametrize(("plays", "found"), [(3, 3), ("3", 3), (0, 0), (None, 1), (-1, 1), ("many", 1)])
def test_a_counted_row_without_a_number_is_one_play(plays: Any, found: int) -> None:
    play = counted(TallyRow(media_id="m1", plays=plays), TITLE, NOW)

    assert (play.plays, play.is_count, play.play_id) == (found, True, "count:s1:m1")


def test_the_counts_of_two_servers_are_two_plays() -> None:
    first, second = (TITLE, SourceTitle("m1", TitleKind.MOVIE, server="s2"))

    ids = {counted(TallyRow(media_id="m1", plays=1), title, NOW).play_id for title in (first, second)}

    assert len(ids) == 2


def test_placeholder_ids_are_none() -> None:
    tally = TallyRow(media_id="m1", title="X", tmdb_id=0, tvdb_id="", imdb_id="tt0000000", year=0)

    title = tallied_title(tally, TitleKind.MOVIE, "s1")

    assert title is not None
    assert (title.tmdb_id, title.tvdb_id, title.imdb_id, title.year) == (None, None, None, None)


def test_an_episode_that_is_counted_is_a_play_of_its_show() -> None:
    tally = TallyRow(
        media_id="e1",
        title="Pilot",
        tmdb_id=5,
        year=2003,
        show_media_id="t1",
        show_title="Firefly",
        show_tvdb_id="78874",
    )

    title = tallied_title(tally, TitleKind.TV, "s1")

    assert title is not None
    assert (title.native_id, title.title, title.tvdb_id, title.tmdb_id, title.year) == (
        "t1",
        "Firefly",
        78874,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("changes", "native"),
    [
        ({}, "700"),
        ({"grandparent_rating_key": None}, "t1"),
        ({"grandparent_rating_key": "", "show_media_id": None}, "tv:firefly:"),
        ({"grandparent_rating_key": None, "show_media_id": None, "show_title": "!?"}, None),
    ],
)
def test_a_show_goes_by_its_servers_id_then_by_tracearrs_then_by_its_name(
    changes: dict[str, Any], native: str | None
) -> None:
    title = watched_title(row(**changes), TitleKind.TV, KnownIds())

    assert (None if title is None else title.native_id) == native


def test_a_movie_without_ids_goes_by_title_and_year() -> None:
    movie = row(media_type="movie", media_title="The Serenity (2005)", year=2005, rating_key=None, media_id=None)

    title = watched_title(movie, TitleKind.MOVIE, KnownIds())

    assert title is not None
    assert title.native_id == "movie:serenity:2005"


def test_rows_that_name_no_title_are_counted_and_other_media_are_nobodys_matter() -> None:
    notes = PlayNotes()
    nameless = row(grandparent_rating_key=None, show_media_id=None, show_title=None)

    found = Gatherer(notes).singles([nameless] * 30 + [row(media_type="track"), row(media_type=None), row()])

    assert len(found) == 1
    assert notes.unresolved == 31
    assert notes.examples == ["The Train Job"] * 20


def test_an_episode_without_a_season_is_noted() -> None:
    notes = PlayNotes()

    (play,) = Gatherer(notes).singles([row(season_number=None)])

    assert play.season_number is None
    assert not notes.tells_seasons


@pytest.mark.parametrize("number", [70_000, "20240115"])
def test_a_date_is_no_number_of_a_season(number: Any) -> None:
    tally = TallyRow(media_id="e1", show_media_id="t1", season_number=number)

    assert single(row(season_number=number), SHOW).season_number is None
    assert counted(tally, SHOW, NOW).season_number is None


def test_specials_are_season_zero() -> None:
    assert single(row(season_number="0"), SHOW).season_number == 0


def test_a_row_of_the_first_api_says_the_same() -> None:
    old = {
        "id": "p1",
        "serverId": "s1",
        "mediaType": "episode",
        "showTitle": "Firefly",
        "ratingKey": "703",
        "showRatingKey": "700",
        "showTmdbId": 1437,
        "user": {"id": "u1"},
        "progressMs": 130_000,
    }

    session = msgspec.convert(old, OldSessionRow).as_session()
    title = watched_title(session, TitleKind.TV, KnownIds())

    assert title is not None
    assert (title.native_id, title.tmdb_id) == ("700", 1437)
    assert (single(session, title).plays, single(session, title).episode_id) == (1, "703")


def test_a_person_has_the_ids_of_all_accounts() -> None:
    person = person_of(
        msgspec.convert(
            {
                "id": "u1",
                "username": "kaylee",
                "plex_account_id": 4021,
                "accounts": [
                    {"server_type": "plex", "external_user_id": "4021", "username": "kaylee"},
                    {"server_type": "jellyfin", "external_user_id": "11111111-2222-3333-4444-555555555555"},
                    {"server_type": "emby", "external_user_id": "ABCDEF", "username": "Kaylee F."},
                    {"server_type": "plex", "external_user_id": "0"},
                    {"server_type": "plex", "external_user_id": "1", "username": "kaylee"},
                ],
            },
            PersonRow,
        )
    )

    assert person is not None
    assert person.names == ("kaylee", "Kaylee F.")
    assert person.ids == {"plex:4021", "jellyfin:11111111222233334444555555555555", "emby:abcdef"}
    assert person_of(PersonRow(id=None)) is None


@given(st.dictionaries(st.sampled_from([name for name in FACTS if name != "user"]), ODD), st.sampled_from([*TitleKind]))
def test_no_value_breaks_a_session(changes: dict[str, Any], kind: TitleKind) -> None:
    odd = msgspec.structs.replace(row(), **changes)

    title = watched_title(odd, kind, KnownIds())

    if title is not None:
        play = single(odd, title)
        assert title.native_id
        assert play.plays in {0, 1}
        assert play.season_number is None or play.season_number >= 0
        assert play.last_played_at is None or play.last_played_at.utcoffset() == timedelta(0)


Pages = dict[str | None, tuple[list[str], str | None]]


async def walked(pages: Pages) -> list[list[str]]:
    async def fetch(cursor: str | None) -> CursorPage[str]:
        rows, following = pages[cursor]
        return CursorPage(rows, CursorRow(following))

    return [page async for page in cursor_pages(fetch, lambda each: each, "the list")]


async def test_short_pages_are_followed_until_there_is_no_cursor() -> None:
    assert await walked({None: (["a"], "1"), "1": (["b", "c", "d"], "2"), "2": (["e"], None)}) == [
        ["a"],
        ["b", "c", "d"],
        ["e"],
    ]
    assert await walked({None: ([], None)}) == []


async def test_rows_that_slid_to_the_next_page_are_not_told_twice() -> None:
    assert await walked({None: (["a", "b"], "1"), "1": (["b", "c"], None)}) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        ({None: ([], "1")}, "empty page"),
        ({None: (["a"], "1"), "1": ([], None)}, "empty page"),
        ({None: (["a", "b"], "1"), "1": (["a", "b"], None)}, "came twice"),
        ({None: (["a", "b"], "1"), "1": (["c"], "2"), "2": (["a", "b"], None)}, "came twice"),
        ({None: (["a"], "1"), "1": (["b"], "2"), "2": (["c"], "1")}, "led back"),
    ],
)
async def test_pages_that_cannot_be_right_end_the_walk(pages: Pages, why: str) -> None:
    with pytest.raises(UpstreamIncompleteError, match=why):
        await walked(pages)


@pytest.mark.parametrize("body", [b'{"data":[]}', b'{"data":[],"meta":{}}', b'{"meta":{"nextCursor":null}}', b"[]"])
def test_a_page_that_does_not_say_whether_more_follows_cannot_be_read(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decoder_for(CursorPage[TallyRow]).decode(body)


def checked(servers: set[str], start: datetime | None = None) -> CrossCheck:
    return CrossCheck(frozenset(servers), start)


def test_plays_of_a_server_without_any_count_are_a_contradiction() -> None:
    check = checked({"s1", "s2"})
    check.see_counts([TallyRow(media_id="e1")], TitleKind.TV, "s1")
    check.see_sessions([row(), row(server_id="elsewhere"), row(media_id=None, server_id="s2")])

    with pytest.raises(UpstreamIncompleteError):
        check.see_sessions([row(server_id="s2")])
    with pytest.raises(UpstreamIncompleteError):
        check.see_sessions([row(media_type="movie")])


@pytest.mark.parametrize("servers", [set(), {""}])
def test_without_a_list_of_servers_the_counts_are_of_all(servers: set[str]) -> None:
    check = checked(servers)
    if servers:
        check.see_counts([TallyRow(media_id="e1")], TitleKind.TV, "")
        check.see_sessions([row()])
    with pytest.raises(UpstreamIncompleteError):
        check.see_sessions([row(media_type="movie")])


@pytest.mark.parametrize(
    ("start", "is_wrong"),
    [(None, True), (datetime(2026, 1, 1, tzinfo=UTC), True), (datetime(2026, 1, 9, tzinfo=UTC), False)],
)
def test_counts_of_a_time_of_which_the_history_is_silent_are_a_contradiction(
    start: datetime | None,
    is_wrong: bool,
) -> None:
    check = checked({"s1"}, start)
    check.see_counts([TallyRow(media_id="m1", last_watched_day="2026-01-08")], TitleKind.MOVIE, "s1")

    assert _raises(check.end) is is_wrong


def test_an_empty_tracearr_contradicts_nothing() -> None:
    checked({"s1"}).end()


def _raises(act: Callable[[], None]) -> bool:
    try:
        act()
    except UpstreamIncompleteError:
        return True
    return False
