"""A whole gateway in the test's own process, over real HTTP, on a real database and a real NATS."""

import asyncio
import functools
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import uvicorn
from pwdlib.hashers.argon2 import Argon2Hasher

from libs.common.clock import Clock, real_now
from libs.common.db import Database
from libs.common.events.auth import ApiKeyGenerated, Login
from libs.common.messaging.outbox import add_event
from libs.common.observability.admin import Check, unready
from libs.common.security.secrets import derive_jwt_secret
from libs.common.settings import Settings
from services.api.app import build
from services.api.auth import apikeys, queries
from services.api.auth.tokens import TokenMint
from services.api.gateway import SOURCE
from services.api.preview.truth import PATIENCE, Patience
from tests.harness.eventually import eventually

OWNER = {"username": "admin", "password": "a-long-password"}
SECRET_KEY = "a-secret-key-for-tests-only-0123456789"


@functools.cache
def hash_of_owners_password() -> str:
    """A hash is made to cost CPU time; one serves every test of a worker."""
    return Argon2Hasher().hash(OWNER["password"])


class RunningGateway:
    """One replica, and what a test needs to talk to it."""

    def __init__(self, settings: Settings, port: int, database: Database) -> None:
        self.settings = settings
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}{settings.base_url}api/v1"
        self.database = database
        self.token = ""
        self.key = ""

    async def make_owner(self) -> None:
        """What `log_in` leaves behind, written as the routes write it, but for the hash, which was made once."""
        async with self.database.begin() as tx:
            user = await queries.create_user(tx, OWNER["username"], hash_of_owners_password())
            assert user is not None
            key = apikeys.generate()
            await queries.store_key(tx, user.id, key.digest, key.hint)
            for event in (Login(username=user.username), ApiKeyGenerated(username=user.username, hint=key.hint)):
                await add_event(tx, event, source=SOURCE, at=Clock(self.settings.clock_file).now())
        self.token = TokenMint(derive_jwt_secret(SECRET_KEY)).issue(user.id, user.username, real_now()).text
        self.key = key.text

    async def log_in(self) -> None:
        """Make the owner, a session and an API key."""
        async with httpx.AsyncClient(base_url=self.url) as anybody:
            login = await anybody.post("/auth/login", json=OWNER)
            assert login.status_code == 200, login.text
            self.token = login.json()["token"]
            key = await anybody.post("/auth/apikey", headers={"Authorization": f"Bearer {self.token}"})
            assert key.status_code == 200, key.text
            self.key = key.json()["api_key"]

    def anybody(self) -> httpx.AsyncClient:
        """A client without credentials."""
        return httpx.AsyncClient(base_url=self.url, timeout=30)

    def owner(self) -> httpx.AsyncClient:
        """A client with the owner's API key."""
        return httpx.AsyncClient(base_url=self.url, headers={"X-Api-Key": self.key}, timeout=30)

    def session(self) -> httpx.AsyncClient:
        """A client with the owner's session."""
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)


@asynccontextmanager
async def serving(
    settings: Settings, database: Database, *, until_ready: bool = True, patience: Patience = PATIENCE
) -> AsyncIterator[RunningGateway]:
    """The process's parts as `run_service` runs them, without its signal handling."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with build(settings, patience=patience) as service:
            assert service.public_app is not None
            config = uvicorn.Config(
                service.public_app,
                log_config=None,
                access_log=False,
                lifespan="off",
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
            server = uvicorn.Server(config)
            serving_task = asyncio.create_task(server.serve([listening]))
            working = [asyncio.ensure_future(task()) for task in service.tasks]
            try:
                if until_ready:
                    await eventually(lambda: _ready(service.checks))
                yield RunningGateway(settings, listening.getsockname()[1], database)
            finally:
                for hook in service.on_stop:
                    await hook()
                server.should_exit = True
                await serving_task
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)


async def _ready(checks: Mapping[str, Check]) -> bool:
    return not await unready(checks)
