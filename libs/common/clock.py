"""The only place that asks the machine for the time."""

import json
import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

logger = logging.getLogger(__name__)


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
        self._shift: _Shift | None = None
        if path is not None and path.exists():
            self._shift, self._seen_ns = _read(path), path.stat().st_mtime_ns

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
            self._seen_ns = changed_ns
            try:
                self._shift = _read(self._path)
            except ClockFileError as exc:
                logger.warning("clock file unreadable, keeping the last good one", extra={"reason": str(exc)})
        return self._shift


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
