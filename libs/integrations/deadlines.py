"""One time limit over several calls."""

import asyncio


class Deadline:
    """Runs out so many seconds after it was made."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._ends_at = self._loop.time() + seconds

    @property
    def left_s(self) -> float:
        """What is left, never below zero."""
        return max(0.0, self._ends_at - self._loop.time())
