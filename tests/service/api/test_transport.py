"""What surrounds every answer: headers, request ids, prefixes, CORS, limits of a body, and failures of ours."""

from collections.abc import Callable

import httpx
from sqlalchemy import text
from structlog.testing import capture_logs

from libs.common.db import Database
from libs.common.settings import Settings
from tests.harness.eventually import eventually
from tests.service.api.running_gateway import OWNER, RunningGateway, serving

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "x-permitted-cross-domain-policies": "none",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


async def test_every_answer_carries_the_security_headers_and_another_nonce(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        answers = [
            await anybody.get("/health"),
            await anybody.get("/preferences"),
            await anybody.get(f"{gateway.root}/nowhere"),
            await anybody.post("/auth/login", content=b"{"),
        ]

    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "strict-transport-security" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len({answer.headers["content-security-policy"] for answer in answers}) == len(answers)
    assert [answer.status_code for answer in answers] == [200, 401, 404, 400]


async def test_request_id_is_echoed_or_made(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        echoed = await anybody.get("/health", headers={"X-Request-ID": "run-42"})
        made = await anybody.get("/health")

    assert echoed.headers["x-request-id"] == "run-42"
    assert len(made.headers["x-request-id"]) == 16


async def test_T220_everything_moves_below_the_prefix(
    api_settings: Callable[..., Settings], database: Database
) -> None:
    async with serving(api_settings(BASE_URL="capacitarr", SECURE_COOKIES="true"), database) as gateway:
        await gateway.log_in()
        async with gateway.owner() as owner:
            login = await owner.post("/auth/login", json=OWNER)
            inside = await owner.get("/preferences")
            outside = await owner.get(f"{gateway.root}/api/v1/health")
            redirects = [await owner.get(f"{gateway.root}{path}") for path in ("/", "/capacitarr")]

    assert gateway.url.endswith("/capacitarr/api/v1")
    assert (inside.status_code, outside.status_code) == (200, 404)
    assert [(answer.status_code, answer.headers["location"]) for answer in redirects] == [(301, "/capacitarr/")] * 2
    for cookie in login.headers.get_list("set-cookie"):
        assert "Path=/capacitarr/" in cookie
        assert "Secure" in cookie
    assert login.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def preflight(client: httpx.AsyncClient) -> httpx.Response:
    headers = {"Origin": "https://ui.example", "Access-Control-Request-Method": "PATCH"}
    return await client.options("/preferences/engine", headers=headers)


async def test_cors_is_off_unless_origins_are_set(
    gateway: RunningGateway, api_settings: Callable[..., Settings], database: Database
) -> None:
    async with gateway.anybody() as anybody:
        closed = await preflight(anybody)
    settings = api_settings(CORS_ORIGINS="https://ui.example")
    async with serving(settings, database) as opened, opened.anybody() as anybody:
        allowed = await preflight(anybody)
        answer = await anybody.get("/preferences", headers={"Origin": "https://ui.example"})

    assert "access-control-allow-origin" not in closed.headers
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://ui.example"
    assert "PATCH" in allowed.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in allowed.headers
    readable = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "X-Next-Cursor", "X-Request-ID", "Retry-After", "Idempotent-Replayed"} <= readable


async def test_an_error_is_one_line_that_says_what_a_text_may_be(api: httpx.AsyncClient) -> None:
    label = await api.put("/preferences", json={"sunsetLabel": "x" * 201})
    blank = await api.put("/preferences", json={"sunsetLabel": ""})
    foreign = await api.put("/scoring-factor-weights", json={"k" * 100_000: 1})

    assert label.json() == {"error": "sunsetLabel: must not be longer than 200 characters"}
    assert blank.json() == {"error": "sunsetLabel: must not be empty"}
    assert [answer.status_code for answer in (label, blank, foreign)] == [400] * 3
    assert foreign.json()["error"].startswith("k" * 59 + "…: input should be 'watch_history'")


async def test_endless_body_is_refused(api: httpx.AsyncClient) -> None:
    big = b'{"logLevel":"' + b"x" * (5 * 1024 * 1024) + b'"}'

    async def pieces() -> object:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    declared = await api.put("/preferences", content=big)
    streamed = await api.put("/preferences", content=pieces())  # type: ignore[arg-type]  # an async iterator of bytes

    assert (declared.status_code, streamed.status_code) == (400, 400)
    assert "longer than" in declared.json()["error"]
    assert "longer than" in streamed.json()["error"]


async def test_storage_failure_is_500_in_our_envelope_and_tells_nothing(
    api: httpx.AsyncClient, database: Database
) -> None:
    async with database.begin() as tx:
        await tx.execute(text("alter table audit_log rename to audit_log_gone"))

    with capture_logs() as logs:
        answer = await api.get("/audit-log")

    assert answer.status_code == 500
    assert list(answer.json()) == ["error"]
    assert "audit_log" not in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    (entry,) = [entry for entry in logs if entry["event"] == "request failed"]
    assert (entry["method"], entry["route"]) == ("GET", "/audit-log")


async def test_metrics_are_public_only_when_asked_for(
    gateway: RunningGateway, api_settings: Callable[..., Settings], database: Database
) -> None:
    async with gateway.owner() as owner:
        hidden = await owner.get(f"{gateway.root}/metrics")
    async with serving(api_settings(PUBLIC_METRICS="true"), database) as opened, opened.anybody() as anybody:
        shown = await anybody.get(f"{opened.root}/metrics")

    assert hidden.status_code == 404
    assert "capacitarr_sse_clients" in shown.text


async def test_start_is_recorded(gateway: RunningGateway, database: Database) -> None:
    async def recorded() -> bool:
        async with database.connect() as conn:
            types = (await conn.execute(text("select type from outbox"))).scalars().all()
        return "server_started" in types

    assert await eventually(recorded)
