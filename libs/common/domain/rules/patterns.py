"""How large a regular expression may be: what it costs to match grows with its parts, written out, and their kind."""

import re

MAX_CHARACTERS = 500
MAX_PARTS = 500
"""A long list of titles costs nothing. The slowest pattern found below this takes two hundred times as long as looking
for a text, and those above it two thousand times and more (`benchmarks/patterns.py`)."""

_WIDE = 10
"""What a dot, a class or an escape counts: what fits many characters has the engine follow many ways at once."""

_TOKEN = re.compile(
    r"""
      (?P<open> \( (?: \? [a-zA-Z-]* :? )? )
    | (?P<close> \) )
    | \{ \s* (?P<least> [0-9]* ) \s* (?: , \s* (?P<most> [0-9]* ) \s* )? \}
    | (?P<sign> [*+?] )
    | (?P<wide> \\[pPxuU]\{[^}]*\} | \\[A-Za-z] | \[\^?\]?(?:\\.|[^\]\\])*\] | \. )
    | \\. | .
    """,
    re.VERBOSE | re.DOTALL,
)


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern is not even tried, as the end of a sentence. Whether its syntax is right only the engine knows."""
    if len(pattern) > MAX_CHARACTERS:
        return f"has {len(pattern)} characters; a regular expression may have {MAX_CHARACTERS}"
    if any("x" in (token["open"] or "") for token in _TOKEN.finditer(pattern)):
        return "uses the flag x, which is not supported"  # its comments could hide parts from our count
    if count_parts(pattern) > MAX_PARTS:
        return f"is too large: repetitions written out, it may have {MAX_PARTS} parts; a dot or class counts {_WIDE}"
    return None


def count_parts(pattern: str) -> int:
    """What there is to match, each part as often as its counted repetitions say; rather too many than too few."""
    levels = [_Level()]
    for token in _TOKEN.finditer(pattern):
        if token["open"]:
            levels.append(_Level())
        elif token["close"]:
            _close(levels)
        elif token["least"] is not None:
            levels[-1].repeat(max(int(token["least"] or 1), int(token["most"] or 1), 1))
        elif not token["sign"]:
            levels[-1].add(_WIDE if token["wide"] else 1)
    while len(levels) > 1:
        _close(levels)
    return levels[0].total


class _Level:
    """One pair of brackets: what stands before its newest part, and that part, which a repetition would repeat."""

    def __init__(self) -> None:
        self._before = 0
        self._newest = 0

    @property
    def total(self) -> int:
        return self._before + self._newest

    def add(self, parts: int) -> None:
        self._before += self._newest
        self._newest = parts

    def repeat(self, times: int) -> None:
        self._newest *= times


def _close(levels: list[_Level]) -> None:
    """A bracket that closes nothing is left to the engine, which refuses it."""
    if len(levels) > 1:
        inner = levels.pop()
        levels[-1].add(inner.total)
