"""Disk groups on the wire."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from libs.common.domain.enums import ExecutionMode, IntegrationType
from services.api.wire import Answer, Body, Num, Number, Time, Whole


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


class DiskGroupChange(Body):
    """Both percentages are required. Absent members keep; null or 0 ends the override."""

    threshold_pct: Number = 0
    target_pct: Number = 0
    total_bytes_override: Annotated[Whole | None, Field(description="bytes; null or 0 ends the override")] = None
    mode: Annotated[ExecutionMode | None, BeforeValidator(_blank_is_none)] = None
    sunset_pct: Number | None = None


class LinkedIntegration(Answer):
    id: int
    name: str
    type: IntegrationType


class DiskGroup(Answer):
    """One mount. The effective total is the override when there is one. `sunsetPct` exists in sunset mode only."""

    id: int
    mount_path: str
    total_bytes: int
    used_bytes: int
    total_bytes_override: int | None = None
    threshold_pct: Num
    target_pct: Num
    mode: ExecutionMode
    sunset_pct: Num | None = None
    stale_since: Time | None = None
    created_at: Time
    updated_at: Time
    warnings: Annotated[
        list[str] | None, Field(description="in auto and sunset: what its integrations could not bring back")
    ] = None


class ListedDiskGroup(DiskGroup):
    """With the integrations that report it."""

    integrations: list[LinkedIntegration]
