"""Odd values of Seerr's rows: unknown stays unknown, placeholders are none, and nothing breaks."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import TitleKind
from libs.integrations.seerr.people import user_of
from libs.integrations.seerr.requests import request_of
from libs.integrations.seerr.rows import MediaRow, RequestRow, UserRow

TEXTS = st.text(st.sampled_from("0123456789-+.:eTZtv _aä\n\u2028😀"), max_size=12)
ODD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
MEDIA: dict[str, Any] = {"tmdbId": 16320, "tvdbId": 990002, "externalServiceId": 8, "externalServiceId4k": 9}
FACTS: dict[str, Any] = {
    "id": 32,
    "status": 2,
    "type": "tv",
    "is4k": False,
    "createdAt": "2024-05-01T10:00:00.000Z",
    "media": MEDIA,
    "seasons": [{"seasonNumber": 1}, {"seasonNumber": "2"}],
    "requestedBy": {"id": 4, "displayName": "Wash", "jellyfinUsername": "wash", "userType": 3},
}


def row(**changes: Any) -> RequestRow:
    return msgspec.convert({**FACTS, **changes}, RequestRow, strict=False)


def test_a_request_is_mapped_field_by_field() -> None:
    found = request_of(row())

    assert found is not None
    assert (found.request_id, found.kind, found.tmdb_id, found.tvdb_id) == ("32", TitleKind.TV, 16320, 990002)
    assert (found.counts, found.is_pending, found.seasons, found.arr_id) == (True, False, frozenset({1, 2}), "8")
    assert (found.user_id, found.requested_by) == ("4", "Wash")


@pytest.mark.parametrize(
    ("status", "counts", "is_pending"),
    [
        (1, True, True),
        (2, True, False),
        (3, False, False),
        (4, False, False),
        (5, True, False),
        ("3", False, False),
        (6, True, False),
        (None, True, False),
    ],
)
def test_declined_and_failed_requests_do_not_count_and_unknown_ones_protect(
    status: Any,
    counts: bool,
    is_pending: bool,
) -> None:
    found = request_of(row(status=status))

    assert found is not None
    assert (found.counts, found.is_pending) == (counts, is_pending)


def test_a_request_for_4k_leads_to_the_item_of_the_other_arr() -> None:
    found = request_of(row(is4k=True))

    assert found is not None
    assert (found.is_4k, found.arr_id) == (True, "9")


@pytest.mark.parametrize("seasons", [None, [], [{"seasonNumber": 1}, {"seasonNumber": "x"}]])
def test_seasons_that_are_not_told_stand_for_the_whole_show(seasons: Any) -> None:
    found = request_of(row(seasons=seasons))

    assert found is not None
    assert found.seasons == frozenset()


@pytest.mark.parametrize(
    "changes",
    [{"media": None}, {"media": {"tmdbId": 0, "imdbId": "tt0000000"}}, {"type": "music"}, {"type": None}, {"id": None}],
)
def test_a_row_that_names_no_title_is_no_request(changes: dict[str, Any]) -> None:
    assert request_of(row(**changes)) is None


def test_the_media_tell_the_kind_where_the_request_does_not() -> None:
    found = request_of(row(type=None, media={**MEDIA, "mediaType": "movie"}))

    assert found is not None
    assert found.kind is TitleKind.MOVIE


def test_somebody_unknown_may_have_asked() -> None:
    found = request_of(row(requestedBy=None))

    assert found is not None
    assert (found.user_id, found.requested_by, found.counts) == ("", "", True)


@pytest.mark.parametrize(
    ("account", "ids"),
    [
        ({"plexId": 4021}, {"plex:4021"}),
        ({"plexId": 0, "jellyfinUserId": ""}, set()),
        (
            {"jellyfinUserId": "0BADC0DE-0000-0000-0000-000000000001", "userType": 3},
            {"jellyfin:0badc0de" + "0" * 23 + "1"},
        ),
        ({"jellyfinUserId": "ab12", "userType": 4}, {"jellyfin:ab12", "emby:ab12"}),
        ({"jellyfinUserId": "00000000000000000000000000000000"}, set()),
    ],
)
def test_people_are_known_by_the_ids_of_where_they_came_from(account: dict[str, Any], ids: set[str]) -> None:
    user = user_of(msgspec.convert({"id": 3, "displayName": "Kaylee", **account}, UserRow))

    assert user is not None
    assert user.ids == ids


def test_every_name_is_told_once_and_the_shown_one_first() -> None:
    user = user_of(UserRow(id=3, display_name="Kaylee", username="", plex_username="kaylee", email="k@example.org"))

    assert user is not None
    assert user.names == ("Kaylee", "kaylee", "k@example.org")
    assert user_of(UserRow(id=0)) is None


@given(
    st.dictionaries(st.sampled_from(["status", "type", "is_4k", "created_at"]), ODD),
    st.dictionaries(st.sampled_from(["tmdb_id", "tvdb_id", "imdb_id", "external_service_id", "media_type"]), ODD),
)
def test_no_value_breaks_a_request(changes: dict[str, Any], media: dict[str, Any]) -> None:
    odd = msgspec.structs.replace(row(), **changes, media=msgspec.structs.replace(MediaRow(tmdb_id=1), **media))

    found = request_of(odd)

    if found is not None:
        assert found.kind in {TitleKind.MOVIE, TitleKind.TV}
        assert found.tmdb_id is None or found.tmdb_id > 0
        assert any((found.tmdb_id, found.tvdb_id, found.imdb_id, found.arr_id))
