"""Items of single titles merged alone: only where a merge of everything would come to the same."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, MediaType
from libs.integrations.models import SourceItem
from services.sync.catalogue import queries as catalogue_queries
from services.sync.catalogue.columns import SOURCE_COLUMNS
from services.sync.catalogue.rows import row_of
from services.sync.enrichment.local import TitleChange
from services.sync.enrichment.merge import merge, merge_if_outdated, merge_titles
from services.sync.enrichment.state import mark_outdated
from services.sync.refresh.items import change_of
from services.sync.refresh.staged import stage
from tests.service.sync.rows import House
from tests.service.sync.told import Says, asked, film, movie, own, season, seen, show, tell
from tests.service.sync.worlds import World, catalogue, told, worlds

pytestmark = pytest.mark.service

RADARR, PLEX, SEERR, SONARR = (
    IntegrationType.RADARR,
    IntegrationType.PLEX,
    IntegrationType.SEERR,
    IntegrationType.SONARR,
)
Ago = Callable[[float], datetime]


@pytest.fixture
def ago(house: House) -> Ago:
    """The time so many days before the test began."""
    began = house.now
    return lambda days: began - timedelta(days=days)


@pytest.fixture
async def radarr(house: House, ago: Ago) -> int:
    """Three movies, two of which a Plex has. It knows a fourth title that is not ours, and one of them was played."""
    source_id = await house.integration(RADARR)
    await own(house, source_id, *(movie(str(n), ago(100), f"Movie {n}", tmdb_id=n) for n in (1, 2, 3)))
    titles = [film("a", "Movie 1", tmdb_id=1), film("b", "Movie 2", tmdb_id=2), film("z", "Other", tmdb_id=99)]
    plex = await house.integration(PLEX)
    await tell(house, plex, Says(titles=titles, plays=[seen("a", at=ago(10))], identity="machine"))
    await merge_if_outdated(house.db, house.now)
    return source_id


async def read_alone(house: House, source_id: int, native_id: str, *items: SourceItem) -> TitleChange | None:
    """What a targeted read of the title keeps."""
    async with house.db.begin() as tx:
        snapshot_id = (await tx.execute(select(m.MediaItem.snapshot_id).limit(1))).scalar_one()
        await stage(tx, catalogue_queries.STAGED, SOURCE_COLUMNS, map(row_of, items))
        title = catalogue_queries.Title(source_id, native_id, snapshot_id=snapshot_id)
        merged = await catalogue_queries.merge_title(tx, title, shows_only=False, seen_at=house.now)
        return change_of(merged, await mark_outdated(tx) if merged.wants_enrichment else None)


async def merged_alone(house: House, *changes: TitleChange | None) -> int | None:
    """How many items that changed; None: it will not do, and nothing was done."""
    known = [change for change in changes if change is not None]
    assert len(known) == len(changes)
    async with house.db.connect() as conn:
        changed = await merge_titles(conn, known)
        await (conn.rollback() if changed is None else conn.commit())
    return changed


async def changed_by_a_whole_merge(house: House) -> int:
    async with house.db.begin() as tx:
        return await merge(tx)


async def items(house: House) -> Mapping[str, Any]:
    return {row.external_id: row for row in await house.rows(select(m.MediaItem.__table__))}


async def test_movie_that_nobody_else_knows_is_merged_alone(house: House, radarr: int, ago: Ago) -> None:
    change = await read_alone(house, radarr, "4", movie("4", ago(1), "Movie 4", tmdb_id=4))

    changed = await merged_alone(house, change)

    assert changed == 1
    assert await changed_by_a_whole_merge(house) == 0
    assert set((await items(house))["4"].watch_evidence.values()) == {"absent"}


@pytest.mark.parametrize(("title", "tmdb_id"), [("Movie 4", 99), ("Other", 4)], ids=["id", "title"])
async def test_movie_that_a_server_may_have_is_not(
    house: House, radarr: int, ago: Ago, title: str, tmdb_id: int
) -> None:
    change = await read_alone(house, radarr, "4", movie("4", ago(1), title, tmdb_id=tmdb_id))

    assert await merged_alone(house, change) is None


async def test_movie_that_makes_a_server_know_too_little_is_not(house: House, radarr: int, ago: Ago) -> None:
    changes = [await read_alone(house, radarr, str(n), movie(str(n), ago(1), f"Movie {n}", tmdb_id=n)) for n in (4, 5)]

    assert await merged_alone(house, *changes) is None
    assert await changed_by_a_whole_merge(house) > len(changes)


async def test_movie_somebody_asked_for_is_merged_alone(house: House, radarr: int, ago: Ago) -> None:
    await tell(house, await house.integration(SEERR), Says(requests=[asked("1", tmdb_id=4, name="kaylee")]))
    await merge_if_outdated(house.db, house.now)
    change = await read_alone(house, radarr, "4", movie("4", ago(1), "Movie 4", tmdb_id=4))

    changed = await merged_alone(house, change)

    assert changed == 1
    assert (await items(house))["4"].requested_by == "kaylee"
    assert await changed_by_a_whole_merge(house) == 0


async def test_movie_that_takes_a_request_from_another_is_not(house: House, radarr: int, ago: Ago) -> None:
    await read_alone(house, radarr, "3", movie("3", ago(100), "Movie 3", imdb_id="tt3"))
    desk = await house.integration(SEERR)
    await tell(house, desk, Says(requests=[asked("1", tmdb_id=4, imdb_id="tt3", name="kaylee")]))
    await merge_if_outdated(house.db, house.now)
    before = (await items(house))["3"].requested
    change = await read_alone(house, radarr, "4", movie("4", ago(1), "Movie 4", tmdb_id=4))

    assert await merged_alone(house, change) is None
    await changed_by_a_whole_merge(house)
    assert (before, (await items(house))["3"].requested) == (True, False)


async def test_movie_with_another_file_has_its_plays_counted_anew(house: House, radarr: int, ago: Ago) -> None:
    before = (await items(house))["1"].play_count
    change = await read_alone(house, radarr, "1", movie("1", ago(1), "Movie 1", tmdb_id=1))

    changed = await merged_alone(house, change)

    assert (before, changed, (await items(house))["1"].play_count) == (1, 1, 0)
    assert await changed_by_a_whole_merge(house) == 0


async def test_movie_with_another_file_leaves_a_request_to_the_movie_it_fits_better(
    house: House, radarr: int, ago: Ago
) -> None:
    await read_alone(house, radarr, "4", movie("4", ago(100), "Movie 4", tmdb_id=4, imdb_id="tt4"))
    desk = await house.integration(SEERR)
    await tell(house, desk, Says(requests=[asked("1", tmdb_id=3, imdb_id="tt4", name="kaylee")]))
    await merge_if_outdated(house.db, house.now)
    change = await read_alone(house, radarr, "4", movie("4", ago(1), "Movie 4", tmdb_id=4, imdb_id="tt4"))

    assert await merged_alone(house, change) is not None

    now = await items(house)
    assert (now["3"].requested, now["4"].requested) == (True, False)
    assert await changed_by_a_whole_merge(house) == 0


async def test_season_that_came_is_merged_with_its_show(house: House, ago: Ago) -> None:
    sonarr = await house.integration(SONARR)
    whole, first = show("7", ago(100), tvdb_id=7), season("7", 1, ago(100))
    await own(house, sonarr, whole, first)
    await merge_if_outdated(house.db, house.now)
    change = await read_alone(house, sonarr, "7", whole, first, season("7", 2, ago(1)))

    await merged_alone(house, change)

    assert change is not None
    assert (len(change.item_ids), len(change.added)) == (3, 1)
    assert await changed_by_a_whole_merge(house) == 0


@pytest.mark.parametrize("now", [[], [{"tmdb_id": 99}], [{"tmdb_id": 1, "path": "/elsewhere"}]], ids=str)
async def test_what_goes_or_becomes_another_needs_a_whole_merge(
    house: House, radarr: int, ago: Ago, now: list[dict[str, Any]]
) -> None:
    change = await read_alone(house, radarr, "1", *(movie("1", ago(100), "Movie 1", **facts) for facts in now))

    assert change is None


async def test_reading_in_between_has_everything_merged(house: House, radarr: int, ago: Ago) -> None:
    change = await read_alone(house, radarr, "4", movie("4", ago(1), "Movie 4", tmdb_id=4))
    jellyfin = await house.integration(IntegrationType.JELLYFIN)
    says = Says(titles=[film("j", "Movie 3", tmdb_id=3)], plays=[seen("j", at=ago(2))], identity="jelly")
    await tell(house, jellyfin, says)

    assert change is not None
    await merge_if_outdated(house.db, house.now, changes=[change])

    assert (await items(house))["3"].play_count == 1
    assert await changed_by_a_whole_merge(house) == 0


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # `told` empties the database for every example
)
@given(world=worlds(), chance=st.randoms(use_true_random=False))
async def test_merging_alone_comes_to_the_same_as_a_whole_merge(house: House, world: World, chance: Random) -> None:
    movies = [(name, each) for name, owned in world.owners.items() for each in owned if is_movie(each)]
    assume(movies)
    owner, item = chance.choice(movies)
    owned = [each for each in world.owners[owner] if each is not item]
    known = await told(house, replace(world, owners={**world.owners, owner: owned}))
    await catalogue(house)
    if chance.random() < 0.5:
        item = replace(item, tmdb_id=4, imdb_id=None, title="Nowhere Else", path="/nowhere")
    change = await read_alone(house, known.ids[owner], item.external_id, item) if owned else None

    if change is not None and await merged_alone(house, change) is not None:
        assert await changed_by_a_whole_merge(house) == 0


def is_movie(item: SourceItem) -> bool:
    return item.media_type is MediaType.MOVIE
