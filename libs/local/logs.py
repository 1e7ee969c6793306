"""Log files of the child processes: what a person is shown of them, and how much of the disk they may take."""

import os
import shutil
from pathlib import Path

TAIL_BYTES = 4000
LARGEST_BYTES = 20 * 1024 * 1024
"""Per file; as much again may lie in its `.1`."""


def size_bytes(log: Path) -> int:
    """0 for a log that does not exist yet."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def tail(log: Path, since_byte: int = 0) -> str:
    """The end of what was written behind `since_byte`."""
    size = size_bytes(log)
    if size == 0:
        return ""
    with log.open("rb") as file:
        file.seek(max(since_byte if since_byte < size else 0, size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()


def trim(folder: Path) -> None:
    """Set aside what grew too large. Writers keep their files open, so the content is copied and the file emptied."""
    for log in folder.glob("*.log"):
        if size_bytes(log) > LARGEST_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)
