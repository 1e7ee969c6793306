"""One Tracearr as its handlers see it: what it recorded of each server, the tallies of it, and who may ask."""

from collections.abc import Mapping
from heapq import merge
from typing import NamedTuple

from libs.simulator.audience import History, MediaServer, Person, ServerSeason, ServerTitle, ViewEvent
from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.recorded import Recording
from libs.simulator.server import Asked, SimulatedServer, index_page
from libs.simulator.tracearr.ids import server_id
from libs.simulator.tracearr.tally import Tallies, is_play
from libs.simulator.world import World

V1, V2 = "/api/v1/public", "/api/v2/public"
_EARLY_V2 = "2.0."
_MINUTE_S = 60


class Session(NamedTuple):
    """Somebody watched something on one of the servers."""

    server: MediaServer
    view: ViewEvent
    title: ServerTitle | None
    season: ServerSeason | None


Entry = tuple[str, ViewEvent]
"""A session by the key of its server, for lists that are long."""


class TracearrServer(SimulatedServer):
    """One Tracearr. It speaks both APIs, or, as configured, only the first."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history)
        self.history = history
        self.recordings = {key: Recording(history, world.media_servers[key]) for key in history.servers}
        self.tallies = Tallies(self.recordings)
        self._entries: dict[str, list[Entry]] = {}
        self._entries_of: object = None
        self._minute, self._calls = 0, 0

    @property
    def version(self) -> str:
        """The release it says it is."""
        return self.history.settings.version or ("2.7.0" if self.history.settings.has_v2 else "1.4.18")

    @property
    def has_server_list(self) -> bool:
        """The first releases of the second API could not tell their servers."""
        return not self.version.startswith(_EARLY_V2)

    @property
    def servers(self) -> Mapping[str, MediaServer]:
        """The media servers it watches, by its own ids."""
        return {server_id(key): recording.server for key, recording in self.recordings.items()}

    def open_answer(self, asked: Asked) -> Answer | None:
        """Whatever is no API is the web interface."""
        return None if asked.path.startswith("/api/") else index_page()

    def admits(self, asked: Asked) -> bool:
        """The key is taken as a bearer token only."""
        return asked.auth == "bearer" and super().admits(asked)

    def denied(self, asked: Asked) -> Answer:  # noqa: ARG002  every caller gets the same words
        """What a caller without the right key gets."""
        return refused(401, "Unauthorized", "Invalid API key").answer()

    def require_v2(self, call: Call) -> None:
        """Refuse a call of the second API that is not there, or that exceeds the key's share of the minute."""
        settings = self.history.settings
        if not settings.has_v2:
            raise no_route(call)
        minute, second = divmod(int(call.at.timestamp()), _MINUTE_S)
        if minute != self._minute:
            self._minute, self._calls = minute, 0
        self._calls += 1
        if settings.calls_per_minute and self._calls > settings.calls_per_minute:
            raise Limited(_MINUTE_S - second)

    def entries(self, kind: str, *, only_plays: bool) -> list[Entry]:
        """What was recorded on all servers, newest first; `kind` is movie, episode or all. Not to be changed."""
        state = [recording.state for recording in self.recordings.values()]
        if self._entries_of != state:
            self._entries, self._entries_of = {}, state
        name = f"{kind}:{only_plays}"
        if name not in self._entries:
            lists = [_entries(key, each, kind, only_plays=only_plays) for key, each in self.recordings.items()]
            self._entries[name] = list(merge(*lists, key=lambda entry: -entry[1].at))
        return self._entries[name]

    def session(self, key: str, view: ViewEvent) -> Session:
        """The session with its title and season, where they are known."""
        recording = self.recordings[key]
        return Session(recording.server, view, recording.title(view.title), recording.season_of(view))

    def people(self) -> list[Person]:
        """Everybody with an account on one of its servers."""
        known = {number for recording in self.recordings.values() for number in recording.server.users}
        return [self.world.people[number] for number in sorted(known)]


class Limited(Refusal):
    """Too many calls in this minute."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(429)
        self._retry_after_s = retry_after_s

    def answer(self) -> Answer:
        """Says when to come back."""
        answer = as_json({"statusCode": 429, "error": "Too Many Requests", "message": "Rate limit exceeded"}, 429)
        answer.headers = {"retry-after": str(self._retry_after_s)}
        return answer


def refused(status: int, error: str, message: str) -> Refusal:
    """Tracearr's own shape of a complaint."""
    return Refusal(status, {"statusCode": status, "error": error, "message": message})


def bad_request(message: str) -> Refusal:
    """A parameter that is not taken."""
    return refused(400, "Bad Request", message)


def no_route(call: Call) -> Refusal:
    """A path that does not exist in this release."""
    return refused(404, "Not Found", f"Route {call.method}:{call.path} not found")


def _entries(key: str, recording: Recording, kind: str, *, only_plays: bool) -> list[Entry]:
    return [
        (key, view)
        for view in recording.plays()
        if kind in {"all", "episode" if view.season or view.episode else "movie"} and (not only_plays or is_play(view))
    ]
