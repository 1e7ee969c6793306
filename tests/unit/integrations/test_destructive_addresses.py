"""S-01, S-02, S-03 at the edge of the network: whatever comes in, a change names one positive id and never more."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget, InvalidTargetError
from libs.integrations.capabilities import Deleter, capability
from libs.integrations.errors import UpstreamError
from libs.integrations.models import ItemState
from tests.unit.integrations.test_sonarr_client import SEASON, episode, firefly, library, season
from tests.unit.integrations.wire import PREFIXES, Wire, arr_wire, client_of, says

ADDRESSES = {
    (IntegrationType.SONARR, MediaType.SHOW): "/api/v3/series",
    (IntegrationType.RADARR, MediaType.MOVIE): "/api/v3/movie",
    (IntegrationType.LIDARR, MediaType.ARTIST): "/api/v1/artist",
    (IntegrationType.READARR, MediaType.BOOK): "/api/v1/book",
}
"""What is deleted by its own id, and where."""

PIECES = ["", "0", "-1", "1", "12", "all", "../", "/", "%2e%2e", "?", "#", "&", ",", " ", "-s", "s", "\u0667", "null"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text(max_size=12)
"""What lost numbers, words for everything, and paths are made of."""


def plan(target: DeletionTarget, *file_ids: int) -> ItemState:
    return ItemState(
        target, "Firefly", "/tv/Firefly", 1, monitored=True, file_ids=file_ids, file_fingerprint="", newest_file_at=None
    )


def willing(kind: IntegrationType) -> Wire:
    """An upstream that agrees to anything."""
    wire = arr_wire(kind)
    wire.otherwise = says({})
    return wire


async def delete(wire: Wire, kind: IntegrationType, target: DeletionTarget, *file_ids: int) -> None:
    client = capability(client_of(wire, kind), Deleter)
    await client.delete(target, planned=plan(target, *file_ids), add_import_exclusion=True)


@given(HOSTILE, st.sampled_from(list(MediaType)), st.sampled_from(list(PREFIXES)))
@settings(max_examples=300)
async def test_S01_S02_text_becomes_a_change_of_exactly_that_one_id_or_no_call(
    text: str, media_type: MediaType, kind: IntegrationType
) -> None:
    wire = willing(kind)
    try:
        target = DeletionTarget.parse(1, media_type, text)
        await delete(wire, kind, target)
    except (InvalidTargetError, UpstreamError):
        assert wire.changes == []
        return

    (change,) = wire.changes
    assert change.method == "DELETE"
    assert change.url.path == f"{ADDRESSES[kind, media_type]}/{text}"
    assert text.isascii()
    assert int(text) > 0


@given(st.integers(1, 10**18 - 1), st.sampled_from(list(ADDRESSES)))
async def test_S02_an_id_of_any_size_stays_one_segment_of_the_address(
    native_id: int, what: tuple[IntegrationType, MediaType]
) -> None:
    wire = willing(what[0])

    await delete(wire, what[0], DeletionTarget(1, what[1], native_id))

    (change,) = wire.changes
    assert (change.method, change.url.path) == ("DELETE", f"{ADDRESSES[what]}/{native_id}")
    assert change.content == b""


@given(st.integers(-(10**20), 0) | st.integers(10**18, 10**30), st.sampled_from(list(ADDRESSES)))
async def test_S02_a_number_that_is_no_id_of_anything_makes_no_call(
    number: int, what: tuple[IntegrationType, MediaType]
) -> None:
    wire = willing(what[0])
    try:
        target = DeletionTarget.parse(1, what[1], str(number))
    except InvalidTargetError:
        assert wire.sent == []
        return
    raise AssertionError(f"{target} was built")


CLEAN = st.fixed_dictionaries(
    {"id": st.sampled_from([11, 12, 13, 14]), "seasonNumber": st.sampled_from([0, 1, 1, 2]), "seriesId": st.just(7)}
)
STRANGE = st.fixed_dictionaries(
    {
        "id": st.sampled_from([11, 12, 13, 14, "15", 0, -1, None, "all"]),
        "seasonNumber": st.sampled_from([1, 1, 1, 2, 0, "1", None, -1, "all", 1.5, True]),
        "seriesId": st.sampled_from([7, 7, 7, 7, 7, 8, "7", 0, None]),
    }
)


def is_of_the_season(row: dict[str, Any]) -> bool:
    """By the words of the row alone, as an owner would read them."""
    return str(row["seriesId"]) == "7" and str(row["seasonNumber"]) == "1"


@given(st.lists(CLEAN, max_size=6) | st.lists(CLEAN | STRANGE, max_size=6), st.integers(0, 3), st.booleans())
@settings(max_examples=300)
async def test_S01_S03_a_season_never_takes_a_file_that_is_not_its_own_nor_an_empty_list(
    told: list[dict[str, Any]], counted: int, is_listed: bool
) -> None:
    """The plan allows every file there is: only the client stands between it and the other seasons."""
    wire = willing(IntegrationType.SONARR)
    rows = [episode(1, **told_of) for told_of in told]
    library(wire, firefly(*([season(1, counted)] if is_listed else []), season(2, 3)), rows)

    try:
        await delete(wire, IntegrationType.SONARR, SEASON, *range(1, 100))
    except UpstreamError:
        assert wire.changes == []
        return

    (change,) = wire.changes
    own = {int(row["id"]) for row in rows if is_of_the_season(row)}
    assert (change.method, change.url.path) == ("DELETE", "/api/v3/episodefile/bulk")
    assert set(json.loads(change.content)["episodeFileIds"]) == own != set()
    assert list(json.loads(change.content)) == ["episodeFileIds"]
