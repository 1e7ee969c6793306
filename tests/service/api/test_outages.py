"""What the gateway does while NATS or Postgres is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.common.db import Database
from libs.common.settings import Settings
from libs.local.nats import EmbeddedNats
from tests.harness.eventually import eventually
from tests.service.api.running_gateway import RunningGateway, serving
from tests.service.api.sse import stream

NOBODY = "nats://127.0.0.1:9"
RULE = {"field": "title", "operator": "contains", "value": "x", "effect": "lean_keep", "integrationId": 1}


@pytest.fixture
async def cut_off(api_settings: Callable[..., Settings], database: Database) -> AsyncIterator[RunningGateway]:
    """A gateway that has never reached NATS."""
    async with serving(api_settings(NATS_URL=NOBODY, SSE_KEEPALIVE_S="0.2"), database, until_ready=False) as running:
        await running.log_in()
        yield running


async def test_changes_are_kept_and_questions_are_503_while_nats_is_away(cut_off: RunningGateway) -> None:
    async with cut_off.owner() as api:
        calls: list[tuple[str, str, Any, int]] = [
            ("PUT", "/preferences", {"sunsetDays": 21}, 200),
            ("POST", "/engine/run", None, 200),
            ("POST", "/deletion-queue/clear", None, 200),
            ("POST", "/integrations", {"type": "radarr", "name": "R", "url": "http://r", "apiKey": "k"}, 201),
            ("POST", "/custom-rules", RULE, 201),
            ("POST", "/custom-rules", RULE | {"operator": "regex"}, 503),
            ("PUT", "/scoring-factor-weights", {"rating": 7}, 200),
            ("POST", "/integrations/sync", None, 503),
            ("POST", "/integrations/test", {"type": "radarr", "url": "http://r", "apiKey": "k"}, 503),
        ]
        for method, path, body, status in calls:
            answer = await api.request(method, path, json=body)
            assert answer.status_code == status, (path, answer.text)
        assert (await api.get("/preferences")).json()["sunsetDays"] == 21
        assert (await api.get("/health")).json()["eventsDropped"] > 0


async def test_stream_opens_and_stays_open_while_nats_is_away(cut_off: RunningGateway) -> None:
    async with cut_off.owner() as api:
        for headers in ({}, {"Last-Event-ID": "1741199825-002"}):
            async with stream(api, headers=headers) as opened:
                await opened.kept_alive(2)
                assert opened.frames == []
                assert not opened.ended


async def test_tail_goes_on_after_nats_was_killed_and_came_back(
    api_settings: Callable[..., Settings], database: Database, tmp_path: Path
) -> None:
    server = EmbeddedNats(tmp_path / "nats")
    url = await asyncio.to_thread(server.start)
    try:
        async with serving(api_settings(NATS_URL=url), database) as gateway:
            await gateway.log_in()
            async with gateway.owner() as api, stream(api, params={"types": "settings_changed"}) as opened:
                await eventually(lambda: opened.retries)
                await api.put("/preferences", json={"sunsetDays": 20})
                await opened.received(1)
                await asyncio.to_thread(server.kill)
                assert (await api.put("/preferences", json={"sunsetDays": 21})).status_code == 200
                assert await asyncio.to_thread(server.start) == url
                await eventually(lambda: len(opened.frames) >= 2, within_s=60)
                assert not opened.ended
    finally:
        await asyncio.to_thread(server.stop)

    first, second = opened.frames
    assert second.sequence > first.sequence
    assert '"sunsetDays":21' in second.data


async def test_unreachable_database_is_500_and_nothing_hangs(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    nowhere = api_settings(DATABASE_URL="postgresql+asyncpg://nobody@127.0.0.1:9/none")
    async with serving(nowhere, database, until_ready=False) as gateway, gateway.anybody() as anybody:
        alive = await anybody.get("/health")
        refused: httpx.Response = await anybody.get("/preferences", headers={"X-Api-Key": "ck_x"})

    assert alive.status_code == 200
    assert refused.status_code == 500
    assert list(refused.json()) == ["error"]
