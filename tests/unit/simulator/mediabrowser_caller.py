"""Asks a simulated Jellyfin or Emby without a socket between."""

from typing import Any, NamedTuple

import msgspec

from libs.simulator.audience import ServerTitle
from libs.simulator.faults import FaultRule
from libs.simulator.mediabrowser.server import MediaBrowserServer
from libs.simulator.server import Asked
from libs.simulator.simulation import Simulation


class Reply(NamedTuple):
    """What came back."""

    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return msgspec.json.decode(self.body)


class MediaBrowserCaller:
    """One server of the world, as somebody with the right key sees it."""

    def __init__(self, simulation: Simulation, instance: str) -> None:
        self.simulation = simulation
        self.instance = instance
        self.media = simulation.world.media_servers[instance]
        self.key = self.media.api_key
        self.auth = "mediabrowser" if instance == "jellyfin" else "x-emby-token"
        self.rule: FaultRule | None = None

    @property
    def server(self) -> MediaBrowserServer:
        found = self.simulation.systems[self.instance].server
        assert isinstance(found, MediaBrowserServer)
        return found

    def user(self, person: int = 0) -> str:
        """The id of somebody; the owner's is the first."""
        return self.simulation.world.people[person].media_id

    def title(self, name: str) -> ServerTitle:
        """What the server holds under that name."""
        return next(title for title in self.media.titles.values() if title.title == name)

    def id_of(self, name: str) -> str:
        """The id of a title."""
        return self.server.id_text(self.title(name).native)

    def send(
        self, method: str, path: str, query: dict[str, Any] | None = None, *, body: Any = None, kind: str = ""
    ) -> Reply:
        """Any call. A `body` that is no bytes is sent as JSON; `kind` is the content type otherwise."""
        raw = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        asked = Asked(
            instance=self.instance,
            method=method,
            path=path,
            query={name: [str(value)] for name, value in (query or {}).items()},
            headers={"content-type": kind or "application/json"},
            raw=raw,
            key=self.key,
            auth=self.auth,
        )
        answer = self.simulation.perform(asked, self.rule)
        return Reply(answer.status, answer.content_type, answer.body)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that succeeds."""
        reply = self.send("GET", path, query)
        assert reply.status == 200, reply
        return reply.json

    def items(self, person: int | None = 0, /, **query: Any) -> Any:
        """A page of a listing below everything, with single movies unless asked otherwise, as somebody sees it."""
        asked = {"recursive": "true", self.server.grouping: "false", **query}
        if self.instance == "emby":
            return self.get(f"/Users/{self.user(person or 0)}/Items", **asked)
        return self.get("/Items", **asked, **({} if person is None else {"userId": self.user(person)}))

    def names(self, person: int | None = 0, /, **query: Any) -> list[str]:
        """The names in a listing, in order."""
        return [row["Name"] for row in self.items(person, **query)["Items"]]

    def full(self, name: str, person: int = 0) -> Any:
        """Everything about one title."""
        if self.instance == "emby":
            return self.get(f"/Users/{self.user(person)}/Items/{self.id_of(name)}")
        return self.get(f"/Items/{self.id_of(name)}", userId=self.user(person))
