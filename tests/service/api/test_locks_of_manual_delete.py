"""`POST /delete` takes its locks in everybody's order: scores, queue rows, and last the row of the preview's state.

Somebody holds that row until all who take part wait in the database. In another order two of them would then wait for
each other, and Postgres would end one as a deadlock.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode
from services.engine.evaluation import evaluate
from services.engine.facts import load_facts
from services.engine.preview.store import store_preview
from tests.harness.jumping_clock import JumpingClock
from tests.harness.lock_waits import preview_state_held, waiting_for_locks
from tests.service.api import rows
from tests.service.api.watched import Library

ASKED_ABOUT, QUEUED = "1", "2"

Delete = Callable[..., Coroutine[Any, Any, httpx.Response]]


@pytest.fixture
async def shelf(database: Database, clock: JumpingClock) -> Library:
    """A movie that a person is asked about, and one that is queued at once."""
    before = clock.now() - rows.seconds(3600)
    radarr = await rows.integration(database, "Radarr", type="radarr", created_at=before, updated_at=before)
    library = Library(database, clock.now(), radarr)
    asking = await rows.disk_group(database, "/mnt/asking", mode=ExecutionMode.APPROVAL)
    acting = await rows.disk_group(database, "/mnt/acting", mode=ExecutionMode.AUTO)
    await library.item("Asked about", external_id=ASKED_ABOUT, disk_group_id=asking)
    await library.item("Queued", external_id=QUEUED, disk_group_id=acting)
    await library.score()
    return library


@pytest.fixture
def delete(api: httpx.AsyncClient, shelf: Library) -> Delete:
    """A person's request about items of the shelf."""

    async def ask(*external_ids: str) -> httpx.Response:
        wishes: list[dict[str, Any]] = [
            {"mediaName": "", "mediaType": "movie", "integrationId": shelf.source, "externalId": external_id}
            for external_id in external_ids
        ]
        return await api.post("/delete", json=wishes, timeout=30)

    return ask


async def test_two_requests_about_one_item_do_not_wait_for_each_other(database: Database, delete: Delete) -> None:
    async with preview_state_held(database):
        first = asyncio.create_task(delete(ASKED_ABOUT, QUEUED))
        await waiting_for_locks(database, 1)
        second = asyncio.create_task(delete(QUEUED))
        await waiting_for_locks(database, 2)

    assert [(answer.status_code, answer.json()["queued"]) for answer in await asyncio.gather(first, second)] == [
        (200, 2),
        (200, 0),
    ]


async def test_request_and_a_preview_that_is_stored_do_not_wait_for_each_other(
    database: Database, clock: JumpingClock, delete: Delete
) -> None:
    async with database.connect() as conn:
        facts = await load_facts(conn, clock.now())
    evaluation = await evaluate(database.url, facts)

    async def store() -> int:
        async with database.begin() as tx:
            return await store_preview(tx, evaluation, None)

    async with preview_state_held(database):
        request = asyncio.create_task(delete(ASKED_ABOUT, QUEUED))
        await waiting_for_locks(database, 1)
        storing = asyncio.create_task(store())
        await waiting_for_locks(database, 2)

    answer, preview_id = await asyncio.gather(request, storing)
    async with database.connect() as conn:
        current = (await conn.execute(select(m.PreviewState.preview_id))).scalar_one()
    assert (answer.status_code, answer.json()["queued"]) == (200, 2)
    assert current == preview_id
