"""The preview between runs: woken by whoever changes something, once for a burst, and by whichever engine leads."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from faststream.nats import NatsBroker
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode
from libs.common.preview import mark_body_outdated, mark_scores_outdated, wake_engine
from libs.common.preview.encodings import GZIP
from services.engine.preview.pace import Pace
from services.engine.preview.wishes import hear_wishes
from services.engine.runs.leader import Leader
from tests.harness.eventually import eventually
from tests.service.engine.conftest import Start, new_leader, running
from tests.service.engine.rows import Library
from tests.service.engine.test_engine_preview import body, shown

pytestmark = pytest.mark.service

NEVER_S = 3600.0


WHEN_WOKEN = Pace(look_every_s=NEVER_S, render_every_s=0.0)


@pytest.fixture
def pace() -> Pace:
    """The preview is looked at only when its engine is woken, and rendered as often as something changes."""
    return WHEN_WOKEN


@pytest.fixture
async def woken(library: Library, broker: NatsBroker, sync: None, pace: Pace) -> AsyncIterator[Leader]:
    """An engine of this pace that has rendered its first preview."""
    leader = new_leader(library, broker, pace=pace)
    library.nudge = leader.wake
    async with running(leader.run()), running(hear_wishes(library.db.url, leader._refresh.wake)):
        await eventually(lambda: body(library))
        yield leader


async def scored(library: Library) -> int:
    """How many previews were stored so far."""
    async with library.db.connect() as conn:
        return int((await conn.execute(select(func.coalesce(func.max(m.Preview.id), 0)))).scalar_one())


async def test_change_is_heard_at_its_commit_and_not_before(library: Library, woken: Leader) -> None:
    before = await scored(library)

    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
        await asyncio.sleep(0.3)
        within = await scored(library)
    await eventually(lambda: is_scored_again(library, before))

    assert within == before


async def is_scored_again(library: Library, before: int) -> bool:
    return await scored(library) > before


@pytest.mark.parametrize("pace", [replace(WHEN_WOKEN, merge_within_s=NEVER_S)], ids=["patient"])
@pytest.mark.parametrize("end", [mark_scores_outdated, wake_engine])
async def test_scores_behind_a_read_wait_for_its_merge_and_are_made_once(
    library: Library, woken: Leader, end: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    before, enrichment = await scored(library), m.EnrichmentState

    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
        await tx.execute(update(enrichment).values(wanted=enrichment.wanted + 1))
    await asyncio.sleep(0.3)
    within = await scored(library)
    async with library.db.begin() as tx:
        await end(tx)
        await tx.execute(update(enrichment).values(merged=enrichment.wanted))
    await eventually(lambda: is_scored_again(library, before))
    (state,) = await library.rows(m.PreviewState)

    assert within == before
    assert await scored(library) == before + 1
    assert state.scored_scoring == state.wanted_scoring


@pytest.mark.parametrize("pace", [replace(WHEN_WOKEN, merge_within_s=0.05)], ids=["impatient"])
async def test_scores_do_not_wait_long_for_a_merge(library: Library, woken: Leader) -> None:
    before, enrichment = await scored(library), m.EnrichmentState

    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
        await tx.execute(update(enrichment).values(wanted=enrichment.wanted + 1))

    await eventually(lambda: is_scored_again(library, before))


async def test_burst_of_changes_is_scored_a_few_times_and_ends_true(library: Library, woken: Leader) -> None:
    await library.item(await library.integration(), None, 1)
    before = await scored(library)

    for _ in range(40):
        async with library.db.begin() as tx:
            await mark_scores_outdated(tx)
    items = await shown(library)

    assert [item["title"] for item in items] == ["Movie 1"]
    assert await scored(library) - before <= 10


@pytest.mark.parametrize("pace", [replace(WHEN_WOKEN, render_every_s=NEVER_S)], ids=["slow"])
async def test_queue_changes_are_rendered_at_the_pace_only(library: Library, woken: Leader) -> None:
    await library.item(await library.integration(), None, 1)
    await library.run()
    await shown(library)
    (before,) = await library.rows(m.PreviewState)

    async with library.db.begin() as tx:
        await mark_body_outdated(tx)
    await asyncio.sleep(0.5)
    (paced,) = await library.rows(m.PreviewState)
    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
    await shown(library)

    assert paced.wanted_revision > paced.rendered_revision == before.rendered_revision


async def test_hold_for_a_job_goes_with_the_job_though_nothing_is_scored(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group()
    await library.item(radarr, group, 1)
    await library.run()
    (queued,) = await shown(library)
    before = await scored(library)

    async with library.db.begin() as tx:
        await tx.execute(update(m.DeletionJob).values(state="cancelled"))
        await mark_body_outdated(tx)
    (free,) = await shown(library)

    assert [hold["code"] for hold in queued["holds"]] == ["active_job"]
    assert "holds" not in free
    assert await scored(library) == before


async def test_snooze_is_shown_as_a_hold_though_nothing_is_scored(library: Library, engine: Leader) -> None:
    radarr, group = await library.integration(), await library.group(ExecutionMode.DRY_RUN, used_pct=10)
    await library.item(radarr, group, 1)
    await library.run()
    await shown(library)

    await library.snooze(radarr, 1)
    async with library.db.begin() as tx:
        await mark_body_outdated(tx)
    (item,) = await shown(library)

    assert [hold["code"] for hold in item["holds"]] == ["snoozed"]


async def test_ages_stand_still_between_runs_for_a_quarter_of_an_hour(library: Library, engine: Leader) -> None:
    radarr = await library.integration()
    await library.item(radarr, None, 1, added_at=library.now - timedelta(days=100))
    await library.execute(update(m.Preferences).values(poll_interval_seconds=86_400))
    await library.run()
    (scored_by_run,) = await shown(library)

    library.clock.jump(seconds=600)
    soon = await shown_with_new_scores(library)
    library.clock.jump(seconds=600)
    later = await shown_with_new_scores(library)

    assert soon == scored_by_run
    assert later["factors"]["age"] > soon["factors"]["age"]


async def shown_with_new_scores(library: Library) -> dict[str, Any]:
    """The only item."""
    before = await scored(library)
    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
    (item,) = await shown(library)
    assert await scored(library) > before
    return item


async def test_list_survives_a_crash_of_the_database_or_is_made_again(library: Library, engine: Leader) -> None:
    """Tables that are not logged are empty after a crash."""
    await library.item(await library.integration(), None, 1)
    await library.run()
    await shown(library)

    await library.execute(text("truncate preview_bodies cascade"))

    assert gzip.decompress(await eventually(lambda: body(library))).startswith(b'[{"title":"Movie 1"')


async def test_rendering_before_the_current_one_is_still_there_for_its_readers(
    library: Library, engine: Leader
) -> None:
    await library.item(await library.integration(), None, 1)
    await library.run()
    await shown(library)
    for _ in range(3):
        async with library.db.begin() as tx:
            await mark_body_outdated(tx)
        await shown(library)

    (state,) = await library.rows(m.PreviewState)
    revisions = {row.revision for row in await library.rows(m.PreviewPart, m.PreviewPart.encoding == GZIP)}
    assert len(revisions) == 2
    assert max(revisions) == state.rendered_revision


async def test_standby_takes_the_preview_over(library: Library, sync: None, start: Start) -> None:
    await library.item(await library.integration(), None, 1)
    first = start("first")
    before = await shown(library)
    start("second")

    first.kill()
    served = await body(library)
    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
    after: list[dict[str, Any]] = await shown_within(library, 40)

    assert json.loads(gzip.decompress(served)) == before
    assert [item["title"] for item in after] == ["Movie 1"]


async def shown_within(library: Library, seconds: float) -> list[dict[str, Any]]:
    """The list, once a new leader has made it true."""

    async def is_true() -> bool:
        (state,) = await library.rows(m.PreviewState)
        return bool(state.scored_scoring == state.wanted_scoring and state.rendered_revision == state.wanted_revision)

    await eventually(is_true, within_s=seconds)
    return await shown(library)


async def test_list_is_handed_out_only_with_scores_that_were_stored(library: Library, woken: Leader) -> None:
    """They are stored while it is rendered, and a failure of one must not leave the other behind."""
    await shown(library)
    (before,) = await library.rows(m.PreviewState)
    await library.item(await library.integration(), None, 1)
    next_id = await scored(library) + 1
    await library.execute(text(f"create table preview_items_{next_id} ()"))

    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
    await eventually(lambda: has_tried(library, next_id))
    await asyncio.sleep(0.3)
    (failed,) = await library.rows(m.PreviewState)
    async with library.db.begin() as tx:
        await mark_scores_outdated(tx)
    items = await shown(library)

    assert (failed.preview_id, failed.rendered_revision) == (before.preview_id, before.rendered_revision)
    assert failed.wanted_scoring > failed.scored_scoring
    assert [item["title"] for item in items] == ["Movie 1"]


async def has_tried(library: Library, preview_id: int) -> bool:
    """Numbers are not given back by what fails."""
    async with library.db.connect() as conn:
        last = await conn.execute(text("select last_value from pg_sequences where sequencename = 'previews_id_seq'"))
        return int(last.scalar_one()) >= preview_id
