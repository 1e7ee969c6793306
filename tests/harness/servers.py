"""One Postgres and one NATS per test worker, and the template from which every test's database is cloned."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from libs.common.db.migrate import migrate
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres

TEMPLATE = "template_capacitarr"

_MEMORY = Path("/dev/shm")  # noqa: S108  the folder made in it is ours alone
_ROOM = 2 << 30
"""Bytes that must be free there. A container's own 64 MiB are not enough."""


class PostgresServer:
    """A running server with a migrated template database.

    `clone` and `drop` are what a test's database costs, because the clone copies files and nothing is forced to the
    disk: 30 ms for both where the files are in memory, up to 500 ms of system time on an ext4 that discards.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def url_of(self, name: str) -> str:
        """The address of one database on this server."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    async def make_template(self) -> None:
        """Create and migrate the template. Called once."""
        await self._run(f"create database {TEMPLATE}")
        await migrate(self.url_of(TEMPLATE))

    async def clone(self, name: str | None = None) -> str:
        """A new database like the template; answers its name."""
        name = name or f"t_{secrets.token_hex(6)}"
        await self._run(f"create database {name} template {TEMPLATE} strategy file_copy")
        return name

    async def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        await self._run(f"drop database if exists {name} with (force)")

    async def _run(self, statement: str) -> None:
        engine = create_async_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as conn:
                await conn.execute(text(statement))
        finally:
            await engine.dispose()


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server in memory where there is room, without the flushes that only matter when the machine loses power."""
    with tempfile.TemporaryDirectory(prefix="capacitarr-pg-", dir=_roomy_memory()) as folder:
        embedded = EmbeddedPostgres(Path(folder), fsync=False)
        server = PostgresServer(embedded.start())
        try:
            asyncio.run(server.make_template())
            yield server
        finally:
            embedded.stop()


def _roomy_memory() -> Path | None:
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        return _MEMORY
    return None


@contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    """The address of a NATS server with JetStream in `folder`."""
    embedded = EmbeddedNats(folder)
    try:
        yield embedded.start()
    finally:
        embedded.stop()


def trust_one_authority() -> None:
    """Let TLS contexts load one authority, an expired one, in place of the system's list.

    That list costs 50 ms of CPU whenever a client is made, which most tests do several times, and no test meets a
    certificate of it: the network ends at loopback.
    """
    os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("no_authority.pem"))
    os.environ["SSL_CERT_DIR"] = os.devnull


def wipe_environment() -> None:
    """Forget every setting of ours that the person who runs the tests may have set."""
    for name in OUR_SETTINGS:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


OUR_SETTINGS = (
    "DATABASE_URL",
    "NATS_URL",
    "NATS_CREDS",
    "NATS_REPLICAS",
    "DATA_DIR",
    "PORT",
    "ADMIN_PORT",
    "BASE_URL",
    "PUBLIC_URL",
    "JWT_SECRET",
    "SECRET_KEY",
    "SECURE_COOKIES",
    "AUTH_HEADER",
    "TRUSTED_PROXIES",
    "CORS_ORIGINS",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "CLOCK_FILE",
    "DB_PATH",
    "DEBUG",
)
