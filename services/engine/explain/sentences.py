"""How numbers and moments read in a sentence."""

from datetime import datetime

_GIGABYTE = 1024**3


def gigabytes(size_bytes: float) -> str:
    """Binary gigabytes with two decimals, as rules show sizes."""
    return f"{size_bytes / _GIGABYTE:.2f} GB"


def day(moment: datetime) -> str:
    """The UTC date."""
    return moment.strftime("%Y-%m-%d")


def minute(moment: datetime) -> str:
    """UTC, to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def points(score: float) -> str:
    """A score as people see it: 0 to 100, one decimal, not capped."""
    return f"{score * 100:.1f}"


def number(value: float) -> str:
    """Without an idle `.0`."""
    return f"{value:g}"


def listed(names: list[str], most: int = 5) -> str:
    """A few names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
