"""Waiting ends with a yes, with the time, or with a person who wants to stop."""

import pytest

from libs.local.patience import StopRequestedError, never, wait_until


def test_a_yes_ends_the_wait() -> None:
    answers = iter([False, False, True])

    assert wait_until(lambda: next(answers), within_s=5, step_s=0)


def test_time_ends_the_wait() -> None:
    assert not wait_until(never, within_s=0, step_s=0)


def test_wish_to_stop_ends_the_wait() -> None:
    with pytest.raises(StopRequestedError):
        wait_until(never, within_s=60, stopping=lambda: True)


def test_what_is_ready_already_is_not_overheard_by_a_stop() -> None:
    assert wait_until(lambda: True, within_s=60, stopping=lambda: True)
