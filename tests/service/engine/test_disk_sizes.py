"""Which size of a disk a run goes by, and when it goes by none (11.2)."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode, HoldCode, HoldScope
from services.engine.runs.leader import Leader
from tests.service.engine.rows import GIB, TB, Library

pytestmark = pytest.mark.service


@pytest.mark.parametrize(
    ("override", "bytes_to_free", "queued"),
    [(None, int(0.15 * TB), {"1", "2"}), (TB * 95 // 100, int(0.1875 * TB), {"1", "2"}), (2 * TB, None, set())],
    ids=["none", "smaller", "larger"],
)
async def test_T62_effective_total_decides_breach_and_budget(
    library: Library, engine: Leader, override: int | None, bytes_to_free: int | None, queued: set[str]
) -> None:
    radarr, group = await library.integration(), await library.group(used_pct=90, total_bytes_override=override)
    for number in range(1, 4):
        await library.item(radarr, group, number)

    run = await library.run()

    outcome = await library.outcome(run.id, group)
    assert await library.queued() == queued
    assert outcome.used_pct == pytest.approx(0.9 * TB / (override or TB) * 100)
    if bytes_to_free is not None:
        assert outcome.bytes_to_free == pytest.approx(bytes_to_free, rel=1e-6)


async def test_T63_owners_size_does_not_make_an_unreadable_disk_known(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    group = await library.group(total_bytes=0, used_bytes=0, read_at=None, total_bytes_override=TB)
    await library.item(radarr, group, 1)

    run = await library.run()

    assert (run.state, run.queued) == ("done", 0)
    assert await library.open_holds() == [(HoldCode.DISK_UNKNOWN, group, None)]


async def test_share_with_the_size_its_owner_gave_is_cleaned_like_any_disk(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    group = await library.group(total_bytes=0, used_bytes=int(0.9 * TB), total_bytes_override=TB)
    for number in range(1, 4):
        await library.item(radarr, group, number)

    await library.run()

    assert await library.queued() == {"1", "2"}


async def test_T69_disputed_group_is_held_until_a_person_decides(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    disputed = await library.group()
    other = await library.group(mount_path="/other", total_bytes=2 * TB, used_bytes=2 * TB)
    await library.item(radarr, disputed, 1)
    await library.item(radarr, other, 2)
    breaker = {
        "scope": HoldScope.DISK_GROUP,
        "code": HoldCode.DISK_DISPUTED,
        "message": "its reporters disagree",
        "breaker": True,
        "disk_group_id": disputed,
        "created_at": library.now,
    }
    await library.execute(insert(m.Hold).values(breaker))

    held = await library.run()
    queued_while_held = await library.queued()
    await library.execute(update(m.Hold).values(released_at=library.now, released_by="owner"))
    await library.run()

    assert queued_while_held == {"2"}
    assert (await library.outcome(held.id, disputed)).held_code == HoldCode.DISK_DISPUTED
    assert await library.queued() == {"1", "2"}


async def test_stale_group_is_left_alone(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    stale = await library.group(stale_since=library.now - timedelta(days=1))
    await library.item(radarr, stale, 1)

    run = await library.run()

    assert (run.state, await library.queued()) == ("done", set())


async def test_T71_usage_equal_to_the_target_frees_nothing(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    group = await library.group(ExecutionMode.AUTO, total_bytes=100 * GIB, used_bytes=75 * GIB)
    await library.item(radarr, group, 1, size_bytes=GIB)

    run = await library.run()

    assert (await library.outcome(run.id, group)).bytes_to_free == 0
    assert await library.queued() == set()
