"""Every fault as a client meets it, and what it does to the library."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually

DELETE = {"deleteFiles": "true"}


def _statuses(simulator: SimulatorServer) -> list[tuple[int, str | None, bool]]:
    return [(entry.status, entry.fault, bool(entry.effects)) for entry in simulator.ledger()]


async def test_a_status_is_answered_so_many_times_and_then_all_is_well(
    simulator: SimulatorServer, radarr: httpx.AsyncClient
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=503, times=2, retry_after=7))

    answers = [await radarr.get("/movie") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].json()["message"]


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_refusal_has_no_body(simulator: SimulatorServer, radarr: httpx.AsyncClient, status: int) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=status))

    answer = await radarr.get("/movie")

    assert (answer.status_code, answer.content) == (status, b"")


async def test_a_delete_that_meets_a_status_changes_nothing_but_is_kept(
    simulator: SimulatorServer, radarr: httpx.AsyncClient
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=500))

    await radarr.delete("/movie/12", params=DELETE)

    simulator.heal()
    assert (await radarr.get("/movie/12")).status_code == 200
    assert _statuses(simulator) == [(500, "status", False)]


async def test_a_rule_means_only_its_instance_method_and_path(
    simulator: SimulatorServer, radarr: httpx.AsyncClient, sonarr: httpx.AsyncClient
) -> None:
    rule = FaultRule(kind=FaultKind.STATUS, instance="radarr", method="GET", path_glob="/api/v3/movie/*")
    simulator.break_calls(rule)

    assert (await radarr.get("/movie/12")).status_code == 500
    assert (await radarr.get("/movie")).status_code == 200
    assert (await sonarr.get("/series/7")).status_code == 200
    assert (await radarr.delete("/movie/12", params=DELETE)).status_code == 200
    assert rule.hits == 1


async def test_latency_delays_and_then_answers(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.LATENCY, seconds=0.2))
    began = time.monotonic()

    answer = await radarr.get("/movie")

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.2


async def test_a_timeout_never_answers_and_does_nothing(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.TIMEOUT))

    with pytest.raises(httpx.ReadTimeout):
        await radarr.delete("/movie/12", params=DELETE, timeout=0.2)

    simulator.heal()
    assert (await radarr.get("/movie/12")).status_code == 200
    assert _statuses(simulator) == [(0, "timeout", False)]


async def test_a_hanging_delete_has_already_happened(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.HANG_AFTER_EFFECT, method="DELETE"))

    with pytest.raises(httpx.ReadTimeout):
        await radarr.delete("/movie/12", params=DELETE, timeout=0.2)

    assert (await radarr.get("/movie/12")).status_code == 404
    assert _statuses(simulator) == [(200, "hang_after_effect", True)]


async def test_healing_lets_a_hanging_delete_answer(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.HANG_AFTER_EFFECT))
    hanging = asyncio.create_task(radarr.delete("/movie/12", params=DELETE))
    await eventually(simulator.ledger)
    assert not hanging.done()

    simulator.heal()

    assert (await hanging).status_code == 200


async def test_a_reset_after_the_effect_leaves_no_answer(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.RESET_AFTER_EFFECT, method="DELETE"))

    with pytest.raises(httpx.TransportError):
        await radarr.delete("/movie/12", params=DELETE)

    assert (await radarr.get("/movie/12")).status_code == 404


async def test_a_reset_connection_leaves_no_answer_and_no_effect(
    simulator: SimulatorServer, radarr: httpx.AsyncClient
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.CONNECTION_RESET, method="DELETE"))

    with pytest.raises(httpx.TransportError):
        await radarr.delete("/movie/12", params=DELETE)

    assert (await radarr.get("/movie/12")).status_code == 200
    assert _statuses(simulator) == [(0, "connection_reset", False)]


@pytest.mark.parametrize("kind", [FaultKind.HTML_LOGIN, FaultKind.HTML_PAGE])
async def test_a_page_answers_instead_of_data(
    simulator: SimulatorServer, radarr: httpx.AsyncClient, kind: FaultKind
) -> None:
    simulator.break_calls(FaultRule(kind=kind))

    answer = await radarr.get("/movie")

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert (b"<form" in answer.content) == (kind is FaultKind.HTML_LOGIN)


@pytest.mark.parametrize("path", ["/movie", "/movie/12"])
async def test_truncated_json_ends_in_the_middle(
    simulator: SimulatorServer, radarr: httpx.AsyncClient, path: str
) -> None:
    whole = (await radarr.get(path)).content
    simulator.break_calls(FaultRule(kind=FaultKind.TRUNCATED))

    answer = await radarr.get(path)

    assert (answer.status_code, answer.content) == (200, whole[: len(whole) // 2])
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_an_empty_list_looks_like_success(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.EMPTY_LIST, path_glob="/api/v3/movie"))

    answer = await radarr.get("/movie")

    assert (answer.status_code, answer.json()) == (200, [])


async def test_the_content_type_can_be_wrong(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.WRONG_CONTENT_TYPE))

    answer = await radarr.get("/movie")

    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.json()) == 2


async def test_a_redirect_leads_elsewhere(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.REDIRECT, status=301, location="http://other.invalid/api"))

    answer = await radarr.delete("/movie/12", params=DELETE)

    assert (answer.status_code, answer.headers["location"]) == (301, "http://other.invalid/api")
    assert _statuses(simulator) == [(301, "redirect", False)]


async def test_a_slow_body_arrives_in_drops_and_whole(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    whole = (await radarr.get("/movie")).content
    simulator.break_calls(FaultRule(kind=FaultKind.SLOW_DRIP, seconds=0.2))
    began = time.monotonic()

    async with radarr.stream("GET", "/movie") as answer:
        drops = [drop async for drop in answer.aiter_raw()]

    assert b"".join(drops) == whole
    assert len(drops) > 5
    assert time.monotonic() - began >= 0.15


async def test_an_oversized_body_goes_on_beyond_the_cap(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.OVERSIZED, size_bytes=3_000_000))

    assert len((await radarr.get("/movie")).content) > 3_000_000


async def test_faults_are_ordered_listed_and_lifted_over_http(
    radarr: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    orders: list[dict[str, Any]] = [
        {"kind": "status", "status": 429, "retryAfter": 3, "pathGlob": "/api/v3/movie*"},
        {"kind": "empty_list", "pathGlob": "/api/v3/tag"},
    ]
    ids = [(await control.post("/faults", json=order)).json()["id"] for order in orders]
    assert (await radarr.get("/movie")).status_code == 429
    assert [(row["kind"], row["hits"]) for row in (await control.get("/faults")).json()] == [
        ("status", 1),
        ("empty_list", 0),
    ]

    await control.delete(f"/faults/{ids[0]}")
    assert (await radarr.get("/movie")).status_code == 200
    assert (await radarr.get("/tag")).json() == []

    await control.delete("/faults")
    assert len((await radarr.get("/tag")).json()) == 2


async def test_a_late_delete_is_due_after_a_while(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.LYING_DELETE, method="DELETE", seconds=0.3))

    assert (await radarr.delete("/movie/12", params=DELETE)).status_code == 200
    assert (await radarr.get("/movie/12")).status_code == 200

    async def gone() -> bool:
        return (await radarr.get("/movie/12")).status_code == 404

    await eventually(gone)
    assert [entry.deferred for entry in simulator.ledger()] == [False, True]


async def test_a_server_with_hanging_calls_stops_at_once(simulator: SimulatorServer, radarr: httpx.AsyncClient) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.TIMEOUT, method="DELETE"))
    hanging = asyncio.create_task(radarr.delete("/movie/12", params=DELETE))
    await eventually(simulator.ledger)

    await asyncio.to_thread(simulator.stop)

    with pytest.raises(httpx.TransportError):
        await hanging
