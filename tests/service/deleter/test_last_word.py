"""A job has been claimed and its upstream is slow to answer: what is said meanwhile still comes before the call."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from libs.common.db import models as m
from libs.common.domain.enums import ApprovalStatus, ExecutionMode, HoldCode, HoldScope, JobState, RuleEffect
from libs.simulator.faults import FaultKind, FaultRule
from tests.harness.eventually import eventually
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


async def _another_mode(town: Town) -> None:
    await town.owner.set_mode(town.group_id, ExecutionMode.DRY_RUN)


async def _switched_off(town: Town) -> None:
    await town.owner.prefer(deletions_enabled=False)


async def _snoozed(town: Town) -> None:
    until = town.owner.clock.now() + timedelta(days=1)
    await town.owner.approval(town.ids["radarr"], "1", status=ApprovalStatus.REJECTED, snoozed_until=until)


async def _protected(town: Town) -> None:
    await town.rule("radarr", "title", "Movie 1")


async def _scores_owed(town: Town) -> None:
    """A rule has just been saved, and nobody has scored by it yet."""
    state = m.PreviewState
    await town.owner.execute(update(state).values(wanted_scoring=state.scored_scoring + 1))


async def _facts_unknown(town: Town) -> None:
    """What is labelled so is to be kept, and nobody can tell the labels."""
    await town.rule("radarr", "label", "keep")


async def _integration_off(town: Town) -> None:
    await town.owner.execute(update(m.Integration).values(enabled=False))


async def _breaker_tripped(town: Town) -> None:
    hold = {"scope": HoldScope.DISK_GROUP, "code": HoldCode.MASS_CHANGE, "breaker": True, "message": "too much"}
    values = hold | {"disk_group_id": town.group_id, "created_at": town.owner.clock.now()}
    await town.owner.execute(insert(m.Hold).values(values))


async def _target_reached(town: Town) -> None:
    await town.owner.execute(update(m.DiskGroup).values(target_pct=95.0, threshold_pct=97.0))


async def _outranked(town: Town) -> None:
    """Its score falls behind those of the others, of which one is enough."""
    await town.owner.execute(update(m.DiskGroup).values(used_bytes=m.DiskGroup.total_bytes * 3 / 4 + 1))
    await town.rule("radarr", "title", "Movie 1", RuleEffect.PREFER_KEEP)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        pytest.param(_another_mode, JobState.CANCELLED, id="S11-mode"),
        pytest.param(_switched_off, JobState.SIMULATED, id="S11-kill-switch"),
        pytest.param(_snoozed, JobState.CANCELLED, id="S11-snooze"),
        pytest.param(_protected, JobState.CANCELLED, id="S11-rule"),
        pytest.param(_scores_owed, JobState.WAITING, id="S11-rule-not-scored-yet"),
        pytest.param(_facts_unknown, JobState.WAITING, id="S25-rule-that-nobody-can-judge"),
        pytest.param(_integration_off, JobState.CANCELLED, id="integration-off"),
        pytest.param(_breaker_tripped, JobState.WAITING, id="S09-breaker"),
        pytest.param(_target_reached, JobState.CANCELLED, id="T28-target"),
        pytest.param(_outranked, JobState.CANCELLED, id="T29-outranked"),
    ],
)
async def test_what_is_said_between_claim_and_call_wins(
    town: Town, change: Callable[[Town], Awaitable[None]], end: JobState
) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    town.server.break_calls(FaultRule(kind=FaultKind.LATENCY, method="GET", path_glob="*/movie/1"))
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter(lease_s=20)

    async def state() -> JobState:
        return JobState((await town.owner.job(job_id)).state)

    async def is_claimed() -> bool:
        return await state() is JobState.CLAIMED

    async def is_let_go() -> bool:
        return not await is_claimed()

    await queue.look_once()
    await eventually(is_claimed)

    await change(town)
    town.server.heal()
    await eventually(is_let_go)
    for _ in range(3):
        await queue.look_once()

    async def ended() -> bool:
        await queue.look_once()
        return await state() is end

    await eventually(ended, every_s=0.05)
    assert town.calls == []
    assert await town.owner.lifetime() == (0, 0)
