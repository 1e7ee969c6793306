"""What a reading that failed, came in part, or only added something does to what is known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, HoldCode, IntegrationType
from libs.integrations.audience import Play, PlayNotes, ServerRef, SourceTitle, TitleLabel
from services.sync.audience.queries import FULL_EVERY, plays_wanted_since
from tests.service.sync.rows import House
from tests.service.sync.told import (
    BROKEN,
    Says,
    be_silent,
    film,
    merged,
    movie,
    noted,
    own,
    reading,
    seen,
    tell,
)

pytestmark = pytest.mark.service

PLEX, TAUTULLI, RADARR = IntegrationType.PLEX, IntegrationType.TAUTULLI, IntegrationType.RADARR
TITLES, PLAYS = Capability.TITLES, Capability.PLAYS
SERENITY = 16320
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days ago, as the house's clock stands."""
    return lambda days: house.now - timedelta(days=days)


async def plex_with_serenity(house: House, ago: Ago) -> int:
    """One movie, a Plex that knows it, and nothing read yet."""
    await own(house, await house.integration(RADARR), movie("12", ago(400), tmdb_id=SERENITY))
    return await house.integration(PLEX)


def serenity(*plays: Play, **says: Any) -> Says:
    return Says(titles=[film("501", tmdb_id=SERENITY)], plays=plays, identity="machine", **says)


async def since(house: House, source_id: int) -> datetime | None:
    async with house.db.connect() as conn:
        return await plays_wanted_since(conn, source_id, house.now)


async def test_T72_a_server_that_never_answered_leaves_plays_unknown(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)

    await be_silent(house, plex)
    item = (await merged(house))["12"]

    assert (item.play_count, item.last_played, item.watch_evidence_at) == (None, None, None)
    assert item.watch_evidence == {str(plex): "unread"}
    assert not item.watch_matched


async def test_T72_a_server_that_stops_answering_keeps_its_last_word_with_its_age(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90))))
    asked_at, house.now = house.now, house.now + timedelta(days=3)

    await be_silent(house, plex)
    item = (await merged(house))["12"]

    assert (item.play_count, item.watch_evidence_at) == (1, asked_at)
    kept = await reading(house, plex, PLAYS)
    assert (kept.complete_at, kept.failed_at, kept.error) == (asked_at, house.now, BROKEN.error)


async def test_T73_S08_a_history_that_broke_off_leaves_the_former_plays_and_notes_why(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=ago(80))))
    asked_at, house.now = house.now, house.now + timedelta(hours=5)

    failure = await tell(house, plex, serenity(seen("501", at=ago(70)), broken=frozenset({PLAYS})))
    item = (await merged(house))["12"]

    plays, titles = await reading(house, plex, PLAYS), await reading(house, plex, TITLES)
    assert failure == BROKEN
    assert (item.play_count, item.watch_evidence_at) == (2, asked_at)
    assert (plays.complete_at, plays.failed_at, plays.error_class) == (asked_at, house.now, BROKEN.error_class)
    assert (titles.complete_at, titles.failed_at) == (house.now, None)


async def test_T74_a_library_that_broke_off_leaves_the_former_titles(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90))))

    await tell(house, plex, Says(plays=[seen("501", at=ago(90))], identity="machine", broken=frozenset({TITLES})))
    item = (await merged(house))["12"]

    assert item.play_count == 1
    assert (await reading(house, plex, TITLES)).rows == 1


async def test_a_read_that_succeeds_again_forgets_the_failure(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90))))
    await be_silent(house, plex)

    await tell(house, plex, serenity(seen("501", at=ago(90))))

    kept = await reading(house, plex, PLAYS)
    assert (kept.failed_at, kept.error_class, kept.error) == (None, "", "")


async def test_an_addition_adds_plays_and_leaves_the_time_of_the_full_read(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(500)), seen("501", at=ago(90))))
    full_at, house.now = house.now, house.now + timedelta(days=2)

    await tell(house, plex, serenity(seen("501", at=ago(1)), is_addition=True))
    item = (await merged(house))["12"]

    kept = await reading(house, plex, PLAYS)
    assert (item.play_count, item.last_played) == (2, ago(1))
    assert (kept.complete_at, kept.full_at, kept.rows) == (house.now, full_at, 3)
    assert kept.covers_since == full_at - timedelta(days=500)


async def test_an_addition_that_overlaps_counts_no_play_twice(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=ago(2))))

    await tell(house, plex, serenity(seen("501", at=ago(2)), seen("501", at=ago(1)), is_addition=True))

    assert (await merged(house))["12"].play_count == 3


async def test_an_addition_with_nothing_new_keeps_everything(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(*(seen("501", at=ago(day)) for day in range(20, 50))))
    house.now += timedelta(hours=1)

    failure = await tell(house, plex, serenity(is_addition=True))
    item = (await merged(house))["12"]

    assert failure is None
    assert (item.play_count, item.watch_evidence_at) == (30, house.now)


async def test_a_row_that_vanished_stays_until_the_next_full_read(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    stays = [seen("501", at=ago(day)) for day in range(20, 32)]
    vanishes = seen("501", at=ago(10))
    await tell(house, plex, serenity(*stays, vanishes))

    await tell(house, plex, serenity(is_addition=True))
    after_addition = (await merged(house))["12"].play_count
    await tell(house, plex, serenity(*stays))
    after_full = (await merged(house))["12"].play_count

    assert (after_addition, after_full) == (13, 12)


async def test_plays_are_read_from_the_newest_on_and_from_the_beginning_once_a_week(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    at_first = await since(house, plex)
    newest, beyond = ago(1), ago(-9)
    await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=newest), seen("501", at=beyond)))
    full_at = house.now

    afterwards = await since(house, plex)
    house.now = full_at + FULL_EVERY
    within_the_week = await since(house, plex)
    house.now += timedelta(seconds=1)
    after_it = await since(house, plex)

    assert (at_first, afterwards, within_the_week, after_it) == (None, newest, newest, None)


async def test_additions_do_not_put_off_the_weekly_full_read(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90))))
    house.now += timedelta(days=6)
    await tell(house, plex, serenity(seen("501", at=ago(1)), is_addition=True))
    house.now += timedelta(days=2)

    assert await since(house, plex) is None


async def test_a_failed_read_is_made_up_for_by_the_next_addition(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    newest = ago(3)
    await tell(house, plex, serenity(seen("501", at=newest)))
    house.now += timedelta(days=2)

    await be_silent(house, plex)

    assert await since(house, plex) == newest


async def test_what_an_addition_does_not_show_again_stays_noted(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    notes = PlayNotes(is_partial="Some people are not recorded.", tells_seasons=False, unresolved=7)
    await tell(house, plex, serenity(seen("501", at=ago(90)), notes=notes))

    await tell(house, plex, serenity(seen("501", at=ago(1)), is_addition=True))
    added = await reading(house, plex, PLAYS)
    await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=ago(1))))
    full = await reading(house, plex, PLAYS)

    assert (added.partial, added.tells_seasons, added.unresolved) == ("Some people are not recorded.", False, 7)
    assert (full.partial, full.tells_seasons, full.unresolved) == ("", True, 0)


async def test_plays_of_a_title_that_left_the_library_still_count_between_full_reads(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=ago(80))))
    again: list[SourceTitle] = [film("777", tmdb_id=SERENITY)]

    await tell(house, plex, Says(titles=again, identity="machine", is_addition=True))
    item = (await merged(house))["12"]
    listed = (await reading(house, plex, TITLES)).rows

    assert (item.play_count, item.last_played) == (2, ago(80))
    assert listed == 1


async def test_a_title_that_left_the_library_is_known_by_its_ids_as_long_as_plays_name_it(
    house: House, ago: Ago
) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(seen("501", at=ago(90))))
    named = noted(film("501", "Serenity", year=None))
    again: list[SourceTitle] = [film("777", tmdb_id=SERENITY)]

    await tell(house, plex, Says(titles=again, plays=[seen("501", at=ago(90))], identity="machine", notes=named))
    still = (await merged(house))["12"].play_count
    other = noted(film("501", "Something Else", year=None))
    await tell(house, plex, Says(titles=again, plays=[seen("501", at=ago(90))], identity="machine", notes=other))
    reused = (await merged(house))["12"].play_count

    assert (still, reused) == (1, 0)


async def test_a_title_without_plays_goes_with_the_library(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity())

    await tell(house, plex, Says(titles=[film("9", "Other")], identity="machine"))
    item = (await merged(house))["12"]

    assert item.play_count is None
    assert [row.native_id for row in await house.rows(select(m.SourceTitle.native_id))] == ["9"]


async def test_titles_that_only_plays_name_go_when_no_play_names_them(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("12", ago(400), tmdb_id=SERENITY))
    tautulli = await house.integration(TAUTULLI)
    of_plex = [ServerRef("", "machine", PLEX)]
    await tell(house, tautulli, Says(plays=[seen("501", at=ago(9))], servers=of_plex, notes=noted(film("501"))))

    await tell(house, tautulli, Says(servers=of_plex, is_addition=True))
    added = len(await house.rows(select(m.SourceTitle.native_id)))
    await tell(house, tautulli, Says(servers=of_plex))
    full = len(await house.rows(select(m.SourceTitle.native_id)))

    assert (added, full) == (1, 0)


async def test_a_sudden_drop_of_plays_is_believed_at_the_second_read_that_agrees(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    many = [seen("501", at=ago(day)) for day in range(10, 30)]
    await tell(house, plex, serenity(*many))

    first = await tell(house, plex, serenity(*many[:5]))
    doubted = (await merged(house))["12"].play_count
    second = await tell(house, plex, serenity(*many[:5]))
    believed = (await merged(house))["12"].play_count

    assert first is not None
    assert "told 5 plays where it told 20 before" in first.error
    assert (doubted, second, believed) == (20, None, 5)


async def test_a_drop_that_was_only_a_moment_of_weakness_leaves_no_suspicion(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    many = [seen("501", at=ago(day)) for day in range(10, 30)]
    await tell(house, plex, serenity(*many))
    await tell(house, plex, serenity(*many[:5]))

    await tell(house, plex, serenity(*many))
    again = await tell(house, plex, serenity(*many[:5]))

    assert again is not None
    assert (await merged(house))["12"].play_count == 20


async def test_an_addition_is_small_and_no_reason_for_doubt(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    await tell(house, plex, serenity(*(seen("501", at=ago(day)) for day in range(10, 30))))

    assert await tell(house, plex, serenity(seen("501", at=ago(1)), is_addition=True)) is None


async def test_other_matters_are_doubted_each_by_itself(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    labels = [TitleLabel("501", f"label {number}") for number in range(12)]
    await tell(house, plex, serenity(seen("501", at=ago(90)), labels=labels))

    failure = await tell(house, plex, serenity(seen("501", at=ago(90)), seen("501", at=ago(2))))
    item = (await merged(house))["12"]

    assert failure is not None
    assert len(item.labels) == 12
    assert item.play_count == 2


def library(count: int) -> list[SourceTitle]:
    return [film(str(number), f"Movie {number}", tmdb_id=number) for number in range(1, count + 1)]


async def holds(house: House) -> list[Any]:
    return await house.rows(select(m.Hold.__table__).where(m.Hold.code == HoldCode.SOURCE_SHRANK))


async def test_S09_a_library_that_lost_most_of_its_titles_trips_the_breaker_and_stays(house: House) -> None:
    plex = await house.integration(PLEX)
    await tell(house, plex, Says(titles=library(40), identity="machine"))

    for _ in range(3):
        failure = await tell(house, plex, Says(titles=library(19), identity="machine"))

    (hold,) = await holds(house)
    assert failure is not None
    assert (hold.integration_id, hold.breaker, hold.released_at) == (plex, True, None)
    assert (hold.details["expected"], hold.details["rowsRead"]) == (40, 19)
    assert (await reading(house, plex, TITLES)).rows == 40
    assert await house.events() == ["breaker_tripped"]


async def test_S09_a_person_releases_the_breaker_and_the_small_library_is_taken(house: House) -> None:
    plex = await house.integration(PLEX)
    await tell(house, plex, Says(titles=library(40), identity="machine"))
    await tell(house, plex, Says(titles=library(19), identity="machine"))
    await house.execute(update(m.Hold).values(released_at=house.now, released_by="mal"))

    smaller_still = await tell(house, plex, Says(titles=library(3), identity="machine"))
    await house.execute(update(m.Hold).where(m.Hold.released_at.is_(None)).values(released_at=house.now))
    unreleased = await tell(house, plex, Says(titles=library(3), identity="machine"))
    await house.execute(update(m.Hold).values(released_at=house.now, released_by="mal"))
    taken = await tell(house, plex, Says(titles=library(3), identity="machine"))

    assert smaller_still is not None
    assert unreleased is not None
    assert taken is None
    assert (await reading(house, plex, TITLES)).rows == 3


async def test_S09_titles_that_only_plays_name_do_not_hide_a_shrinking_library(house: House, ago: Ago) -> None:
    plex = await house.integration(PLEX)
    named = noted(*(film(f"gone {number}", f"Gone {number}") for number in range(60)))
    await tell(house, plex, Says(titles=library(40), plays=[seen("1", at=ago(3))], identity="machine", notes=named))

    failure = await tell(house, plex, Says(titles=library(21), identity="machine", is_addition=True))

    assert failure is None
    assert (await reading(house, plex, TITLES)).rows == 21


async def test_S06_an_outage_of_every_source_changes_no_fact(house: House, ago: Ago) -> None:
    plex = await plex_with_serenity(house, ago)
    seerr = await house.integration(IntegrationType.SEERR)
    labels = [TitleLabel("501", "keep")]
    await tell(house, plex, serenity(seen("501", at=ago(90)), labels=labels))
    await tell(house, seerr, Says())
    before = (await merged(house))["12"]
    house.now += timedelta(days=9)

    for source in (plex, seerr):
        await be_silent(house, source)
    after = (await merged(house))["12"]

    assert after == before
