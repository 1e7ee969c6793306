"""NATS with JetStream from the wheel: on loopback, on a port that stays the same over restarts."""

import json
import shutil
import sys
import time
from pathlib import Path

from libs.local.children import Child, StartError, dies_with_us

_START_TIMEOUT_S = 30.0


class EmbeddedNats:
    """A server that keeps its streams in `<data_dir>/nats`.

    With `port=0` the first start takes a free port without a race (the server itself reports it), and later ones of
    this object reuse it, so that clients find their way back.
    """

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self._folder = data_dir.resolve() / "nats"
        self._log = data_dir.resolve() / "logs" / "nats.log"
        self._port = port
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The address for clients; known once it has started."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self._child is None else self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.alive

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
        self._child = Child("nats", dies_with_us(command), self._log)
        self._child.start()
        self._port = self._reported_port(ports, self._child)
        return self.url

    def stop(self) -> None:
        """Shut down cleanly."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """`kill -9`; streams on disk survive it."""
        if self._child is not None:
            self._child.kill()

    def _reported_port(self, ports: Path, child: Child) -> int:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and child.alive:
            for report in ports.glob("*.ports"):
                try:
                    addresses = json.loads(report.read_text())["nats"]
                except (ValueError, KeyError):
                    break
                return int(addresses[0].rpartition(":")[2])
            time.sleep(0.02)
        child.kill()
        raise StartError(f"NATS did not start:\n{child.log_tail()}")


def _binary() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise StartError("the embedded NATS is not installed; set NATS_URL or install the `local` extra")
    return found
