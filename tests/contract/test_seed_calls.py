"""The documented examples against a gateway process of its own, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, update

from libs.common.clock import Clock, real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.messaging.transient import Transient
from services.engine.preview.refresh import PreviewRefresh
from services.engine.questions.evaluations import Evaluations
from services.engine.questions.router import question_router
from tests.contract import curl
from tests.contract.seed_calls import EXAMPLES, FOLLOW_EVENTS, RESUME_EVENTS
from tests.harness.bus import running_broker
from tests.harness.eventually import eventually
from tests.harness.processes import ServiceProcess
from tests.service.api import approvals, rows
from tests.service.api.watched import Library

pytestmark = pytest.mark.service


@pytest.fixture
def process(database_url: str, nats_url: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    """`python -m services.api`, at the most talkative log level."""
    environment = {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "SECRET_KEY": "a-secret-key-for-tests-only-0123456789",
        "LOG_LEVEL": "debug",
        "DATA_DIR": str(tmp_path),
    }
    running = ServiceProcess("api", "api", tmp_path, environment)
    running.start()
    running.wait_ready()
    yield running
    running.stop()


@pytest.fixture
async def engine(process: ServiceProcess, database: Database, nats_url: str) -> AsyncIterator[None]:
    """An engine that answers questions and does nothing else; the gateway has made the streams."""
    clock = Clock()
    async with running_broker(nats_url) as broker:
        evaluations = Evaluations(database, clock, PreviewRefresh(database, clock, Transient(broker, "engine")))
        async with running_broker(nats_url, question_router(database, evaluations)):
            yield


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client that knows nothing by itself."""
    async with httpx.AsyncClient(timeout=30) as anybody:
        yield anybody


def resembles(shown: Any, expected: dict[str, Any]) -> None:
    """Every documented member is there with its documented value."""
    first = shown[0] if isinstance(shown, list) and shown else shown
    for name, value in expected.items():
        assert name in first, (name, shown)
        if value is not None:
            assert first[name] == value, (name, first[name], value)
            assert type(first[name]) is type(value), name


async def furnish(database: Database) -> None:
    """What the other services would have written by then."""
    group = await rows.disk_group(database, mode="auto")
    for number in (1, 2, 3):
        await rows.job(database, 1, f"Firefly S0{number}", external_id=f"12345-s{number}", disk_group_id=group)
    await approvals.entry(database, 1)
    for number in (8, 9):
        await approvals.entry(
            database, 1, f"12345-s{number}", media_name=f"Firefly S0{number}", collection_group="My Collection"
        )
    entry = {
        "event_uuid": uuid4(),
        "stream_seq": 1,
        "event_type": "engine_complete",
        "message": "Engine run completed: evaluated 97, flagged 12",
        "metadata": '{"evaluated":97,"flagged":12}',
        "created_at": datetime(2026, 3, 6, 12, 1, tzinfo=UTC),
    }
    async with database.begin() as tx:
        await tx.execute(insert(m.ActivityEvent), [entry])
    now = real_now()
    await rows.usage(database, group, "hourly", (timedelta(hours=2), 1000), now=now)
    await rows.usage(database, group, "daily", (timedelta(days=2), 900), now=now)
    library = Library(database, now, source=1)
    await library.item("Never seen")
    await library.item("Seen long ago", played=200)
    await library.score()


async def catch_up(database: Database) -> None:
    """What sync and the engine would have made of the changes since: one more movie, and new scores."""
    library = Library(database, real_now(), source=1)
    await library.item("Serenity", external_id="42")
    async with database.begin() as tx:
        await tx.execute(update(m.PreviewState).values(scored_scoring=m.PreviewState.wanted_scoring))
    await library.score()


async def test_documented_examples_work_as_written(
    process: ServiceProcess, engine: None, client: httpx.AsyncClient, database: Database
) -> None:
    environment = {
        "CAPACITARR_URL": f"http://127.0.0.1:{process.port}/api/v1",
        "CAPACITARR_API_KEY": "none-yet",
        "TOKEN": "none-yet",
    }
    secrets = ["your-password", "new-password", "your-sonarr-api-key"]
    for example in EXAMPLES:
        call = curl.parse(example.command, environment)
        if call.url.endswith("/delete"):
            await catch_up(database)
        answer = await call.send(client)
        assert answer.status_code in {200, 201, 204}, (example.command, answer.text)
        if answer.status_code == 204:
            assert answer.content == b""
            continue
        assert answer.headers["content-type"] == "application/json"
        shown = answer.json()
        resembles(shown, example.members)
        if "token" in shown:
            environment["TOKEN"] = shown["token"]
            secrets.append(shown["token"])
        if "api_key" in shown:
            environment["CAPACITARR_API_KEY"] = shown["api_key"]
            secrets.append(shown["api_key"])
        if call.method == "POST" and call.url.endswith("/integrations"):
            await furnish(database)
    by_query = f"{environment['CAPACITARR_URL']}/preferences?apikey={environment['CAPACITARR_API_KEY']}"
    assert (await client.get(by_query)).status_code == 200

    for secret in secrets:
        assert secret not in process.log, "S-29, T218, T222: a credential stands in the log"


@pytest.mark.parametrize("command", [FOLLOW_EVENTS, RESUME_EVENTS], ids=["follow", "resume"])
async def test_documented_event_streams_open(process: ServiceProcess, client: httpx.AsyncClient, command: str) -> None:
    root = f"http://127.0.0.1:{process.port}/api/v1"
    login = await client.post(f"{root}/auth/login", json={"username": "admin", "password": "your-password"})
    headers = {"Authorization": f"Bearer {login.json()['token']}"}
    key = (await client.post(f"{root}/auth/apikey", headers=headers)).json()["api_key"]
    call = curl.parse(command, {"CAPACITARR_URL": root, "CAPACITARR_API_KEY": key})

    async with client.stream(call.method, call.url, headers=call.headers) as answer:
        pieces = answer.aiter_text()
        first = await anext(pieces)
        text = first
        while "Last-Event-ID" in call.headers and "replay_gap" not in text:
            text += await anext(pieces)

    assert answer.status_code == 200
    assert "retry: 3000" in first


async def test_process_stops_at_once_although_a_stream_is_open(
    process: ServiceProcess, client: httpx.AsyncClient
) -> None:
    root = f"http://127.0.0.1:{process.port}/api/v1"
    login = await client.post(f"{root}/auth/login", json={"username": "admin", "password": "your-password"})
    headers = {"Authorization": f"Bearer {login.json()['token']}"}
    async with client.stream("GET", f"{root}/events", headers=headers) as answer:
        assert process.process is not None
        began = real_now()
        process.process.terminate()
        await answer.aread()

        async def gone() -> bool:
            return not process.alive

        await eventually(gone, within_s=10)

    assert answer.text.rstrip().split("\n")[-1].startswith("retry: ")
    assert (real_now() - began).total_seconds() < 8
    assert "Traceback" not in process.log
