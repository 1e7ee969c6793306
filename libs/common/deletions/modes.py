"""What may become of a job now: the most restrictive of kill switch, group mode and the job's own flags."""

from dataclasses import dataclass
from enum import StrEnum

from libs.common.domain.enums import AuditAction, DryRunReason, ExecutionMode


class Act(StrEnum):
    """What to do with a job."""

    REAL = "real"
    SIMULATE = "simulate"
    CANCEL = "cancel"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Intent:
    """The verdict, with the sentence that explains it and, for a simulation, how the audit log calls it."""

    act: Act
    reason: str = ""
    dry_run_reason: DryRunReason = DryRunReason.NONE

    @property
    def audit_action(self) -> AuditAction:
        """How a job that ends by this verdict is recorded (domain.md 1.12)."""
        if self.act is Act.CANCEL:
            return AuditAction.CANCELLED
        if self.act is Act.REAL:
            return AuditAction.DELETED
        return AuditAction.DRY_RUN if self.dry_run_reason is DryRunReason.EXECUTION_MODE else AuditAction.DRY_DELETE


def effective_intent(
    *,
    deletions_enabled: bool | None,
    group_mode: ExecutionMode | None,
    enqueued_mode: ExecutionMode | None,
    force_dry_run: bool | None,
) -> Intent:
    """Decide by what is true now. None means absent or unreadable and never leads to a deletion.

    `group_mode` is the mode of the job's group, or the default mode for a job without a group.
    """
    if group_mode is None:
        return Intent(Act.WAIT, "the mode of its disk group cannot be read")
    if enqueued_mode is not group_mode:
        return Intent(Act.CANCEL, f"queued in mode {enqueued_mode or 'unknown'}, now the mode is {group_mode}")
    if group_mode is ExecutionMode.DRY_RUN:
        return Intent(Act.SIMULATE, "its disk group is in dry-run mode", DryRunReason.EXECUTION_MODE)
    if deletions_enabled is not True:
        return Intent(Act.SIMULATE, "deletions are switched off", DryRunReason.DELETIONS_DISABLED)
    if force_dry_run is not False:
        return Intent(Act.SIMULATE, "deletions were switched off when it was queued", DryRunReason.DELETIONS_DISABLED)
    return Intent(Act.REAL)
