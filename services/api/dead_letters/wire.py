"""Deletions that were given up, on the wire."""

from libs.common.domain.enums import ExecutionMode, MediaType, Trigger
from services.api.wire import Answer, Body, Flag, Num, Time


class FailedDeletion(Answer):
    """A deletion whose attempts are spent. `lastError` says why, `errorClass` is the same for machines."""

    id: int
    media_name: str
    media_type: MediaType
    integration_id: int
    external_id: str
    size_bytes: int
    score: Num
    attempts: int
    last_error: str
    error_class: str
    failed_at: Time
    trigger: Trigger
    run_id: int | None = None
    disk_group_id: int | None = None
    collection_group: str | None = None
    poster_url: str | None = None
    created_at: Time


class FailedPage(Answer):
    """The newest failure first. `total` counts all that nobody has dealt with."""

    data: list[FailedDeletion]
    total: int
    limit: int
    offset: int


class Retry(Body):
    """`force`: also where an `always_keep` rule or a snooze stands against it now."""

    force: Flag = False


class Retried(Answer):
    """`mode` is that of the item's disk group: in `approval` it waits for a person, in `dry-run` it is simulated."""

    status: str = "queued"
    mode: ExecutionMode


class Dismissed(Answer):
    status: str = "dismissed"
