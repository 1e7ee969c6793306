"""Shares of a disk, exactly as their owner wrote them: in floating numbers 57 of 100 would be less than 57 %."""

from fractions import Fraction


def share_of(total_bytes: int, pct: float) -> Fraction:
    """So many bytes are `pct` (0 to 100, by its decimal digits) of the total."""
    return Fraction(repr(pct)) * total_bytes / 100
