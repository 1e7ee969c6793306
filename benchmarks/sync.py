"""A full read of all systems and an unchanged one after it, by size of the library: `python -m benchmarks.sync`.

Prints Markdown. Every size gets fresh processes: a simulator with all eleven systems, Postgres, NATS and the real sync
service, whose resident memory is watched. The ratios at the end are of one run: how much more memory it takes to read
so much more.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from faststream.nats import NatsBroker
from sqlalchemy import func, select

from benchmarks.town import Memory, Town, town_of
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.messaging.questions import SYNC_ALL, SyncAll, SyncedAll
from libs.common.messaging.rpc import ServiceUnavailableError, ask

MB = 1_000_000
SINGLE_CALLS = 40
"""So many calls of one system may be neither beginnings of lists nor pages of them."""

_LOOK_EVERY_S = 0.05

Routes = Mapping[str, Counter[str]]
"""Calls by route: how many were a list's first page, one of its next pages, or single."""

_HEAD = (
    "items", "plays", "read", "reading, s", "merging, s", "items/s", "rows", "calls", "first pages", "next pages",
    "single", "MB", "MB on the wire", "memory over idle, MiB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sync:
    """One read of everything. `payload_bytes` is what was decoded, `sent_bytes` what came over the wire for it."""

    reading_s: float
    merging_s: float
    rows: int
    systems: Mapping[str, Routes]
    payload_bytes: int
    sent_bytes: int
    growth_mib: float

    def calls(self, sort: str) -> int:
        """Calls of one sort to all systems."""
        return sum(_calls(routes, sort) for routes in self.systems.values())

    @property
    def took_s(self) -> float:
        """Both phases."""
        return self.reading_s + self.merging_s


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size of library cost: the first read, and the one right after it."""

    items: int
    plays: int
    full: Sync
    unchanged: Sync


def measure(items: int, ends_at: float) -> Measured:
    """Read a library of so many items twice. Ends the program at `ends_at` of monotonic time, or when a read fails."""
    with town_of(items, _left_s(ends_at)) as town:
        try:
            full, unchanged = (asyncio.run(_sync(town, _left_s(ends_at))) for _ in range(2))
        except (TimeoutError, ServiceUnavailableError) as exc:
            raise SystemExit(f"{items} items could not be read twice within the time limit") from exc
        return Measured(items, town.plays, full, unchanged)


def _left_s(ends_at: float) -> float:
    return max(ends_at - time.monotonic(), 0.0)


async def _sync(town: Town, limit_s: float) -> Sync:
    """Read everything once, as a person asks for it, and wait until the catalogue shows it."""
    db, loop = Database(town.database_url), asyncio.get_running_loop()
    town.forget_traffic()
    try:
        async with asyncio.timeout(limit_s), NatsBroker(town.nats_url, logger=None) as broker:
            newest = await _newest_snapshot(db)
            began = loop.time()
            with Memory(town.sync_pid) as memory:
                _require_success(await ask(broker, SYNC_ALL, SyncAll(), SyncedAll, timeout_s=limit_s))
                await _merged(db)
            took_s = loop.time() - began
            reading_s, rows = await _reads_since(db, newest)
    finally:
        await db.dispose()
    traffic = town.traffic()
    return Sync(
        reading_s=reading_s,
        merging_s=took_s - reading_s,
        rows=rows,
        systems={key: {route: Counter(told) for route, told in one["calls"].items()} for key, one in traffic.items()},
        payload_bytes=sum(one["payloadBytes"] for one in traffic.values()),
        sent_bytes=sum(one["sentBytes"] for one in traffic.values()),
        growth_mib=memory.peak_mib - memory.idle_mib,
    )


def _require_success(synced: SyncedAll) -> None:
    failed = [f"{row.name}: {row.error or row.media_error}" for row in synced.results if row.error or row.media_error]
    if failed:
        raise SystemExit("not everything could be read: " + "; ".join(failed))


async def _newest_snapshot(db: Database) -> int:
    async with db.connect() as conn:
        return int((await conn.execute(select(func.coalesce(func.max(m.Snapshot.id), 0)))).scalar_one())


async def _merged(db: Database) -> None:
    state = m.EnrichmentState
    while True:
        async with db.connect() as conn:
            if (await conn.execute(select(state.wanted == state.merged))).scalar_one():
                return
        await asyncio.sleep(_LOOK_EVERY_S)


async def _reads_since(db: Database, newest: int) -> tuple[float, int]:
    """From the first request to the last end in seconds, and the rows that were read."""
    one = m.Snapshot
    took = func.extract("epoch", func.max(one.finished_at) - func.min(one.requested_at))
    async with db.connect() as conn:
        row = (await conn.execute(select(took, func.sum(one.rows_read)).where(one.id > newest))).one()
    return float(row[0]), int(row[1] or 0)


def _calls(routes: Routes, sort: str) -> int:
    return sum(counts[sort] for counts in routes.values())


def table(found: Sequence[Measured]) -> list[str]:
    """Two rows for each size."""
    rows = [_line(*_HEAD), _line(*["---"] * len(_HEAD))]
    for one in found:
        rows += [_row(one, "first", one.full), _row(one, "unchanged", one.unchanged)]
    return rows


def _row(one: Measured, name: str, sync: Sync) -> str:
    first, following, single = (sync.calls(sort) for sort in ("first", "next", "single"))
    return _line(
        f"{one.items:,}",
        f"{one.plays:,}",
        name,
        f"{sync.reading_s:.1f}",
        f"{sync.merging_s:.1f}",
        f"{one.items / sync.took_s:,.0f}",
        *(f"{count:,}" for count in (sync.rows, first + following + single, first, following, single)),
        *(f"{size / MB:,.1f}" for size in (sync.payload_bytes, sync.sent_bytes)),
        f"{sync.growth_mib:.0f}",
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def growth(found: Sequence[Measured]) -> list[str]:
    """How memory grows beside what is read, from size to size."""
    rows = [_line("from", "to", "payload times", "memory times", "memory / payload"), _line(*["---"] * 5)]
    for small, large in pairwise(found):
        payload = large.full.payload_bytes / small.full.payload_bytes
        memory = large.full.growth_mib / small.full.growth_mib
        rows.append(
            _line(f"{small.items:,}", f"{large.items:,}", f"{payload:.1f}", f"{memory:.1f}", f"{memory / payload:.2f}")
        )
    return rows


def too_many(one: Measured) -> list[str]:
    """The routes of systems that were asked more than `SINGLE_CALLS` single questions in a first read."""
    return [
        f"* {one.items:,} items, {system}: {counts['single']:,} times `{route}`"
        for system, routes in one.full.systems.items()
        if _calls(routes, "single") > SINGLE_CALLS
        for route, counts in routes.items()
        if counts["single"] > 1
    ]


def main() -> None:
    """Measure each of `--items`, giving up after `--limit` seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for everything")
    options = parser.parse_args()
    ends_at = time.monotonic() + options.limit
    found = [measure(items, ends_at) for items in options.items]
    lines = [line for one in found for line in too_many(one)]
    print(*table(found), "", *growth(found), "", *lines, sep="\n")


if __name__ == "__main__":
    main()
