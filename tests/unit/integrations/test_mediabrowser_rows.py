"""From rows of Jellyfin and Emby to our own words, odd values among them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import TitleKind
from libs.integrations.audience import PlayNotes
from libs.integrations.loose import decoder_for
from libs.integrations.mediabrowser.counters import play_of
from libs.integrations.mediabrowser.rows import ItemRow
from libs.integrations.mediabrowser.titles import home_of, item_id, labels_of, title_of

USER = "11111111222233334444555555555555"
SERENITY = {
    "Name": "Serenity",
    "Id": "a1f0c5d2e3b44f6789ab0123456789cd",
    "DateCreated": "2024-03-02T07:31:12.0000000Z",
    "Path": "/data/media/movies/Serenity (2005)/Serenity (2005).mkv",
    "ProductionYear": 2005,
    "ProviderIds": {"Tmdb": "16320", "Imdb": "tt0379786", "TmdbCollection": "870001"},
    "Type": "Movie",
}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


def row(**fields: Any) -> ItemRow:
    """A row as it comes off the wire."""
    found: ItemRow = decoder_for(ItemRow).decode(msgspec.json.encode(fields))
    return found


def test_a_movie_keeps_the_folder_of_its_file() -> None:
    title = title_of(row(**SERENITY))

    assert title is not None
    assert (title.kind, title.title, title.year) == (TitleKind.MOVIE, "Serenity", 2005)
    assert (title.tmdb_id, title.imdb_id, title.tvdb_id) == (16320, "tt0379786", None)
    assert title.folders == ("/data/media/movies/Serenity (2005)",)
    assert title.added_at == datetime(2024, 3, 2, 7, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "folders"),
    [
        ({"Path": "/data/media/movies/Serenity", "VideoType": "Dvd"}, ("/data/media/movies/Serenity",)),
        ({"Path": "/data/media/movies/Serenity", "VideoType": "BluRay"}, ("/data/media/movies/Serenity",)),
        ({"Path": "D:\\Movies\\Serenity\\a.mkv"}, ("D:/Movies/Serenity",)),
        ({"Path": ""}, ()),
        ({"Path": None}, ()),
        ({"Type": "Series", "Path": "/data/media/tv/Firefly/"}, ("/data/media/tv/Firefly",)),
    ],
)
def test_the_folder_is_where_the_files_lie(fields: dict[str, Any], folders: tuple[str, ...]) -> None:
    title = title_of(row(**SERENITY | fields))

    assert title is not None
    assert title.folders == folders


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ({"TMDB": "5", "imdb": "TT0379786", "tvDb": 9}, (5, 9, "tt0379786")),
        ({"Tmdb": "0", "Tvdb": "", "Imdb": "tt0000000"}, (None, None, None)),
        ({"Tmdb": "-1", "Tvdb": "none", "Imdb": "nm0000001"}, (None, None, None)),
        ({"Tmdb": None}, (None, None, None)),
        ({}, (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_placeholders_are_no_outside_ids(ids: Any, found: tuple[int | None, int | None, str | None]) -> None:
    title = title_of(row(**SERENITY | {"ProviderIds": ids}))

    assert title is not None
    assert (title.tmdb_id, title.tvdb_id, title.imdb_id) == found


@pytest.mark.parametrize(
    ("given_id", "found"),
    [
        ("A1F0C5D2-E3B4-4F67-89AB-0123456789CD", "a1f0c5d2e3b44f6789ab0123456789cd"),
        ("4101", "4101"),
        (4101, "4101"),
        ("00000000000000000000000000000000", ""),
        ("0", ""),
        ("41/01", ""),
        (None, ""),
    ],
)
def test_an_id_has_one_spelling(given_id: Any, found: str) -> None:
    assert item_id(given_id) == found


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({"Tags": ["keep", "Leaving Soon", "keep", " ", None]}, ["keep", "Leaving Soon"]),
        ({"TagItems": [{"Name": "keep", "Id": 7001}, {"Id": 7002}]}, ["keep"]),
        ({"TagItems": [], "Tags": ["old"]}, ["old"]),
        ({"Tags": None}, []),
        ({}, []),
    ],
)
def test_labels_are_read_from_both_spellings(fields: dict[str, Any], labels: list[str]) -> None:
    assert [label.label for label in labels_of(row(**SERENITY | fields))] == labels


@pytest.mark.parametrize(
    ("fields", "home"),
    [
        ({"Type": "Movie", "Id": "1"}, "1"),
        ({"Type": "Series", "Id": "2"}, "2"),
        ({"Type": "Season", "Id": "3", "SeriesId": "2"}, "2"),
        ({"Type": "Episode", "Id": "4", "SeriesId": "2"}, "2"),
        ({"Type": "Episode", "Id": "4"}, ""),
        ({"Type": "MusicAlbum", "Id": "5"}, ""),
    ],
)
def test_parts_belong_to_their_show(fields: dict[str, Any], home: str) -> None:
    assert home_of(row(**fields)) == home


@pytest.mark.parametrize(
    ("data", "plays"),
    [
        ({"PlayCount": 2, "Played": True, "LastPlayedDate": "2025-10-09T08:53:20.0000000Z"}, 2),
        ({"PlayCount": "3", "Played": "false"}, 3),
        ({"PlayCount": 1, "Played": False, "PlaybackPositionTicks": 9}, 1),
        ({"PlayCount": 0, "Played": False, "PlaybackPositionTicks": 9}, 0),
        ({"PlayCount": 0, "Played": True}, 1),
        ({"Played": True}, 1),
        ({"PlayCount": 0, "Played": False, "LastPlayedDate": "2025-10-09T08:53:20Z"}, 0),
        ({"PlayCount": 0, "Played": False, "PlaybackPositionTicks": 0}, None),
        ({"PlayCount": -1, "Played": None, "LastPlayedDate": "0001-01-01T00:00:00.0000000Z"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_counters_become_a_play_unless_nothing_happened(data: Any, plays: int | None) -> None:
    play = play_of(row(**SERENITY | {"UserData": data}), USER, PlayNotes())

    assert (None if play is None else play.plays) == plays


@pytest.mark.parametrize(("number", "season"), [(0, 0), ("2024", 2024), (20240115, None), (None, None)])
def test_what_no_season_can_have_is_not_its_number(number: Any, season: int | None) -> None:
    notes = PlayNotes()
    episode = {"Type": "Episode", "Id": "4", "SeriesId": "5", "ParentIndexNumber": number}

    play = play_of(row(**episode | {"UserData": {"PlayCount": 1}}), USER, notes)

    assert play is not None
    assert play.season_number == season
    assert notes.tells_seasons == (season is not None)


@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["Id", "Name", "Type", "SeriesId", "ParentIndexNumber", "Path", "DateCreated", "ProductionYear"]
        ),
        SCALARS,
    ),
    data=st.dictionaries(st.sampled_from(["PlayCount", "LastPlayedDate", "PlaybackPositionTicks", "Played"]), SCALARS),
)
def test_no_value_of_a_single_field_breaks_the_mapping(fields: dict[str, Any], data: dict[str, Any]) -> None:
    found = row(**{"Type": "Movie"} | fields | {"UserData": data})
    notes = PlayNotes()

    play = play_of(found, USER, notes)
    title = title_of(found)

    assert play is None or (play.plays >= 0 and play.title_id and (play.season_number or 0) >= 0)
    assert title is None or title.year is None or title.year > 0
    assert notes.unresolved in {0, 1}
