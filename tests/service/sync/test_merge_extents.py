"""A merge does no more than the readings since the last one call for, and comes to the same as a whole one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, IntegrationType
from libs.integrations.audience import PlayNotes, SourceUser, TitleLabel
from services.sync.enrichment.merge import merge, merge_if_outdated
from services.sync.enrichment.state import Extent, claim
from tests.service.sync.rows import House
from tests.service.sync.told import Says, asked, be_silent, film, movie, noted, own, seen, tell

pytestmark = pytest.mark.service

RADARR, PLEX, SEERR = IntegrationType.RADARR, IntegrationType.PLEX, IntegrationType.SEERR
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days before the test began."""
    began = house.now
    return lambda days: began - timedelta(days=days)


@pytest.fixture
async def plex(house: House, ago: Ago) -> int:
    """A Plex with one of two movies, merged."""
    ours = [movie("1", ago(100), "One", tmdb_id=1), movie("2", ago(100), "Two", tmdb_id=2)]
    await own(house, await house.integration(RADARR), *ours)
    source_id = await house.integration(PLEX)
    await tell(house, source_id, said(ago))
    await merge_if_outdated(house.db, house.now)
    house.now += timedelta(hours=7)
    return source_id


def said(ago: Ago, *more: Any, **says: Any) -> Says:
    """What the Plex says each time, and what it says otherwise."""
    usual: dict[str, Any] = {
        "titles": [film("a", "One", tmdb_id=1)],
        "plays": [seen("b", at=ago(2000)), *more],
        "identity": "machine",
        "users": [SourceUser("1", ("kaylee",))],
        "notes": noted(film("b", "Other")),
    }
    return Says(**(usual | says))


async def extent(house: House) -> Extent | None:
    """How much the next merge would do; None: there is nothing to merge."""
    async with house.db.begin() as tx:
        outdated = await claim(tx, patiently=False)
    return None if outdated is None else outdated.extent


async def is_as_after_a_whole_merge(house: House) -> bool:
    await merge_if_outdated(house.db, house.now)
    async with house.db.begin() as tx:
        return await merge(tx) == 0


async def items(house: House) -> dict[str, Any]:
    return {row.external_id: row for row in await house.rows(select(m.MediaItem.__table__))}


def without_time(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name != "watch_evidence_at"}


async def test_a_first_reading_asks_for_everything(house: House, ago: Ago) -> None:
    await tell(house, await house.integration(PLEX), said(ago))

    assert await extent(house) is Extent.TITLES


async def test_without_a_reading_there_is_nothing_to_merge(house: House, plex: int) -> None:
    assert plex
    assert await extent(house) is None


async def test_a_reading_that_tells_the_same_makes_evidence_younger_and_nothing_else(
    house: House, ago: Ago, plex: int
) -> None:
    before = await items(house)

    await tell(house, plex, said(ago))
    found = await extent(house)
    assert await is_as_after_a_whole_merge(house)
    after = await items(house)

    assert found is Extent.TIMES
    assert (before["1"].watch_evidence_at, after["1"].watch_evidence_at) == (ago(0), house.now)
    assert without_time(after["1"]) == without_time(before["1"])
    assert after["2"] == before["2"]
    assert after["2"].watch_evidence_at is None


async def test_requests_told_again_are_younger_evidence_too(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(100), "One", tmdb_id=1))
    desk = await house.integration(SEERR)
    await tell(house, desk, Says(requests=[asked("1", tmdb_id=1, name="kaylee")]))
    await merge_if_outdated(house.db, house.now)
    house.now += timedelta(hours=7)

    await tell(house, desk, Says(requests=[asked("1", tmdb_id=1, name="kaylee")]))
    found = await extent(house)
    assert await is_as_after_a_whole_merge(house)

    assert found is Extent.TIMES
    assert (await items(house))["1"].request_evidence_at == house.now


async def test_old_evidence_stays_old_while_one_source_of_two_is_silent(house: House, ago: Ago, plex: int) -> None:
    jellyfin = await house.integration(IntegrationType.JELLYFIN)
    await tell(house, jellyfin, said(ago, identity="jelly"))
    await merge_if_outdated(house.db, house.now)
    read_at, house.now = house.now, house.now + timedelta(hours=9)

    await tell(house, jellyfin, said(ago, identity="jelly"))
    await be_silent(house, plex)
    assert await is_as_after_a_whole_merge(house)

    assert (await items(house))["1"].watch_evidence_at == read_at - timedelta(hours=7)


CHANGES: dict[str, tuple[Callable[[Ago], Says], Extent]] = {
    "play": (lambda ago: said(ago, seen("a", at=ago(1))), Extent.FACTS),
    "addition": (lambda ago: said(ago, seen("a", at=ago(1)), is_addition=True), Extent.FACTS),
    "label": (lambda ago: said(ago, labels=[TitleLabel("a", "keep")]), Extent.FACTS),
    "person": (lambda ago: said(ago, users=[SourceUser("1", ("Kaylee F.",))]), Extent.FACTS),
    "forgotten title": (lambda ago: said(ago, notes=PlayNotes()), Extent.TITLES),
    "older history": (lambda ago: said(ago, seen("b", at=ago(3000))), Extent.FACTS),
    "seasons": (lambda ago: said(ago, notes=noted(film("b", "Other"), tells_seasons=False)), Extent.FACTS),
    "title": (lambda ago: said(ago, titles=[film("a", "One", tmdb_id=1), film("c", "Two", tmdb_id=2)]), Extent.TITLES),
    "ids": (lambda ago: said(ago, titles=[film("a", "One", tmdb_id=2)]), Extent.TITLES),
    "named title": (lambda ago: said(ago, notes=noted(film("b", "One"))), Extent.TITLES),
    "machine": (lambda ago: said(ago, identity="another"), Extent.TITLES),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_changed_is_merged_and_no_less(house: House, ago: Ago, plex: int, change: str) -> None:
    says, expected = CHANGES[change]

    await tell(house, plex, says(ago))
    found = await extent(house)

    assert found is expected
    assert await is_as_after_a_whole_merge(house)


async def test_changes_of_several_readings_add_up(house: House, ago: Ago, plex: int) -> None:
    await tell(house, plex, said(ago, titles=[film("a", "One", tmdb_id=2)]))
    await tell(house, plex, said(ago, titles=[film("a", "One", tmdb_id=2)], labels=[TitleLabel("a", "keep")]))
    await tell(house, plex, said(ago, titles=[film("a", "One", tmdb_id=2)], labels=[TitleLabel("a", "keep")]))

    assert await extent(house) is Extent.TITLES
    assert await is_as_after_a_whole_merge(house)


async def test_a_reading_that_failed_asks_for_nothing_more(house: House, ago: Ago, plex: int) -> None:
    before = await items(house)
    await tell(house, plex, said(ago, broken=frozenset({Capability.PLAYS, Capability.TITLES})))
    found = await extent(house)
    await merge_if_outdated(house.db, house.now)

    assert found is Extent.TIMES
    assert await items(house) == before


async def test_the_first_whole_reading_of_a_matter_counts_even_when_it_is_empty(house: House, ago: Ago) -> None:
    await own(house, await house.integration(RADARR), movie("1", ago(100), "One", tmdb_id=1))
    source_id = await house.integration(PLEX)
    await tell(house, source_id, said(ago, plays=[], notes=PlayNotes(), broken=frozenset({Capability.PLAYS})))
    await merge_if_outdated(house.db, house.now)
    before = (await items(house))["1"].play_count

    await tell(house, source_id, said(ago, plays=[], notes=PlayNotes()))
    found = await extent(house)
    await merge_if_outdated(house.db, house.now)

    assert (before, found, (await items(house))["1"].play_count) == (None, Extent.FACTS, 0)


@pytest.mark.parametrize("choice", ["count_earlier_plays", "season_inherits_show_activity"])
async def test_another_choice_of_the_owner_is_merged_without_a_reading(
    house: House, ago: Ago, plex: int, choice: str
) -> None:
    await tell(house, plex, said(ago, seen("a", at=ago(500))))
    await merge_if_outdated(house.db, house.now)
    before = (await items(house))["1"].play_count
    chosen = getattr(m.Preferences, choice)

    await house.execute(update(m.Preferences).values({chosen: func.not_(chosen)}))
    found = await extent(house)
    assert await is_as_after_a_whole_merge(house)

    assert found is Extent.FACTS
    assert await extent(house) is None
    assert (await items(house))["1"].play_count == (before + 1 if choice == "count_earlier_plays" else before)
