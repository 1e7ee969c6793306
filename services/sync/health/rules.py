"""How reports about an integration become its health: counters, one "down" per outage, one "recovered" at its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

DOWN_AFTER = 3
"""Failures in a row that make an outage (domain.md 1.2)."""

_HEALTHY_PROBE = timedelta(minutes=2)
_FAILING_STEP = timedelta(seconds=15)
_FAILING_CAP = timedelta(seconds=60)
_REFUSED_PROBE = timedelta(minutes=10)
"""A wrong key is asked for rarely once announced: repeated bad logins can lock accounts (integrations.md 17.2)."""

_REFUSED_CLASSES = frozenset({"auth", "forbidden"})


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


def after_success(health: Health, now: datetime) -> Verdict:
    """Everything is forgotten; the first success after any failure is a recovery, announced outage or not."""
    return Verdict(
        Health(last_sync=now, next_probe_at=now + _HEALTHY_PROBE),
        recovered=health.consecutive_failures > 0,
    )


def after_failure(health: Health, failure: Failure, now: datetime) -> Verdict:
    """The third failure in a row announces the outage, once; what is no outage only leaves its message."""
    told = replace(health, last_error=failure.error, last_error_class=failure.error_class)
    if not failure.is_outage:
        return Verdict(replace(told, next_probe_at=now + _HEALTHY_PROBE))
    failures = health.consecutive_failures + 1
    goes_down = failures >= DOWN_AFTER and health.down_announced_at is None
    announced = now if goes_down else health.down_announced_at
    wait = _pause(failures, failure.error_class, is_announced=announced is not None)
    return Verdict(
        replace(told, consecutive_failures=failures, down_announced_at=announced, next_probe_at=now + wait),
        went_down=goes_down,
    )


def _pause(failures: int, error_class: str, *, is_announced: bool) -> timedelta:
    if is_announced and error_class in _REFUSED_CLASSES:
        return _REFUSED_PROBE
    return min(_FAILING_STEP * failures, _FAILING_CAP)
