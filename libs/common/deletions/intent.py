"""What a job may do at the moment it is claimed: the most restrictive of all switches (S-11, S-12, S-28)."""

from dataclasses import dataclass

from libs.common.domain.enums import DryRunReason, ExecutionMode


@dataclass(frozen=True, slots=True)
class Delete:
    """Everything agrees to a real deletion."""


@dataclass(frozen=True, slots=True)
class Simulate:
    """Only pretend; `reason` says which switch wanted that."""

    reason: DryRunReason


@dataclass(frozen=True, slots=True)
class CallOff:
    """The ground has moved since it was queued: nothing is deleted, not even in play."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """A switch cannot be read: nothing is deleted, and it is asked again."""

    reason: str


Intent = Delete | Simulate | CallOff | Later


def effective_intent(
    *,
    deletions_enabled: bool | None,
    current_mode: ExecutionMode | None,
    enqueued_mode: ExecutionMode,
    force_dry_run: bool,
) -> Intent:
    """The first matching row of domain.md 5.5 decides. None means unreadable, which is never the permissive answer."""
    if current_mode is None:
        return Later("the mode of its disk group cannot be read")
    if current_mode is not enqueued_mode:
        return CallOff(f"the mode changed from {enqueued_mode} to {current_mode} since it was queued")
    if force_dry_run:
        return Simulate(DryRunReason.EXECUTION_MODE)
    if current_mode is ExecutionMode.DRY_RUN:
        return Simulate(DryRunReason.EXECUTION_MODE)
    if not deletions_enabled:
        return Simulate(DryRunReason.DELETIONS_DISABLED)
    return Delete()
