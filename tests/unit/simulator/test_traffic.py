"""What the simulator tells about the calls it got: how many, of which sort, and how much it answered."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from libs.simulator.fixture import fixture_world
from libs.simulator.serve import SimulatorServer
from libs.simulator.traffic import Sort, sort_of
from tests.unit.simulator.conftest import NOW


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Sort.SINGLE),
        ({"seriesId": ["7"]}, Sort.SINGLE),
        ({"albumId": ["7", "8"]}, Sort.NEXT),
        ({"X-Plex-Container-Start": ["0"], "X-Plex-Container-Size": ["300"]}, Sort.FIRST),
        ({"X-Plex-Container-Start": ["300"], "X-Plex-Container-Size": ["300"]}, Sort.NEXT),
        ({"StartIndex": ["0"], "Limit": ["500"]}, Sort.FIRST),
        ({"startIndex": ["500"], "limit": ["500"]}, Sort.NEXT),
        ({"cmd": ["get_history"], "start": ["1000"]}, Sort.NEXT),
        ({"take": ["100"], "skip": ["0"]}, Sort.FIRST),
        ({"size": ["1000"], "page": ["1"]}, Sort.FIRST),
        ({"size": ["1000"], "page": ["2"]}, Sort.NEXT),
        ({"pageSize": ["100"]}, Sort.FIRST),
        ({"pageSize": ["100"], "cursor": ["YXQ6MTAw"]}, Sort.NEXT),
    ],
)
def test_the_query_tells_what_sort_of_call_it_is(query: dict[str, list[str]], expected: Sort) -> None:
    assert sort_of(query) is expected


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as running:
        yield running


def _ask(server: SimulatorServer, key: str, path: str, header: str) -> httpx.Response:
    instance = server.instance(key)
    answer = httpx.get(f"{instance['url']}{path}", headers={header: instance["apiKey"], "Accept": "application/json"})
    assert answer.status_code == 200
    return answer


def _traffic(server: SimulatorServer, method: str = "GET") -> Any:
    return httpx.request(method, f"{server.url}/_sim/traffic").json()


def test_calls_and_bytes_are_told_for_each_system(server: SimulatorServer) -> None:
    movies = _ask(server, "radarr", "/api/v3/movie", "X-Api-Key")
    _ask(server, "plex", "/status/sessions/history/all?X-Plex-Container-Start=0", "X-Plex-Token")

    told = _traffic(server)

    assert set(told) == {"radarr", "plex"}
    assert told["radarr"]["calls"] == {"GET /radarr/api/v3/movie": {"single": 1}}
    assert told["plex"]["calls"] == {"GET /plex/status/sessions/history/all": {"first": 1}}
    assert told["radarr"]["payloadBytes"] == len(movies.content)
    assert 0 < told["radarr"]["sentBytes"] < len(movies.content), "it travels compressed"


def test_counting_can_begin_anew(server: SimulatorServer) -> None:
    _ask(server, "radarr", "/api/v3/movie", "X-Api-Key")

    assert _traffic(server, "DELETE") == {}
    assert _traffic(server) == {}
