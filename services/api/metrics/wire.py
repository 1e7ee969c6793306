"""The usage of disks over time on the wire."""

from typing import Literal

from libs.common.domain.enums import HistoryResolution
from services.api.wire import Answer, Time


class HistoryPoint(Answer):
    """Bytes of one disk group. An hourly, daily or weekly point is the mean of the time that begins at `timestamp`."""

    id: int
    timestamp: Time
    total_capacity: int
    used_capacity: int
    resolution: HistoryResolution
    disk_group_id: int | None = None
    created_at: Time


class HistoryEnvelope(Answer):
    """What `envelope=true` wraps around the points."""

    status: Literal["success"] = "success"
    data: list[HistoryPoint]
