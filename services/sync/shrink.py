"""When a source that suddenly returns far fewer items is not believed (S-09)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shrink:
    """A read that would take away most of a source. `expected` counts the items the last complete read had left."""

    expected: int
    read: int
    min_share_pct: int

    @property
    def sentence(self) -> str:
        """What happened and what to do, for a person."""
        return (
            f"returned {self.read} items where {self.expected} were expected, less than {self.min_share_pct} %; "
            "its former items stay until somebody confirms the change"
        )


def shrink(
    *, previous: int | None, removed_by_us: int, confirmed: int | None, read: int, min_share_pct: int
) -> Shrink | None:
    """The reason not to believe a read of `read` items, or None.

    `previous` is the size of the last complete read (None: there was none) and `removed_by_us` how many of its items
    our own deletions took. `confirmed` is the size of a refused read that a person accepted since: from then on, only
    a read that is much smaller still is refused. `min_share_pct` is 0 to 100; 0 switches the check off.
    """
    if previous is None:
        return None
    expected = max(previous - removed_by_us, 0)
    if confirmed is not None:
        expected = min(expected, confirmed)
    if read * 100 >= expected * min_share_pct:
        return None
    return Shrink(expected, read, min_share_pct)
