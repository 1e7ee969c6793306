"""What deletions are measured on: a simulated Radarr, its movies scored in a real database, and the real deleter."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.deletion.counted import new_counter
from benchmarks.town import SECRET_KEY, free_port, process, server, wait_until_answered
from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.domain.enums import ExecutionMode, IntegrationType, MediaType
from libs.common.security.secrets import SecretBox
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres
from libs.simulator.builders import world_with
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, MovieSpec
from services.engine.evaluation import evaluate
from services.engine.facts import load_facts
from services.engine.preview.store import store_preview

MOVIE_BYTES = 10 * GB
MOST_PER_MINUTE = 6000
"""The largest `deletionsPerMinute` that the api accepts."""


@dataclass(frozen=True, slots=True)
class Movie:
    """A movie that may be deleted."""

    external_id: str
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class Yard:
    """The servers, with nothing queued. `radarr` is what a person would type in: type, name, url, apiKey."""

    database_url: str
    postgres_pid: int
    simulator: SimulatorServer
    radarr: dict[str, str]
    movies: list[Movie]
    integration_id: int
    group_id: int
    folder: Path
    settings: dict[str, str]

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """Open for the block."""
        async with _database(self.database_url) as db:
            yield db

    def calls(self) -> int:
        """How often the upstream has been asked for anything so far."""
        by_system = self.simulator.do(self.simulator.simulation.traffic.report).values()
        return sum(sum(sorts.values()) for system in by_system for sorts in system["calls"].values())

    @contextmanager
    def deleter(self, counter: Path, patience_s: float) -> Iterator[int]:
        """The process id of a deleter that is ready and counts its statements."""
        new_counter(counter)
        admin = str(free_port())
        ports = {"PORT": str(free_port()), "ADMIN_PORT": admin}
        command = ["benchmarks.deletion.counted", str(counter)]
        with process(self.folder, command, self.settings | ports) as running:
            wait_until_answered(f"http://127.0.0.1:{admin}/readyz", patience_s)
            yield running.pid


@contextmanager
def yard_of(count: int, mode: ExecutionMode) -> Iterator[Yard]:
    """A Radarr with so many movies on a disk whose group is in this mode and far too full; all is gone at the end."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        specs = [MovieSpec(title=f"Movie {number}", size_bytes=MOVIE_BYTES) for number in range(count)]
        simulator = parts.enter_context(SimulatorServer(world_with(movies=specs)))
        known = simulator.world.instances["radarr"].movies.values()
        movies = [Movie(str(one.id), one.title, one.path) for one in known]
        postgres = EmbeddedPostgres(folder)
        database_url = parts.enter_context(server(postgres))
        nats_url = parts.enter_context(server(EmbeddedNats(folder)))
        postgres_pid = postgres.pid
        if postgres_pid is None:
            raise SystemExit("the database has ended")
        radarr = simulator.instance("radarr")
        integration_id, group_id = asyncio.run(_settle(database_url, radarr, movies, mode))
        addresses = {"DATABASE_URL": database_url, "NATS_URL": nats_url, "DATA_DIR": str(folder)}
        settings = addresses | {"SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "error"}
        yield Yard(database_url, postgres_pid, simulator, radarr, movies, integration_id, group_id, folder, settings)


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    db = Database(url, pool_size=1)
    try:
        yield db
    finally:
        await db.dispose()


async def _settle(url: str, radarr: dict[str, str], movies: list[Movie], mode: ExecutionMode) -> tuple[int, int]:
    """Read and scored; answers the ids of the integration and of the disk group."""
    await migrate(url)
    async with _database(url) as db:
        async with db.begin() as tx:
            now = real_now()
            integration_id = await _integration(tx, radarr, now)
            group_id = await _disk_group(tx, len(movies), mode, now)
            await tx.execute(insert(m.MediaItem), [_item(movie, integration_id, group_id, now) for movie in movies])
        async with db.begin() as tx:
            await tx.execute(text("analyze media_items"))
            facts = await load_facts(tx, real_now())
        evaluation = await evaluate(url, facts)
        async with db.begin() as tx:
            await store_preview(tx, evaluation, None)
    return integration_id, group_id


async def _integration(tx: AsyncConnection, radarr: dict[str, str], now: datetime) -> int:
    row = m.Integration
    values = {
        "type": IntegrationType.RADARR,
        "name": radarr["name"],
        "url": radarr["url"],
        "api_key": SecretBox(SECRET_KEY).seal(radarr["apiKey"]),
        "deletions_per_minute": MOST_PER_MINUTE,
        "created_at": now,
        "updated_at": now,
    }
    return int((await tx.execute(insert(row).values(values).returning(row.id))).scalar_one())


async def _disk_group(tx: AsyncConnection, movies: int, mode: ExecutionMode, now: datetime) -> int:
    """Nothing but these movies is on the disk, and a hundredth of it may stay."""
    row, full = m.DiskGroup, movies * MOVIE_BYTES
    values = {
        "mount_path": "/data/media",
        "total_bytes": full,
        "used_bytes": full,
        "threshold_pct": 2,
        "target_pct": 1,
        "mode": mode,
        "read_at": now,
        "created_at": now,
        "updated_at": now,
    }
    return int((await tx.execute(insert(row).values(values).returning(row.id))).scalar_one())


def _item(movie: Movie, integration_id: int, group_id: int, now: datetime) -> dict[str, Any]:
    """Enough is known of it to delete it without asking."""
    return {
        "integration_id": integration_id,
        "external_id": movie.external_id,
        "media_type": MediaType.MOVIE,
        "title": movie.title,
        "size_bytes": MOVIE_BYTES,
        "path": movie.path,
        "disk_group_id": group_id,
        "rating": 5.0,
        "added_at": now - timedelta(days=365),
        "monitored": True,
        "snapshot_id": 1,
        "seen_at": now,
        "first_seen_at": now,
    }
