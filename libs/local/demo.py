"""The demonstration: simulated upstreams with a full library, remembered over restarts."""

import os
import sys
from pathlib import Path
from typing import Any

from libs.local.children import Child, StartError, dies_with_us
from libs.local.options import free_port, why_taken
from libs.local.patience import Question, never, wait_until
from libs.local.probes import NoAnswerError, read_json

_START_TIMEOUT_S = 60.0
_SEED = "42"


class Demonstration:
    """The simulator as one more child. Its port stays the same while nobody else takes it."""

    def __init__(self, data_dir: Path, *, stopping: Question = never) -> None:
        self._folder = data_dir / "demo"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stopping = stopping
        self.port = self._remembered_port()
        self.child = Child("simulator", dies_with_us(self._command()), data_dir, dict(os.environ))

    @property
    def url(self) -> str:
        """Where the simulator lives; its ledger is below `/_sim/ledger`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether the simulator runs."""
        return self.child.alive

    def start(self) -> None:
        """Start it and wait until its library stands. Raises `StartError`."""
        self.child.start()
        wait_until(lambda: self._is_up() or not self.alive, _START_TIMEOUT_S, self._stopping)
        if not self._is_up():
            self.child.kill()
            raise StartError(f"the simulator did not start:\n{self.child.log_tail()}")

    def instances(self) -> list[dict[str, Any]]:
        """Type, name, url and apiKey of each simulated system. Raises `StartError`."""
        try:
            return list(read_json(f"{self.url}/_sim/instances"))
        except NoAnswerError as exc:
            raise StartError(f"the simulator does not say what it simulates: {exc}") from exc

    def _is_up(self) -> bool:
        try:
            read_json(f"{self.url}/_sim/ready")
        except NoAnswerError:
            return False
        return True

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "libs.simulator", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--profile", "demo", "--seed", _SEED, "--state-dir", str(self._folder)),
        ]

    def _remembered_port(self) -> int:
        file = self._folder / "port"
        try:
            port = int(file.read_text())
        except (OSError, ValueError):
            port = 0
        if not 0 < port <= 65535 or why_taken(port) is not None:
            port = free_port()
            file.write_text(str(port))
        return port
