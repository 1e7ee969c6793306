"""Hears everything a running product says while a test lasts, and looks through it for secrets."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from libs.common.db import Database
from tests.harness.secret_scanner import Column, Leak, SecretScanner
from tests.harness.system import RunningSystem

SEALED: frozenset[Column] = frozenset({("integrations", "api_key"), ("notification_channels", "webhook_url")})
"""The only columns in which a secret may stand, sealed, and in which nothing is searched for."""

_SESSION_GIVERS = ("/auth/login", "/auth/password", "/auth/username")
_WEBHOOK_ADDRESS = re.compile(r"GET .*/integrations/(\d+)/webhook")

OWNERS_KEY, OWNERS_TOKEN, WEBHOOK_OF = "the owner's API key", "the owner's token", "webhook of"


@dataclass(frozen=True)
class Said:
    """One answer of the product, headers and all."""

    place: str
    text: str


@dataclass
class Witness:
    """Calls the product and keeps every answer; `secrets` grow as they become known."""

    system: RunningSystem
    secrets: dict[str, str]
    said: list[Said] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @asynccontextmanager
    async def client(self, headers: Mapping[str, str] | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client whose answers are kept; as the owner unless headers are given."""
        own = {"X-Api-Key": self.system.api_key} if headers is None else headers
        hooks: dict[str, list[Any]] = {"response": [self._keep]}
        async with httpx.AsyncClient(
            base_url=self.system.base_url, headers=own, timeout=90, event_hooks=hooks
        ) as client:
            yield client

    async def _keep(self, response: httpx.Response) -> None:
        place = f"{response.request.method} {response.request.url.path}"
        await response.aread()
        self.said.append(Said(place, f"{response.status_code} {dict(response.headers)} {response.text}"))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take everything in that the event stream says during the block."""
        headers = {"X-Api-Key": self.system.api_key}
        async with (
            httpx.AsyncClient(base_url=self.system.base_url, headers=headers) as client,
            client.stream("GET", "/events", timeout=httpx.Timeout(30, read=None)) as response,
        ):
            assert response.status_code == 200

            async def hear() -> None:
                async for piece in response.aiter_bytes():
                    self.heard.append(piece)

            hearing = asyncio.create_task(hear())
            try:
                yield
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def ask_everything(self, client: httpx.AsyncClient, ids: Mapping[str, int]) -> int:
        """Every GET of the description that needs no id, and those of every integration; answers how many."""
        described = (await client.get("/openapi.json")).json()["paths"]
        asked = 0
        for path in (path for path, methods in described.items() if "get" in methods):
            route = path.removeprefix("/api/v1")
            if route == "/events":  # has no end, and is heard already
                continue
            numbers = ids.values() if "{integration_id}" in route else [0]
            for number in numbers:
                filled = route.replace("{integration_id}", str(number))
                if "{" not in filled:
                    await client.get(filled)
                    asked += 1
        return asked

    async def leaks(self) -> list[Leak]:
        """Every secret in answers, events, logs, tables and the store of the bus, but where it is handed out."""
        scanner = SecretScanner(self.secrets)
        found = [leak for said in self.said for leak in scanner.leaks(*_searched(said), allowed=self._allowed(said))]
        found += scanner.leaks("event stream", b"".join(self.heard).decode())
        for process in self.system.processes.values():
            found += scanner.leaks(f"log of {process.label}", process.log)
        found += scanner.file_leaks(self.system.folder / "servers")
        db = Database(self.system.database_url, pool_size=1)
        try:
            async with db.connect() as conn:
                found += await scanner.table_leaks(conn, sealed=SEALED)
        finally:
            await db.dispose()
        return found

    def _allowed(self, said: Said) -> set[str]:
        """Secrets that an answer exists to hand out: a session to who logs in, a fresh key, a webhook's address."""
        path = said.place.partition(" ")[2].removeprefix("/api/v1")
        if path in _SESSION_GIVERS:
            return {OWNERS_TOKEN}
        if said.place.endswith("POST /api/v1/auth/apikey"):
            return {OWNERS_KEY}
        address = _WEBHOOK_ADDRESS.fullmatch(said.place)
        return {f"{WEBHOOK_OF} {address[1]}"} if address else set()


def _searched(said: Said) -> tuple[str, str]:
    return f"answer to {said.place}", said.text
