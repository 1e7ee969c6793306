"""The only place that asks the machine for the time."""

import json
import logging
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

logger = logging.getLogger(__name__)


_SETTLING_NS = 100_000_000
"""Two writes within a tick of the file system's clock (up to 10 ms) look alike, so a young file is read each time."""


class ClockFileError(ValueError):
    """The clock file is not `{"offset_s": number, "rate": number above 0}`."""


class _Shift(NamedTuple):
    written_at: datetime
    offset: timedelta
    rate: float


def real_now() -> datetime:
    """The machine's time in UTC: for leases, heartbeats and stamps that must not jump with the business clock."""
    return datetime.now(UTC)


class Clock:
    """Business time, in UTC. Without a file it is real time.

    The file (setting `CLOCK_FILE`) is `{"offset_s": 0, "rate": 1}` and is looked at on each call, so that the clock of
    a running system can jump, or run `rate` times faster since the file was written. A file that breaks while we run
    keeps its last good meaning and is logged once; one that is broken at the start raises `ClockFileError`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._seen_ns = -1
        self._told_ns = -1
        self._shift: _Shift | None = None
        if path is not None and path.exists():
            self._shift = _read(path)

    def now(self) -> datetime:
        """The current moment of business time."""
        real = real_now()
        shift = self._current_shift()
        if shift is None:
            return real
        return real + shift.offset + (real - shift.written_at) * (shift.rate - 1)

    def today(self) -> date:
        """The current UTC date of business time."""
        return self.now().date()

    def _current_shift(self) -> _Shift | None:
        if self._path is None:
            return None
        try:
            changed_ns = self._path.stat().st_mtime_ns
        except OSError:
            return self._shift
        if changed_ns != self._seen_ns:
            self._read_again(self._path, changed_ns)
        return self._shift

    def _read_again(self, path: Path, changed_ns: int) -> None:
        is_settled = time.time_ns() - changed_ns > _SETTLING_NS
        try:
            self._shift = _read(path)
        except ClockFileError as exc:
            if changed_ns != self._told_ns:
                logger.warning("clock file unreadable, keeping the last good one", extra={"reason": str(exc)})
            self._told_ns = changed_ns
        if is_settled:
            self._seen_ns = changed_ns


def _read(path: Path) -> _Shift:
    try:
        values = json.loads(path.read_text())
        offset, rate = float(values.get("offset_s", 0)), float(values.get("rate", 1))
        shift = _Shift(datetime.fromtimestamp(path.stat().st_mtime, UTC), timedelta(seconds=offset), rate)
    except (OSError, ValueError, AttributeError, TypeError, OverflowError) as exc:
        raise ClockFileError(f'CLOCK_FILE {path.name} must hold {{"offset_s": seconds, "rate": factor}}') from exc
    if rate <= 0:
        raise ClockFileError(f"CLOCK_FILE {path.name}: rate must be above 0")
    return shift
