"""What clients rely on in Jellystat: per call its query names and the fields of its answer, with their types.

Distilled by hand from its published description and its documented rows; a dotted name reaches into objects, `[]`
into lists.
"""

from typing import Any, NamedTuple

from tests.unit.simulator.contract_fields import Fields


class Question(NamedTuple):
    """One call of the API. `body` is what a question by POST sends."""

    method: str
    path: str
    fields: Fields
    query: dict[str, str] = {}  # noqa: RUF012  never changed
    body: dict[str, Any] | None = None


_TABLE: Fields = {"current_page": (int, str), "pages": int, "size": (int, str), "sort": str}
_ROW: Fields = {
    "results[].Id": str,
    "results[].UserId": str,
    "results[].UserName": str,
    "results[].NowPlayingItemId": str,
    "results[].NowPlayingItemName": str,
    "results[].PlaybackDuration": str,
    "results[].ActivityDateInserted": str,
    "results[].ServerId": str,
    "results[].imported": bool,
}
_PAGING = {"size": "10", "page": "1", "sort": "ActivityDateInserted", "desc": "true"}
_KAYLEE = "11111111222233334444555555555555"
_FIREFLY = "b2e1d6c3f4a5506798bc1234567890de"
_MOVIES = "00000000000000000000000000000001"
_EPISODE_ROW: Fields = {"results[].SeasonId": str, "results[].EpisodeId": str, "results[].SeriesName": str}
_NUMBERED: Fields = {"results[].SeasonNumber": int, "results[].EpisodeNumber": int, "results[].ParentId": str}

QUESTIONS = (
    Question(
        "GET",
        "/api/getLibraries",
        {
            "[].Id": str,
            "[].Name": str,
            "[].ServerId": str,
            "[].CollectionType": str,
            "[].item_count": str,
            "[].archived": bool,
        },
    ),
    Question("GET", "/api/getconfig", {"JF_HOST": str, "IS_JELLYFIN": bool, "settings": dict, "REQUIRE_LOGIN": bool}),
    Question("GET", "/stats/getAllUserActivity", {"[].UserId": str, "[].UserName": str, "[].TotalPlays": str}),
    Question("GET", "/stats/getPlaybackActivity", _TABLE | _ROW, _PAGING),
    Question(
        "POST",
        "/api/getUserHistory",
        _TABLE | _ROW | _EPISODE_ROW | _NUMBERED,
        _PAGING,
        {"userid": _KAYLEE},
    ),
    Question(
        "POST",
        "/api/getItemHistory",
        _TABLE | _ROW | _EPISODE_ROW | _NUMBERED,
        _PAGING,
        {"itemid": _FIREFLY},
    ),
    Question("GET", "/api/getHistory", _TABLE | _ROW | {"results[].FullName": str}, _PAGING),
    Question(
        "POST", "/api/getLibraryItems", {"[].Id": str, "[].Name": str, "[].archived": bool}, {}, {"libraryid": _MOVIES}
    ),
    Question(
        "POST",
        "/stats/getLibraryItemsWithStats",
        _TABLE | {"results[].Id": str, "results[].times_played": str, "results[].total_play_time": str},
        {"size": "10", "page": "1"},
        {"libraryid": _MOVIES},
    ),
)
