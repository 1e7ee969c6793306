"""How often a read is tried again, and how long in between. Changes are never tried again here."""

from dataclasses import dataclass

from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError

ATTEMPTS = 3
WAIT_INITIAL_S = 0.5
WAIT_JITTER_S = 0.25
_PASSING = frozenset({ErrorClass.REFUSED, ErrorClass.TIMEOUT})
_PASSING_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryRule:
    """`attempts` altogether. A pause longer than `max_wait_s` is not waited for; the error tells about it."""

    attempts: int
    max_wait_s: float

    def pause_before_next(self, exc: Exception) -> bool | float:
        """False: do not try again. True: after the usual, growing pause. A number: after that many seconds."""
        if isinstance(exc, UpstreamBusyError):
            if exc.retry_after_s is None:
                return True
            return exc.retry_after_s if exc.retry_after_s <= self.max_wait_s else False
        if not isinstance(exc, UpstreamError):
            return False
        if exc.status is not None:
            return exc.status in _PASSING_STATUSES
        return exc.error_class in _PASSING


READ = RetryRule(attempts=ATTEMPTS, max_wait_s=60)
ONCE = RetryRule(attempts=1, max_wait_s=0)
"""For connection tests: a person waits and sees the first answer."""
