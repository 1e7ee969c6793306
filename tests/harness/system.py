"""A whole running product in a test's hands: five processes, an owner who is logged in, and simulated upstreams."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.harness.processes import SERVICES, ServiceProcess

OWNER = {"username": "admin", "password": "a-long-password"}


@dataclass
class RunningSystem:
    """The product under test. `processes` may hold several replicas of one service."""

    folder: Path
    database_url: str
    nats_url: str
    clock: JumpingClock
    settings: dict[str, str] = field(default_factory=dict)
    processes: dict[str, ServiceProcess] = field(default_factory=dict)
    api_key: str = ""
    token: str = ""

    def add(self, service: str, label: str | None = None) -> ServiceProcess:
        """Start one process more; `label` tells replicas of one service apart."""
        process = ServiceProcess(service, label or service, self.folder, self._environment())
        self.processes[process.label] = process
        process.start()
        return process

    def start(self) -> None:
        """All five services, side by side, until each is ready."""
        for service in SERVICES:
            self.add(service)
        for process in self.processes.values():
            process.wait_ready()

    def stop(self) -> None:
        """End every process that this system started."""
        for process in self.processes.values():
            process.stop()

    def restart(self, label: str) -> None:
        """The supervisor's part after a crash: the same process again, on the same ports."""
        process = self.processes[label]
        process.start()
        process.wait_ready()

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "NATS_URL": self.nats_url,
            "SECRET_KEY": "a-secret-key-for-tests-only-0123456789",
            "DATA_DIR": str(self.folder),
            "CLOCK_FILE": str(self.clock.path),
            "LOG_LEVEL": "debug",
            "RUN_LIMIT": "1000",
            **self.settings,
        }

    @property
    def base_url(self) -> str:
        """Where the gateway's API lives."""
        return f"http://127.0.0.1:{self.processes['api'].port}/api/v1"

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client that carries the owner's API key."""
        async with httpx.AsyncClient(base_url=self.base_url, headers={"X-Api-Key": self.api_key}, timeout=30) as client:
            yield client

    async def log_in(self) -> None:
        """First login, which makes the owner, and an API key."""
        async with httpx.AsyncClient(base_url=self.base_url, timeout=30) as client:
            login = await client.post("/auth/login", json=OWNER)
            assert login.status_code == 200, login.text
            self.token = login.json()["token"]
            key = await client.post("/auth/apikey", headers={"Authorization": f"Bearer {self.token}"})
            assert key.status_code == 200, key.text
            self.api_key = key.json()["api_key"]

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that succeeds."""
        return await self._json("GET", path, params=params)

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of another method that succeeds."""
        return await self._json(method, path, json=body)

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        async with self.client() as client:
            answer = await client.request(method, path, **options)
            assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
            return answer.json() if answer.content else None

    async def connect(self, instances: list[dict[str, Any]], **columns: Any) -> list[int]:
        """Add simulated upstreams as integrations; answers their ids."""
        ids = []
        for instance in instances:
            body = {key: instance[key] for key in ("type", "name", "url", "apiKey")} | columns
            ids.append((await self.send("POST", "/integrations", body))["id"])
        return ids

    async def run_engine(self, within_s: float = 60.0) -> dict[str, Any]:
        """Ask for a run and wait for its end; answers its history row. A run already under way is waited for first."""
        before = await self._newest_run()

        async def asked() -> bool:
            async with self.client() as client:
                answer = await client.post("/engine/run")
            return answer.status_code == 200 and answer.json()["status"] == "triggered"

        await eventually(asked, within_s=within_s, every_s=0.2)

        async def ended() -> dict[str, Any] | None:
            newest = await self._newest_run()
            return (
                newest
                if newest is not None and newest["id"] != (before or {}).get("id") and await self._idle()
                else None
            )

        return await eventually(ended, within_s=within_s, every_s=0.1)

    async def first_run_over(self, within_s: float = 60.0) -> None:
        """Wait for the run that an engine begins with by itself, so that it cannot mix with those a test asks for."""

        async def ended() -> bool:
            return await self._newest_run() is not None and await self._idle()

        await eventually(ended, within_s=within_s, every_s=0.1)

    async def _newest_run(self) -> dict[str, Any] | None:
        rows = (await self.get("/engine/history", range="all"))["data"]
        return rows[-1] if rows else None

    async def _idle(self) -> bool:
        return not bool((await self.get("/worker/stats"))["isRunning"])

    async def drained(self, within_s: float = 60.0) -> None:
        """Wait until no deletion is waiting or under way."""

        async def empty() -> bool:
            stats = await self.get("/worker/stats")
            return bool(stats["queueDepth"] == 0 and stats["currentlyDeleting"] == "")

        await eventually(empty, within_s=within_s, every_s=0.1)

    async def skip_grace_period(self) -> None:
        """Jump over the delay of everything that waits now."""
        delay_s = (await self.get("/preferences"))["deletionQueueDelaySeconds"]
        self.clock.jump(seconds=delay_s + 1)
        await asyncio.sleep(0)
