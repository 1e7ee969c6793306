"""`Idempotency-Key`: what is sent again is answered again, and nothing is done twice, whatever broke in between."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import func, insert, select, text

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import ExecutionMode
from libs.common.settings import Settings
from services.api import change as changes
from services.api.idempotency import answers, queries
from services.api.idempotency.answers import KEPT
from services.api.idempotency.asked import HEADER, Asked
from services.api.idempotency.route import ChangingRoute
from services.api.web import SECTIONS, build_routes
from tests.harness.eventually import eventually
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.api.running_gateway import OWNER, RunningGateway, serving
from tests.service.api.watched import Library

KEY = {HEADER: "8e03978e-40d5-43e8-bc93-6894a57f9324"}
SAVED = timedelta(hours=1)

WITHOUT_KEY = {
    ("POST", "/auth/login"),
    ("POST", "/auth/apikey"),
    ("PUT", "/auth/password"),
    ("PUT", "/auth/username"),
    ("POST", "/webhooks/{integration_id}/{token}"),
    ("POST", "/integrations/test"),
    ("POST", "/integrations/sync"),
    ("POST", "/engine/simulate"),
}
"""Answers that hold secrets, foreign senders, and questions that change nothing of ours."""


@pytest.fixture
async def wishes(database: Database, clock: JumpingClock) -> list[dict[str, Any]]:
    """Two movies of an auto group, as `POST /delete` names them."""
    before = clock.now() - SAVED
    radarr = await rows.integration(database, "Radarr", type="radarr", created_at=before, updated_at=before)
    shelf = Library(database, clock.now(), radarr)
    group = await rows.disk_group(database, mode=ExecutionMode.AUTO)
    for number in ("1", "2"):
        await shelf.item(f"Movie {number}", external_id=number, disk_group_id=group)
    await shelf.score()
    return [{"mediaType": "movie", "integrationId": radarr, "externalId": number} for number in ("1", "2")]


async def count(database: Database, table: type[Any]) -> int:
    async with database.connect() as conn:
        return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


async def test_request_sent_again_is_answered_again_and_done_once(
    api: httpx.AsyncClient,
    gateway: RunningGateway,
    api_settings: Callable[..., Settings],
    database: Database,
    wishes: list[dict[str, Any]],
) -> None:
    first = await api.post("/delete", json=wishes, headers=KEY)
    again = await api.post("/delete", json=wishes, headers=KEY)
    async with serving(api_settings(), database) as replica:
        replica.key = gateway.key
        async with replica.anybody() as other:
            by_query = await other.post("/delete", params={"apikey": gateway.key}, json=wishes, headers=KEY)
    without = await api.post("/delete", json=wishes)

    assert (first.status_code, first.json()["queued"]) == (200, 2)
    assert "Idempotent-Replayed" not in first.headers
    for replayed in (again, by_query):
        assert (replayed.status_code, replayed.content) == (200, first.content)
        assert replayed.headers["Idempotent-Replayed"] == "true"
        assert replayed.headers["content-type"] == "application/json"
    assert without.json()["queued"] == 0
    assert await count(database, m.DeletionJob) == 2
    assert await count(database, m.DeletionBatch) == 1
    assert await count(database, m.IdempotencyKey) == 1


async def test_created_and_empty_answers_come_again_as_they_were(api: httpx.AsyncClient, database: Database) -> None:
    source = await rows.integration(database)
    rule = {"integrationId": source, "field": "title", "operator": "==", "value": "x", "effect": "always_keep"}

    made = [await api.post("/custom-rules", json=rule, headers={HEADER: "make"}) for _ in range(2)]
    gone = [await api.delete(f"/custom-rules/{made[0].json()['id']}", headers={HEADER: "drop"}) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in made] == [(201, made[0].json())] * 2
    assert [(answer.status_code, answer.content) for answer in gone] == [(204, b"")] * 2
    assert await count(database, m.CustomRule) == 0


async def test_key_belongs_to_one_request_of_one_user(
    api: httpx.AsyncClient, database: Database, wishes: list[dict[str, Any]]
) -> None:
    assert (await api.post("/delete", json=wishes[:1], headers=KEY)).status_code == 200

    others = [
        await api.post("/delete", json=wishes[1:], headers=KEY),
        await api.post("/delete", params={"compat": "reference"}, json=wishes[:1], headers=KEY),
        await api.post("/delete", params={"x": "1"}, json=wishes[:1], headers=KEY),
        await api.post("/deletion-queue/clear", headers=KEY),
        await api.patch("/preferences/engine", json={"deletionsEnabled": False}, headers=KEY),
    ]

    for other in others:
        assert other.status_code == 409
        assert "belongs to another request" in other.json()["error"]
    assert await count(database, m.DeletionJob) == 1
    async with database.begin() as tx:
        stranger = (await tx.execute(insert(m.User).values(username="other").returning(m.User.id))).scalar_one()
        now = rows.NOW
        assert await queries.take(tx, Asked(stranger, KEY[HEADER], "another"), now, now - KEPT)


async def test_failed_request_keeps_nothing_and_may_be_sent_again(
    api: httpx.AsyncClient, database: Database, wishes: list[dict[str, Any]]
) -> None:
    bad = await api.post("/delete", json=[], headers=KEY)
    missing = await api.delete("/deletion-queue", params={"id": "1"}, headers=KEY)
    kept = await count(database, m.IdempotencyKey)
    good = await api.post("/delete", json=wishes, headers=KEY)

    assert (bad.status_code, missing.status_code, kept) == (400, 404, 0)
    assert (good.status_code, good.json()["queued"]) == (200, 2)


async def test_crash_before_the_commit_leaves_no_key_behind_and_after_it_the_answer(
    api: httpx.AsyncClient, database: Database, wishes: list[dict[str, Any]]
) -> None:
    """The request waits for the preferences, which we hold; then its connection dies, as with its process."""
    waiting = text(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and query like '%preferences%' limit 1"
    )

    async def waiter() -> int | None:
        async with database.connect() as conn:
            found: int | None = (await conn.execute(waiting)).scalar_one_or_none()
            return found

    async with database.begin() as tx:
        await tx.execute(select(m.Preferences.id).with_for_update())
        request = asyncio.create_task(api.post("/delete", json=wishes, headers=KEY))
        pid = await eventually(waiter)
        meanwhile = await api.post("/delete", json=wishes, headers=KEY)
        await tx.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        crashed = await request
    done = await api.post("/delete", json=wishes, headers=KEY)
    lost = await api.post("/delete", json=wishes, headers=KEY)

    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (409, "1")
    assert "is being carried out" in meanwhile.json()["error"]
    assert crashed.status_code == 500
    assert (done.status_code, done.json()["queued"]) == (200, 2)
    assert lost.content == done.content
    assert await count(database, m.DeletionJob) == 2


async def test_many_at_once_do_it_once(
    api: httpx.AsyncClient, database: Database, wishes: list[dict[str, Any]]
) -> None:
    told = await asyncio.gather(*[api.post("/delete", json=wishes, headers=KEY) for _ in range(12)])

    done = {answer.content for answer in told if answer.status_code == 200}
    assert {answer.status_code for answer in told} <= {200, 409}
    assert len(done) == 1
    assert await count(database, m.DeletionBatch) == 1
    assert await count(database, m.DeletionJob) == 2


async def test_key_is_forgotten_after_a_day(
    api: httpx.AsyncClient, database: Database, clock: JumpingClock, wishes: list[dict[str, Any]]
) -> None:
    assert (await api.post("/delete", json=wishes[:1], headers=KEY)).status_code == 200
    clock.jump(hours=23)
    early = await api.post("/delete", json=wishes[1:], headers=KEY)
    clock.jump(hours=1, seconds=5)

    late = await api.post("/delete", json=wishes[1:], headers=KEY)
    again = await api.post("/delete", json=wishes[1:], headers=KEY)
    async with database.begin() as tx:
        young = await queries.prune(tx, clock.now() - KEPT)
        old = await queries.prune(tx, clock.now() + timedelta(seconds=1))

    assert (early.status_code, late.status_code) == (409, 200)
    assert late.json()["queued"] == 1
    assert again.content == late.content
    assert (young, old) == (0, 1)


async def test_answer_that_was_too_long_to_be_kept_is_not_given_twice(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, wishes: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 10)

    first = await api.post("/delete", json=wishes, headers=KEY)
    again = await api.post("/delete", json=wishes, headers=KEY)

    assert first.json()["queued"] == 2
    assert again.status_code == 409
    assert "was carried out" in again.json()["error"]
    assert await count(database, m.DeletionBatch) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([(HEADER, "")], id="blank"),
        pytest.param([(HEADER, "k" * 256)], id="long"),
        pytest.param([(HEADER, "k\tk")], id="tab"),
        pytest.param([(HEADER, b"caf\xe9")], id="not ASCII"),
        pytest.param([(HEADER, "one"), (HEADER, "two")], id="two"),
    ],
)
async def test_header_that_is_no_key_is_refused_by_name(api: httpx.AsyncClient, headers: Any) -> None:
    answer = await api.post("/deletion-queue/clear", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{HEADER}:")


async def test_S29_answers_with_secrets_are_never_kept(gateway: RunningGateway, database: Database) -> None:
    async with gateway.session() as session, gateway.anybody() as anybody:
        assert (await anybody.post("/auth/login", json=OWNER, headers=KEY)).status_code == 200
        keys = [(await session.post("/auth/apikey", headers=KEY)).json()["api_key"] for _ in range(2)]
        password = {"currentPassword": OWNER["password"], "newPassword": "another-password"}
        assert (await session.put("/auth/password", json=password, headers=KEY)).status_code == 200

    assert keys[0] != keys[1]
    assert await count(database, m.IdempotencyKey) == 0


def test_every_changing_route_takes_a_key_and_no_other_does() -> None:
    root = "/api/v1"
    taking, mutating = set(), set()
    for path, operations in build_routes(root).openapi()["paths"].items():
        for method, operation in operations.items():
            call = method.upper(), path.removeprefix(root)
            if method != "get":
                mutating.add(call)
            if any(parameter["name"] == HEADER for parameter in operation.get("parameters", ())):
                taking.add(call)
                assert "409" in operation["responses"], call

    assert taking == mutating - WITHOUT_KEY
    assert mutating >= WITHOUT_KEY


def test_every_changing_route_hands_over_its_answer() -> None:
    routes = [route for section in SECTIONS for route in section.router.routes if isinstance(route, APIRoute)]
    careless = [route.path for route in routes if _changes(route.dependant) and not isinstance(route, ChangingRoute)]

    assert careless == [], "their router needs route_class=ChangingRoute"


def _changes(dependant: Dependant) -> bool:
    return any(one.call is changes._change or _changes(one) for one in dependant.dependencies)
