"""What the preview is measured on: Postgres with a filled catalogue, NATS, and the real gateway and engine."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text, update

from benchmarks.town import SECRET_KEY, free_port, process, server, wait_until_answered
from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.db.migrate import migrate
from libs.common.domain.enums import SnapshotState
from libs.local.nats import EmbeddedNats
from libs.local.postgres import EmbeddedPostgres

_PASSWORD = "a-password-for-measurements"  # noqa: S105  of a database that is gone at the end
_LOOK_EVERY_S = 0.2

_SOURCES = text(
    """
    insert into integrations (type, name, url, api_key, created_at, updated_at)
    select kind, name, 'http://127.0.0.1:9', 'sealed', now(), now()
      from (values ('radarr', 'Radarr'), ('radarr', 'Radarr 4K'), ('plex', 'Plex'), ('seerr', 'Seerr')) s (kind, name)
    """
)
_CATALOGUE = text(
    """
    insert into media_items (
        integration_id, external_id, media_type, title, year, size_bytes, path, poster_url, quality_profile, rating,
        genre, monitored, tags, language, tmdb_id, added_at, file_added_at, play_count, last_played, watched_by_users,
        watch_matched, watch_evidence_at, requested, requested_by, request_count, request_evidence_at, collections,
        snapshot_id, seen_at, first_seen_at)
    select 1 + n % 2, n::text, 'movie',
           (array['The Long ', 'A Quiet ', 'The Last ', 'Red ', 'Blue '])[1 + n % 5]
               || (array['Voyage ', 'Winter ', 'House ', 'River '])[1 + n / 5 % 4] || n,
           1950 + n % 75, 1000000000 + (n * 7919::bigint % 60000) * 1000000, '/data/movies/Title ' || n,
           'https://image.tmdb.org/t/p/original/' || md5(n::text) || '.jpg',
           (array['HD-1080p', 'Ultra-HD'])[1 + n % 2], (n * 31 % 100) / 10.0,
           (array['Drama', 'Comedy', 'War'])[1 + n % 3], n % 7 > 0, array['tag' || n % 7], 'English',
           100000 + n, now() - interval '1 hour' * (n % 20000),
           now() - interval '1 hour' * (n % 20000), n % 4,
           case when n % 4 > 0 then now() - interval '1 hour' * (n * 13 % 9000) end,
           case when n % 4 > 0 then array['alice', 'bob'] else '{}' end, true, now(), n % 5 = 0,
           case when n % 5 = 0 then 'alice' end, (n % 5 = 0)::int, now(),
           case when n % 9 = 0 then array['Voyages'] else '{}' end, 1, now(), now()
      from generate_series(1, :items) n
    """
)


@dataclass(frozen=True, slots=True)
class House:
    """The running parts. `headers` let the owner in."""

    url: str
    headers: dict[str, str]
    api_pid: int
    engine_pid: int
    database_url: str


@contextmanager
def house_of(items: int, patience_s: float) -> Iterator[House]:
    """A house whose catalogue has so many items, with its first preview rendered; everything is gone at the end."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        database_url = parts.enter_context(server(EmbeddedPostgres(folder)))
        nats_url = parts.enter_context(server(EmbeddedNats(folder)))
        asyncio.run(_fill(database_url, items))
        house = parts.enter_context(gateway_and_engine(database_url, nats_url, patience_s))
        asyncio.run(_first_preview(database_url, patience_s))
        yield house


@contextmanager
def gateway_and_engine(database_url: str, nats_url: str, patience_s: float) -> Iterator[House]:
    """Both processes, ready, and an owner who has logged in."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        settings = {"DATABASE_URL": database_url, "NATS_URL": nats_url, "DATA_DIR": str(folder)}
        more = {"SECRET_KEY": SECRET_KEY, "LOG_LEVEL": "warn"}
        pids, ports = {}, {}
        for name in ("api", "engine"):
            port, admin = free_port(), free_port()
            own = {"PORT": str(port), "ADMIN_PORT": str(admin)}
            running = parts.enter_context(process(folder, [f"services.{name}"], settings | more | own))
            wait_until_answered(f"http://127.0.0.1:{admin}/readyz", patience_s)
            pids[name], ports[name] = running.pid, port
        url = f"http://127.0.0.1:{ports['api']}/api/v1"
        login = httpx.post(f"{url}/auth/login", json={"username": "owner", "password": _PASSWORD}, timeout=60)
        headers = {"Authorization": f"Bearer {login.json()['token']}"}
        yield House(url, headers, pids["api"], pids["engine"], database_url)


async def _fill(database_url: str, items: int) -> None:
    await migrate(database_url)
    db = Database(database_url)
    try:
        async with db.begin() as tx:
            await tx.execute(text("set local statement_timeout = 0"))
            await tx.execute(_SOURCES)
            await tx.execute(_CATALOGUE, {"items": items})
        async with db.begin() as tx:
            await tx.execute(text("analyze media_items"))
    finally:
        await db.dispose()


async def _first_preview(database_url: str, patience_s: float) -> None:
    """Play sync's part in the run with which an engine begins, until its list is rendered."""
    db, deadline = Database(database_url, pool_size=1), time.monotonic() + patience_s
    try:
        while time.monotonic() < deadline:
            await end_reads(db)
            async with db.connect() as conn:
                if (await conn.execute(text("select exists (select from preview_bodies)"))).scalar_one():
                    return
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await db.dispose()
    raise SystemExit(f"no preview within {patience_s:.0f} s")


async def end_reads(db: Database) -> None:
    """What is asked to be read is as it was."""
    snapshot, now = m.Snapshot, real_now()
    ended = {"state": SnapshotState.COMPLETE, "finished_at": now, "completed_at": now, "rows_read": 1}
    async with db.begin() as tx:
        await tx.execute(update(snapshot).where(snapshot.state == SnapshotState.REQUESTED).values(ended))
