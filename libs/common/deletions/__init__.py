"""The deletion queue's doors: how a job enters it, how a waiting one leaves it, and what may become of it."""

from libs.common.deletions.cancel import CancelledJob, cancel_waiting
from libs.common.deletions.enqueue import BatchRef, NewJob, enqueue_jobs, open_batch
from libs.common.deletions.grace import GraceState, grace_delay_s, grace_state, restart_delay
from libs.common.deletions.modes import Act, Intent, effective_intent

__all__ = [
    "Act",
    "BatchRef",
    "CancelledJob",
    "GraceState",
    "Intent",
    "NewJob",
    "cancel_waiting",
    "effective_intent",
    "enqueue_jobs",
    "grace_delay_s",
    "grace_state",
    "open_batch",
    "restart_delay",
]
