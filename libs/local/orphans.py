"""Who was left behind by an instance that was killed: told by process id, command line and data folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Any

import psutil

from libs.local.children import Child

_STOP_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Remembered:
    """One child as it was written down. `stop_signal` is the number of its polite request."""

    name: str
    pid: int
    stop_signal: int
    command: tuple[str, ...]


def remember(file: Path, children: Mapping[str, Child]) -> None:
    """Write down who runs."""
    known = [[name, child.pid, int(child.stop_signal), list(child.command)] for name, child in children.items()]
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(known))
    fresh.replace(file)


def read_remembered(file: Path) -> list[Remembered]:
    """Who ran when the file was written; nobody when it is missing or damaged, as after the first start."""
    try:
        return [Remembered(str(name), int(pid), int(stop), tuple(command)) for name, pid, stop, command in _rows(file)]
    except (TypeError, ValueError):
        return []


def stop_orphans(file: Path, data_dir: Path) -> list[str]:
    """Stop what still runs of those written down; answers the names. Safe to repeat."""
    left = {known.name: (known, process) for known, process in _left_behind(file, data_dir)}
    for known, process in left.values():
        _signal(process, known.stop_signal)
    _, stubborn = psutil.wait_procs([process for _, process in left.values()], timeout=_STOP_WITHIN_S)
    for process in stubborn:
        _signal(process, SIGKILL)
    psutil.wait_procs(stubborn, timeout=_STOP_WITHIN_S)
    return sorted(left)


def is_same_program(remembered: Sequence[str], running: Sequence[str]) -> bool:
    """Whether a command line is what we started, with or without the programs that only prepare and then become it."""
    return bool(running) and list(remembered[-len(running) :]) == list(running)


def _rows(file: Path) -> list[list[Any]]:
    try:
        return list(json.loads(file.read_text()))
    except FileNotFoundError:
        return []


def _left_behind(file: Path, data_dir: Path) -> Iterator[tuple[Remembered, psutil.Process]]:
    for known in read_remembered(file):
        with suppress(psutil.Error):  # gone, or not ours to look at: then it is not our child either
            process = psutil.Process(known.pid)
            if process.status() != psutil.STATUS_ZOMBIE and _is_ours(process, known, data_dir):
                yield known, process


def _is_ours(process: psutil.Process, known: Remembered, data_dir: Path) -> bool:
    """A recycled process id belongs to another program, or to an instance on another folder."""
    same = is_same_program(known.command, process.cmdline())
    return same and process.environ().get("DATA_DIR") == str(data_dir)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
