"""Schedules come from their seed alone, and the fixed ones reach everything."""

from tests.chaos.schedules.steps import Do, schedule_of
from tests.chaos.test_schedules import SEEDS


def test_same_seed_same_schedule() -> None:
    assert str(schedule_of(7)) == str(schedule_of(7))
    assert str(schedule_of(7)) != str(schedule_of(8))


def test_two_hundred_seeds_use_every_step_on_everything() -> None:
    steps = [step for seed in range(1, 201) for step in schedule_of(seed).steps]

    assert {step.do for step in steps} == set(Do)
    assert len({step.word for step in steps if step.do is Do.KILL}) == 8
    assert len({step.word for step in steps if step.do is Do.BREAK}) == 37
    assert all(0 <= step.share < 1 for step in steps)


def test_fixed_seeds_use_every_step() -> None:
    steps = [step for seed in SEEDS for step in schedule_of(seed).steps]

    assert {step.do for step in steps} == set(Do)
    assert {"deleter", "deleter-2", "postgres", "nats"} <= {step.word for step in steps if step.do is Do.KILL}
