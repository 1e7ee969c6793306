"""Plays of several sources made one: the most within a media server, the sum over servers (integrations.md 16.5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType
from libs.integrations.audience import ServerRef, SourceTitle, SourceUser
from tests.service.sync.rows import House
from tests.service.sync.told import (
    Says,
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
SERENITY = 16320
FIREFLY = 78874


@pytest.fixture
def ago(house: House) -> Callable[[float], datetime]:
    """The time so many days ago."""
    return lambda days: house.now - timedelta(days=days)


Ago = Callable[[float], datetime]


async def serenity(house: House, at: datetime) -> None:
    """One movie, whose file is there since `at`."""
    await own(house, await house.integration(RADARR), movie("12", at, tmdb_id=SERENITY))


async def firefly(house: House, at: datetime, **dates: datetime) -> None:
    """A show with two seasons."""
    sonarr = await house.integration(SONARR)
    await own(
        house,
        sonarr,
        show("7", at, tvdb_id=FIREFLY),
        season("7", 1, dates.get("first", at), tvdb_id=FIREFLY),
        season("7", 2, dates.get("second", at), tvdb_id=FIREFLY),
    )


async def plex_says(house: House, *plays: Any, name: str = "plex", **says: Any) -> int:
    """A Plex with Serenity under 501 and Firefly under 700, and these plays."""
    plex = await house.integration(PLEX, name=name)
    titles = [film("501", tmdb_id=SERENITY), series("700", tvdb_id=FIREFLY)]
    await tell(house, plex, Says(**{"titles": titles, "plays": plays, "identity": f"machine-{name}", **says}))
    return plex


async def jellyfin_says(house: House, *plays: Any, **says: Any) -> int:
    """A Jellyfin with the same two titles."""
    jellyfin = await house.integration(JELLYFIN)
    titles = [film("a1", tmdb_id=SERENITY), series("b2", tvdb_id=FIREFLY)]
    await tell(house, jellyfin, Says(**{"titles": titles, "plays": plays, "identity": "jelly", **says}))
    return jellyfin


async def tautulli_says(house: House, *plays: Any, of: str | None = "machine-plex", **notes: Any) -> int:
    """A Tautulli that records the Plex with this machine id."""
    tautulli = await house.integration(TAUTULLI)
    says = Says(plays=plays, servers=[ServerRef("", of, PLEX, "plex")], notes=noted(film("501"), **notes))
    await tell(house, tautulli, says)
    return tautulli


async def test_within_a_media_server_the_most_plays_count_and_over_servers_their_sum(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)), seen("501", at=ago(80)))
    await tautulli_says(house, *(seen("501", at=ago(day)) for day in (300, 90, 80)))
    await jellyfin_says(house, seen("a1", at=ago(20), plays=4, is_count=True))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (3 + 4, ago(20))
    assert item.watch_matched


async def test_two_plex_servers_with_a_history_each_are_two_houses(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)), name="home")
    await plex_says(house, seen("501", at=ago(70)), name="cabin")
    await tautulli_says(house, *(seen("501", at=ago(day)) for day in (91, 90)), of="machine-cabin")

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (1 + 2, ago(70))


async def test_history_of_an_unknown_server_only_raises_what_all_servers_of_its_type_tell(
    house: House, ago: Ago
) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)), name="home")
    await plex_says(house, seen("501", at=ago(70)), name="cabin")
    await jellyfin_says(house, seen("a1", at=ago(20), plays=3, is_count=True))
    await tautulli_says(house, *(seen("501", at=ago(day)) for day in (1, 2, 3, 4, 5)), of="machine-of-somebody-else")

    item = (await merged(house))["12"]

    assert item.play_count == max(1 + 1, 5) + 3
    assert item.last_played == ago(1)


async def test_a_single_server_of_a_type_is_the_one_a_history_without_identity_means(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)), seen("501", at=ago(80)))
    await tautulli_says(house, seen("501", at=ago(80)), of=None)

    item = (await merged(house))["12"]

    assert item.play_count == 2


async def test_counts_over_all_servers_only_raise_what_the_rows_of_the_servers_tell(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)), name="home")
    await jellyfin_says(house, seen("a1", at=ago(70), plays=1, is_count=True))
    tracearr = await house.integration(TRACEARR)
    servers = [ServerRef("h", None, PLEX, "home"), ServerRef("j", None, JELLYFIN, "jellyfin")]
    rows = [seen("501", at=ago(50), server="h"), seen("501", at=ago(40), server="h")]
    everywhere = seen("m-1", at=ago(30), plays=7, is_count=True, play_id="all")
    notes = noted(film("501", server="h"), film("m-1", tmdb_id=SERENITY))
    await tell(house, tracearr, Says(plays=[*rows, everywhere], servers=servers, notes=notes))

    item = (await merged(house))["12"]

    assert item.play_count == max(2 + 1, 7)
    assert item.last_played == ago(30)


async def test_counter_and_rows_of_one_source_are_the_same_plays(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    rows = [seen("501", at=ago(day)) for day in (90, 80)]
    await plex_says(house, *rows, seen("501", at=ago(80), plays=5, is_count=True, play_id="count"))

    item = (await merged(house))["12"]

    assert item.play_count == 5


async def test_T77_everybodys_plays_count_not_only_the_owners(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    users = [SourceUser("1", ("mal",)), SourceUser("2", ("kaylee",)), SourceUser("3", ("wash",))]
    await plex_says(
        house, seen("501", at=ago(90), by="2"), seen("501", at=ago(80), by="3"), seen("501", at=ago(70), by="3"),
        users=users,
    )  # fmt: skip

    item = (await merged(house))["12"]

    assert item.play_count == 3
    assert item.watched_by_users == ["kaylee", "wash"]


async def test_people_are_joined_by_ids_and_by_names_over_systems(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(
        house,
        seen("501", at=ago(90), by="5"),
        seen("501", at=ago(80), by="6"),
        users=[SourceUser("5", ("Kaylee F.",), frozenset({"plex:4021"})), SourceUser("6", ("Wash",))],
    )
    jellyfin = [SourceUser("j5", ("kaywinnet",), frozenset({"jellyfin:11"})), SourceUser("j6", ("wash",))]
    await jellyfin_says(
        house, seen("a1", at=ago(20), by="j5", is_count=True), seen("a1", at=ago(20), by="j6", is_count=True),
        users=jellyfin,
    )  # fmt: skip
    seerr = await house.integration(IntegrationType.SEERR)
    kaylee = SourceUser("3", ("kaylee", "Kaylee F."), frozenset({"plex:4021", "jellyfin:11"}))
    await tell(house, seerr, Says(users=[kaylee]))

    item = (await merged(house))["12"]

    assert item.watched_by_users == ["Wash", "kaylee"]


async def test_S27_plays_from_before_the_file_are_history_and_not_evidence(house: House, ago: Ago) -> None:
    await serenity(house, ago(30))
    await plex_says(house, seen("501", at=ago(90)), seen("501", at=ago(10)))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (1, ago(10))


async def test_S27_a_play_in_the_very_moment_of_the_file_counts(house: House, ago: Ago) -> None:
    await serenity(house, ago(30))
    await plex_says(house, seen("501", at=ago(30)), seen("501", at=ago(30) - timedelta(microseconds=1)))

    assert (await merged(house))["12"].play_count == 1


async def test_S27_a_count_goes_whole_by_the_time_of_its_last_play(house: House, ago: Ago) -> None:
    await serenity(house, ago(30))
    await jellyfin_says(
        house,
        seen("a1", at=ago(40), by="1", plays=8, is_count=True),
        seen("a1", at=ago(20), by="2", plays=3, is_count=True),
        seen("a1", at=None, by="3", plays=2, is_count=True),
    )

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (3 + 2, ago(20))


async def test_S27_earlier_plays_count_when_the_owner_says_so(house: House, ago: Ago) -> None:
    await serenity(house, ago(30))
    await plex_says(house, seen("501", at=ago(90)), seen("501", at=ago(10)))
    await house.execute(update(m.Preferences).values(count_earlier_plays=True))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (2, ago(10))


async def test_S27_a_copy_whose_only_plays_are_older_is_known_as_not_watched(house: House, ago: Ago) -> None:
    await serenity(house, ago(30))
    await plex_says(house, seen("501", at=ago(90)))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played, item.watched_by_users) == (0, None, [])
    assert item.watch_evidence_at == house.now


def episode(of: str, number: int | None, at: datetime, **facts: Any) -> Any:
    return seen(of, at=at, season_number=number, episode_id=f"{of}/{number}", **facts)


async def test_a_season_has_its_own_plays_and_the_later_last_play_of_its_show(house: House, ago: Ago) -> None:
    await firefly(house, ago(900))
    await plex_says(house, episode("700", 1, ago(90)), episode("700", 1, ago(80)), episode("700", 2, ago(10)))

    items = await merged(house)

    assert {key: item.play_count for key, item in items.items()} == {"7": 3, "7-s1": 2, "7-s2": 1}
    assert {item.last_played for item in items.values()} == {ago(10)}


async def test_a_season_keeps_its_own_last_play_where_the_owner_says_so(house: House, ago: Ago) -> None:
    await firefly(house, ago(900))
    await plex_says(house, episode("700", 1, ago(90)), episode("700", 2, ago(10)))
    await house.execute(update(m.Preferences).values(season_inherits_show_activity=False))

    items = await merged(house)

    assert [items[key].last_played for key in ("7", "7-s1", "7-s2")] == [ago(10), ago(90), ago(10)]


async def test_an_unseen_season_of_a_watched_show_is_known_as_unseen(house: House, ago: Ago) -> None:
    await firefly(house, ago(500))
    await plex_says(house, episode("700", 1, ago(600)), episode("700", 1, ago(90)))

    item = (await merged(house))["7-s2"]

    assert (item.play_count, item.last_played, item.watch_evidence_at) == (0, ago(90), house.now)


async def test_specials_count_for_the_show_and_for_no_season(house: House, ago: Ago) -> None:
    await firefly(house, ago(900))
    await plex_says(house, episode("700", 0, ago(90)), episode("700", 1, ago(80)))

    items = await merged(house)

    assert [items[key].play_count for key in ("7", "7-s1", "7-s2")] == [2, 1, 0]


@pytest.mark.parametrize(
    ("number", "tells_seasons"), [(None, False), (2, False), (None, True)], ids=["no number", "flag only", "row only"]
)
async def test_seasons_get_the_shows_plays_when_one_source_does_not_tell_them_apart(
    house: House,
    ago: Ago,
    number: int | None,
    tells_seasons: bool,
) -> None:
    await firefly(house, ago(900))
    await plex_says(house, episode("700", 1, ago(90)))
    tautulli = await house.integration(TAUTULLI)
    rows = [episode("700", number, ago(day)) for day in (90, 80, 70)]
    notes = noted(series("700"), tells_seasons=tells_seasons)
    await tell(house, tautulli, Says(plays=rows, servers=[ServerRef("", "machine-plex", PLEX)], notes=notes))

    items = await merged(house)

    assert [items[key].play_count for key in ("7", "7-s1", "7-s2")] == [3, 3, 3]


async def test_a_season_counts_from_its_own_oldest_file(house: House, ago: Ago) -> None:
    await firefly(house, ago(900), second=ago(50))
    await plex_says(house, episode("700", 1, ago(90)), episode("700", 2, ago(80)), episode("700", 2, ago(10)))

    items = await merged(house)

    assert [items[key].play_count for key in ("7", "7-s1", "7-s2")] == [3, 1, 1]


async def test_a_broken_off_start_is_activity_and_no_play(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(5), plays=0))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played, item.watched_by_users) == (0, ago(5), [])


async def test_T79_plays_of_a_show_are_none_of_the_movie_with_its_number(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(900), tmdb_id=1399))
    await own(house, await house.integration(SONARR), show("2", ago(900), tmdb_id=1399))
    plex = await house.integration(PLEX)
    titles: list[SourceTitle] = [film("50", "One", tmdb_id=1399), series("60", "Two", tmdb_id=1399)]
    await tell(house, plex, Says(titles=titles, plays=[seen("60", at=ago(9)), seen("60", at=ago(8))]))

    items = await merged(house)

    assert (items["1"].play_count, items["2"].play_count) == (0, 2)
    assert items["1"].last_played is None


async def test_a_source_that_is_switched_off_drops_out_and_comes_back(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(90)))
    jellyfin = await jellyfin_says(house, seen("a1", at=ago(20), plays=4, is_count=True))
    switch = update(m.Integration).where(m.Integration.id == jellyfin)

    counts = [(await merged(house))["12"].play_count]
    await house.execute(switch.values(enabled=False))
    counts.append((await merged(house))["12"].play_count)
    await house.execute(switch.values(enabled=True))
    counts.append((await merged(house))["12"].play_count)

    assert counts == [5, 1, 5]


async def test_without_any_watch_source_nothing_is_known(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    plex = await plex_says(house, seen("501", at=ago(90)))
    await merged(house)
    await house.execute(update(m.Integration).where(m.Integration.id == plex).values(enabled=False))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played, item.watch_evidence_at) == (None, None, None)
    assert not item.watch_matched


async def test_future_plays_do_not_pass_for_none(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, seen("501", at=ago(-3)))

    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played) == (1, ago(-3))


async def test_a_failed_matter_of_one_source_leaves_the_plays_of_the_others(house: House, ago: Ago) -> None:
    await serenity(house, ago(900))
    await plex_says(house, broken=frozenset({Capability.PLAYS}))
    await jellyfin_says(house, seen("a1", at=ago(20), plays=2, is_count=True))

    item = (await merged(house))["12"]

    assert item.play_count == 2
    assert item.watch_evidence_at is None
