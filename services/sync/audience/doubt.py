"""When a reading that came to its end is still not believed: much less than before, and nobody confirmed it."""

_BELIEVED_PCT = 80
"""A reading with less than this share of the former rows waits for a second one that agrees (integrations.md 16.6)."""

_FEW = 10
"""Below so many rows a share says nothing."""


def is_doubtful(rows: int, *, former: int, suspected: int | None) -> bool:
    """True when `rows` are so much fewer than the `former` ones that something may be broken.

    `suspected` is the size of the reading before this one, if that was doubtful too: two that agree are believed.
    """
    if former < _FEW or rows * 100 >= former * _BELIEVED_PCT:
        return False
    agrees = suspected is not None and abs(rows - suspected) * 100 <= max(rows, suspected) * (100 - _BELIEVED_PCT)
    return not agrees
