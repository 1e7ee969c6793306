"""What an operator's port answers, and how a request gets its id."""

import asyncio

import httpx
import pytest
from prometheus_client import Counter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from libs.common.observability import admin
from libs.common.observability.admin import Check, build_admin_app
from libs.common.observability.correlation import CorrelationMiddleware, bind_correlation, correlation_id
from libs.common.observability.metrics import build_registry


async def fine() -> str | None:
    return None


async def missing() -> str | None:
    return "NATS is not connected"


async def breaking() -> str | None:
    raise OSError("refused")


async def hanging() -> str | None:
    await asyncio.Event().wait()
    return None


async def asked(path: str, **checks: Check) -> httpx.Response:
    registry = build_registry()
    Counter("capacitarr_things_total", "Things", registry=registry).inc()
    transport = httpx.ASGITransport(build_admin_app(checks, registry))
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as client:
        return await client.get(path)


async def test_live_process_asks_nobody() -> None:
    assert (await asked("/livez", database=breaking)).status_code == 200


async def test_ready_when_every_check_is_content() -> None:
    answer = await asked("/readyz", database=fine, nats=fine)

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": {}})


async def test_unready_process_names_what_is_missing() -> None:
    answer = await asked("/readyz", database=fine, nats=missing, disk=breaking)

    assert answer.status_code == 503
    assert answer.json()["missing"] == {"nats": "NATS is not connected", "disk": "OSError"}


async def test_check_that_hangs_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CHECK_TIMEOUT_S", 0.05)

    answer = await asked("/readyz", database=hanging)

    assert answer.status_code == 503
    assert "no answer" in answer.json()["missing"]["database"]


async def test_metrics_hold_ours_and_the_process_itself() -> None:
    answer = await asked("/metrics")

    assert "capacitarr_things_total 1.0" in answer.text
    assert "process_open_fds" in answer.text


async def echoed(given: str | None) -> httpx.Response:
    async def tell(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(correlation_id() or "")

    app = CorrelationMiddleware(Starlette(routes=[Route("/", tell)]))
    headers = {} if given is None else {"X-Request-ID": given}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://probe") as client:
        return await client.get("/", headers=headers)


async def test_request_id_is_kept_and_echoed() -> None:
    answer = await echoed("from-my-proxy:42")

    assert answer.headers["X-Request-ID"] == answer.text == "from-my-proxy:42"


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 65, '"<script>"'])
async def test_absent_or_unfit_request_id_is_replaced(given: str | None) -> None:
    answer = await echoed(given)

    assert answer.headers["X-Request-ID"] == answer.text
    assert len(answer.text) == 16
    assert int(answer.text, 16) >= 0


def test_correlation_ends_with_its_block() -> None:
    with bind_correlation("outer"):
        with bind_correlation("inner"):
            assert correlation_id() == "inner"
        assert correlation_id() == "outer"
    assert correlation_id() is None
