"""What we deleted and is there again is told once, and is not deleted again without being asked for (S-18)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, Trigger
from libs.simulator.builders import fill
from libs.simulator.specs import GB, MovieSpec
from services.deleter.queries_departed import prune_departed
from services.engine.evaluation import Evaluation, evaluate
from services.engine.facts import load_facts
from services.engine.selection.candidates import select_candidates
from services.engine.selection.eligibility import Why
from services.sync.catalogue.returns import notice_returns
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


async def _deleted(town: Town, key: str, external_id: str) -> None:
    await town.owner.enqueue(await town.job(key, external_id))
    await town.drain()
    await _read_after(town, timedelta(minutes=5))


async def _read_after(town: Town, pause: timedelta) -> None:
    town.owner.clock.jump(seconds=pause.total_seconds())
    await town.read()


def _fetched_again(town: Town, **columns: Any) -> None:
    """The movie comes back as an import list brings it: the same title under a new number."""
    world, radarr = town.server.world, town.server.world.instances["radarr"]
    town.server.do(
        lambda: fill(world, radarr, movies=[MovieSpec(title="Movie 1", id=77, size_bytes=20 * GB, **columns)])
    )


async def _evaluated(town: Town) -> Evaluation:
    async with town.owner.db.connect() as conn:
        facts = await load_facts(conn, town.owner.clock.now())
    return await evaluate(town.owner.db.url, facts)


async def _held(town: Town) -> list[str]:
    ranked = (await _evaluated(town)).ranked
    return sorted(ranked.filter(ranked[Why.RETURNED])["external_id"])


async def _goes(town: Town, mode: ExecutionMode, external_id: str) -> bool:
    """Whether a run would choose it if everything had to go."""
    ranked = (await _evaluated(town)).ranked
    return external_id in select_candidates(ranked, town.group_id, 2000 * GB, mode).chosen["external_id"]


async def _remembered(town: Town) -> list[str]:
    return [row.external_id for row in await town.owner.rows(select(m.DepartedItem.external_id))]


async def test_S18_item_that_comes_back_under_a_new_number_is_told_once_and_held_for_its_days(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    _fetched_again(town, tmdb_id=movie.tmdb_id)

    await _read_after(town, timedelta(days=3))
    await _read_after(town, timedelta(hours=1))
    told, held = await town.owner.events("safety"), await _held(town)
    town.owner.clock.jump(seconds=timedelta(days=30).total_seconds())

    assert told == ["item_returned"]
    assert held == ["77"]
    assert await _held(town) == []


async def test_S18_what_came_back_is_left_to_a_person_until_its_days_are_over(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    _fetched_again(town, tmdb_id=movie.tmdb_id)
    await _read_after(town, timedelta(days=3))

    offered = [await _goes(town, mode, "77") for mode in (ExecutionMode.AUTO, ExecutionMode.APPROVAL)]
    town.owner.clock.jump(days=30)

    assert offered == [False, True]
    assert await _goes(town, ExecutionMode.AUTO, "77")


async def test_S18_entry_comes_back_with_its_files_and_not_before(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    _fetched_again(town, tmdb_id=movie.tmdb_id, has_file=False)
    await _read_after(town, timedelta(days=1))
    wanted_again = await town.owner.events("safety")

    again = town.server.world.instances["radarr"].movies[77]
    town.server.do(lambda: setattr(again, "file", movie.file))
    town.server.do(lambda: setattr(again, "revision", again.revision + 1))
    await _read_after(town, timedelta(days=1))

    assert wanted_again == []
    assert await town.owner.events("safety") == ["item_returned"]


async def test_S18_catalogue_from_before_the_deletion_shows_no_return(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.drain()

    async with town.owner.db.begin() as tx:
        returned = await notice_returns(tx, town.ids["radarr"], None, town.owner.clock.now())

    assert returned == 0
    assert await _remembered(town) == ["1"]


async def test_S18_what_was_deleted_is_remembered_for_its_days_and_not_longer(town: Town) -> None:
    await _deleted(town, "radarr", "1")
    left = []

    for days in (29, 2):
        town.owner.clock.jump(days=days)
        async with town.owner.db.begin() as tx:
            await prune_departed(tx, town.owner.clock.now(), 100)
        left.append(await _remembered(town))

    assert left == [["1"], []]


async def test_S18_other_title_under_a_former_number_has_not_come_back(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    world, radarr = town.server.world, town.server.world.instances["radarr"]
    other = MovieSpec(title="Another", id=1, tmdb_id=movie.tmdb_id + 50_000, size_bytes=GB)
    town.server.do(lambda: fill(world, radarr, movies=[other]))
    town.server.do(lambda: setattr(radarr.movies[1], "revision", 99))  # what the former one was rendered as is not it

    await _read_after(town, timedelta(days=1))

    assert await town.owner.events("safety") == []
    assert await _held(town) == []


async def test_S18_return_behind_its_days_or_with_the_guard_off_is_nobodys_business(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    await town.owner.prefer(boomerang_days=0)
    _fetched_again(town, tmdb_id=movie.tmdb_id)
    await _read_after(town, timedelta(days=1))
    await town.owner.prefer(boomerang_days=2)

    await _read_after(town, timedelta(days=2))

    assert await town.owner.events("safety") == []


async def test_S18_season_whose_files_are_back_is_held_and_stays_unmonitored(town: Town) -> None:
    show = town.server.world.instances["sonarr"].shows[1]
    files = list(show.seasons[1].files)
    await _deleted(town, "sonarr", "1-s2")
    town.server.do(lambda: show.seasons[1].files.extend(files))
    town.server.do(lambda: setattr(show, "revision", show.revision + 1))

    await _read_after(town, timedelta(days=1))

    assert await _held(town) == ["1-s2"]
    assert show.seasons[1].monitored is False


async def test_S18_person_may_delete_it_again(town: Town) -> None:
    movie = town.server.world.instances["radarr"].movies[1]
    await _deleted(town, "radarr", "1")
    _fetched_again(town, tmdb_id=movie.tmdb_id)
    await _read_after(town, timedelta(days=1))
    await town.score()
    await town.owner.enqueue(await town.job("radarr", "77", trigger=Trigger.USER))

    await town.drain()

    assert [target for _, target in town.deleted] == ["1", "77"]


async def test_deletion_that_never_happened_leaves_nothing_to_come_back(town: Town) -> None:
    await town.owner.enqueue(await town.job("radarr", "1"))
    await town.owner.execute(update(m.MediaItem).values(last_played=town.owner.clock.now() + timedelta(seconds=1)))
    await town.drain()

    await _read_after(town, timedelta(days=1))

    assert await _remembered(town) == []
    assert await town.owner.events("safety") == []
