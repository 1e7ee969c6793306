"""Start-up time from nothing and warm, and resident memory of each process at idle: `python -m benchmarks.startup`.

Prints Markdown for the README. "From nothing" means an empty data folder with the dependencies installed: initdb, first
migration, and five services. "Warm" is the next start on the same folder.
"""

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
READY = re.compile(rb"^ready: http://")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until the ready line, and MiB of resident memory by process at idle."""

    seconds: float
    memory_mib: dict[str, float]


@contextmanager
def running(data_dir: Path, port: int, *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    """`capacitarr up` in the foreground; stopped like a person would."""
    command = [sys.executable, "-m", "libs.cli", "up", "--port", str(port), "--data-dir", str(data_dir), *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_ready(process: subprocess.Popen[bytes]) -> None:
    """Read output up to the ready line; an early end is an error with what was printed."""
    printed = b""
    for line in process.stdout or ():
        printed += line
        if READY.match(line):
            return
    raise SystemExit(f"never ready:\n{printed.decode(errors='replace')}")


def idle_memory(supervisor: int, settle_s: float) -> dict[str, float]:
    """Resident memory after `settle_s` seconds of rest; Postgres' processes are added up."""
    time.sleep(settle_s)
    root = psutil.Process(supervisor)
    sizes = {"supervisor": root.memory_info().rss / MIB}
    for child in root.children(recursive=True):
        name = _name(child)
        if name:
            sizes[name] = sizes.get(name, 0.0) + child.memory_info().rss / MIB
    return sizes


def _name(process: psutil.Process) -> str:
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return ""
    service = re.search(r"-m services\.(\w+)", line)
    if service:
        return service[1]
    if "libs.simulator" in line:
        return "simulator"
    return next((kind for kind in ("nats-server", "postgres") if kind in line), "")


def measure(data_dir: Path, port: int, settle_s: float) -> Start:
    """One start on `data_dir`, and the memory at rest."""
    began = time.monotonic()
    with running(data_dir, port) as process:
        wait_ready(process)
        took = time.monotonic() - began
        return Start(took, idle_memory(process.pid, settle_s))


def report(cold: list[Start], warm: list[Start]) -> str:
    """The figures as Markdown."""
    machine = (
        f"Machine: {os.cpu_count()} cores, {psutil.virtual_memory().total / 1024**3:.0f} GiB, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}."
    )
    rows = [
        machine,
        "",
        "| start | seconds |",
        "|---|---|",
        f"| from nothing (empty data folder) | {_span(cold)} |",
        f"| warm | {_span(warm)} |",
        "",
        "| process at idle | resident MiB |",
        "|---|---|",
    ]
    memory = warm[-1].memory_mib
    rows += [f"| {name} | {size:.0f} |" for name, size in sorted(memory.items())]
    rows.append(f"| all | {sum(memory.values()):.0f} |")
    return "\n".join(rows)


def _span(starts: list[Start]) -> str:
    seconds = sorted(start.seconds for start in starts)
    return f"{seconds[0]:.1f}" if len(seconds) == 1 else f"{seconds[0]:.1f} to {seconds[-1]:.1f}"


def main() -> None:
    """Measure `--rounds` cold and warm starts and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 11))
    parser.add_argument("--port", type=int, default=4300)
    parser.add_argument("--settle", type=float, default=10.0, help="seconds of rest before memory is read")
    options = parser.parse_args()
    cold, warm = [], []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(measure(Path(folder) / "data", options.port, 0))
            warm.append(measure(Path(folder) / "data", options.port, options.settle))
    print(report(cold, warm))


if __name__ == "__main__":
    main()
