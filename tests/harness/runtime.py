"""The embedded runtime as a test holds it: the real supervisor and servers over stub services."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from libs.local.postgres_folder import socket_folder
from tests.harness.processes import ROOT

READY = "ready: http://127.0.0.1:"


class Runtime:
    """One start of the runtime. What it prints, to either stream, is in `printed`."""

    def __init__(
        self, port: int, data_dir: Path, environment: dict[str, str] | None = None, prefix: tuple[str, ...] = ()
    ) -> None:
        self.port = port
        self.data_dir = data_dir
        self.output = data_dir.with_name(f"output-{time.monotonic_ns()}.txt")
        with self.output.open("wb") as out, signals_are_heard():
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "tests.harness.stub_runtime", str(port), str(data_dir)],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.output.read_text()

    @property
    def database_url(self) -> str:
        """Of the database it embeds."""
        return f"postgresql+asyncpg://capacitarr@/capacitarr?host={socket_folder(self.data_dir.resolve())}"

    def wait_ready(self) -> None:
        wait_for(lambda: READY in self.printed or self.process.poll() is not None)
        assert READY in self.printed, self.printed

    def children(self) -> dict[str, psutil.Process]:
        rows = json.loads((self.data_dir / "children.json").read_text())
        return {name: psutil.Process(pid) for name, pid, *_ in rows if psutil.pid_exists(pid)}

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(40)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def signals_are_heard() -> Iterator[None]:
    """Programs started meanwhile hear SIGHUP and SIGINT, also when the tests run under `nohup` or in the background.

    What ignores a signal hands that down to every program it starts; what handles it does not.
    """
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGHUP, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for(probe: Callable[[], bool], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not probe():
        assert time.monotonic() < deadline, "the condition never came"
        time.sleep(0.05)


def gone(processes: dict[str, psutil.Process]) -> bool:
    return not [name for name, process in processes.items() if running(process)]


def running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def six_free_ports() -> int:
    """The first of six neighbours that are free, below the range from which the system lends ports."""
    for _ in range(200):
        first = random.randrange(15_000, 32_000)
        try:
            for number in range(first, first + 6):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no six free ports")


def nameless_user() -> tuple[str, ...]:
    """Makes a command run as a user that the system has no name for; nothing where user namespaces are forbidden."""
    prefix = ("unshare", "--user", "--map-user=54321", "--map-group=54321", "--")
    works = subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0
    return prefix if works else ()


def path_of_programs(folder: Path, *names: str) -> dict[str, str]:
    """A PATH on which only these programs are found, as on a machine that has no others."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(found(name))
    return {"PATH": str(folder)}


def found(name: str) -> Path:
    """Where a program lies on this machine."""
    places = [Path(place) / name for place in ("/usr/bin", "/bin", "/usr/sbin", "/sbin")]
    return next(place for place in places if place.exists())
