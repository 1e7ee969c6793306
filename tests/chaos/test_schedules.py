"""A fixed few of the random schedules; `python -m benchmarks.chaos` plays two hundred."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.schedules.arena import Arena
from tests.chaos.schedules.play import play
from tests.chaos.schedules.steps import schedule_of

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

SEEDS = (174, 1988)
"""Chosen so that together they use every kind of step."""


@pytest.fixture
async def arena(tmp_path: Path) -> AsyncIterator[Arena]:
    """A product with servers of its own, two deleters among its processes."""
    running = await Arena.start(tmp_path)
    yield running
    await running.stop()


async def test_what_was_promised_holds_whatever_happens(arena: Arena) -> None:
    for seed in SEEDS:
        outcome = await play(arena, schedule_of(seed))

        assert outcome.violations == [], outcome.report
