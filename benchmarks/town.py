"""What a measured sync runs on: a simulator, Postgres, NATS and the sync service, each a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
from sqlalchemy import insert

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.domain.enums import IntegrationType
from libs.common.security.secrets import SecretBox
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
from libs.simulator.sizes import audience_for

ROOT = Path(__file__).resolve().parents[1]
MIB = 1024 * 1024
SECRET_KEY = "a-secret-key-for-measurements-0123456789"  # noqa: S105  seals only keys of simulated systems
_SAMPLE_EVERY_S = 0.02
_REST_S = 5.0
"""Until a service that has just started lies still, and every integration has been probed once."""


@dataclass(frozen=True, slots=True)
class Town:
    """All systems are connected and nothing has been read. `plays` are those of all media servers."""

    database_url: str
    nats_url: str
    simulator: str
    sync_pid: int
    plays: int

    def traffic(self) -> dict[str, Any]:
        """What the simulator was asked, and answered, since this was last forgotten."""
        told: dict[str, Any] = httpx.get(f"{self.simulator}/_sim/traffic", timeout=60).json()
        return told

    def forget_traffic(self) -> None:
        """Count anew."""
        httpx.delete(f"{self.simulator}/_sim/traffic", timeout=60)


@contextmanager
def town_of(items: int, patience_s: float) -> Iterator[Town]:
    """A town whose library has so many items; everything is gone at the end."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        simulator = parts.enter_context(_simulator(folder, items))
        database_url = parts.enter_context(server(EmbeddedPostgres(folder)))
        nats_url = parts.enter_context(server(EmbeddedNats(folder)))
        wait_until_answered(f"{simulator}/_sim/ready", patience_s)
        asyncio.run(_connect(database_url, httpx.get(f"{simulator}/_sim/instances", timeout=60).json()))
        settings = {"DATABASE_URL": database_url, "NATS_URL": nats_url, "DATA_DIR": str(folder)}
        sync_pid = parts.enter_context(_sync_service(folder, settings, patience_s))
        time.sleep(_REST_S)
        yield Town(database_url, nats_url, simulator, sync_pid, audience_for(items).plays)


@contextmanager
def _simulator(folder: Path, items: int) -> Iterator[str]:
    port = str(free_port())
    with process(folder, ["libs.simulator", "--items", str(items), "--port", port]):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _sync_service(folder: Path, settings: dict[str, str], patience_s: float) -> Iterator[int]:
    """The process id of the service, which is ready."""
    ports = {"PORT": str(free_port()), "ADMIN_PORT": str(free_port())}
    more = {"SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "warn"}
    with process(folder, ["services.sync"], {**settings, **ports, **more}) as sync:
        wait_until_answered(f"http://127.0.0.1:{ports['ADMIN_PORT']}/readyz", patience_s)
        yield sync.pid


class Memory:
    """Resident memory of a process in MiB: `idle_mib` at the beginning, `peak_mib` the most that was seen since."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self.idle_mib = self.peak_mib = self._now()

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLE_EVERY_S):
            self.peak_mib = max(self.peak_mib, self._now())

    def _now(self) -> float:
        return float(self._process.memory_info().rss / MIB)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _connect(database_url: str, instances: list[dict[str, str]]) -> None:
    await migrate(database_url)
    db, box, now = Database(database_url), SecretBox(SECRET_KEY), real_now()
    rows = [
        {
            "type": IntegrationType(instance["type"]),
            "name": instance["name"],
            "url": instance["url"],
            "api_key": box.seal(instance["apiKey"]),
            "created_at": now,
            "updated_at": now,
        }
        for instance in instances
    ]
    try:
        async with db.begin() as tx:
            await tx.execute(insert(m.Integration), rows)
    finally:
        await db.dispose()


@contextmanager
def server(embedded: EmbeddedPostgres | EmbeddedNats) -> Iterator[str]:
    """The address of a server that runs for the block."""
    try:
        yield embedded.start()
    finally:
        embedded.stop()


@contextmanager
def process(
    folder: Path, module: list[str], settings: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m` in the background; what it says is shown when something goes wrong."""
    log = folder / f"{module[0]}.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", *module]
        environment = {**os.environ, **(settings or {})}
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield child
    except BaseException:
        print(f"{module[0]} said:\n{log.read_text(errors='replace')[-4000:]}", file=sys.stderr)
        raise
    finally:
        child.terminate()
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(10)


def wait_until_answered(url: str, patience_s: float) -> None:
    """Return when the address answers 200. Ends the program when it does not in time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit(f"nobody answered at {url} within {patience_s:.0f} s")
