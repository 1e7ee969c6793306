"""4.5: what becomes of disk groups."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.domain.enums import ExecutionMode
from services.sync.disks.lifecycle import Group, Plan, mode_of_new_group, plan_groups, stale_days
from services.sync.disks.mounts import Mount

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def mount(path: str) -> Mount:
    return Mount(path, frozenset({1}), None, ())


def group(group_id: int, path: str, stale_since: datetime | None = None) -> Group:
    return Group(group_id, path, stale_since)


def plan(groups: list[Group], *paths: str, answered: bool = True, grace: timedelta = WEEK) -> Plan:
    return plan_groups(groups, [mount(path) for path in paths], anybody_answered=answered, now=NOW, grace=grace)


def test_unknown_mount_becomes_a_group() -> None:
    assert [new.path for new in plan([], "/data").create] == ["/data"]


def test_T53_mount_is_matched_by_its_normal_form() -> None:
    found = plan([group(1, "D:")], "d:")

    assert found.create == ()
    assert [change.group.id for change in found.update] == [1]


def test_T54_missing_mount_goes_stale_and_keeps_its_row() -> None:
    found = plan([group(1, "/a"), group(2, "/b")], "/a")

    assert [gone.id for gone in found.mark_stale] == [2]
    assert found.reap == ()


def test_T57_nothing_changes_when_nobody_answered() -> None:
    assert plan([group(1, "/a"), group(2, "/b")], answered=False) == Plan()


def test_T58_stale_clock_does_not_restart() -> None:
    found = plan([group(1, "/a", NOW - timedelta(days=3))])

    assert found.mark_stale == ()
    assert found.reap == ()


def test_T56_stale_group_is_reaped_only_after_the_grace_period() -> None:
    edge = group(1, "/a", NOW - WEEK)
    over = group(2, "/b", NOW - WEEK - timedelta(seconds=1))

    assert [gone.id for gone in plan([edge, over]).reap] == [2]


def test_stale_group_is_reaped_even_while_nobody_answers() -> None:
    over = group(1, "/a", NOW - WEEK - timedelta(days=1))

    assert [gone.id for gone in plan([over], answered=False).reap] == [1]


def test_without_grace_a_group_goes_in_the_same_round() -> None:
    found = plan([group(1, "/a")], grace=timedelta(0))

    assert [gone.id for gone in found.mark_stale] == [1]
    assert [gone.id for gone in found.reap] == [1]


def test_returning_mount_revives_its_group_and_tells_the_days() -> None:
    (change,) = plan([group(1, "/a", NOW - timedelta(days=2, hours=1))], "/a").update

    assert change.stale_days == 3


def test_active_group_is_not_revived() -> None:
    (change,) = plan([group(1, "/a")], "/a").update

    assert change.stale_days is None


def test_stale_days_are_never_negative() -> None:
    assert stale_days(NOW + timedelta(hours=5), NOW) == 0


@pytest.mark.parametrize("mode", [ExecutionMode.DRY_RUN, ExecutionMode.APPROVAL, ExecutionMode.AUTO])
def test_new_group_takes_the_default_mode(mode: ExecutionMode) -> None:
    assert mode_of_new_group(mode) is mode


def test_T68_default_sunset_without_a_threshold_is_dry_run() -> None:
    assert mode_of_new_group(ExecutionMode.SUNSET) is ExecutionMode.DRY_RUN
