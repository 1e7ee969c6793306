"""What may become of a job: the most restrictive switch wins, and what cannot be read never deletes."""

import itertools

import pytest

from libs.common.deletions import Act, effective_intent
from libs.common.domain.enums import AuditAction, DryRunReason, ExecutionMode

MODES = (*ExecutionMode, None)
FLAGS = (True, False, None)
REAL_MODES = (ExecutionMode.AUTO, ExecutionMode.APPROVAL, ExecutionMode.SUNSET)


@pytest.mark.parametrize("mode", REAL_MODES)
def test_job_deletes_only_when_every_switch_says_so(mode: ExecutionMode) -> None:
    intent = effective_intent(deletions_enabled=True, group_mode=mode, enqueued_mode=mode, force_dry_run=False)

    assert intent.act is Act.REAL
    assert intent.audit_action is AuditAction.DELETED


def test_S12_S28_no_other_combination_deletes() -> None:
    real = [
        (enabled, group, enqueued, forced)
        for enabled, group, enqueued, forced in itertools.product(FLAGS, MODES, MODES, FLAGS)
        if effective_intent(
            deletions_enabled=enabled, group_mode=group, enqueued_mode=enqueued, force_dry_run=forced
        ).act
        is Act.REAL
    ]

    assert real == [(True, mode, mode, False) for mode in ExecutionMode if mode in REAL_MODES]


@pytest.mark.parametrize(("old", "new"), list(itertools.permutations(ExecutionMode, 2)))
def test_T22_T23_changed_mode_cancels_whatever_it_was(old: ExecutionMode, new: ExecutionMode) -> None:
    intent = effective_intent(deletions_enabled=True, group_mode=new, enqueued_mode=old, force_dry_run=False)

    assert intent.act is Act.CANCEL
    assert intent.reason == f"queued in mode {old}, now the mode is {new}"


def test_unreadable_mode_waits() -> None:
    intent = effective_intent(
        deletions_enabled=True, group_mode=None, enqueued_mode=ExecutionMode.AUTO, force_dry_run=False
    )

    assert intent.act is Act.WAIT


@pytest.mark.parametrize("enabled", FLAGS)
def test_dry_run_group_simulates_by_mode_whatever_the_kill_switch_says(enabled: bool | None) -> None:
    intent = effective_intent(
        deletions_enabled=enabled,
        group_mode=ExecutionMode.DRY_RUN,
        enqueued_mode=ExecutionMode.DRY_RUN,
        force_dry_run=True,
    )

    assert (intent.act, intent.dry_run_reason) == (Act.SIMULATE, DryRunReason.EXECUTION_MODE)
    assert intent.audit_action is AuditAction.DRY_RUN


@pytest.mark.parametrize(("enabled", "forced"), [(False, False), (None, False), (False, True), (True, True)])
def test_T26_real_intent_without_permission_is_simulated(enabled: bool | None, forced: bool) -> None:
    intent = effective_intent(
        deletions_enabled=enabled,
        group_mode=ExecutionMode.AUTO,
        enqueued_mode=ExecutionMode.AUTO,
        force_dry_run=forced,
    )

    assert (intent.act, intent.dry_run_reason) == (Act.SIMULATE, DryRunReason.DELETIONS_DISABLED)
    assert intent.audit_action is AuditAction.DRY_DELETE
