"""S-01, S-02: a delete is built from a complete, typed target or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.domain.enums import MediaType
from libs.common.domain.target import DeletionTarget, InvalidTargetError

WRONG_IDS = [
    "",
    " ",
    "0",
    "-1",
    "all",
    "*",
    "../",
    "7,8",
    "7;8",
    " 7",
    "7 ",
    "07",
    "+7",
    "7.0",
    "1e3",
    "\u0667",
    "None",
    "null",
]


@pytest.mark.parametrize("external_id", WRONG_IDS)
@pytest.mark.parametrize("media_type", [MediaType.MOVIE, MediaType.SHOW, MediaType.ARTIST, MediaType.BOOK])
def test_S02_id_that_names_no_single_item_builds_no_target(media_type: MediaType, external_id: str) -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget.parse(1, media_type, external_id)


@pytest.mark.parametrize(
    "external_id", [*WRONG_IDS, "7", "7-s", "7-s0", "7-s-1", "-s1", "0-s1", "7-s1-s2", "7-sall", "7-S1"]
)
def test_S01_season_without_its_number_builds_no_target(external_id: str) -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget.parse(1, MediaType.SEASON, external_id)


@pytest.mark.parametrize("external_id", [None, 7, 7.0, b"7", ["7"]])
def test_id_that_is_not_text_builds_no_target(external_id: object) -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget.parse(1, MediaType.MOVIE, external_id)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("integration_id", [0, -1, True, None, "1"])
def test_integration_id_must_be_a_positive_number(integration_id: object) -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget.parse(integration_id, MediaType.MOVIE, "7")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("media_type", ["episode", "album", "", "all", "MOVIE"])
def test_media_type_that_cannot_be_deleted_builds_no_target(media_type: str) -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget.parse(1, media_type, "7")


def test_show_with_a_season_and_season_without_one_are_both_refused() -> None:
    with pytest.raises(InvalidTargetError):
        DeletionTarget(1, MediaType.SHOW, 7, season=1)
    with pytest.raises(InvalidTargetError):
        DeletionTarget(1, MediaType.SEASON, 7)
    with pytest.raises(InvalidTargetError):
        DeletionTarget(1, "show", 7)  # type: ignore[arg-type]  # text is not a typed target


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 9999))
def test_canonical_text_reads_back_as_the_same_target(integration: int, series: int, season: int) -> None:
    target = DeletionTarget(integration, MediaType.SEASON, series, season)

    assert DeletionTarget.parse(integration, "season", target.external_id) == target


@given(st.text())
def test_any_text_is_one_positive_id_or_nothing(text: str) -> None:
    try:
        target = DeletionTarget.parse(1, MediaType.MOVIE, text)
    except InvalidTargetError:
        return
    assert target.native_id > 0
    assert target.external_id == text
