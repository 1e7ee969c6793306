"""The grace period as people see it. Pure."""

import math
from datetime import datetime

from services.api.deletion_queue.queries import Grace
from services.api.deletion_queue.wire import GracePeriod


def grace_period(grace: Grace, now: datetime) -> GracePeriod:
    """Active while jobs wait and none is due; the remaining time is rounded up, so that 0 never means "still"."""
    remaining_s = 0.0 if grace.first_due is None else (grace.first_due - now).total_seconds()
    active = grace.waiting > 0 and remaining_s > 0
    return GracePeriod(
        active=active, remaining_seconds=math.ceil(remaining_s) if active else 0, queue_size=grace.waiting
    )
