"""What nobody watches, and how the disks fill, on the wire."""

from libs.common.domain.enums import MediaType
from services.api.wire import Answer, Num


class DeadItem(Answer):
    """Never played since it came."""

    title: str
    type: MediaType
    size_bytes: int
    days_in_library: int
    integration_id: int


class StaleItem(Answer):
    """Not played for long. Ended series count more, what is on a watchlist less."""

    title: str
    type: MediaType
    size_bytes: int
    days_since_watched: int
    play_count: int
    staleness_score: Num
    integration_id: int


class Report(Answer):
    """Counts and bytes are of all that fits, also of what `limit` leaves out. A show is told by its seasons.

    `protectedCount`: fit, but are always kept. `unknownCount`: would fit, but their plays are not surely known.
    """

    total_count: int
    total_size: int
    protected_count: int
    unknown_count: int


class DeadContent(Report):
    """Largest first."""

    items: list[DeadItem]


class StaleContent(Report):
    """Stalest first."""

    items: list[StaleItem]


class Forecast(Answer):
    """Bytes and days. -1 days: it does not fill up, or its size is not known."""

    current_used_pct: Num
    growth_rate_per_day: int
    days_until_threshold: int
    days_until_full: int
    total_capacity: int
    used_capacity: int
