"""An upstream in trouble is held back as a whole, and let go by a success, or when nothing is wanted of it."""

import re

import pytest
from sqlalchemy import select, true

from libs.common.db import models as m
from libs.common.deletions import cancel_waiting
from libs.common.domain.enums import HoldCode
from libs.simulator.faults import FaultKind
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town
from tests.service.deleter.trouble import break_calls, state_of, until_failed

pytestmark = pytest.mark.service


async def test_S22_missing_root_folder_holds_all_jobs_of_the_upstream_until_it_is_back(town: Town) -> None:
    first, second = await town.owner.enqueue(await town.job("radarr", "1", score=0.9), await town.job("radarr", "2"))
    break_calls(town, FaultKind.STATUS, status=409)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    async def held() -> bool:
        return bool(await _open_holds(town)) and await state_of(town, first) == "waiting"

    await town.work(queue, held)
    for _ in range(5):
        await queue.look_once()
    calls, attempts = len(town.calls), (await town.owner.job(first)).attempts
    town.server.heal()
    town.owner.clock.jump(seconds=61)
    await town.work(queue, town.all_ended)

    assert (calls, attempts) == (1, 0)
    assert await state_of(town, second) == "deleted"
    assert await _open_holds(town) == []
    assert town.deleted == [("radarr", "1"), ("radarr", "2")]


async def test_two_failures_in_a_row_hold_the_upstream_and_success_ends_it(town: Town) -> None:
    first, second, _ = await town.owner.enqueue(
        *[await town.job("radarr", number, score=1 - int(number) / 10) for number in ("1", "2", "3")]
    )
    break_calls(town, FaultKind.STATUS, status=503)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()
    await until_failed(town, queue, first, 1)
    await until_failed(town, queue, second, 1)

    holds = await _open_holds(town)
    (told,) = await town.owner.rows(select(m.Hold.details))
    for _ in range(5):
        await queue.look_once()
    calls = len(town.calls)
    town.server.heal()
    town.owner.clock.jump(seconds=61)
    await town.work(queue, town.all_ended)

    assert holds == [HoldCode.UPSTREAM_REFUSES]
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", told.details["until"]), "as every time on the wire"
    assert calls == 2, "the third job is not tried while the upstream is held"
    assert await _open_holds(town) == []
    assert len(town.deleted) == 3


async def test_hold_ends_when_nothing_is_wanted_from_the_upstream_any_more(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    break_calls(town, FaultKind.STATUS, status=409)
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    async def held() -> bool:
        return bool(await _open_holds(town)) and await state_of(town, job_id) == "waiting"

    await town.work(queue, held)
    async with town.owner.db.begin() as tx:
        await cancel_waiting(tx, true(), "cleared", "api", town.owner.clock.now())
    await queue.look_once()

    assert await _open_holds(town) == []


async def _open_holds(town: Town) -> list[HoldCode]:
    return [row.code for row in await town.owner.rows(select(m.Hold.code).where(m.Hold.released_at.is_(None)))]
