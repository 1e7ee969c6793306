"""A child that keeps crashing is started ever more slowly; one that was healthy is forgiven."""

from libs.local.restarts import HEALTHY_AFTER_S, Restarts


def test_delays_double_up_to_a_bound() -> None:
    restarts = Restarts(started_at=0)

    assert [restarts.crashed(now=1) for _ in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]


def test_healthy_while_starts_the_delays_anew() -> None:
    restarts = Restarts(started_at=0)
    restarts.crashed(now=1)
    restarts.crashed(now=2)
    restarts.started(now=10)

    assert restarts.crashed(now=10 + HEALTHY_AFTER_S) == 0.5


def test_start_is_due_when_its_delay_is_over() -> None:
    restarts = Restarts(started_at=0)
    restarts.crashed(now=100)

    assert not restarts.due(now=100.4)
    assert restarts.due(now=100.5)
