"""What is known, what is only shown as zero, and what is unknown (integrations.md 16.6, safety.md S-05)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.common.domain.enums import Capability, IntegrationType, MediaType, TitleKind
from libs.integrations.audience import PlayNotes, ServerRef, SourceTitle
from libs.integrations.models import SourceItem
from tests.service.sync.rows import House
from tests.service.sync.told import (
    Says,
    be_silent,
    film,
    merged,
    movie,
    noted,
    own,
    season,
    seen,
    series,
    show,
    tell,
)

pytestmark = pytest.mark.service

RADARR, SONARR, PLEX = IntegrationType.RADARR, IntegrationType.SONARR, IntegrationType.PLEX
JELLYFIN, TAUTULLI, TRACEARR = IntegrationType.JELLYFIN, IntegrationType.TAUTULLI, IntegrationType.TRACEARR
ARTIST, BOOK = MediaType.ARTIST, MediaType.BOOK
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days ago, as the house's clock stands."""
    return lambda days: house.now - timedelta(days=days)


def shelf(ago: Ago, count: int) -> list[SourceItem]:
    """Movies numbered from 1, each there for 100 days."""
    return [movie(str(number), ago(100), f"Movie {number}", tmdb_id=number) for number in range(1, count + 1)]


def listed(*numbers: int) -> list[SourceTitle]:
    """Those movies as a server lists them."""
    return [film(str(number), f"Movie {number}", tmdb_id=number) for number in numbers]


def long_ago(ago: Ago) -> Any:
    """A play that shows that the history reaches back beyond all files."""
    return seen("somebody-else", at=ago(2000))


def facts(item: Any, source_id: int) -> tuple[Any, ...]:
    """Plays, whether that is evidence, and the state of one source."""
    return item.play_count, item.watch_evidence_at is not None, item.watch_evidence.get(str(source_id))


async def server(
    house: House, titles: list[SourceTitle], *plays: Any, kind: IntegrationType = PLEX, **says: Any
) -> int:
    source_id = await house.integration(kind)
    await tell(house, source_id, Says(**{"titles": titles, "plays": plays, "identity": f"of {source_id}", **says}))
    return source_id


async def test_an_item_without_plays_is_known_as_unseen_where_the_history_is_older(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1), long_ago(ago))

    item = (await merged(house))["1"]

    assert facts(item, plex) == (0, True, "never")
    assert item.watch_evidence_at == house.now


async def test_T75_S05_an_empty_history_is_shown_as_zero_and_proves_nothing(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1))

    item = (await merged(house))["1"]

    assert facts(item, plex) == (0, False, "young_history")
    assert item.watch_matched


@pytest.mark.parametrize(("age", "state"), [(99, "young_history"), (100, "never"), (101, "never")])
async def test_S05_a_history_that_is_younger_than_the_file_proves_nothing(
    house: House, ago: Ago, age: int, state: str
) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 2))
    plex = await server(house, listed(1, 2), seen("2", at=ago(age)))

    item = (await merged(house))["1"]

    assert facts(item, plex) == (0, state == "never", state)


async def test_S05_the_oldest_of_several_files_decides(house: House, ago: Ago) -> None:
    old = movie("1", ago(5), tmdb_id=1)
    mixed = movie("2", ago(5), tmdb_id=2, oldest_file_at=ago(300))
    await own(house, await house.integration(RADARR), old, mixed)
    plex = await server(house, listed(1, 2), seen("somebody-else", at=ago(200)))

    items = await merged(house)

    assert facts(items["1"], plex) == (0, True, "never")
    assert facts(items["2"], plex) == (0, False, "young_history")


async def test_S05_a_file_without_a_date_is_never_known_as_unseen(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", None, tmdb_id=1))
    plex = await server(house, listed(1), long_ago(ago))

    assert facts((await merged(house))["1"], plex) == (0, False, "young_history")


async def test_plays_are_evidence_however_young_the_history_is(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1), seen("1", at=ago(3)))

    assert facts((await merged(house))["1"], plex) == (1, True, "watched")


async def test_S05_an_item_that_no_server_knows_is_unknown_and_not_unplayed(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 4))
    plex = await server(house, listed(1, 2, 3), long_ago(ago))

    item = (await merged(house))["4"]

    assert facts(item, plex) == (None, False, "absent")
    assert not item.watch_matched


async def test_S05_absence_counts_as_zero_where_another_server_knows_the_item(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 4))
    plex = await server(house, listed(1, 2), long_ago(ago))
    jellyfin = await server(house, listed(1, 2, 3, 4), long_ago(ago), kind=JELLYFIN)

    item = (await merged(house))["4"]

    assert facts(item, plex) == (0, True, "absent")
    assert facts(item, jellyfin) == (0, True, "never")


async def test_S05_a_server_that_knows_few_items_says_nothing_about_the_others(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 5))
    plex = await server(house, listed(1, 2), long_ago(ago))
    jellyfin = await server(house, listed(1, 2, 3, 4, 5), long_ago(ago), kind=JELLYFIN)

    item = (await merged(house))["5"]

    assert facts(item, plex) == (0, False, "small_library")
    assert facts(item, jellyfin) == (0, False, "never")


async def test_S05_unplayed_items_of_a_server_that_knows_few_are_shown_as_zero_and_unknown(
    house: House, ago: Ago
) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 5))
    plex = await server(house, listed(1, 2), long_ago(ago), seen("2", at=ago(5)))

    items = await merged(house)

    assert facts(items["1"], plex) == (0, False, "small_library")
    assert facts(items["2"], plex) == (1, True, "watched")


async def test_S05_coverage_counts_what_is_recognised_and_not_what_is_listed(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 4))
    plex = await server(house, listed(1, 96, 97, 98, 99), long_ago(ago))

    assert facts((await merged(house))["2"], plex) == (None, False, "small_library")


async def test_a_server_without_any_title_of_a_kind_has_no_say_about_it(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    await own(house, await house.integration(SONARR), show("7", ago(100), tvdb_id=7), season("7", 1, ago(100)))
    plex = await server(house, listed(1), long_ago(ago))
    jellyfin = await server(house, [series("a", tvdb_id=7)], long_ago(ago), kind=JELLYFIN)

    items = await merged(house)

    assert items["1"].watch_evidence == {str(plex): "never"}
    assert items["7"].watch_evidence == items["7-s1"].watch_evidence == {str(jellyfin): "never"}
    assert items["7-s1"].watch_evidence_at == house.now


async def test_one_failed_server_of_two_leaves_a_lower_bound_and_no_certainty(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 2))
    plex = await server(house, listed(1, 2), long_ago(ago), seen("1", at=ago(9)))
    jellyfin = await house.integration(JELLYFIN)
    await be_silent(house, jellyfin)

    items = await merged(house)

    assert (facts(items["1"], plex), facts(items["2"], plex)) == ((1, False, "watched"), (0, False, "never"))
    assert facts(items["2"], jellyfin) == (0, False, "unread")


async def test_evidence_is_as_old_as_the_oldest_reading_it_rests_on(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1), long_ago(ago))
    read_at, house.now = house.now, house.now + timedelta(hours=30)
    await server(house, listed(1), long_ago(ago), kind=JELLYFIN)

    item = (await merged(house))["1"]
    await tell(house, plex, Says(titles=listed(1), plays=[long_ago(ago)], identity=f"of {plex}"))
    fresh = (await merged(house))["1"]

    assert (item.watch_evidence_at, fresh.watch_evidence_at) == (read_at, house.now)


async def test_old_titles_make_plays_old_evidence(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1), long_ago(ago))
    read_at, house.now = house.now, house.now + timedelta(hours=30)
    broken = frozenset({Capability.TITLES})
    await tell(house, plex, Says(plays=[long_ago(ago)], identity=f"of {plex}", broken=broken))

    assert (await merged(house))["1"].watch_evidence_at == read_at


async def test_a_server_that_cannot_tell_everybodys_plays_proves_no_zero(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 2))
    notes = PlayNotes(is_partial="Not the owner's token.")
    plex = await server(house, listed(1, 2), long_ago(ago), seen("2", at=ago(9)), notes=notes)

    items = await merged(house)

    assert facts(items["1"], plex) == (0, False, "partial")
    assert facts(items["2"], plex) == (1, True, "watched")


async def test_a_full_history_makes_up_for_a_server_that_cannot_tell_everything(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    notes = PlayNotes(is_partial="Not the owner's token.")
    plex = await server(house, listed(1), notes=notes)
    tautulli = await house.integration(TAUTULLI)
    of_plex = [ServerRef("", f"of {plex}", PLEX)]
    await tell(house, tautulli, Says(plays=[long_ago(ago)], servers=of_plex, notes=noted(film("somebody-else", "x"))))

    item = (await merged(house))["1"]

    assert item.watch_evidence == {str(plex): "never"}


async def test_S05_a_part_of_a_history_does_not_lend_its_age_to_a_full_one_that_is_younger(
    house: House, ago: Ago
) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    notes = PlayNotes(is_partial="Not the owner's token.")
    plex = await server(house, listed(1), long_ago(ago), notes=notes)
    tautulli = await house.integration(TAUTULLI)
    of_plex = [ServerRef("", f"of {plex}", PLEX)]
    recent = seen("somebody-else", at=ago(1))
    await tell(house, tautulli, Says(plays=[recent], servers=of_plex, notes=noted(film("somebody-else", "x"))))

    assert facts((await merged(house))["1"], plex) == (0, False, "young_history")


async def test_S05_a_history_of_several_servers_is_as_old_for_each_as_its_plays_there(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 2))
    plex = await server(house, listed(1))
    jellyfin = await server(house, listed(1, 2), seen("2", at=ago(5)), kind=JELLYFIN)
    tracearr = await house.integration(TRACEARR)
    both = [ServerRef("p", f"of {plex}", PLEX), ServerRef("j", f"of {jellyfin}", JELLYFIN)]
    old = seen("somebody-else", at=ago(2000), server="p")
    named = noted(film("somebody-else", "x", server="p"), film("2", "Movie 2", server="j"))
    plays = [old, seen("2", at=ago(5), server="j")]
    await tell(house, tracearr, Says(plays=plays, servers=both, notes=named))

    item = (await merged(house))["1"]

    assert item.watch_evidence == {str(plex): "never", str(jellyfin): "young_history"}
    assert item.watch_evidence_at is None


async def test_a_history_that_was_never_read_leaves_its_server_unknown(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 1))
    plex = await server(house, listed(1), long_ago(ago))
    tautulli = await house.integration(TAUTULLI)
    broken = frozenset({Capability.PLAYS})
    await tell(house, tautulli, Says(servers=[ServerRef("", f"of {plex}", PLEX)], broken=broken))

    assert facts((await merged(house))["1"], plex) == (0, False, "unread")


async def test_T82_a_history_alone_tells_what_was_watched_and_proves_no_zero(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 2))
    tracearr = await house.integration(TRACEARR)
    named = noted(film("1", "Movie 1", tmdb_id=1, server="s"))
    says = Says(plays=[seen("1", at=ago(9), server="s")], servers=[ServerRef("s", None, PLEX, "home")], notes=named)
    await tell(house, tracearr, says)

    items = await merged(house)

    assert facts(items["1"], tracearr) == (1, True, "watched")
    assert items["1"].last_played == ago(9)
    assert facts(items["2"], tracearr) == (None, False, "unlinked")


async def test_a_title_that_only_old_plays_name_is_not_on_the_server_any_more(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), *shelf(ago, 3))
    named = noted(film("9", "Movie 3", tmdb_id=3))
    plex = await server(house, listed(1, 2), long_ago(ago), seen("9", at=ago(300)), notes=named)

    assert facts((await merged(house))["3"], plex) == (0, False, "absent")


async def test_artists_and_books_have_no_plays_unless_a_source_knows_them(house: House, ago: Ago) -> None:
    lidarr = await house.integration(IntegrationType.LIDARR)
    at: dict[str, Any] = {"newest_file_at": ago(100), "oldest_file_at": ago(100)}
    await own(
        house,
        lidarr,
        SourceItem("1", ARTIST, "Known", 10, "/music/1", monitored=True, mb_id="mb-1", **at),
        SourceItem("2", ARTIST, "Unknown", 10, "/music/2", monitored=True, mb_id="mb-2", **at),
    )
    readarr = await house.integration(IntegrationType.READARR)
    await own(house, readarr, SourceItem("3", BOOK, "Dune", 10, "/books/3", monitored=True, year=1965, **at))
    artist = SourceTitle("a", TitleKind.ARTIST, "known", mb_id="mb-1")
    await server(house, [artist, film("b", "Dune", year=1965)], seen("b", at=ago(3)), seen("a", at=ago(2)))

    items = await merged(house)

    assert [(items[key].play_count, items[key].watch_matched) for key in "123"] == [
        (1, True),
        (None, False),
        (None, False),
    ]
    assert items["3"].watch_evidence == {}


async def test_a_disputed_title_is_no_evidence_however_often_it_was_played(house: House, ago: Ago) -> None:
    ours = [movie("1", ago(100), tmdb_id=1, imdb_id="tt1"), movie("2", ago(100), tmdb_id=2, imdb_id="tt2")]
    await own(house, await house.integration(RADARR), *ours)
    titles: list[SourceTitle] = [film("a", tmdb_id=1, imdb_id="tt2")]
    plex = await server(house, titles, long_ago(ago), seen("a", at=ago(2)))

    assert facts((await merged(house))["1"], plex) == (1, False, "disputed")


async def test_seasons_are_as_well_known_as_their_own_files_are_old(house: House, ago: Ago) -> None:
    ours = [show("7", ago(100), tvdb_id=7), season("7", 1, ago(100)), season("7", 2, ago(10))]
    await own(house, await house.integration(SONARR), *ours)
    plex = await server(house, [series("a", tvdb_id=7)], seen("somebody-else", at=ago(50)))

    items = await merged(house)

    states = {key: items[key].watch_evidence[str(plex)] for key in ("7", "7-s1", "7-s2")}
    assert states == {"7": "young_history", "7-s1": "young_history", "7-s2": "never"}
