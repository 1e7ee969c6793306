"""What a disk group's settings become when somebody edits them, or why not. Pure."""

from dataclasses import dataclass
from typing import Any

from libs.common.domain.enums import ExecutionMode
from services.api.disk_groups.wire import DiskGroupChange
from services.api.errors import BadInputError

_LOWEST, _HIGHEST = 1, 99


@dataclass(frozen=True, slots=True)
class Settings:
    """The owner's part of a disk group. Percentages are of the effective total."""

    threshold_pct: float
    target_pct: float
    total_bytes_override: int | None
    mode: ExecutionMode
    sunset_pct: float | None

    def columns(self) -> dict[str, Any]:
        """As they are stored."""
        return {
            "threshold_pct": self.threshold_pct,
            "target_pct": self.target_pct,
            "total_bytes_override": self.total_bytes_override,
            "mode": self.mode,
            "sunset_pct": self.sunset_pct,
        }


def edited(stored: Settings, body: DiskGroupChange) -> Settings:
    """The settings after the edit. Raises `BadInputError` naming the member that does not fit."""
    for member, value in (("thresholdPct", body.threshold_pct), ("targetPct", body.target_pct)):
        if not _LOWEST <= value <= _HIGHEST:
            raise BadInputError(f"{member}: must be between {_LOWEST} and {_HIGHEST}")
    if body.threshold_pct <= body.target_pct:
        raise BadInputError("thresholdPct: must be above targetPct")
    mode = body.mode or stored.mode
    return Settings(
        threshold_pct=body.threshold_pct,
        target_pct=body.target_pct,
        total_bytes_override=_override(stored, body),
        mode=mode,
        sunset_pct=_sunset_pct(stored, body) if mode is ExecutionMode.SUNSET else None,
    )


def _override(stored: Settings, body: DiskGroupChange) -> int | None:
    if "total_bytes_override" not in body.model_fields_set:
        return stored.total_bytes_override
    if body.total_bytes_override is not None and body.total_bytes_override < 0:
        raise BadInputError("totalBytesOverride: must not be negative")
    return body.total_bytes_override or None


def _sunset_pct(stored: Settings, body: DiskGroupChange) -> float:
    given = body.sunset_pct if "sunset_pct" in body.model_fields_set else stored.sunset_pct
    if given is None or not 0 < given < body.target_pct:
        raise BadInputError("sunsetPct: sunset mode needs one above 0 and below targetPct")
    return given
