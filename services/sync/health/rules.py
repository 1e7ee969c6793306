"""How reports about an integration become its health: counters, one "down" per outage, one "recovered" at its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from libs.common.domain.outages import LONGEST_PROBE_PAUSE, REFUSED_ERROR_CLASSES

DOWN_AFTER = 3
"""Failures in a row that make an outage (domain.md 1.2)."""

PROBE_TICK = timedelta(seconds=15)
"""How often anybody looks whether a probe is due."""

_HEALTHY_PROBE = timedelta(minutes=2)
_HEALTHY_SPREAD = 0.1
"""Share of the pause by which a healthy source may be probed earlier, so that many do not stay in step."""

_FAILING_STEP = timedelta(seconds=15)
_FAILING_CAP = timedelta(seconds=60)
_REFUSED_PROBE = LONGEST_PROBE_PAUSE
_STARTING_CLASS = "starting"
_STARTING_PROBE = timedelta(seconds=60)
_STARTING_GRACE = timedelta(minutes=5)
"""A system that says it is starting for longer than this is down like any other (integrations.md 3.7)."""


@dataclass(frozen=True, slots=True)
class Health:
    """What the integration's row says about it. An empty `last_error` means working, or never asked."""

    consecutive_failures: int = 0
    last_error: str = ""
    last_error_class: str = ""
    last_sync: datetime | None = None
    down_announced_at: datetime | None = None
    next_probe_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A report that something went wrong. `is_outage` false: shown, but the source is not down (busy, starting…)."""

    error: str
    error_class: str
    is_outage: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of the row, and what has to be announced with it."""

    health: Health
    went_down: bool = False
    recovered: bool = False


def after_success(health: Health, now: datetime, *, spread: float = 0.0) -> Verdict:
    """Everything is forgotten; the first success after any failure is a recovery, announced outage or not.

    `spread` is 0 to 1: how much of the allowed share the next probe comes earlier.
    """
    return Verdict(
        Health(last_sync=now, next_probe_at=now + _HEALTHY_PROBE * (1 - spread * _HEALTHY_SPREAD)),
        recovered=health.consecutive_failures > 0,
    )


def after_failure(health: Health, failure: Failure, now: datetime, *, well_until: datetime) -> Verdict:
    """The third failure in a row announces the outage, once; what is no outage only leaves its message.

    `well_until` is the last time at which nothing was wrong with it: its last success, or when it was saved.
    """
    told = replace(health, last_error=failure.error, last_error_class=failure.error_class)
    if not failure.is_outage and not _starts_too_long(health, failure, now - well_until):
        pause = _STARTING_PROBE if failure.error_class == _STARTING_CLASS else _HEALTHY_PROBE
        return Verdict(replace(told, next_probe_at=now + pause))
    failures = health.consecutive_failures + 1
    goes_down = failures >= DOWN_AFTER and health.down_announced_at is None
    announced = now if goes_down else health.down_announced_at
    wait = _pause(failures, failure.error_class, is_announced=announced is not None)
    return Verdict(
        replace(told, consecutive_failures=failures, down_announced_at=announced, next_probe_at=now + wait),
        went_down=goes_down,
    )


def _starts_too_long(health: Health, failure: Failure, lasting: timedelta) -> bool:
    """Never at its first sight: after an hour in which nobody looked, it may have begun a moment ago."""
    is_starting = health.last_error_class == failure.error_class == _STARTING_CLASS
    return is_starting and lasting > _STARTING_GRACE


def _pause(failures: int, error_class: str, *, is_announced: bool) -> timedelta:
    if is_announced and error_class in REFUSED_ERROR_CLASSES:
        return _REFUSED_PROBE
    return min(_FAILING_STEP * failures, _FAILING_CAP)
