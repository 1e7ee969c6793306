"""No key, token or password gets out, whatever goes wrong at the eleven systems or is sent to us (S-29)."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, insert, select

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, RefreshState
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture import fixture_world
from libs.simulator.serve import SimulatorServer
from services.api.webhooks.senders import PARSERS
from tests.harness.eventually import eventually
from tests.harness.processes import free_port
from tests.harness.system import OWNER, RunningSystem
from tests.harness.witness import OWNERS_KEY, OWNERS_TOKEN, WEBHOOK_OF, Witness

OWNERS_PASSWORD = "the owner's password"
WRONG_KEY = "wrong/key+that=nobody-has-0123"
FORGED = "forged-token-of-forty-three-characters-000000"
URL_PASSWORD = "pass-word-in-an-address"

QUICK = (
    FaultKind.HTML_LOGIN,
    FaultKind.HTML_PAGE,
    FaultKind.TRUNCATED,
    FaultKind.EMPTY_LIST,
    FaultKind.WRONG_CONTENT_TYPE,
    FaultKind.CONNECTION_RESET,
    FaultKind.OVERSIZED,
    FaultKind.EMPTY_PAGE,
    FaultKind.REPEATED_PAGE,
    FaultKind.WRONG_TOTAL,
)
STATUSES = (400, 401, 403, 404, 429, 500, 503)


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """All eleven systems. Their keys look different in a URL."""
    world = fixture_world(real_now())
    for installed in world.systems.values():
        installed.api_key = f"k+{installed.api_key}/="
    with SimulatorServer(world) as server:
        yield server


@pytest.fixture
async def witness(system: RunningSystem, upstreams: SimulatorServer) -> AsyncIterator[Witness]:
    """Everything is heard. What must not be heard: keys, the owner's credentials, and what we invent here."""
    keys = {f"key of {key}": upstreams.instance(key)["apiKey"] for key in upstreams.world.systems}
    owner = {OWNERS_PASSWORD: OWNER["password"], OWNERS_TOKEN: system.token, OWNERS_KEY: system.api_key}
    invented = {"wrong key": WRONG_KEY, "forged token": FORGED, "password in an address": URL_PASSWORD}
    sealing = {"the key that seals": "a-secret-key-for-tests-only-0123456789"}
    made = Witness(system, {**keys, **owner, **invented, **sealing})
    async with made.listening():
        yield made


@pytest.fixture
async def client(witness: Witness) -> AsyncIterator[httpx.AsyncClient]:
    async with witness.client() as client:
        yield client


@pytest.fixture
async def ids(witness: Witness, client: httpx.AsyncClient, upstreams: SimulatorServer) -> dict[str, int]:
    """All eleven connected and read once; their keys in sealed form and webhook tokens are secrets, too."""
    ids = {}
    for key in upstreams.world.systems:
        instance = upstreams.instance(key)
        body = {name: instance[name] for name in ("type", "name", "url", "apiKey")}
        ids[key] = (await client.post("/integrations", json=body)).json()["id"]
    assert {instance["type"] for instance in map(upstreams.instance, ids)} == {kind.value for kind in IntegrationType}
    results = (await client.post("/integrations/sync")).json()["results"]
    assert [row["status"] for row in results] == ["ok"] * len(ids)
    await _learn_sealed(witness)
    for key, number in ids.items():
        if IntegrationType(upstreams.instance(key)["type"]) in PARSERS:
            url = (await client.get(f"/integrations/{number}/webhook")).json()["url"]
            witness.secrets[f"{WEBHOOK_OF} {number}"] = url.rpartition("/")[2]
    return ids


async def _learn_sealed(witness: Witness) -> None:
    db = Database(witness.system.database_url, pool_size=1)
    async with db.connect() as conn:
        for name, sealed in await conn.execute(select(m.Integration.name, m.Integration.api_key)):
            witness.secrets[f"sealed key of {name}"] = sealed.decode()
    await db.dispose()


async def sync(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.post("/integrations/sync")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def failed(results: list[dict[str, Any]]) -> set[str]:
    return {row["type"] for row in results if row["status"] != "ok" or "mediaError" in row or "diskError" in row}


def break_all(upstreams: SimulatorServer, **rule: Any) -> None:
    """The same fault at each system; it may speak of the key."""
    for key in upstreams.world.systems:
        secret = upstreams.instance(key)["apiKey"]
        told: dict[str, Any] = {
            name: value.replace("KEY", secret) if type(value) is str else value for name, value in rule.items()
        }
        upstreams.break_calls(FaultRule(instance=key, **told))


async def forget_limits(witness: Witness) -> None:
    """As if the window of the rate limits were over."""
    db = Database(witness.system.database_url, pool_size=1)
    async with db.begin() as tx:
        await tx.execute(delete(m.RateLimitHit))
    await db.dispose()


async def connection_tests(
    client: httpx.AsyncClient, upstreams: SimulatorServer, **changes: Any
) -> list[dict[str, Any]]:
    """A connection test of each system, as many side by side as are carried out at once."""
    instances = map(upstreams.instance, upstreams.world.systems)
    bodies = [{name: instance[name] for name in ("type", "url", "apiKey")} | changes for instance in instances]
    answers: list[dict[str, Any]] = []
    for some in (bodies[:6], bodies[6:]):
        told = await asyncio.gather(*(client.post("/integrations/test", json=body) for body in some))
        answers += [answer.json() for answer in told]
    return answers


@pytest.mark.timeout(300)
async def test_faults_of_every_kind_at_every_system_tell_no_secret(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    troubled: set[str] = set()
    for kind in QUICK:
        break_all(upstreams, kind=kind, size_bytes=65 * 1024 * 1024)
        troubled |= failed(await sync(client))
        upstreams.heal()

    assert troubled == {kind.value for kind in IntegrationType}
    assert await witness.ask_everything(client, ids) > 30
    assert await witness.leaks() == []


@pytest.mark.timeout(300)
async def test_refusals_that_repeat_the_key_tell_no_secret_from_outage_to_recovery(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    for status in STATUSES:
        break_all(upstreams, kind=FaultKind.STATUS, status=status, message="bad key KEY in /api?apikey=KEY")
        assert failed(await sync(client)) == {kind.value for kind in IntegrationType}, status
        await witness.ask_everything(client, ids)
        upstreams.heal()
    recovered = await sync(client)

    assert failed(recovered) == set()

    async def told() -> bool:
        heard = b"".join(witness.heard).decode()
        return "integration_test_failed" in heard and "integration_recovered" in heard

    await eventually(told, within_s=30)
    assert await witness.leaks() == []


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://elsewhere.invalid/login?apikey=KEY", id="another host"),
        pytest.param("/elsewhere/KEY/api?apikey=KEY&token=KEY", id="the same host"),
        pytest.param(f"http://user:{URL_PASSWORD}@127.0.0.1/?next=KEY", id="a password"),
    ],
)
async def test_redirects_that_carry_the_key_tell_no_secret(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer, location: str
) -> None:
    break_all(upstreams, kind=FaultKind.REDIRECT, status=307, location=location)

    results = await sync(client)
    tests = await connection_tests(client, upstreams)

    assert failed(results) == {kind.value for kind in IntegrationType}
    assert not any(answer["success"] for answer in tests)
    await witness.ask_everything(client, ids)
    assert await witness.leaks() == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT, FaultKind.SLOW_DRIP])
async def test_answers_that_never_come_tell_no_secret(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer, kind: FaultKind
) -> None:
    break_all(upstreams, kind=kind, seconds=40.0)

    answers = await connection_tests(client, upstreams)
    upstreams.heal()

    assert not any(answer["success"] for answer in answers)
    assert await witness.leaks() == []


async def test_right_wrong_and_masked_keys_tell_no_secret(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    right = await connection_tests(client, upstreams)
    await forget_limits(witness)
    wrong = await connection_tests(client, upstreams, apiKey=WRONG_KEY)
    await forget_limits(witness)
    masked = []
    for key, number in ids.items():
        shown = (await client.get(f"/integrations/{number}")).json()
        instance = upstreams.instance(key)
        question = {
            "type": instance["type"],
            "url": instance["url"],
            "apiKey": shown["apiKey"],
            "integrationId": number,
        }
        masked.append((await client.post("/integrations/test", json=question)).json())
        elsewhere = question | {"url": f"http://127.0.0.1:{free_port()}"}
        assert (await client.post("/integrations/test", json=elsewhere)).status_code == 400
        kept = await client.put(f"/integrations/{number}", json={"apiKey": shown["apiKey"]})
        assert kept.status_code == 200, kept.text
        changed = await client.put(f"/integrations/{number}", json={"apiKey": WRONG_KEY})
        assert changed.json()["apiKey"] != WRONG_KEY
    await _learn_sealed(witness)
    refused = [failed(await sync(client)) for _ in range(3)]

    assert [answer["success"] for answer in right + masked] == [True] * 2 * len(ids)
    assert [answer["success"] for answer in wrong] == [False] * len(ids)
    assert refused == [{kind.value for kind in IntegrationType}] * 3
    await witness.ask_everything(client, ids)
    assert await witness.leaks() == []


async def test_input_that_is_refused_is_not_repeated(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    radarr = upstreams.instance("radarr")
    whole = {"type": "radarr", "name": "R", "url": radarr["url"], "apiKey": radarr["apiKey"]}
    refused = [
        await client.post("/integrations", json=whole | {"type": radarr["apiKey"]}),
        await client.post("/integrations", json=whole | {"apiKey": [radarr["apiKey"]]}),
        await client.post("/integrations", json=whole | {radarr["apiKey"]: True, "enabled": "perhaps"}),
        await client.post("/integrations", content=json.dumps(whole)[:-1]),
        await client.post("/integrations", json=whole | {"url": f"http://user:{URL_PASSWORD}@nas/?apikey={WRONG_KEY}"}),
        await client.put(f"/integrations/{ids['radarr']}", json={"url": f"ftp://{WRONG_KEY}@nas"}),
        await client.post("/integrations/test", json=whole | {"url": f"nas:{radarr['apiKey']}"}),
        await client.put("/preferences", json={"logLevel": radarr["apiKey"]}),
        await client.get(f"/{radarr['apiKey']}"),
    ]

    assert [400 <= answer.status_code < 500 for answer in refused] == [True] * len(refused)
    assert await witness.leaks() == []


async def test_webhooks_right_and_forged_tell_no_secret(
    witness: Witness, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    tokens = {number: witness.secrets.get(f"{WEBHOOK_OF} {number}", "") for number in ids.values()}
    event = {"eventType": "Download", "movie": {"id": 12}, "series": {"id": 7}, "apiKey": "x"}
    statuses = set()
    async with witness.client(headers={}) as sender:
        for number, token in tokens.items():
            if token:
                statuses.add((await sender.post(f"/webhooks/{number}/{token}", json=event)).status_code)
                await sender.post(f"/webhooks/{number}/{token}", content=b"{not json")
                await sender.get(f"/webhooks/{number}/{token}")
                await sender.post(f"/webhooks/{number}/{token}/more", json=event)
                await sender.post(f"/webhooks/{number + 1}/{token}", json=event)
            await sender.post(f"/webhooks/{number}/{FORGED}", json=event)

    assert statuses == {200}
    assert len([token for token in tokens.values() if token]) == len(PARSERS)
    own = {secret: name for name, secret in witness.secrets.items()}
    assert own[tokens[ids["radarr"]]] == f"{WEBHOOK_OF} {ids['radarr']}"
    await eventually(lambda: _asked_for(witness.system), within_s=30)
    assert await witness.leaks() == []


async def _asked_for(system: RunningSystem) -> bool:
    """Whether something that the events hinted at has been read."""
    db = Database(system.database_url, pool_size=1)
    try:
        async with db.connect() as conn:
            states = list((await conn.execute(select(m.RefreshRequest.state))).scalars())
    finally:
        await db.dispose()
    return RefreshState.DONE in states


async def test_the_owners_credentials_are_told_nobody_but_who_asked_for_them(
    witness: Witness, client: httpx.AsyncClient
) -> None:
    system = witness.system
    async with witness.client(headers={}) as stranger:
        login = await stranger.post("/auth/login", json=OWNER)
        witness.secrets["the token of a second login"] = login.json()["token"]
        await stranger.post("/auth/login", json=OWNER | {"password": WRONG_KEY})
        await stranger.post("/auth/login", json={"username": WRONG_KEY, "password": OWNER["password"]})
        await stranger.post("/auth/login", json={"username": "admin", "password": [OWNER["password"]]})
        by_query = await stranger.get("/integrations", params={"apikey": system.api_key})
        by_wrong_query = await stranger.get("/integrations", params={"apikey": WRONG_KEY, "token": system.token})
        by_scheme = await stranger.get("/integrations", headers={"Authorization": f"ApiKey {system.api_key}"})
    async with witness.client(headers={"Authorization": f"Bearer {system.token}"}) as owner:
        wrong = await owner.put("/auth/password", json={"currentPassword": WRONG_KEY, "newPassword": URL_PASSWORD})
        status = await owner.get("/auth/apikey")
    await witness.ask_everything(client, {})

    assert (login.status_code, by_query.status_code, by_scheme.status_code) == (200, 200, 200)
    assert by_wrong_query.status_code == 401
    assert 400 <= wrong.status_code < 500
    assert status.status_code == 200
    found = await witness.leaks()
    assert [leak for leak in found if leak.secret != "the token of a second login"] == []
    assert {leak.place for leak in found} == {"answer to POST /api/v1/auth/login"}


async def test_planted_secrets_are_found_in_every_place(
    witness: Witness, client: httpx.AsyncClient, ids: dict[str, int], upstreams: SimulatorServer
) -> None:
    planted = "a/secret+that=was planted"
    witness.secrets = {"planted": planted, "harmless": "nobody ever wrote this"}
    await client.put(f"/integrations/{ids['radarr']}", json={"name": f"Radarr {planted}"})
    break_all(upstreams, kind=FaultKind.CONNECTION_RESET)
    for _ in range(3):
        await sync(client)
    db = Database(witness.system.database_url, pool_size=1)
    async with db.begin() as tx:
        await tx.execute(insert(m.CustomRule).values(**rule(ids["radarr"], planted)))
    await db.dispose()

    places = {
        f"answer to PUT /api/v1/integrations/{ids['radarr']}",
        "answer to POST /api/v1/integrations/sync",
        "answer to GET /api/v1/activity/recent",
        "event stream",
        "log of sync",
        "table activity_events",
        "table custom_rules",
        "table integrations",
        "table outbox",
    }

    async def everywhere() -> bool:
        await client.get("/activity/recent", params={"limit": 100})
        assert places - {leak.place.partition(".")[0] for leak in await witness.leaks()} == set()
        return True

    await eventually(everywhere, within_s=60, every_s=1)
    found = await witness.leaks()
    assert {leak.secret for leak in found} == {"planted"}
    assert any(leak.place.startswith("file ") for leak in found)
    assert planted not in repr(found)


def rule(integration_id: int, planted: str) -> dict[str, Any]:
    """A row that holds it in base64."""
    value = base64.b64encode(f"x{planted}".encode()).decode()
    now = real_now()
    fixed = {"field": "title", "operator": "==", "effect": "always_keep", "created_at": now, "updated_at": now}
    return {"integration_id": integration_id, "value": value, **fixed}
