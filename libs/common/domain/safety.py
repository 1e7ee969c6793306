"""The owner's safety settings: what each may be, and the safe value that stands in for anything else (S-28)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Bounds:
    """A whole number from `low` to `high`; `safe` is its default."""

    low: int
    high: int
    safe: int

    def admit(self, stored: object) -> int:
        """The stored value, or the safe one for what is missing, no whole number or out of bounds."""
        if not isinstance(stored, int) or isinstance(stored, bool):
            return self.safe
        return stored if self.low <= stored <= self.high else self.safe


NUMBERS: Mapping[str, Bounds] = {
    "evidence_max_age_hours": Bounds(1, 8760, 48),
    "evidence_min_weight_pct": Bounds(0, 100, 60),
    "min_file_age_days": Bounds(0, MAX_DAYS, 7),
    "max_delete_pct_per_run": Bounds(1, 100, 30),
    "source_shrink_pct": Bounds(0, 100, 50),
    "convergence_pct": Bounds(0, 100, 50),
    "boomerang_days": Bounds(0, MAX_DAYS, 30),
}
"""By column of the preferences. The bounds of the api and of the database are the same."""

SWITCHES: Mapping[str, bool] = {
    "unmonitor_seasons": True,
    "count_earlier_plays": False,
    "season_inherits_show_activity": True,
    "refuse_while_playing": True,
}
"""Switches by column, with their safe values, which are the defaults."""


@dataclass(frozen=True, slots=True)
class SafetySettings:
    """What counts, whatever is stored. `deletions_enabled` has another default: it is on only where that is stored."""

    evidence_max_age_hours: int
    evidence_min_weight_pct: int
    min_file_age_days: int
    max_delete_pct_per_run: int
    source_shrink_pct: int
    convergence_pct: int
    boomerang_days: int
    unmonitor_seasons: bool
    count_earlier_plays: bool
    season_inherits_show_activity: bool
    refuse_while_playing: bool
    deletions_enabled: bool

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "SafetySettings":
        """From the columns of the preferences, as many as there are."""
        numbers: dict[str, Any] = {name: bounds.admit(stored.get(name)) for name, bounds in NUMBERS.items()}
        switches: dict[str, Any] = {name: safe_switch(name, stored.get(name)) for name in SWITCHES}
        return cls(**numbers, **switches, deletions_enabled=stored.get("deletions_enabled") is True)


def safe_switch(name: str, stored: object) -> bool:
    """The stored value, or the safe one for what is neither true nor false."""
    return stored if isinstance(stored, bool) else SWITCHES[name]


ALL_SAFE = SafetySettings.of({})
"""What counts while nothing is known."""
