"""One Jellystat as its handlers see it: the media server it watches, its list of rows, and who may ask."""

from typing import NamedTuple

from libs.common.domain.enums import IntegrationType
from libs.simulator.audience import History, ViewEvent
from libs.simulator.calls import Answer, as_json
from libs.simulator.recorded import Recording
from libs.simulator.server import Asked, SimulatedServer, index_page
from libs.simulator.world import World

_API = ("/api/", "/stats/", "/auth/", "/proxy/", "/backup/", "/logs/", "/utils/")
_TWIN_EVERY = 5
_IMPORT_LAG_S = 20
"""How far the report plugin's idea of the time is behind."""


class Entry(NamedTuple):
    """One row of the activity table. An imported one repeats a play that was recorded, some seconds apart."""

    view: ViewEvent
    is_imported: bool

    @property
    def written_at(self) -> int:
        """When the row was written, in epoch seconds: as the play ended."""
        return self.view.at + self.view.seconds - (_IMPORT_LAG_S if self.is_imported else 0)


class JellystatServer(SimulatedServer):
    """The world, and the history in it that is asked. It watches one Jellyfin or one Emby."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history)
        self.history = history
        self.media = world.media_servers[history.servers[0]]
        self.recording = Recording(history, self.media)
        self._entries: list[Entry] = []
        self._groups: list[list[Entry]] | None = None
        self._entries_state: object = None

    def open_answer(self, asked: Asked) -> Answer | None:
        """The web interface answers every path that no API has."""
        return None if asked.path.startswith(_API) else index_page()

    def admits(self, asked: Asked) -> bool:
        """An Authorization header wins over the key, and a key is no session."""
        if "authorization" in asked.headers or not self.history.settings.api_enabled:
            return False
        return asked.auth in {"x-api-token", "query"} and super().admits(asked)

    def denied(self, asked: Asked) -> Answer:
        """Four ways to say no."""
        if "authorization" in asked.headers:
            return as_json({"message": "Invalid token"}, 401)
        if asked.auth not in {"x-api-token", "query"}:
            return as_json({"message": "Authentication failed. No token or API key provided."}, 401)
        if not self.history.settings.api_enabled:
            return as_json({"message": "No API keys configured"}, 404)
        return as_json({"message": "Invalid API key"}, 403)

    def native(self, number: int) -> str:
        """An id as the media server writes it: 32 hex digits at Jellyfin, a short number at Emby."""
        return f"{number:032x}" if self.media.kind is IntegrationType.JELLYFIN else str(number)

    def entries(self) -> list[Entry]:
        """The rows, newest first; not to be changed."""
        state = (self.recording.state, self.history.settings.imports_reports)
        if self._entries_state != state:
            self._entries_state = state
            found = (entry for view in self.recording.plays() for entry in self._rows_of(view))
            self._entries = sorted(found, key=lambda entry: entry.written_at, reverse=True)
            self._groups = None
        return self._entries

    def groups(self) -> list[list[Entry]]:
        """The rows about the same thing by the same person, newest first; not to be changed."""
        entries = self.entries()
        if self._groups is None:
            groups: dict[tuple[int, int, int, int], list[Entry]] = {}
            for entry in entries:
                view = entry.view
                groups.setdefault((view.title, view.season, view.episode, view.person), []).append(entry)
            self._groups = [*groups.values()]
        return self._groups

    def _rows_of(self, view: ViewEvent) -> list[Entry]:
        recorded = Entry(view, is_imported=False)
        if not self.history.settings.imports_reports or view.number % _TWIN_EVERY:
            return [recorded]
        return [recorded, Entry(view, is_imported=True)]
