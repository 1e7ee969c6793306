"""Asks a simulated system under one prefix without a socket between."""

from typing import Any, NamedTuple

import msgspec

from libs.simulator.faults import FaultRule
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation


class Reply(NamedTuple):
    """Status, parsed body (None for an empty one) and headers."""

    status: int
    json: Any
    headers: dict[str, str]


class ApiCaller:
    """A system as a client with the right key sees it; `auth` is how the key is shown."""

    def __init__(self, simulation: Simulation, instance: str, prefix: str, auth: str) -> None:
        self.simulation = simulation
        self.instance = instance
        self.prefix = prefix
        self.auth = auth
        self.key = simulation.world.systems[instance].api_key
        self.headers: dict[str, str] = {}
        self.rule: FaultRule | None = None

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that succeeds."""
        reply = self.send("GET", path, **query)
        assert reply.status == 200, reply
        return reply.json

    def send(self, method: str, path: str, **query: Any) -> Reply:
        """Any call under the prefix; query values are sent as text."""
        asked = Asked(
            instance=self.instance,
            method=method,
            path=f"{self.prefix}{path}",
            query={name: [str(value)] for name, value in query.items()},
            headers=self.headers,
            key=self.key,
            auth=self.auth,
        )
        answer = self.simulation.perform(asked, self.rule)
        body = msgspec.json.decode(answer.body) if answer.body and "json" in answer.content_type else None
        return Reply(answer.status, body, answer.headers)
