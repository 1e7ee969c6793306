"""What a returning client still has to get, from its id and the stream's bounds (events-notifications.md 3.5)."""

from dataclasses import dataclass
from enum import StrEnum

from services.api.sse.event_ids import RequestedId

_CLOCK_SLACK_S = 1  # client libraries round the stream's nanoseconds differently


class Gap(StrEnum):
    """Why a client cannot get everything it missed."""

    EXPIRED = "expired"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The stream as it is now: the first sequence still stored and the last one given out. Empty: first = last + 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Send everything above `after`; with a gap, say so first."""

    after: int
    gap: Gap | None = None


def plan(requested: RequestedId | None, bounds: Bounds, stored_second: int | None, most: int) -> Plan:
    """Where to begin. `requested` None: the id could not be read. `stored_second`: of the requested message, if stored.

    `most` is how many missed events one connection gets.
    """
    if requested is None:
        return Plan(bounds.last, Gap.MALFORMED)
    if requested.sequence > bounds.last or _other_time(requested, stored_second):
        return Plan(bounds.last, Gap.UNKNOWN)
    oldest_allowed = max(bounds.first - 1, bounds.last - most)
    if requested.sequence >= oldest_allowed:
        return Plan(requested.sequence)
    reason = Gap.EXPIRED if requested.sequence + 1 < bounds.first else Gap.TOO_MANY
    return Plan(oldest_allowed, reason)


def _other_time(requested: RequestedId, stored_second: int | None) -> bool:
    if requested.seconds is None or stored_second is None:
        return False
    return abs(requested.seconds - stored_second) > _CLOCK_SLACK_S
