"""The product's processes as a test holds them: started for real, killed for real."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_HANDED_DOWN = {"PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"}
SERVICES = ("api", "sync", "engine", "deleter", "notifier")


def free_port() -> int:
    """A port nobody listens on now, below those that outgoing connections take for themselves meanwhile."""
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class ServiceProcess:
    """One `python -m services.<name>`, or another replica of it. Its output goes to `<folder>/<label>.log`."""

    name: str
    label: str
    folder: Path
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    admin_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    log_began: int = 0

    def start(self) -> None:
        """Begin; `wait_ready` tells when it serves."""
        environment = {
            **{key: value for key, value in os.environ.items() if key in _HANDED_DOWN},
            **self.environment,
            "PORT": str(self.port),
            "ADMIN_PORT": str(self.admin_port),
        }
        with (self.folder / f"{self.label}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.name}"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self, within_s: float = 60.0) -> None:
        """Return when `/readyz` says so; fail with the end of the log when it does not."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if not self.alive:
                break
            if self.probe("readyz") == 200:
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.label} is not ready:\n{self.log[-4000:]}")

    def probe(self, path: str) -> int:
        """The status of one probe; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as exc:
            return exc.code
        except OSError:
            return 0

    @property
    def alive(self) -> bool:
        """Whether the process runs; a zombie does not."""
        return self.process is not None and self.process.poll() is None

    @property
    def log(self) -> str:
        """What it has written so far, or since its log was last begun anew."""
        return self._written()[self.log_began :].decode(errors="replace")

    def begin_log_anew(self) -> None:
        """What it has written so far is another test's."""
        self.log_began = len(self._written())

    def _written(self) -> bytes:
        path = self.folder / f"{self.label}.log"
        return path.read_bytes() if path.exists() else b""

    def kill(self) -> None:
        """`kill -9`: no warning, no last words."""
        self._end(signal.SIGKILL)

    def stop(self, within_s: float = 20.0) -> None:
        """SIGTERM, and SIGKILL when it does not obey."""
        self._end(signal.SIGTERM, within_s)

    def _end(self, with_signal: signal.Signals, within_s: float = 5.0) -> None:
        if self.process is None:
            return
        if self.alive:
            self.process.send_signal(with_signal)
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
