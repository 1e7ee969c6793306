"""The edge of the network in these tests: answers by method and path, and a record of what was sent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.arr.client import ArrClient
from libs.integrations.registry import IntegrationConfig, Network, open_client

KEY = "0123456789abcdef0123456789abcdef"
HOST = "nas.test"
PREFIXES = {
    IntegrationType.SONARR: "/api/v3",
    IntegrationType.RADARR: "/api/v3",
    IntegrationType.LIDARR: "/api/v1",
    IntegrationType.READARR: "/api/v1",
}
LISTS = {
    IntegrationType.SONARR: "/api/v3/series",
    IntegrationType.RADARR: "/api/v3/movie",
    IntegrationType.LIDARR: "/api/v1/artist",
    IntegrationType.READARR: "/api/v1/book",
}
"""Where each application lists its items."""

Answer = Callable[[httpx.Request], httpx.Response]
_FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Any:
    """A recorded answer."""
    return json.loads((_FIXTURES / f"{name}.json").read_text())


def says(value: Any, status: int = 200) -> Answer:
    """Answer with JSON."""
    return lambda _request: httpx.Response(status, json=value)


def fails(exc: Exception) -> Answer:
    """Break the connection."""

    def answer(_request: httpx.Request) -> httpx.Response:
        raise exc

    return answer


class Wire:
    """Routes are `METHOD /path`, the path without the base; the last answer of a list is repeated."""

    def __init__(self, base: str = "") -> None:
        self.base = base
        self.routes: dict[str, list[Answer]] = {}
        self.sent: list[httpx.Request] = []
        self.otherwise: Answer = lambda _request: httpx.Response(404)

    def on(self, route: str, *answers: Answer) -> None:
        self.routes[route] = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answers = self.routes.get(f"{request.method} {request.url.path.removeprefix(self.base)}")
        if answers is None:
            return self.otherwise(request)
        return (answers.pop(0) if len(answers) > 1 else answers[0])(request)

    @property
    def calls(self) -> list[str]:
        """What was sent, in order."""
        return [f"{request.method} {request.url.path}" for request in self.sent]

    @property
    def changes(self) -> list[httpx.Request]:
        """What was sent that could change anything."""
        return [request for request in self.sent if request.method != "GET"]


def client_of(wire: Wire, kind: IntegrationType, url: str = f"http://{HOST}:8989") -> ArrClient:
    """A client whose network is the wire."""
    config = IntegrationConfig(1, kind, "Upstairs", url, SecretStr(KEY))
    return opened(config, Network(transport=httpx.MockTransport(wire)))


def opened(config: IntegrationConfig, network: Network) -> ArrClient:
    """The client of one *arr."""
    client = open_client(config, network)
    assert isinstance(client, ArrClient)
    return client


def arr_wire(kind: IntegrationType, base: str = "") -> Wire:
    """A wire with everything an *arr application answers alike, with an empty library."""
    wire = Wire(base)
    status = {**fixture("arr_status"), "appName": kind.value.capitalize(), "urlBase": base}
    prefix = PREFIXES[kind]
    wire.on(f"GET {prefix}/system/status", says(status))
    for name in ("diskspace", "rootfolder", "qualityprofile", "tag", "language"):
        wire.on(f"GET {prefix}/{name}", says(fixture(f"arr_{name}")))
    wire.on(f"GET {prefix}/config/mediamanagement", says(fixture("arr_mediamanagement")))
    for path in (f"{prefix}/health", LISTS[kind], "/api/v1/author", "/api/v1/album"):
        wire.on(f"GET {path}", says([]))
    return wire
