"""What a person changes outdates the preview exactly when the preview shows it, and says why."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from services.api.preview.truth import Patience
from tests.service.api import rows
from tests.service.api.sse import stream

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Change:
    """A call, how often it has everything scored again, and the reason it gives."""

    what: str
    ask: Ask
    scorings: int
    reason: str | None


ORDER = {"tiebreakerMethod": "name_asc"}
THRESHOLDS = {"thresholdPct": 80, "targetPct": 70}
SOURCE = {"type": "radarr", "name": "Radarr", "url": "http://127.0.0.1:9", "apiKey": "k" * 32}
RULE = {"field": "title", "operator": "contains", "value": "x", "effect": "always_keep", "integrationId": 1}

CHANGES = (
    Change("add a source", lambda api: api.post("/integrations", json=SOURCE), 1, "integration_added"),
    Change("rename it", lambda api: api.put("/integrations/1", json={"name": "Films"}), 1, "integration_updated"),
    Change("switch it off", lambda api: api.put("/integrations/1", json={"enabled": False}), 1, "integration_updated"),
    Change("tiebreaker", lambda api: api.put("/preferences", json=ORDER), 1, "settings_changed"),
    Change("the same again", lambda api: api.put("/preferences", json=ORDER), 0, None),
    Change("file age", lambda api: api.patch("/preferences/safety", json={"minFileAgeDays": 3}), 1, "settings_changed"),
    Change("log level", lambda api: api.put("/preferences", json={"logLevel": "debug"}), 0, None),
    Change("snooze hours", lambda api: api.put("/preferences", json={"snoozeDurationHours": 2}), 0, None),
    Change("weights", lambda api: api.put("/scoring-factor-weights", json={"rating": 9}), 1, "settings_changed"),
    Change("rule", lambda api: api.post("/custom-rules", json=RULE), 1, "rule_created"),
    Change("rule off", lambda api: api.put("/custom-rules/1", json=RULE | {"enabled": False}), 1, "rule_updated"),
    Change("no rule", lambda api: api.delete("/custom-rules/1"), 1, "rule_deleted"),
    Change("threshold", lambda api: api.put("/disk-groups/1", json=THRESHOLDS), 1, "threshold_changed"),
    Change("mode", lambda api: api.put("/disk-groups/1", json=THRESHOLDS | {"mode": "auto"}), 1, "threshold_changed"),
    Change("test a source", lambda api: api.get("/integrations"), 0, None),
    Change("remove it", lambda api: api.delete("/integrations/1"), 1, "integration_removed"),
)
"""In this order, in one installation: each is measured by itself."""


async def wishes(database: Database) -> tuple[int, int]:
    """How often new scores and new renderings were wanted so far."""
    state = m.PreviewState
    async with database.connect() as conn:
        row = (await conn.execute(select(state.wanted_scoring, state.wanted_revision))).one()
        return row.wanted_scoring, row.wanted_revision


async def test_each_change_outdates_the_scores_when_it_matters(api: httpx.AsyncClient, database: Database) -> None:
    await rows.disk_group(database)
    found = []

    async with stream(api) as opened:
        for change in CHANGES:
            before, _ = await wishes(database)
            answer = await change.ask(api)
            assert answer.is_success, (change.what, answer.text)
            after, _ = await wishes(database)
            found.append((change.what, after - before))
        reasons = [change.reason for change in CHANGES if change.reason is not None]
        frames = await opened.received(len(reasons))

        assert found == [(change.what, change.scorings) for change in CHANGES]
        told = [json.loads(frame.data)["reason"] for frame in frames if frame.event == "preview_invalidated"]
        while len(told) < len(reasons):
            frames = await opened.received(len(frames) + 1)
            told = [json.loads(frame.data)["reason"] for frame in frames if frame.event == "preview_invalidated"]
    assert told == reasons


@pytest.mark.parametrize("patience", [Patience(first_run_s=0.2, scores_s=0.2)], ids=["impatient"])
async def test_forced_scoring_is_one_for_each_who_asks(api: httpx.AsyncClient, database: Database) -> None:
    await api.get("/preview", params={"force": "true"})
    await api.get("/preview", params={"force": "no"})

    assert await wishes(database) == (1, 1)


@pytest.mark.parametrize("path", ["/deletion-queue/snooze", "/deletion-queue/clear"])
async def test_what_leaves_the_queue_is_rendered_again_and_not_scored(
    api: httpx.AsyncClient, database: Database, path: str
) -> None:
    source = await rows.integration(database)
    await rows.job(database, source)

    answer = await api.post(path, json={"mediaName": "Firefly S01", "mediaType": "season"})

    assert answer.is_success, answer.text
    assert await wishes(database) == (0, 1)
