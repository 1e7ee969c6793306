"""Cuts a page out of a list, and bends it when a fault says so."""

from collections.abc import Sequence
from typing import TypeVar

from libs.simulator.calls import Call
from libs.simulator.faults import FaultKind

T = TypeVar("T")
_MISCOUNT = 7


def page_of(rows: Sequence[T], call: Call, *, start: int, size: int) -> tuple[Sequence[T], int]:
    """`size` rows from `start` on, and how many there are altogether.

    An empty page comes instead of any; a page behind the first repeats the first; a wrong total counts rows that do
    not exist.
    """
    if call.page_fault is FaultKind.EMPTY_PAGE:
        return [], len(rows)
    if call.page_fault is FaultKind.REPEATED_PAGE and start > 0:
        start = 0
    total = len(rows) + (_MISCOUNT if call.page_fault is FaultKind.WRONG_TOTAL else 0)
    return rows[start : start + size], total
