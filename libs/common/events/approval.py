"""The approval queue."""

from typing import ClassVar

from libs.common.events.base import Event


class _ApprovalEvent(Event):
    family: ClassVar[str] = "approval"


class _EntryEvent(_ApprovalEvent):
    verb: ClassVar[str]
    entry_id: int
    media_name: str
    media_type: str

    @property
    def message(self) -> str:
        return f"{self.verb}: {self.media_name}"


class ApprovalApproved(_EntryEvent):
    type: ClassVar[str] = "approval_approved"
    verb: ClassVar[str] = "Approved"
    size_bytes: int


class ApprovalRejected(_EntryEvent):
    type: ClassVar[str] = "approval_rejected"
    verb: ClassVar[str] = "Snoozed"
    snooze_duration: str


class ApprovalUnsnoozed(_EntryEvent):
    type: ClassVar[str] = "approval_unsnoozed"
    verb: ClassVar[str] = "Snooze ended"


class ApprovalDismissed(_EntryEvent):
    type: ClassVar[str] = "approval_dismissed"
    verb: ClassVar[str] = "Dismissed"


class ApprovalReturnedToPending(_EntryEvent):
    type: ClassVar[str] = "approval_returned_to_pending"
    verb: ClassVar[str] = "Waits for approval again"


class _CountEvent(_ApprovalEvent):
    sentence: ClassVar[str]
    count: int

    @property
    def message(self) -> str:
        return self.sentence.format(count=self.count)


class ApprovalBulkUnsnoozed(_CountEvent):
    type: ClassVar[str] = "approval_bulk_unsnoozed"
    sentence: ClassVar[str] = "Snoozes ended: {count}"


class ApprovalOrphansRecovered(_CountEvent):
    type: ClassVar[str] = "approval_orphans_recovered"
    sentence: ClassVar[str] = "Approvals without a deletion put back: {count}"


class ApprovalQueueCleared(_CountEvent):
    type: ClassVar[str] = "approval_queue_cleared"
    sentence: ClassVar[str] = "Approval queue cleared: {count} removed"


class ApprovalQueueReconciled(_ApprovalEvent):
    type: ClassVar[str] = "approval_queue_reconciled"
    disk_group_id: int
    dismissed: int

    @property
    def message(self) -> str:
        return f"Approval queue of disk group {self.disk_group_id} reconciled: {self.dismissed} no longer candidates"
