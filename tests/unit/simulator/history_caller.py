"""Asks a simulated history without a socket between, as a client with the right key or with whatever is given."""

from typing import Any

import msgspec

from libs.simulator.audience import History
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation
from tests.unit.simulator.arr_caller import Reply


class HistoryCaller:
    """One Tautulli or Jellystat. `auth` is how the key is shown: in the query, or the name of a header."""

    def __init__(self, simulation: Simulation, instance: str, auth: str) -> None:
        self.simulation = simulation
        self.instance = instance
        self.history: History = simulation.world.histories[instance]
        self.key = self.history.api_key
        self.auth = auth
        self.headers: dict[str, str] = {}
        self.page_fault: FaultKind | None = None

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        """Any call; query values are sent as text."""
        asked = Asked(
            instance=self.instance,
            method=method,
            path=path,
            query={name: [str(value)] for name, value in query.items()},
            headers=self.headers,
            raw=b"" if body is None else msgspec.json.encode(body),
            key=self.key,
            auth=self.auth,
        )
        rule = None if self.page_fault is None else FaultRule(kind=self.page_fault)
        answer = self.simulation.perform(asked, rule)
        is_json = "json" in answer.content_type and answer.body
        return Reply(answer.status, msgspec.json.decode(answer.body) if is_json else None)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that succeeds."""
        reply = self.send("GET", path, **query)
        assert reply.status == 200, reply
        return reply.json

    def ask(self, path: str, body: Any, **query: Any) -> Any:
        """The JSON of a question by POST that succeeds."""
        reply = self.send("POST", path, body, **query)
        assert reply.status == 200, reply
        return reply.json

    def command(self, name: str, **query: Any) -> Any:
        """The data of a Tautulli command that succeeds."""
        reply = self.send("GET", "/api/v2", cmd=name, **query)
        assert reply.status == 200, reply
        response = reply.json["response"]
        assert (response["result"], response["message"]) == ("success", None)
        return response["data"]
