"""Whether the gateway still answers while the engine is at its hardest: `/health` during a run over a large library."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from benchmarks.preview.house import House, end_reads, house_of
from benchmarks.preview.load import Load, load
from benchmarks.town import Memory
from libs.common.db import Database

_SLICE_S = 0.5
_END_READS_EVERY_S = 0.2
_AT_REST_S = 5.0


@dataclass(frozen=True, slots=True)
class Busy:
    """Loads of one connection at rest and during the run, how long that took, and the most memory the engine had."""

    items: int
    at_rest: Load
    during: Load
    run_s: float
    engine_mib: float


def measure(items: int, patience_s: float) -> Busy:
    """One run, with its rendering."""
    with house_of(items, patience_s) as house, Memory(house.engine_pid) as memory:
        at_rest, during, run_s = asyncio.run(_measure(house, patience_s))
    return Busy(items, at_rest, during, run_s, memory.peak_mib)


async def _measure(house: House, patience_s: float) -> tuple[Load, Load, float]:
    url = f"{house.url}/health"
    at_rest = await load(url, {}, connections=1, for_s=_AT_REST_S)
    db = Database(house.database_url, pool_size=1)
    reading = asyncio.create_task(_play_sync(db))
    try:
        async with httpx.AsyncClient(headers=house.headers, timeout=patience_s) as client:
            before = await _newer_tag(client, house.url, "")
            began = time.monotonic()
            (await client.post(f"{house.url}/engine/run")).raise_for_status()
            rendered = asyncio.create_task(_rendered_anew(client, house.url, before, patience_s))
            during = Load()
            while not rendered.done():
                piece = await load(url, {}, connections=1, for_s=_SLICE_S)
                during.seconds += piece.seconds
            during.took_s = time.monotonic() - began
            await rendered
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        await db.dispose()
    return at_rest, during, during.took_s


async def _play_sync(db: Database) -> None:
    while True:
        await end_reads(db)
        await asyncio.sleep(_END_READS_EVERY_S)


async def _rendered_anew(client: httpx.AsyncClient, url: str, before: str, patience_s: float) -> None:
    """Scores go by the time, so the list of a new run differs."""
    async with asyncio.timeout(patience_s):
        while True:
            if await _newer_tag(client, url, before):
                return
            await asyncio.sleep(_SLICE_S)


async def _newer_tag(client: httpx.AsyncClient, url: str, known: str) -> str:
    """The whole list's tag; blank while it is the one we know, or while the list is being made."""
    async with client.stream("GET", f"{url}/preview", headers={"If-None-Match": known}) as answer:
        return str(answer.headers["etag"]) if answer.status_code == 200 else ""


def table(one: Busy) -> list[str]:
    """One row for each state."""
    rows = [f"{one.items:,} items: run and rendering {one.run_s:.0f} s, engine {one.engine_mib:,.0f} MiB at most.", ""]
    rows += ["| `/health` | calls | p50, ms | p99, ms |", "|---|---|---|---|"]
    for name, found in (("at rest", one.at_rest), ("during the run", one.during)):
        middle, late = found.quantile(0.5) * 1000, found.quantile(0.99) * 1000
        rows.append(f"| {name} | {len(found.seconds):,} | {middle:.1f} | {late:.1f} |")
    return rows
