"""How fast the preview is handed out, in every form, beside the plain endpoint in the same run."""

import asyncio
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.preview.house import House, house_of
from benchmarks.preview.load import Load, load
from benchmarks.town import Memory, free_port, process, wait_until_answered

CONNECTIONS = 4
_FOR_S = 4.0
_WHOLE = ("zstd", "gzip", "identity")


@dataclass(frozen=True, slots=True)
class Served:
    """One size of library: loads by what was asked for, and the gateway's memory while it answered all of them."""

    items: int
    loads: Mapping[str, Load]
    plain: Load
    idle_mib: float
    peak_mib: float
    plain_mib: float


def measure(items: int, patience_s: float) -> Served:
    """Everything about one size."""
    with house_of(items, patience_s) as house, Memory(house.api_pid) as memory:
        loads = asyncio.run(_loads(house))
        body = httpx.get(f"{house.url}/preview", headers=house.headers, timeout=patience_s).content
    plain, plain_mib = _plain(body, patience_s)
    return Served(items, loads, plain, memory.idle_mib, memory.peak_mib, plain_mib)


async def _loads(house: House) -> dict[str, Load]:
    url, loads = f"{house.url}/preview", {}
    for encoding in _WHOLE:
        headers = house.headers | {"Accept-Encoding": encoding}
        loads[f"whole, {encoding}"] = await load(url, headers, connections=CONNECTIONS, for_s=_FOR_S)
    async with httpx.AsyncClient(headers=house.headers | {"Accept-Encoding": "gzip"}, timeout=60) as client:
        tag = (await client.get(url)).headers["etag"]
    known = house.headers | {"Accept-Encoding": "gzip", "If-None-Match": tag}
    loads["not modified (304)"] = await load(url, known, connections=CONNECTIONS, for_s=_FOR_S, status=304)
    pages = {
        "page of 100": "limit=100&cursor=5000",
        "page of 100 of a search": "limit=100&search=quiet%20winter",
        "page of 100 of an integration": "limit=100&integration_id=2&cursor=5000",
    }
    for name, query in pages.items():
        headers = house.headers | {"Accept-Encoding": "gzip"}
        loads[name] = await load(f"{url}?{query}", headers, connections=CONNECTIONS, for_s=_FOR_S)
    return loads


def _plain(body: bytes, patience_s: float) -> tuple[Load, float]:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        file, port = folder / "items.json", free_port()
        file.write_bytes(body)
        running = parts.enter_context(process(folder, ["benchmarks.preview.plain", str(file), str(port)]))
        wait_until_answered(f"http://127.0.0.1:{port}/ready", patience_s)
        with Memory(running.pid) as memory:
            found = asyncio.run(load(f"http://127.0.0.1:{port}/preview", {}, connections=1, for_s=_FOR_S, at_least=3))
        return found, memory.peak_mib


def table(found: list[Served]) -> list[str]:
    """One row for each size and form; `times` is against the plain endpoint."""
    rows = ["| items | asked for | MB | calls/s | p50, ms | p99, ms | times |", "|---|---|---|---|---|---|---|"]
    for one in found:
        named = {**one.loads, "plain list of models": one.plain}
        rows += [_row(one, name, answered) for name, answered in named.items()]
    rows += ["", "| items | gateway at rest, MiB | gateway at most, MiB | plain endpoint, MiB |", "|---|---|---|---|"]
    rows += [f"| {one.items:,} | {one.idle_mib:.0f} | {one.peak_mib:.0f} | {one.plain_mib:.0f} |" for one in found]
    return rows


def _row(one: Served, name: str, answered: Load) -> str:
    times = answered.per_second / one.plain.per_second
    speed = f"{answered.per_second:,.1f}" if answered.per_second < 10 else f"{answered.per_second:,.0f}"
    return (
        f"| {one.items:,} | {name} | {answered.body_bytes / 1e6:.2f} | {speed} |"
        f" {answered.quantile(0.5) * 1000:,.1f} | {answered.quantile(0.99) * 1000:,.1f} | {times:,.0f} |"
    )
