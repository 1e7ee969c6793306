"""The demonstration: simulated upstreams with a full library, remembered over restarts."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from libs.local.children import Child, StartError, dies_with_us
from libs.local.options import free_port
from libs.local.probes import read_json

_START_TIMEOUT_S = 60.0
_SEED = "42"


class Demonstration:
    """The simulator as one more child. Its port stays the same while nobody else takes it."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "demo"
        self._folder.mkdir(parents=True, exist_ok=True)
        self.port = self._remembered_port()
        self.child = Child(
            "simulator",
            dies_with_us(
                [
                    *(sys.executable, "-m", "libs.simulator", "--host", "127.0.0.1", "--port", str(self.port)),
                    *("--profile", "demo", "--seed", _SEED, "--state-dir", str(self._folder)),
                ]
            ),
            data_dir / "logs" / "simulator.log",
            dict(os.environ),
        )

    @property
    def url(self) -> str:
        """Where the simulator lives; its ledger is below `/_sim/ledger`."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> list[dict[str, Any]]:
        """Start it and answer its instances: type, name, url and apiKey of each. Raises `StartError`."""
        self.child.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self.child.alive:
            try:
                return list(read_json(f"{self.url}/_sim/instances"))
            except OSError:
                time.sleep(0.05)
        raise StartError(f"the simulator did not start:\n{self.child.log_tail()}")

    def _remembered_port(self) -> int:
        file = self._folder / "port.json"
        try:
            port = int(json.loads(file.read_text()))
        except (OSError, ValueError):
            port = 0
        if not port or not _is_free(port):
            port = free_port()
            file.write_text(json.dumps(port))
        return port


def _is_free(port: int) -> bool:
    import socket

    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False
