"""Event ids: `<unix seconds>-<stream sequence>`, made of what the stream itself knows, so every replica agrees."""

import re
from dataclasses import dataclass

_SEED_FORM = re.compile(r"([0-9]{1,12})-([0-9]{1,19})")
_PLAIN = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class RequestedId:
    """An id a client came back with. `seconds` None: it sent a bare sequence, which has no time to compare."""

    sequence: int
    seconds: int | None = None


def event_id(seconds: int, sequence: int) -> str:
    """The id of the message `sequence` that the stream stored at `seconds`; at least three digits, growing beyond."""
    return f"{seconds}-{sequence:03d}"


def parse(text: str) -> RequestedId | None:
    """Read both forms; None for anything else. Only plain ASCII digits count."""
    if not text.isascii():
        return None
    if match := _SEED_FORM.fullmatch(text):
        return RequestedId(int(match[2]), int(match[1]))
    return RequestedId(int(text)) if _PLAIN.fullmatch(text) else None
