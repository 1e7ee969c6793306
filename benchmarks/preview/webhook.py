"""From a Radarr webhook to the new score: in the whole `/preview`, and on the event stream, with all systems connected.

Each time a movie comes to the simulated Radarr unseen, then its webhook is sent and the clock runs. A client asks for
the list again as soon as it has an answer, with the tag of what it has; another reads the event stream.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from functools import partial

import httpx

from benchmarks.preview.house import House, gateway_and_engine
from benchmarks.preview.watch import Watch, quantiles
from benchmarks.town import Town, town_of

RADARR = "Radarr"
_KEY = "radarr"
_QUIET_S = 1.5
_LOOK_EVERY_S = 0.5
_SEED = 4


@dataclass(slots=True)
class Delays:
    """Seconds from the webhook, one a webhook."""

    preview: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)


def measure(items: int, webhooks: int, patience_s: float) -> Delays:
    """Send so many, one after the other with pauses of different length."""
    with town_of(items, patience_s) as town, gateway_and_engine(town.database_url, town.nats_url, patience_s) as house:
        return asyncio.run(_measure(town, house, webhooks, patience_s))


async def _measure(town: Town, house: House, webhooks: int, patience_s: float) -> Delays:
    delays, chance = Delays(), random.Random(_SEED)
    async with httpx.AsyncClient(timeout=patience_s, headers=house.headers) as client:
        await _settled(client, house.url, patience_s)
        address = await _webhook_address(client, house.url)
        watch = Watch(client, house.url)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(watch.listen())
            for number in range(webhooks):
                await asyncio.sleep(_QUIET_S + chance.random())
                title = f"A Visible Newcomer {number:03}"
                movie = await _add_movie(client, town.simulator, title)
                began = time.monotonic()
                seen = group.create_task(watch.until_shown(partial(_is_listed, title)))
                told = group.create_task(watch.until_told(title))
                answer = await client.post(address, json={"eventType": "Download", "movie": {"id": movie}})
                answer.raise_for_status()
                delays.preview.append(await seen - began)
                delays.events.append(await told - began)
            listening.cancel()
    return delays


def _is_listed(title: str, text: bytes) -> bool:
    return f'"title":"{title}"'.encode() in text


async def _settled(client: httpx.AsyncClient, url: str, patience_s: float) -> None:
    """Return when the first run has ended and the list has come."""
    async with asyncio.timeout(patience_s):
        while True:
            runs = (await client.get(f"{url}/engine/history")).json()
            if any(row.get("completedAt") for row in runs["data"]):
                break
            await asyncio.sleep(_LOOK_EVERY_S)
    await asyncio.sleep(_QUIET_S)


async def _webhook_address(client: httpx.AsyncClient, url: str) -> str:
    sources = (await client.get(f"{url}/integrations")).json()
    number = next(source["id"] for source in sources if source["name"] == RADARR)
    address = (await client.get(f"{url}/integrations/{number}/webhook")).json()["url"]
    return f"{url}{address.partition('/api/v1')[2]}"


async def _add_movie(client: httpx.AsyncClient, simulator: str, title: str) -> int:
    body = {"instance": _KEY, "movie": {"title": title, "ageDays": 30}}
    answer = await client.post(f"{simulator}/_sim/items", content=json.dumps(body))
    answer.raise_for_status()
    return int(answer.json()["id"])


def table(items: int, delays: Delays) -> list[str]:
    """One row for each eye."""
    rows = ["| items | webhooks | until | p50, s | p95, s | most, s |", "|---|---|---|---|---|---|"]
    for name, seconds in (("in `/preview`", delays.preview), ("told on SSE and in a page", delays.events)):
        rows.append(f"| {items:,} | {len(seconds)} | {name} | {quantiles(seconds)} |")
    return rows
