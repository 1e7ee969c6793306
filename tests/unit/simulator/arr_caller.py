"""Asks a simulated *arr without a socket between."""

from typing import Any, NamedTuple

import msgspec

from libs.simulator.arr.server import ArrServer
from libs.simulator.faults import FaultRule
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation


class Reply(NamedTuple):
    """Status and parsed body; `None` for an empty one."""

    status: int
    json: Any


class Caller:
    """One instance as a client with the right key sees it."""

    def __init__(self, simulation: Simulation, instance: str) -> None:
        self.simulation = simulation
        self.instance = instance
        self.key = simulation.world.instances[instance].api_key
        self.rule: FaultRule | None = None
        server = simulation.systems[instance].server
        assert isinstance(server, ArrServer)
        self.prefix = server.prefix

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that succeeds."""
        reply = self.send("GET", path, **query)
        assert reply.status == 200, reply
        return reply.json

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        """Any call under the API's prefix; query values are sent as text."""
        asked = Asked(
            instance=self.instance,
            method=method,
            path=f"{self.prefix}{path}",
            query={name: [str(each) for each in _listed(value)] for name, value in query.items()},
            raw=b"" if body is None else msgspec.json.encode(body),
            key=self.key,
        )
        answer = self.simulation.perform(asked, self.rule)
        raw = answer.body if answer.rows is None else b"[" + b",".join(answer.rows) + b"]"
        return Reply(answer.status, msgspec.json.decode(raw) if raw else None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
