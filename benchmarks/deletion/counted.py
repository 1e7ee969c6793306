"""The deleter as a process, with its statements counted in a file that may be read meanwhile: see `statements_in`."""

import mmap
import struct
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from libs.common.observability.service import run_service
from services.deleter.app import build

_NUMBER = struct.Struct("<q")


def new_counter(path: Path) -> None:
    """A file that says none."""
    path.write_bytes(_NUMBER.pack(0))


def statements_in(path: Path) -> int:
    """How many the process has sent so far; begin and commit are not among them."""
    return int(_NUMBER.unpack(path.read_bytes())[0])


def _count_into(path: Path) -> None:
    with path.open("r+b") as file:
        counter = mmap.mmap(file.fileno(), _NUMBER.size)

    def count(*_: Any) -> None:
        (sent,) = _NUMBER.unpack_from(counter)
        _NUMBER.pack_into(counter, 0, sent + 1)

    event.listen(Engine, "before_cursor_execute", count)


if __name__ == "__main__":
    _count_into(Path(sys.argv[1]))
    run_service("deleter", build)
