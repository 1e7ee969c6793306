"""When a failed deletion is tried again, and when it is given up. Pure."""

from datetime import datetime, timedelta

from libs.integrations.errors import ErrorClass
from services.deleter.failure import UNKNOWABLE

PAUSES = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""Business time after the first, second and third failed attempt; the fourth failure is final (domain.md 5.1)."""

_HOPELESS = frozenset({ErrorClass.REJECTED, UNKNOWABLE})
"""What stays as it is however often it is asked: the upstream understood and declined it, or is there no more."""


def next_try(failed_attempts: int, error_class: str, now: datetime, *, retry_after_s: float = 0.0) -> datetime | None:
    """When to try again after so many failures; None when it is given up.

    `retry_after_s` is the pause the upstream asked for, which is never undercut.
    """
    if error_class in _HOPELESS or failed_attempts > len(PAUSES):
        return None
    return now + max(PAUSES[failed_attempts - 1], timedelta(seconds=retry_after_s))
