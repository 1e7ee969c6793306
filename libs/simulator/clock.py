"""The simulated world's time: real time, moved by a shift."""

from datetime import datetime, timedelta

from libs.common.clock import real_now


class SimClock:
    """Aware UTC time in whole seconds, as the upstreams print it. `start` sets the time at construction."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = timedelta(0) if start is None else start - real_now()

    def now(self) -> datetime:
        """The world's present."""
        return (real_now() + self._shift).replace(microsecond=0)

    def shift(self, seconds: float) -> None:
        """Move the world's time; negative goes back."""
        self._shift += timedelta(seconds=seconds)
