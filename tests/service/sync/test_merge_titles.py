"""Which outside title is which item (integrations.md 16.2), seen by whose plays arrive."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType
from libs.integrations.audience import ServerRef, SourceTitle
from libs.integrations.models import SourceItem
from tests.service.sync.rows import House
from tests.service.sync.told import (
    Says,
    film,
    merged,
    merged_of,
    movie,
    noted,
    own,
    reading,
    seen,
    series,
    show,
    tell,
)

pytestmark = pytest.mark.service

RADARR, SONARR, PLEX = IntegrationType.RADARR, IntegrationType.SONARR, IntegrationType.PLEX
JELLYFIN, TAUTULLI, TRACEARR = IntegrationType.JELLYFIN, IntegrationType.TAUTULLI, IntegrationType.TRACEARR
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days ago."""
    return lambda days: house.now - timedelta(days=days)


async def plays_of(house: House, ours: list[SourceItem], theirs: list[SourceTitle]) -> dict[str, int | None]:
    """What each of our items has, when everybody of theirs was played as often as its place in the list says."""
    kinds = {item.media_type for item in ours}
    await own(house, await house.integration(SONARR if "show" in kinds else RADARR), *ours)
    plex = await house.integration(PLEX)
    plays = [
        seen(title.native_id, at=house.now - timedelta(days=10 + count))
        for place, title in enumerate(theirs, start=1)
        for count in range(place)
    ]
    await tell(house, plex, Says(titles=theirs, plays=plays, identity="machine"))
    return {key: item.play_count for key, item in (await merged(house)).items()}


async def matches(house: House) -> set[tuple[str, str, bool]]:
    """Native id, by what it was recognised, whether that is disputed."""
    match = m.TitleMatch
    rows = await house.rows(select(match.native_id, match.matched_by, match.is_disputed))
    return {(row.native_id, row.matched_by.value, row.is_disputed) for row in rows}


async def test_a_movie_is_recognised_by_tmdb_before_imdb_folder_and_title(house: House, ago: Ago) -> None:
    ours = [
        movie("1", ago(400), "By Number", tmdb_id=11),
        movie("2", ago(400), "By Imdb", imdb_id="tt22"),
        movie("3", ago(400), "By Folder"),
        movie("4", ago(400), "By Title"),
    ]
    theirs = [
        film("a", "x", tmdb_id=11),
        film("b", "x", imdb_id="tt22"),
        film("c", "x", folders=("/movies/3",)),
        film("d", "By Title"),
    ]

    assert await plays_of(house, ours, theirs) == {"1": 1, "2": 2, "3": 3, "4": 4}
    assert {(native, by) for native, by, _ in await matches(house)} == {
        ("a", "tmdb"), ("b", "imdb"), ("c", "folder"), ("d", "title"),
    }  # fmt: skip


async def test_a_show_is_recognised_by_tvdb_before_tmdb(house: House, ago: Ago) -> None:
    ours = [show("1", ago(400), "One", tvdb_id=10, tmdb_id=100), show("2", ago(400), "Two", tvdb_id=20, tmdb_id=200)]
    theirs = [series("a", "x", tvdb_id=10), series("b", "x", tmdb_id=200), series("c", "x", tvdb_id=20, tmdb_id=200)]

    assert await plays_of(house, ours, theirs) == {"1": 1, "2": 2 + 3}


async def test_a_number_that_another_number_contradicts_counts_but_is_no_evidence(house: House, ago: Ago) -> None:
    await own(house, await house.integration(SONARR), show("1", ago(400), "One", tvdb_id=10, tmdb_id=100))
    plex = await house.integration(PLEX)
    theirs: list[SourceTitle] = [series("a", "x", tvdb_id=99, tmdb_id=100)]
    await tell(house, plex, Says(titles=theirs, plays=[seen("a", at=ago(9))], identity="machine"))

    item = (await merged(house))["1"]

    assert (item.play_count, item.watch_evidence) == (1, {str(plex): "disputed"})
    assert item.watch_evidence_at is None


async def test_ids_that_name_two_items_go_by_the_first_and_are_disputed(house: House, ago: Ago) -> None:
    ours = [
        movie("1", ago(400), "One", tmdb_id=1, imdb_id="tt1"),
        movie("2", ago(400), "Two", tmdb_id=2, imdb_id="tt2"),
    ]

    counts = await plays_of(house, ours, [film("a", "x", tmdb_id=1, imdb_id="tt2")])

    assert counts == {"1": 1, "2": None}
    assert await matches(house) == {("a", "tmdb", True)}
    (plex,) = {row.integration_id for row in await house.rows(select(m.TitleMatch.integration_id))}
    assert (await reading(house, plex, Capability.TITLES)).conflicts == 1


async def test_a_number_and_the_folder_of_another_item_are_a_dispute(house: House, ago: Ago) -> None:
    ours = [movie("1", ago(400), "One", tmdb_id=1), movie("2", ago(400), "Two", tmdb_id=2)]

    counts = await plays_of(house, ours, [film("a", "x", tmdb_id=1, folders=("/movies/2",))])

    assert counts == {"1": 1, "2": None}
    assert await matches(house) == {("a", "tmdb", True)}


async def test_disputes_end_when_the_next_read_agrees(house: House, ago: Ago) -> None:
    ours = [
        movie("1", ago(400), "One", tmdb_id=1, imdb_id="tt1"),
        movie("2", ago(400), "Two", tmdb_id=2, imdb_id="tt2"),
    ]
    await own(house, await house.integration(RADARR), *ours)
    plex = await house.integration(PLEX)
    disputed: list[SourceTitle] = [film("a", "x", tmdb_id=1, imdb_id="tt2")]
    await tell(house, plex, Says(titles=disputed, identity="machine"))
    await merged(house)

    agreed: list[SourceTitle] = [film("a", "x", tmdb_id=1, imdb_id="tt1")]
    await tell(house, plex, Says(titles=agreed, identity="machine"))
    await merged(house)

    assert await matches(house) == {("a", "tmdb", False)}


async def hd_and_4k(house: House, ago: Ago, *folders: str) -> tuple[Any, Any]:
    """The movie of both owners, when a title in these folders was played once."""
    radarr, radarr_4k = await house.integration(RADARR), await house.integration(RADARR)
    await own(house, radarr, movie("1", ago(400), tmdb_id=16320, path="/hd/Serenity"))
    await own(house, radarr_4k, movie("1", ago(400), tmdb_id=16320, path="/uhd/Serenity"))
    plex = await house.integration(PLEX)
    titles: list[SourceTitle] = [film("501", tmdb_id=16320, folders=folders)]
    await tell(house, plex, Says(titles=titles, plays=[seen("501", at=ago(9))], identity="machine"))
    return (await merged_of(house, radarr))["1"], (await merged_of(house, radarr_4k))["1"]


async def test_of_two_copies_the_folder_decides_which_one_was_played(house: House, ago: Ago) -> None:
    hd, uhd = await hd_and_4k(house, ago, "/uhd/Serenity")

    assert (hd.play_count, uhd.play_count) == (None, 1)


async def test_a_title_with_files_of_both_copies_is_both(house: House, ago: Ago) -> None:
    hd, uhd = await hd_and_4k(house, ago, "/uhd/Serenity", "/hd/Serenity")

    assert (hd.play_count, uhd.play_count) == (1, 1)


@pytest.mark.parametrize("folders", [(), ("/mnt/elsewhere/Serenity",), ("/hd",)], ids=["none", "other", "parent"])
async def test_without_a_telling_folder_both_copies_were_played(
    house: House, ago: Ago, folders: tuple[str, ...]
) -> None:
    hd, uhd = await hd_and_4k(house, ago, *folders)

    assert (hd.play_count, uhd.play_count) == (1, 1)


async def test_two_titles_of_one_movie_count_together(house: House, ago: Ago) -> None:
    ours = [movie("1", ago(400), tmdb_id=16320)]

    assert await plays_of(house, ours, [film("a", tmdb_id=16320), film("b", tmdb_id=16320)]) == {"1": 1 + 2}


@pytest.mark.parametrize(
    ("title", "year", "found"),
    [
        ("The Serenity", 2005, True),
        ("SÉRENITY!", 2006, True),
        ("Serenity (2005)", 2004, True),
        ("Serenity", 2007, False),
        ("Serenity", None, False),
        ("Serenity Now", 2005, False),
        ("!!!", 2005, False),
    ],
)
async def test_a_movie_is_recognised_by_title_within_a_year(
    house: House,
    ago: Ago,
    title: str,
    year: int | None,
    found: bool,
) -> None:
    counts = await plays_of(house, [movie("1", ago(400))], [film("a", title, year=year)])

    assert counts == {"1": 1 if found else None}


async def test_other_titles_of_a_movie_are_tried_too(house: House, ago: Ago) -> None:
    ours = [movie("1", ago(400), "Serenity", also_known_as=("Flucht in neue Welten",))]

    assert await plays_of(house, ours, [film("a", "Flucht in neue Welten")]) == {"1": 1}


async def test_a_show_is_recognised_by_its_title_alone_when_that_is_unique_on_both_sides(
    house: House, ago: Ago
) -> None:
    ours = [show("1", ago(400), "Firefly"), show("2", ago(400), "Castle", year=2009)]

    assert await plays_of(house, ours, [series("a", "Firefly", year=None), series("b", "Castle", year=1990)]) == {
        "1": 1, "2": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    "theirs",
    [
        [series("a", "Firefly", year=None), series("b", "Firefly", year=None)],
        [series("a", "Firefly", year=1990), series("b", "Firefly", year=1960)],
    ],
    ids=["without year", "far years"],
)
async def test_two_shows_of_one_name_are_no_match_and_reported(
    house: House, ago: Ago, theirs: list[SourceTitle]
) -> None:
    counts = await plays_of(house, [show("1", ago(400), "Firefly")], theirs)

    (plex,) = [row.id for row in await house.rows(select(m.Integration.id).where(m.Integration.type == PLEX))]
    found = await reading(house, plex, Capability.TITLES)
    assert counts == {"1": None}
    assert (found.matched, found.unmatched, found.ambiguous, found.examples) == (0, 2, 2, ["Firefly", "Firefly"])


async def test_one_name_of_two_of_our_shows_is_no_match_unless_the_year_tells(house: House, ago: Ago) -> None:
    ours = [show("1", ago(400), "Battlestar", year=1978), show("2", ago(400), "Battlestar", year=2004)]
    theirs = [series("a", "Battlestar", year=2003), series("b", "Battlestar", year=None)]

    assert await plays_of(house, ours, theirs) == {"1": None, "2": 1}


async def test_one_movie_twice_under_one_name_and_year_is_one_movie(house: House, ago: Ago) -> None:
    theirs = [film("a", "Serenity"), film("b", "Serenity")]

    assert await plays_of(house, [movie("1", ago(400))], theirs) == {"1": 1 + 2}


async def test_a_movie_that_came_back_to_its_server_keeps_the_plays_of_its_name(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), tmdb_id=16320))
    plex = await house.integration(PLEX)
    former = film("former:serenity:2005")
    listed: list[SourceTitle] = [film("900", tmdb_id=16320)]
    says = Says(titles=listed, plays=[seen(former.native_id, at=ago(9))], identity="machine", notes=noted(former))
    await tell(house, plex, says)

    assert (await merged(house))["1"].play_count == 1


async def test_neighbouring_years_of_one_name_are_no_match(house: House, ago: Ago) -> None:
    theirs = [film("a", "Serenity", year=2005), film("b", "Serenity", year=2006)]

    assert await plays_of(house, [movie("1", ago(400))], theirs) == {"1": None}


async def test_a_title_with_another_number_is_another_movie_of_that_name(house: House, ago: Ago) -> None:
    assert await plays_of(house, [movie("1", ago(400), tmdb_id=1)], [film("a", "Serenity", tmdb_id=2)]) == {"1": None}


async def test_copies_of_one_title_are_not_ambiguous(house: House, ago: Ago) -> None:
    radarr, radarr_4k = await house.integration(RADARR), await house.integration(RADARR)
    await own(house, radarr, movie("1", ago(400), tmdb_id=16320))
    await own(house, radarr_4k, movie("2", ago(400), tmdb_id=16320))
    plex = await house.integration(PLEX)
    await tell(house, plex, Says(titles=[film("a")], plays=[seen("a", at=ago(9))], identity="machine"))

    items = await merged(house)

    assert (items["1"].play_count, items["2"].play_count) == (1, 1)


async def test_a_history_means_what_its_server_has_under_that_number(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), "Serenity", tmdb_id=16320))
    plex, tautulli = await house.integration(PLEX), await house.integration(TAUTULLI)
    titles: list[SourceTitle] = [film("501", "Flucht in neue Welten", tmdb_id=16320)]
    await tell(house, plex, Says(titles=titles, identity="machine"))
    named = noted(film("501", "Something Else"))
    of_plex = [ServerRef("", "machine", PLEX)]
    await tell(house, tautulli, Says(plays=[seen("501", at=ago(9))], servers=of_plex, notes=named))

    assert (await merged(house))["1"].play_count == 1
    assert ("501", "server", False) in await matches(house)


@pytest.mark.parametrize(
    "played",
    [
        film("501", "Alien", year=1979),
        film("501", "Renamed", guids=("plex://movie/a",)),
        film("501", "Renamed", tmdb_id=348),
    ],
    ids=["title", "guid", "number"],
)
async def test_a_play_under_a_number_that_another_title_has_now_counts_for_both(
    house: House, ago: Ago, played: SourceTitle
) -> None:
    alien = movie("2", ago(400), "Alien", tmdb_id=348, year=1979)
    await own(house, await house.integration(RADARR), movie("1", ago(400), tmdb_id=16320), alien)
    plex, tautulli = await house.integration(PLEX), await house.integration(TAUTULLI)
    titles: list[SourceTitle] = [
        film("501", tmdb_id=16320, guids=("plex://movie/s",)),
        film("900", "Alien", year=1979, tmdb_id=348, guids=("plex://movie/a",)),
    ]
    await tell(house, plex, Says(titles=titles, identity="machine"))
    of_plex = [ServerRef("", "machine", PLEX)]
    await tell(house, tautulli, Says(plays=[seen("501", at=ago(9))], servers=of_plex, notes=noted(played)))

    items = await merged(house)

    assert (items["1"].play_count, items["2"].play_count) == (1, 1)


async def test_a_number_that_was_a_show_is_not_the_movie_that_has_it_now(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), "Serenity", tmdb_id=16320))
    plex, tautulli = await house.integration(PLEX), await house.integration(TAUTULLI)
    await tell(house, plex, Says(titles=[film("501", tmdb_id=16320)], identity="machine"))
    of_plex = [ServerRef("", "machine", PLEX)]
    named = noted(series("501", "Firefly"))
    await tell(house, tautulli, Says(plays=[seen("501", at=ago(9))], servers=of_plex, notes=named))

    assert (await merged(house))["1"].play_count == 0


async def test_a_history_finds_a_title_under_a_new_number_by_its_guid(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), "Serenity", tmdb_id=16320))
    plex, tautulli = await house.integration(PLEX), await house.integration(TAUTULLI)
    guid = ("plex://movie/5d77",)
    await tell(house, plex, Says(titles=[film("777", "x", tmdb_id=16320, guids=guid)], identity="machine"))
    of_plex = [ServerRef("", "machine", PLEX)]
    named = noted(film("501", "y", guids=guid))
    await tell(house, tautulli, Says(plays=[seen("501", at=ago(9))], servers=of_plex, notes=named))

    assert (await merged(house))["1"].play_count == 1
    assert ("501", "guid", False) in await matches(house)


async def test_equal_titles_under_equal_numbers_link_a_history_to_one_of_two_servers(house: House, ago: Ago) -> None:
    library: list[SourceTitle] = [film(str(number), f"Movie {number}", tmdb_id=number) for number in range(1, 7)]
    shuffled: list[SourceTitle] = [
        film(str(number), f"Movie {7 - number}", tmdb_id=7 - number) for number in range(1, 7)
    ]
    await own(house, await house.integration(RADARR), movie("1", ago(400), "Movie 1", tmdb_id=1))
    home, cabin = await house.integration(PLEX, name="home"), await house.integration(PLEX, name="cabin")
    await tell(house, home, Says(titles=shuffled, identity="machine-home"))
    await tell(house, cabin, Says(titles=library, identity="machine-cabin"))
    tracearr = await house.integration(TRACEARR)
    named = noted(*(film(str(number), f"Movie {number}", server="s") for number in range(1, 7)))
    plays = [seen("1", at=ago(9), server="s"), seen("1", at=ago(8), server="s")]
    await tell(house, tracearr, Says(plays=plays, servers=[ServerRef("s", None, PLEX, "?")], notes=named))

    item = (await merged(house))["1"]

    assert item.play_count == 2
    (linked,) = await house.rows(select(m.SourceServer.linked_id).where(m.SourceServer.integration_id == tracearr))
    assert linked.linked_id == cabin


async def test_T76_a_source_that_recognises_nothing_is_no_failure_but_a_number(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(400), "Serenity", tmdb_id=16320))
    plex = await house.integration(PLEX)

    failure = await tell(house, plex, Says(titles=[film("9", "Alien", tmdb_id=348)], identity="machine"))
    await merged(house)

    found = await reading(house, plex, Capability.TITLES)
    assert failure is None
    assert (found.failed_at, found.matched, found.unmatched, found.examples) == (None, 0, 1, ["Alien"])


async def test_matches_follow_items_and_titles_that_go(house: House, ago: Ago) -> None:
    radarr, plex = await house.integration(RADARR), await house.integration(PLEX)
    both = [movie("1", ago(400), "One", tmdb_id=1), movie("2", ago(400), "Two", tmdb_id=2)]
    await own(house, radarr, *both)
    titles: list[SourceTitle] = [film("a", "One", tmdb_id=1), film("b", "Two", tmdb_id=2)]
    await tell(house, plex, Says(titles=titles, identity="machine"))
    await merged(house)

    await own(house, radarr, both[0])
    await merged(house)
    without_item = await matches(house)
    await own(house, radarr, *both)
    await tell(house, plex, Says(titles=titles[1:], identity="machine"))
    await merged(house)

    assert without_item == {("a", "tmdb", False)}
    assert await matches(house) == {("b", "tmdb", False)}
