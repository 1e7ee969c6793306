"""Rows of a Plex with odd values: what they tell is kept, what they do not tell stays unknown."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import Play, SourceUser
from libs.integrations.plex.accounts import users_of
from libs.integrations.plex.counters import episode_count, movie_count
from libs.integrations.plex.guids import NO_IDS, OutsideIds, outside_ids, own_guids
from libs.integrations.plex.history import (
    Place,
    episode_play,
    example,
    history_title,
    movie_play,
    play_id,
    told_place,
    view_identity,
)
from libs.integrations.plex.rows import AccountRow, LeafRow, ListAnswer, SectionRow, TitleRow, ViewRow
from libs.integrations.plex.sections import Section, sections_of
from libs.integrations.plex.shows import Leaves, ShowFinder, ShowNames
from libs.integrations.plex.titles import title_of

MOVIE, TV = TitleKind.MOVIE, TitleKind.TV
_AGENTS = "com.plexapp.agents"


def decoded(row: dict[str, Any], kind: type[Any]) -> Any:
    """A row as it comes out of an answer."""
    return msgspec.json.decode(msgspec.json.encode(row), type=kind, strict=False)


@pytest.mark.parametrize(
    ("guid", "kind", "expected"),
    [
        (f"{_AGENTS}.imdb://tt0379786?lang=en", MOVIE, OutsideIds(imdb_id="tt0379786")),
        (f"{_AGENTS}.imdb://tt0000000?lang=en", MOVIE, NO_IDS),
        (f"{_AGENTS}.themoviedb://16320?lang=en", MOVIE, OutsideIds(tmdb_id=16320)),
        (f"{_AGENTS}.themoviedb://16320?lang=en", TV, OutsideIds(tmdb_id=16320)),
        (f"{_AGENTS}.themoviedb://0?lang=en", MOVIE, NO_IDS),
        (f"{_AGENTS}.themoviedb://-1?lang=en", MOVIE, NO_IDS),
        (f"{_AGENTS}.thetvdb://78874?lang=en", TV, OutsideIds(tvdb_id=78874)),
        (f"{_AGENTS}.thetvdb://78874/1/2?lang=en", TV, OutsideIds(tvdb_id=78874)),
        (f"{_AGENTS}.thetvdb://78874?lang=en", MOVIE, NO_IDS),
        (f"{_AGENTS}.hama://tvdb-78874/1/2?lang=en", TV, OutsideIds(tvdb_id=78874)),
        (f"{_AGENTS}.hama://tvdb2-78874?lang=en", TV, OutsideIds(tvdb_id=78874)),
        (f"{_AGENTS}.hama://tmdb-1437?lang=en", TV, OutsideIds(tmdb_id=1437)),
        (f"{_AGENTS}.hama://anidb-23?lang=en", TV, NO_IDS),
        (f"{_AGENTS}.hama://tsdb-23?lang=en", TV, NO_IDS),
        (f"{_AGENTS}.xbmcnfo://16320?lang=en", MOVIE, OutsideIds(tmdb_id=16320)),
        (f"{_AGENTS}.xbmcnfo://tt0379786?lang=en", MOVIE, OutsideIds(imdb_id="tt0379786")),
        (f"{_AGENTS}.xbmcnfotv://78874?lang=en", TV, NO_IDS),
        (f"{_AGENTS}.none://1a2b?lang=xn", MOVIE, NO_IDS),
        ("tv.plex.agents.none://501", MOVIE, NO_IDS),
        ("local://501", MOVIE, NO_IDS),
        ("plex://movie/5d776826961905001eb90f2b", MOVIE, NO_IDS),
        ("", MOVIE, NO_IDS),
    ],
)
def test_the_guid_of_an_old_agent_is_taken_apart(guid: str, kind: TitleKind, expected: OutsideIds) -> None:
    assert outside_ids(guid, [], kind) == expected


def test_a_list_of_guids_goes_before_the_guid_itself() -> None:
    listed = ["imdb://tt0379786", "tmdb://16320", "tmdb://17", "tvdb://2142", "mbid://x", "nonsense"]

    assert outside_ids(f"{_AGENTS}.themoviedb://1", listed, MOVIE) == OutsideIds(16320, None, "tt0379786")
    assert outside_ids(f"{_AGENTS}.themoviedb://1", listed, TV) == OutsideIds(16320, 2142, "tt0379786")
    assert outside_ids(f"{_AGENTS}.themoviedb://1", ["tmdb://0", "imdb://"], MOVIE) == OutsideIds(tmdb_id=1)


def test_only_plexs_own_guids_name_a_title_everywhere() -> None:
    assert own_guids("plex://movie/5d77") == ("plex://movie/5d77",)
    assert own_guids("local://501") == ()
    assert own_guids(f"{_AGENTS}.imdb://tt0379786") == ()


def test_a_title_in_several_files_has_all_their_folders() -> None:
    row = decoded(
        {
            "ratingKey": 501,
            "title": "Serenity",
            "year": "2005",
            "addedAt": "1709366400",
            "Media": [
                {"Part": [{"file": "/data/a/Serenity/1.mkv"}, {"file": "/data/a/Serenity/2.mkv"}]},
                {"Part": {"file": "D:\\uhd\\Serenity\\1.mkv"}},
                {"Part": [{}]},
                {},
            ],
            "Guid": {"id": "tmdb://16320"},
        },
        TitleRow,
    )

    title = title_of(row, MOVIE)

    assert title is not None
    assert title.folders == ("/data/a/Serenity", "D:/uhd/Serenity")
    assert (title.native_id, title.year, title.tmdb_id) == ("501", 2005, 16320)
    assert title.added_at == datetime(2024, 3, 2, 8, tzinfo=UTC)


def test_a_show_has_the_folder_it_tells() -> None:
    title = title_of(decoded({"ratingKey": "700", "Location": [{"path": "/data/tv/Firefly/"}]}, TitleRow), TV)

    assert title is not None
    assert title.folders == ("/data/tv/Firefly",)


@pytest.mark.parametrize("key", [None, "", 0, "0", -1, "abc", True])
def test_a_title_without_a_rating_key_is_none(key: Any) -> None:
    assert title_of(decoded({"ratingKey": key, "title": "Serenity"}, TitleRow), MOVIE) is None


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(
    row=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("ratingKey", "guid", "title", "year", "addedAt", "viewCount"), SCALARS)
    ),
    kind=st.sampled_from([MOVIE, TV]),
)
def test_whatever_a_title_row_holds_a_title_has_true_ids_or_none(row: dict[str, Any], kind: TitleKind) -> None:
    title = title_of(decoded(row, TitleRow), kind)

    if title is not None:
        assert title.native_id.isdecimal()
        assert all(found is None or found > 0 for found in (title.tmdb_id, title.tvdb_id, title.year))


VIEW_FIELDS = ("historyKey", "ratingKey", "key", "grandparentKey", "type", "title", "parentIndex", "viewedAt")


@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys((*VIEW_FIELDS, "accountID"), SCALARS)))
def test_whatever_a_history_row_holds_its_play_names_a_title_or_there_is_none(row: dict[str, Any]) -> None:
    view = decoded(row, ViewRow)
    place = told_place(view)

    hash(view_identity(view))
    for play in (movie_play(view), None if place is None else episode_play(view, place)):
        assert play is None or (play.title_id and play.plays == 1)


def test_a_play_is_known_by_its_history_row_or_by_what_when_and_who() -> None:
    row = {"ratingKey": "501", "viewedAt": 1760000000, "accountID": 1}

    assert play_id(decoded({**row, "historyKey": "/status/sessions/history/5002"}, ViewRow)) == "5002"
    assert play_id(decoded(row, ViewRow)) == "501:1760000000:1"


def test_a_play_of_nobody_in_particular_has_no_user() -> None:
    play = movie_play(decoded({"ratingKey": "501", "accountID": 0, "viewedAt": "x"}, ViewRow))

    assert play is not None
    assert (play.user_id, play.last_played_at) == ("", None)


def test_a_movie_is_found_by_its_path_when_the_row_has_no_rating_key() -> None:
    play = movie_play(decoded({"key": "/library/metadata/501", "viewedAt": 1760000000}, ViewRow))

    assert play is not None
    assert play.title_id == "501"


def test_a_removed_movie_goes_by_its_name_and_year() -> None:
    row = {"title": "The Gone", "originallyAvailableAt": "1999-01-01", "viewedAt": 1760000000}
    play, again = movie_play(decoded(row, ViewRow)), movie_play(decoded(row | {"title": "the gone!"}, ViewRow))
    remake = movie_play(decoded(row | {"originallyAvailableAt": "2019-01-01"}, ViewRow))

    assert play is not None
    assert again is not None
    assert remake is not None
    assert play.title_id == again.title_id != remake.title_id
    assert not play.title_id.isdecimal()
    assert movie_play(decoded({"title": "?!"}, ViewRow)) is None


def test_what_a_history_knows_of_a_title() -> None:
    movie = decoded({"type": "movie", "title": "Serenity", "originallyAvailableAt": "2005-09-30"}, ViewRow)
    episode = decoded({"type": "episode", "title": "Serenity", "grandparentTitle": "Firefly"}, ViewRow)

    assert (history_title(movie, "501").title, history_title(movie, "501").year) == ("Serenity", 2005)
    assert (history_title(episode, "700").kind, history_title(episode, "700").title) == (TV, "Firefly")
    assert history_title(episode, "700").year is None
    assert [example(movie), example(episode), example(ViewRow())] == ["Serenity", "Firefly: Serenity", "(no name)"]


class Source:
    """What a finder may ask for, and how often it did."""

    def __init__(self) -> None:
        self.leaf_reads = 0
        self.name_reads = 0

    async def leaves(self) -> Leaves:
        self.leaf_reads += 1
        found = Leaves()
        found.add(LeafRow(rating_key="702", grandparent_rating_key="700", parent_index=1))
        found.add(LeafRow(rating_key="703", grandparent_rating_key="700"))
        found.add(LeafRow(rating_key="", grandparent_rating_key="700"))
        return found

    async def names(self) -> ShowNames:
        self.name_reads += 1
        found = ShowNames()
        for section, key, title in (("2", "700", "Firefly"), ("3", "701", "Twin"), ("4", "702", "Twin")):
            found.add(section, TitleRow(rating_key=key, title=title))
        return found


@pytest.mark.parametrize(
    ("row", "place", "reads"),
    [
        ({"grandparentKey": "/library/metadata/700", "parentIndex": 0}, Place("700", 0), (0, 0)),
        ({"grandparentKey": "/library/metadata/700", "ratingKey": "702"}, Place("700", 1), (1, 0)),
        ({"grandparentKey": "/library/metadata/9", "ratingKey": "702"}, Place("9", None), (1, 0)),
        ({"grandparentKey": "/library/metadata/700"}, Place("700", None), (0, 0)),
        ({"ratingKey": "702"}, Place("700", 1), (1, 0)),
        ({"ratingKey": "703", "parentIndex": "4"}, Place("700", 4), (1, 0)),
        ({"ratingKey": "703", "parentIndex": "20240115"}, Place("700", None), (1, 0)),
        ({"ratingKey": "999", "grandparentTitle": "firefly", "parentIndex": 2}, Place("700", 2), (1, 1)),
        ({"grandparentTitle": "Firefly", "librarySectionID": "2"}, Place("700", None), (0, 1)),
        ({"grandparentTitle": "Firefly", "librarySectionID": "3"}, None, (0, 1)),
        ({"grandparentTitle": "Twin"}, None, (0, 1)),
        ({"grandparentTitle": "Twin", "librarySectionID": "4"}, Place("702", None), (0, 1)),
        ({"title": "Serenity"}, None, (0, 0)),
    ],
    ids=[
        "own words",
        "season from the list",
        "list about another show",
        "nothing tells the season",
        "show from the list",
        "season from the row",
        "no season has such a number",
        "name when the list does not know it",
        "name in the section",
        "name in another section",
        "two of that name",
        "one of that name in the section",
        "no name",
    ],
)
async def test_an_episodes_place_is_found_by_the_cheapest_way_that_works(
    row: dict[str, Any], place: Place | None, reads: tuple[int, int]
) -> None:
    source = Source()
    finder = ShowFinder(source.leaves, source.names)

    for _ in range(2):
        assert await finder.place(decoded(row, ViewRow)) == place

    assert (source.leaf_reads, source.name_reads) == reads


@pytest.mark.parametrize("count", [None, 0, "", "0", -1, "x", 1.5])
def test_no_count_is_no_play(count: Any) -> None:
    row = {"ratingKey": "501", "viewCount": count, "lastViewedAt": 1760000000}

    assert movie_count(decoded(row, TitleRow), "1") is None


def test_counters_are_counts_and_not_single_plays() -> None:
    movie = decoded({"ratingKey": "501", "viewCount": "3", "lastViewedAt": 1760000000}, TitleRow)
    episode = decoded({"ratingKey": "702", "grandparentRatingKey": "700", "viewCount": 2, "parentIndex": 0}, LeafRow)

    assert movie_count(movie, "1") == Play(
        "count-501", "501", "1", datetime.fromtimestamp(1760000000, UTC), plays=3, is_count=True
    )
    assert episode_count(episode, "") == Play(
        "count-702", "700", "", None, plays=2, season_number=0, episode_id="702", is_count=True
    )
    assert episode_count(decoded({"ratingKey": "702", "viewCount": 2}, LeafRow), "") is None


def test_a_date_is_no_number_of_a_season() -> None:
    leaf = {"ratingKey": "702", "grandparentRatingKey": "700", "viewCount": 2, "parentIndex": 20240115}
    counted = episode_count(decoded(leaf, LeafRow), "")
    leaves = Leaves()
    leaves.add(decoded(leaf, LeafRow))

    assert counted is not None
    assert counted.season_number is None
    assert leaves.find("702") == Place("700", None)


def test_libraries_of_other_things_are_left_out() -> None:
    rows: list[dict[str, Any]] = [
        {"key": "1", "type": "movie", "agent": "tv.plex.agents.movie"},
        {"key": 2, "type": "show"},
        {"key": "3", "type": "artist"},
        {"key": "4", "type": "movie", "agent": "com.plexapp.agents.none"},
        {"type": "photo"},
    ]

    assert sections_of(decoded(row, SectionRow) for row in rows) == [
        Section("1", MOVIE, has_home_videos=False),
        Section("2", TV, has_home_videos=False),
        Section("4", MOVIE, has_home_videos=True),
    ]
    with pytest.raises(ValueError, match="no number"):
        sections_of([SectionRow(key="one", type="movie")])


def test_nobody_and_the_nameless() -> None:
    rows = [AccountRow(0, ""), AccountRow("1", " mal "), AccountRow(4021, None), AccountRow(None, "x")]

    assert users_of(rows) == (SourceUser("1", ("mal",)), SourceUser("4021", (), frozenset({"plex:4021"})))


def test_one_row_may_come_without_its_list() -> None:
    answer = decoded({"MediaContainer": {"size": "1", "Directory": {"key": "1"}}}, ListAnswer[SectionRow])

    assert answer.container.directory == SectionRow(key="1")
