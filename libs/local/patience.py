"""Waiting for a program to come up, without being deaf to a person who wants to stop."""

import time
from collections.abc import Callable

Question = Callable[[], bool]


class StopRequestedError(Exception):
    """A person asked to stop while something was still starting."""


def never() -> bool:
    """Nobody asks to stop."""
    return False


def wait_until(probe: Question, within_s: float, stopping: Question = never, step_s: float = 0.02) -> bool:
    """Ask `probe` every `step_s` seconds; False when it never said yes. Raises `StopRequestedError`."""
    deadline = time.monotonic() + within_s
    while not probe():
        if stopping():
            raise StopRequestedError
        if time.monotonic() > deadline:
            return False
        time.sleep(step_s)
    return True
