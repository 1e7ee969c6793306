"""The deletion queue. Here the media name is called `title`, as the seed has it."""

from typing import ClassVar

from libs.common.events.base import Event, gigabytes
from libs.common.events.texts import ErrorText


class _DeletionEvent(Event):
    family: ClassVar[str] = "deletion"


class DeletionQueued(_DeletionEvent):
    type: ClassVar[str] = "deletion_queued"
    title: str
    media_type: str
    size_bytes: int
    integration_id: int

    @property
    def message(self) -> str:
        return f"Queued for deletion: {self.title}"


class DeletionSuccess(_DeletionEvent):
    type: ClassVar[str] = "deletion_success"
    title: str
    size_bytes: int
    media_type: str
    integration_id: int
    collection_group: str | None = None

    @property
    def message(self) -> str:
        return f"Deleted: {self.title} ({gigabytes(self.size_bytes)} freed)"


class DeletionFailed(_DeletionEvent):
    type: ClassVar[str] = "deletion_failed"
    title: str
    media_type: str
    integration_id: int
    error: ErrorText

    @property
    def message(self) -> str:
        return f"Not deleted: {self.title}: {self.error}"


class DeletionDryRun(_DeletionEvent):
    type: ClassVar[str] = "deletion_dry_run"
    title: str
    media_type: str
    size_bytes: int

    @property
    def message(self) -> str:
        return f"Simulated: {self.title} ({gigabytes(self.size_bytes)} would be freed)"


class DeletionCancelled(_DeletionEvent):
    type: ClassVar[str] = "deletion_cancelled"
    title: str
    media_type: str
    size_bytes: int

    @property
    def message(self) -> str:
        return f"Deletion cancelled: {self.title}"


class DeletionBatchComplete(_DeletionEvent):
    type: ClassVar[str] = "deletion_batch_complete"
    succeeded: int
    failed: int

    @property
    def message(self) -> str:
        return f"Deletions finished: {self.succeeded} succeeded, {self.failed} failed"


class DeletionProgress(_DeletionEvent):
    type: ClassVar[str] = "deletion_progress"
    durable: ClassVar[bool] = False
    current_item: str
    queue_depth: int
    processed: int
    succeeded: int
    failed: int
    batch_total: int

    @property
    def message(self) -> str:
        return f"{self.processed} of {self.batch_total} done ({self.succeeded} succeeded, {self.failed} failed)"


class DeletionGracePeriod(_DeletionEvent):
    type: ClassVar[str] = "deletion_grace_period"
    durable: ClassVar[bool] = False
    remaining_seconds: int
    queue_size: int
    active: bool

    @property
    def message(self) -> str:
        if not self.active:
            return "Grace period over"
        return f"Grace period: {self.remaining_seconds} s left, {self.queue_size} queued"
