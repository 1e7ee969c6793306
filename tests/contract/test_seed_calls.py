"""The documented examples against a gateway process of its own, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from tests.contract import curl
from tests.contract.seed_calls import EXAMPLES, FOLLOW_EVENTS, RESUME_EVENTS
from tests.harness.eventually import eventually
from tests.harness.processes import ServiceProcess
from tests.service.api import rows

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


async def test_documented_examples_work_as_written(
    process: ServiceProcess, client: httpx.AsyncClient, database: Database
) -> None:
    environment = {
        "CAPACITARR_URL": f"http://127.0.0.1:{process.port}/api/v1",
        "CAPACITARR_API_KEY": "none-yet",
        "TOKEN": "none-yet",
    }
    secrets = ["your-password", "new-password", "your-sonarr-api-key"]
    for example in EXAMPLES:
        call = curl.parse(example.command, environment)
        answer = await call.send(client)
        assert answer.status_code in {200, 201}, (example.command, answer.text)
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
