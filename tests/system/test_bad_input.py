"""Bad input, from end to end: one clear sentence and the right status, and no traceback anywhere."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.harness.processes import free_port
from tests.harness.system import RunningSystem

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def client(system: RunningSystem) -> AsyncIterator[httpx.AsyncClient]:
    async with system.client() as client:
        yield client


def sentence(answer: httpx.Response) -> str:
    """The error of an answer: one sentence, without the insides of a program."""
    text = str(answer.json()["error"])
    assert "Traceback" not in text
    assert "\n" not in text
    return text


async def test_bad_input_is_answered_with_one_clear_sentence(
    system: RunningSystem, client: httpx.AsyncClient, upstreams: SimulatorServer
) -> None:
    radarr = upstreams.instance("radarr")
    whole = {"type": "radarr", "name": "R", "url": radarr["url"], "apiKey": radarr["apiKey"]}

    unknown = await client.post("/integrations", json=whole | {"type": "napster"})
    assert (unknown.status_code, "type" in sentence(unknown)) == (400, True)

    no_scheme = await client.post("/integrations", json=whole | {"url": "nas:7878"})
    assert (no_scheme.status_code, "http" in sentence(no_scheme)) == (400, True)

    await _assert_tests_say_what_is_wrong(client, upstreams, radarr)
    await _assert_thresholds_are_checked(system, client, radarr)
    assert all("Traceback" not in process.log for process in system.processes.values())


async def _assert_tests_say_what_is_wrong(
    client: httpx.AsyncClient, upstreams: SimulatorServer, radarr: dict[str, str]
) -> None:
    probe = {"type": "radarr", "url": radarr["url"], "apiKey": radarr["apiKey"]}

    assert (await _tested(client, probe))["success"] is True

    unreachable = await _tested(client, probe | {"url": f"http://127.0.0.1:{free_port()}"})
    assert "Nothing is listening" in unreachable["error"]

    wrong_key = await _tested(client, probe | {"apiKey": KEY})
    assert "rejected the API key" in wrong_key["error"]
    assert KEY not in str(wrong_key)

    wrong_product = await _tested(client, probe | {"type": "sonarr"})
    assert "Radarr" in wrong_product["error"]

    upstreams.break_calls(FaultRule(kind=FaultKind.HTML_PAGE, path_glob="/api/v3/system/status"))
    page = await _tested(client, probe)
    assert "web page answered" in page["error"]
    upstreams.heal()


async def _tested(client: httpx.AsyncClient, body: dict[str, str]) -> dict[str, Any]:
    answer = await client.post("/integrations/test", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _assert_thresholds_are_checked(
    system: RunningSystem, client: httpx.AsyncClient, radarr: dict[str, str]
) -> None:
    await system.connect([radarr])
    await system.run_engine()
    (group,) = await system.get("/disk-groups")

    for wrong in (
        {"thresholdPct": 70, "targetPct": 75},
        {"thresholdPct": 75, "targetPct": 75},
        {"thresholdPct": 100, "targetPct": 75},
        {"thresholdPct": 85},
        {"thresholdPct": "high", "targetPct": 75},
        {"thresholdPct": 85, "targetPct": 75, "mode": "nuke"},
        {"thresholdPct": 85, "targetPct": 75, "mode": "sunset"},
    ):
        answer = await client.put(f"/disk-groups/{group['id']}", json=wrong)
        assert answer.status_code == 400, wrong
        assert any(name in sentence(answer) for name in ("threshold", "target", "mode", "sunset")), answer.text

    assert (await system.get("/disk-groups"))[0]["thresholdPct"] == group["thresholdPct"]
