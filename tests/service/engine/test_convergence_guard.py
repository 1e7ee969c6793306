"""No new batch for a disk on which the space of the former one has not appeared (S-14)."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from libs.common.db import models as m
from libs.common.domain.enums import HoldCode
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, TB, Library

pytestmark = pytest.mark.service

EXPECTED = 200
"""GB: two movies bring the disk from 90 % to its target of 75 %."""


async def _deleted_batch(library: Library, *, threshold_pct: int = 85) -> int:
    """The first batch has been carried out; answers the disk group."""
    radarr, group = await library.integration(), await library.group(used_pct=90, threshold_pct=threshold_pct)
    for number in range(11, 21):
        await library.item(radarr, group, number)
    await library.run()
    assert len(await library.queued()) == 2
    await _carry_out(library)
    return group


async def _carry_out(library: Library) -> None:
    """Everything queued is deleted, and its source does not list it any more."""
    gone = await library.queued()
    await library.end_jobs("deleted")
    await library.execute(delete(m.MediaItem).where(m.MediaItem.external_id.in_(gone)))


async def _reading(library: Library, group: int, appeared_gb: int, *, after: timedelta = timedelta(minutes=5)) -> None:
    """The disk is read again so much later, and so many gigabytes less are used than before the batch."""
    library.clock.jump(seconds=after.total_seconds())
    used = int(TB * 0.9) - appeared_gb * GIB
    row = m.DiskGroup
    await library.execute(update(row).where(row.id == group).values(used_bytes=used, read_at=library.now))


@pytest.mark.parametrize(("appeared_gb", "queued"), [(0, 2), (99, 2), (100, 3)])
async def test_S14_new_batch_waits_for_the_share_of_space_that_the_owner_asks_for(
    library: Library, engine: Leader, appeared_gb: int, queued: int
) -> None:
    group = await _deleted_batch(library, threshold_pct=78)
    await _reading(library, group, appeared_gb)

    run = await library.run()

    held = queued == 2
    assert len(await library.queued()) == queued
    assert await library.open_holds() == ([(HoldCode.NOT_CONVERGING, group, None)] if held else [])
    assert (await library.outcome(run.id, group)).held_code == (HoldCode.NOT_CONVERGING if held else "")


async def test_S14_hold_tells_its_figures_and_ends_by_itself_when_the_space_comes(
    library: Library, engine: Leader
) -> None:
    group = await _deleted_batch(library, threshold_pct=78)
    await _reading(library, group, 10)
    await library.run()
    (hold,) = await library.rows(m.Hold)

    await _reading(library, group, 110)
    await library.run()

    assert (hold.breaker, hold.message) == (
        False,
        "200.0 GB were deleted on /data, and only 10.0 GB have appeared as free space, less than 50 %",
    )
    assert (hold.details["expectedBytes"], hold.details["appearedBytes"]) == (EXPECTED * GIB, 10 * GIB)
    assert await library.open_holds() == []
    assert len(await library.queued()) == 3


async def test_S14_space_that_never_comes_trips_a_breaker_and_a_release_lets_one_batch_go(
    library: Library, engine: Leader
) -> None:
    group = await _deleted_batch(library)
    await _reading(library, group, 0)
    await library.run()
    await _reading(library, group, 0, after=timedelta(minutes=56))
    await library.run()
    await library.run()
    asked, before = await library.events("breaker_tripped"), await library.queued()

    standing = update(m.Hold).where(m.Hold.released_at.is_(None))
    await library.execute(standing.values(released_at=library.now, released_by="owner"))
    await library.run()
    after = await library.queued()
    await _carry_out(library)
    await _reading(library, group, 0)
    await library.run()

    assert (len(asked), len(before), len(after)) == (1, 2, 4)
    assert await library.queued() == after, "what was released is not released again"
    assert (HoldCode.NOT_CONVERGING, group, None) in await library.open_holds()


async def test_S14_breaker_stays_when_the_space_comes_late(library: Library, engine: Leader) -> None:
    group = await _deleted_batch(library, threshold_pct=78)
    await _reading(library, group, 0, after=timedelta(hours=2))
    await library.run()
    await _reading(library, group, 110)
    await library.run()

    assert len(await library.queued()) == 2
    assert await library.open_holds() == [(HoldCode.NOT_CONVERGING, group, None)]


async def test_S14_space_of_one_batch_does_not_speak_for_the_next(library: Library, engine: Leader) -> None:
    group = await _deleted_batch(library)
    row = m.DiskGroup
    await library.execute(update(row).where(row.id == group).values(threshold_pct=60, target_pct=55))
    await _reading(library, group, EXPECTED)
    await library.run()
    chosen = len(await library.queued())
    await _carry_out(library)

    await _reading(library, group, EXPECTED)
    await library.run()

    assert chosen == 4
    assert await library.open_holds() == [(HoldCode.NOT_CONVERGING, group, None)]


async def test_downloads_that_came_meanwhile_do_not_hide_the_space(library: Library, engine: Leader) -> None:
    group = await _deleted_batch(library)
    radarr = (await library.rows(m.Integration))[0].id
    await library.item(radarr, group, 30, size_bytes=190 * GIB)
    await _reading(library, group, EXPECTED - 190)

    await library.run()

    assert await library.open_holds() == []
    assert "30" in await library.queued(), "a new batch, with what was downloaded last as the largest"


async def test_reading_right_behind_a_deletion_starts_no_batch_and_raises_no_alarm(
    library: Library, engine: Leader
) -> None:
    group = await _deleted_batch(library)
    await _reading(library, group, 0, after=timedelta(seconds=10))

    run = await library.run()

    assert len(await library.queued()) == 2
    assert await library.open_holds() == []
    assert (await library.outcome(run.id, group)).held_code == HoldCode.NOT_CONVERGING


async def test_owner_who_asks_for_no_proof_gets_none(library: Library, engine: Leader) -> None:
    group = await _deleted_batch(library)
    await library.preference(convergence_pct=0)
    await _reading(library, group, 0)

    await library.run()

    assert len(await library.queued()) == 4


async def test_disk_with_room_forgets_what_was_missing(library: Library, engine: Leader) -> None:
    group = await _deleted_batch(library)
    await _reading(library, group, 0)
    await library.run()
    await _reading(library, group, 60)
    await library.run()
    below = await library.open_holds()
    await _reading(library, group, 0)
    await library.run()

    assert below == []
    assert len(await library.queued()) == 4
