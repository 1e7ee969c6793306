"""NATS with JetStream from the wheel: on loopback, on a port that stays the same over restarts."""

import json
import shutil
import sys
from pathlib import Path

from libs.local.children import Child, StartError, dies_with_us
from libs.local.patience import Question, never, wait_until

_START_TIMEOUT_S = 120.0
"""Long, because large streams are read again after a crash."""


class EmbeddedNats:
    """A server that keeps its streams in `<data_dir>/nats`.

    With `port=0` the first start takes a free port without a race (the server itself reports it), and later ones of
    this object reuse it, so that clients find their way back. `stopping` is asked while it starts; a yes ends the wait
    with `StopRequestedError`.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, stopping: Question = never) -> None:
        self._data_dir = data_dir.resolve()
        self._folder = self._data_dir / "nats"
        self._port = port
        self._stopping = stopping
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """The address for clients; known once it has started."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self.child is None else self.child.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self.child is not None and self.child.alive

    def start(self) -> str:
        """Start and wait until it takes connections. Raises `StartError`."""
        ports = self._folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        command = [
            _binary(),
            *("--addr", "127.0.0.1", "--port", str(self._port or -1)),
            *("--jetstream", "--store_dir", str(self._folder / "store"), "--ports_file_dir", str(ports)),
        ]
        self.child = Child("nats", dies_with_us(command), self._data_dir)
        self.child.start()
        self._port = self._reported_port(ports, self.child)
        return self.url

    def stop(self) -> None:
        """Shut down cleanly."""
        if self.child is not None:
            self.child.stop()

    def kill(self) -> None:
        """`kill -9`; streams on disk survive it."""
        if self.child is not None:
            self.child.kill()

    def _reported_port(self, ports: Path, child: Child) -> int:
        wait_until(lambda: _read_port(ports) is not None or not child.alive, _START_TIMEOUT_S, self._stopping)
        port = _read_port(ports)
        if port is None or not child.alive:
            child.kill()
            raise StartError(f"NATS did not start:\n{child.log_tail()}")
        return port


def _read_port(ports: Path) -> int | None:
    """The port the server reports; None while the file is missing or half written."""
    for report in ports.glob("*.ports"):
        try:
            addresses = json.loads(report.read_text())["nats"]
        except (OSError, ValueError, KeyError):
            return None
        return int(addresses[0].rpartition(":")[2])
    return None


def _binary() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise StartError("the embedded NATS is not installed; set NATS_URL or install the `local` extra")
    return found
