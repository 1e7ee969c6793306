"""Whether a regular expression can be used: the only judge is the engine that will match it."""

import re

_FAULT = re.compile(r"^error: (?P<what>.+)$", re.MULTILINE)
_TOO_LARGE = "exceeds size limit"


def fault_of(pattern: str) -> str | None:
    """Why the pattern cannot be used, as the end of a sentence; None when it can. Takes half a second at most."""
    import polars as pl

    try:
        pl.DataFrame({"text": []}, schema={"text": pl.String}).select(pl.col("text").str.contains(f"(?i){pattern}"))
    except pl.exceptions.PolarsError as exc:
        return _sentence(str(exc))
    return None


def _sentence(message: str) -> str:
    """Polars 2.1 repeats the pattern and the whole expression around the one line that helps."""
    if _TOO_LARGE in message:
        return "is too large a regular expression; use fewer repetitions"
    found = _FAULT.findall(message)
    return f"is no valid regular expression: {found[-1]}" if found else "is no valid regular expression"
