"""The clients behind the probes: one per integration, kept open between two looks, opened anew when it was saved."""

import asyncio
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from libs.integrations.capabilities import Client, ConnectionTest, Probe, capability
from services.sync import failures
from services.sync.health.queries import Due
from services.sync.health.rules import Failure
from services.sync.integrations import Source
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class _Open:
    source: Source
    client: Client
    closing: AsyncExitStack


class Connections:
    """Asks integrations for a sign of life. A client is kept because it knows when the key was last proven."""

    def __init__(self, upstreams: Upstreams, *, deadline_s: float = DEADLINE_S) -> None:
        self._upstreams = upstreams
        self._deadline_s = deadline_s
        self._open: dict[int, _Open] = {}

    async def ask(self, due: Due) -> Failure | None:
        """What is wrong with it; None when it is well. Whatever a client does is an answer, never an exception."""
        source = due.source
        try:
            async with asyncio.timeout(self._deadline_s):
                await _knock(await self._client(source), due)
        except Exception as exc:
            failure = failures.explain(exc, source.name)
            if failure.error_class == failures.INTERNAL:
                log.exception("probe broke", integration=source.name)
            return failure
        return None

    async def keep_only(self, integration_ids: Collection[int]) -> None:
        """Close the clients of all others: those integrations were disabled or removed."""
        for gone in self._open.keys() - set(integration_ids):
            await self._open.pop(gone).closing.aclose()

    async def close(self) -> None:
        """Close every client."""
        await self.keep_only(())

    async def _client(self, source: Source) -> Client:
        known = self._open.get(source.id)
        if known is not None and known.source == source:
            return known.client
        if known is not None:
            await self._open.pop(source.id).closing.aclose()
        closing = AsyncExitStack()
        client = await closing.enter_async_context(self._upstreams.open(source))
        self._open[source.id] = _Open(source, client, closing)
        return client


async def _knock(client: Client, due: Due) -> None:
    """The cheapest sign of life; the full test while anything is wrong: not every sign of life needs the key."""
    if due.is_ailing or not isinstance(client, Probe):
        await capability(client, ConnectionTest).test()
    else:
        await client.probe()
