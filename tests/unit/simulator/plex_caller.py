"""Asks a simulated Plex without a socket between, as the owner or as a guest."""

from typing import Any, NamedTuple

import msgspec

from libs.simulator.faults import FaultRule
from libs.simulator.plex.server import PlexServer
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation


class Reply(NamedTuple):
    """What came back."""

    status: int
    content_type: str
    body: bytes

    @property
    def container(self) -> Any:
        """The container of a JSON answer."""
        return msgspec.json.decode(self.body)["MediaContainer"]


class PlexCaller:
    """The Plex of the world. `token` is the owner's until a test takes another, `accept` what clients should send."""

    def __init__(self, simulation: Simulation, instance: str = "plex") -> None:
        self.simulation = simulation
        self.instance = instance
        self.media = simulation.world.media_servers[instance]
        self.token = self.media.api_key
        self.accept = "application/json"
        self.rule: FaultRule | None = None

    @property
    def server(self) -> PlexServer:
        found = self.simulation.systems[self.instance].server
        assert isinstance(found, PlexServer)
        return found

    def become(self, person: int) -> None:
        """Go on with the token of somebody else."""
        self.token = self.server.token_of(person)

    def send(self, method: str, path: str, query: dict[str, Any] | None = None, raw: bytes = b"") -> Reply:
        asked = Asked(
            instance=self.instance,
            method=method,
            path=path,
            query={name: [str(value)] for name, value in (query or {}).items()},
            headers={"accept": self.accept, "x-plex-token": self.token, "content-type": "image/jpeg"},
            raw=raw,
            key=self.token,
            auth="x-plex-token",
        )
        answer = self.simulation.perform(asked, self.rule)
        return Reply(answer.status, answer.content_type, answer.body)

    def get(self, path: str, **query: Any) -> Any:
        """The container of a GET that succeeds."""
        reply = self.send("GET", path, query)
        assert reply.status == 200, reply
        return reply.container

    def page(self, path: str, start: int, size: int, **query: Any) -> Any:
        """One window of a list."""
        window = {"X-Plex-Container-Start": start, "X-Plex-Container-Size": size}
        return self.get(path, **query, **window)

    def row(self, path: str, native: int, **query: Any) -> Any:
        """The row of that rating key in a list."""
        return next(row for row in self.get(path, **query)["Metadata"] if row["ratingKey"] == str(native))
