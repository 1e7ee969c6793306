"""The breaker for a run that would take too much of a disk group: it stops, asks once, and a release counts once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode
from services.engine.runs.leader import Leader
from tests.service.engine.rows import TB, Library

pytestmark = pytest.mark.service


async def crowded(library: Library, mode: ExecutionMode = ExecutionMode.AUTO, **columns: Any) -> tuple[int, int]:
    """Ten movies of 100 GB on a disk of 1 TB that has to lose two of them, and an owner who allows 15 % in one run."""
    radarr, group = await library.integration(), await library.group(mode, used_pct=90, **columns)
    for number in range(11, 21):
        await library.item(radarr, group, number)
    await library.preference(max_delete_pct_per_run=15)
    return radarr, group


async def release(library: Library) -> None:
    """What the api does in a person's name."""
    standing = update(m.Hold).where(m.Hold.released_at.is_(None))
    await library.execute(standing.values(released_at=library.now, released_by="owner"))


async def test_run_that_would_take_too_much_stops_and_asks_once(library: Library, engine: Leader) -> None:
    _, group = await crowded(library)

    first = await library.run()
    await library.run()

    assert await library.queued() == set()
    assert (first.state, first.candidates, first.queued) == ("done", 0, 0)
    assert (await library.outcome(first.id, group)).held_code == HoldCode.MASS_CHANGE
    (hold,) = await library.rows(m.Hold)
    assert (hold.scope, hold.code, hold.breaker, hold.disk_group_id) == ("disk_group", "mass_change", True, group)
    assert hold.message == (
        "A run on /data would remove 2 of 10 items (20.0 %) and 200.0 of 1000.0 GB (20.0 %) at once, more than 15 %; "
        "release this hold to let that much go once"
    )
    assert hold.details["items"] == 2
    (tripped,) = await library.events("breaker_tripped")
    told = json.loads(tripped.data)
    assert (told["holdId"], told["code"], told["diskGroupId"], told["reason"]) == (
        hold.id,
        "mass_change",
        group,
        hold.message,
    )
    assert tripped.run_id == first.id


async def test_share_that_the_owner_allows_goes_without_a_question(library: Library, engine: Leader) -> None:
    await crowded(library)
    await library.preference(max_delete_pct_per_run=20)

    await library.run()

    assert await library.queued() == {"11", "12"}
    assert await library.open_holds() == []


async def test_release_lets_that_much_through_once_and_the_next_time_asks_again(
    library: Library, engine: Leader
) -> None:
    _, group = await crowded(library)
    await library.run()
    await release(library)

    await library.run()
    released = await library.queued()
    await library.end_jobs("deleted")
    await library.execute(update(m.DiskGroup).values(read_at=library.now + timedelta(seconds=1)))
    again = await library.run()

    assert released == {"11", "12"}
    assert await library.queued() == released
    assert (await library.outcome(again.id, group)).held_code == HoldCode.MASS_CHANGE
    assert len(await library.events("breaker_tripped")) == 2


async def test_release_does_not_cover_more_than_its_figures(library: Library, engine: Leader) -> None:
    _, group = await crowded(library)
    await library.run()
    await release(library)
    await library.execute(update(m.DiskGroup).values(used_bytes=TB))

    more = await library.run()
    await library.execute(update(m.DiskGroup).values(used_bytes=int(TB * 0.9)))
    await library.run()

    assert await library.queued() == set()
    assert (await library.outcome(more.id, group)).held_code == HoldCode.MASS_CHANGE
    (standing,) = await library.rows(m.Hold, m.Hold.released_at.is_(None))
    assert standing.details["items"] == 2, "an open breaker shows the figures of the newest run"


async def test_open_breaker_holds_small_changes_too_until_a_person_has_looked(library: Library, engine: Leader) -> None:
    _, group = await crowded(library)
    await library.run()
    await library.preference(max_delete_pct_per_run=100)

    held = await library.run()
    await release(library)
    await library.run()

    assert (await library.outcome(held.id, group)).held_code == HoldCode.MASS_CHANGE
    assert await library.queued() == {"11", "12"}


async def test_release_waits_while_something_else_holds_the_group(library: Library, engine: Leader) -> None:
    radarr, _ = await crowded(library)
    await library.run()
    await release(library)
    library.failing[radarr] = "unreachable"
    await library.run()
    queued_while_held = await library.queued()
    library.failing.clear()

    await library.run()

    assert queued_while_held == set()
    assert await library.queued() == {"11", "12"}


async def test_release_lapses_when_the_disk_has_room_again(library: Library, engine: Leader) -> None:
    await crowded(library)
    await library.run()
    await release(library)
    await library.execute(update(m.DiskGroup).values(used_bytes=0))
    await library.run()
    await library.execute(update(m.DiskGroup).values(used_bytes=int(TB * 0.9)))

    await library.run()

    assert await library.queued() == set()
    assert len(await library.events("breaker_tripped")) == 2


async def test_breaker_of_one_group_leaves_the_others_alone(library: Library, engine: Leader) -> None:
    radarr, _ = await crowded(library)
    other = await library.group(mount_path="/other", total_bytes=2 * TB, used_bytes=int(2 * TB * 0.86))
    for number in range(30, 50):
        await library.item(radarr, other, number)

    await library.run()

    assert {job.disk_group_id for job in await library.jobs()} == {other}


@pytest.mark.parametrize(("mode", "deletions_enabled"), [(ExecutionMode.DRY_RUN, True), (ExecutionMode.AUTO, False)])
async def test_nothing_stops_where_nothing_would_be_deleted(
    library: Library, engine: Leader, mode: ExecutionMode, deletions_enabled: bool
) -> None:
    await crowded(library, mode)
    await library.preference(deletions_enabled=deletions_enabled)

    await library.run()

    assert await library.queued() == {"11", "12"}
    assert all(job.force_dry_run for job in await library.jobs())
    assert await library.open_holds() == []
