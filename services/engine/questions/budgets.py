"""How much each disk group would have to free if a run began now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.domain.enums import ExecutionMode
from services.engine.runs import queries
from services.engine.runs.group import on_same_disk, usage_of
from services.engine.selection.budget import Usage


@dataclass(frozen=True, slots=True)
class GroupBudget:
    """A disk group that is reported now. `usage` None: its size is not known, and no run touches it."""

    id: int
    mount_path: str
    mode: ExecutionMode
    usage: Usage | None
    bytes_in_flight: int

    @property
    def bytes_to_free(self) -> int:
        """What candidates have to bring: nothing below the threshold, and no byte that is on its way out already."""
        if self.usage is None or not self.usage.breached:
            return 0
        return max(0, self.usage.bytes_to_free - self.bytes_in_flight)

    def with_settings(
        self, *, threshold_pct: float | None, target_pct: float | None, mode: ExecutionMode | None
    ) -> "GroupBudget":
        """The same disk under other settings; None keeps what is stored."""
        usage = self.usage
        if usage is not None:
            usage = replace(
                usage,
                threshold_pct=usage.threshold_pct if threshold_pct is None else threshold_pct,
                target_pct=usage.target_pct if target_pct is None else target_pct,
            )
        return replace(self, usage=usage, mode=mode or self.mode)


async def load_budgets(conn: AsyncConnection) -> list[GroupBudget]:
    """Every disk group that is reported now, in the order of the mounts."""
    groups = await queries.active_groups(conn)
    return [await _budget(conn, group, groups) for group in groups]


def companions_of(group: GroupBudget, budgets: Sequence[GroupBudget]) -> set[int]:
    """Whose items may leave with a collection of this group, as long as nothing holds them (D6)."""
    return {one.id for one in budgets if one.id != group.id and one.mode is group.mode and one.usage is not None}


async def _budget(conn: AsyncConnection, group: Row[Any], groups: Sequence[Row[Any]]) -> GroupBudget:
    usage, in_flight = usage_of(group), 0
    if usage is not None:
        in_flight = await queries.bytes_in_flight(conn, on_same_disk(group, groups), group.read_at)
    return GroupBudget(group.id, group.mount_path, group.mode, usage, in_flight)
