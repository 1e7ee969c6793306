"""Every route against every kind of caller; a new route is here by itself."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.api.auth.access import LIMITED, PUBLIC, SESSION_ONLY, TOKEN, carries_token
from services.api.web import build_routes
from tests.service.api.running_gateway import RunningGateway

ROOT = "/api/v1"


def routes() -> Iterator[tuple[str, str]]:
    for path, operations in build_routes(ROOT).openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path.removeprefix(ROOT)


ALL = sorted(routes())


def ids(call: tuple[str, str]) -> str:
    return " ".join(call)


def concrete(path: str) -> str:
    return "/".join("999999" if part.startswith("{") else part for part in path.split("/"))


async def status(client: httpx.AsyncClient, method: str, path: str) -> int:
    """The status of a request without a useful body; an endless answer is not waited for."""
    async with client.stream(method, concrete(path)) as answer:
        return answer.status_code


def test_access_tables_name_real_routes() -> None:
    assert PUBLIC | SESSION_ONLY | TOKEN | set(LIMITED) <= set(ALL)
    assert {call for call in ALL if carries_token(*call)} == TOKEN
    assert len(ALL) > 40


async def test_strangers_and_bad_keys_get_nowhere(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        for method, path in ALL:
            if (method, path) in PUBLIC | TOKEN:
                continue
            assert await status(anybody, method, path) == 401, (method, path)
            bad = await anybody.request(method, concrete(path), headers={"X-Api-Key": "ck_wrong"})
            assert (bad.status_code, list(bad.json())) == (401, ["error"]), (method, path)


async def test_public_routes_ask_for_nothing(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody:
        for method, path in PUBLIC:
            assert await status(anybody, method, path) in {200, 400}, (method, path)


async def test_routes_with_a_token_ask_for_that_token_and_for_nothing_else(gateway: RunningGateway) -> None:
    async with gateway.anybody() as anybody, gateway.owner() as owner:
        for method, path in TOKEN:
            for client in (anybody, owner):
                answer = await client.request(method, concrete(path))
                assert (answer.status_code, list(answer.json())) == (404, ["error"]), (method, path)


@pytest.mark.parametrize(
    "call",
    [
        ("GET", "/webhooks/1/token"),
        ("PUT", "/webhooks/1/token"),
        ("POST", "/webhooks/1"),
        ("POST", "/webhooks/1/"),
        ("POST", "/webhooks//token"),
        ("POST", "/webhooks/1/token/more"),
        ("POST", "/webhooks/1%2Ftoken/more/preferences"),
        ("POST", "/x/webhooks/1/token"),
        ("GET", "/integrations/1/webhook"),
    ],
)
async def test_what_only_looks_like_a_webhook_is_behind_the_gate(
    gateway: RunningGateway, call: tuple[str, str]
) -> None:
    async with gateway.anybody() as anybody:
        assert (await anybody.request(*call)).status_code == 401


async def test_keys_and_sessions_reach_what_they_may(gateway: RunningGateway) -> None:
    async with gateway.owner() as owner, gateway.session() as session:
        for method, path in ALL:
            if (method, path) in PUBLIC | TOKEN or path in {"/auth/apikey", "/integrations/sync"}:
                continue
            by_key, by_session = await status(owner, method, path), await status(session, method, path)
            assert (by_key == 401) == ((method, path) in SESSION_ONLY), (method, path, by_key)
            assert by_session != 401, (method, path)


@pytest.mark.parametrize("path", ["/nothing-here", "/integrations/", "/labels", "", "/../health", "/health/x"])
async def test_unknown_path_is_401_for_strangers_and_404_behind_the_gate(gateway: RunningGateway, path: str) -> None:
    async with gateway.anybody() as anybody, gateway.owner() as owner:
        stranger, known = await anybody.get(path), await owner.get(path)

    assert stranger.status_code in {401, 404}
    if path != "/../health":
        assert stranger.status_code == 401
    assert known.status_code == 404
    assert list(known.json()) == ["error"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/preferences", "GET, PUT"),
        ("PUT", "/auth/apikey", "GET, POST"),
        ("POST", "/integrations/1", "DELETE, GET, PUT"),
        ("GET", "/custom-rules/1", "DELETE, PUT"),
        ("GET", "/integrations/test", "POST"),
        ("PUT", "/integrations/health", "GET"),
        ("DELETE", "/custom-rules/reorder", "PUT"),
        ("DELETE", "/approval-queue/clear", "POST"),
        ("OPTIONS", "/preview", "GET"),
    ],
)
async def test_other_method_is_refused_with_all_that_the_address_takes(
    gateway: RunningGateway, method: str, path: str, allowed: str
) -> None:
    async with gateway.owner() as owner, gateway.anybody() as anybody:
        answer, stranger = await owner.request(method, path), await anybody.request(method, path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert list(answer.json()) == ["error"]
    assert stranger.status_code == 401


async def test_head_is_refused_like_any_other_method(gateway: RunningGateway) -> None:
    async with gateway.owner() as owner:
        answer = await owner.head("/health")

    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "GET", b"")


async def test_openapi_is_true_about_errors_and_credentials(gateway: RunningGateway) -> None:
    async with gateway.owner() as owner:
        schema: dict[str, Any] = (await owner.get("/openapi.json")).json()

    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            call = (method.upper(), path.removeprefix(ROOT))
            assert "422" not in operation["responses"], call
            assert "500" in operation["responses"], call
            assert operation["security"] == [] if call in PUBLIC | TOKEN else operation["security"], call
            success = [code for code in operation["responses"] if code.startswith("2")]
            assert success, call
            failures = [answer for code, answer in operation["responses"].items() if code.startswith(("4", "5"))]
            assert all(list(answer["content"]) == ["application/json"] for answer in failures), call
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_every_json_answer_is_described() -> None:
    paths = build_routes(ROOT).openapi()["paths"]

    for path, operations in paths.items():
        for method, operation in operations.items():
            described = [
                content
                for code, response in operation["responses"].items()
                if code.startswith("2")
                for content in response.get("content", {}).values()
            ]
            has_none = set(operation["responses"]) & {"204"}
            assert bool(described) is not bool(has_none), (method, path)
            assert all(content.get("schema") for content in described), (method, path)
