"""One Tautulli as its commands see it: the Plex server it watches, who may ask, and the envelope of every answer."""

from typing import Any

from libs.simulator.audience import History
from libs.simulator.calls import Answer, as_json
from libs.simulator.recorded import Recording
from libs.simulator.server import INDEX_PAGE, Asked, SimulatedServer
from libs.simulator.world import World

PATH = "/api/v2"
WEB_ROOT = "/home"


class TautulliServer(SimulatedServer):
    """The world, and the history in it that is asked. It watches exactly one Plex server."""

    def __init__(self, world: World, history: History) -> None:
        super().__init__(world, history)
        self.history = history
        self.plex = world.media_servers[history.servers[0]]
        self.recording = Recording(history, self.plex)

    def open_answer(self, asked: Asked) -> Answer | None:
        """The web interface beside the API, and the API that is switched off, which says so to everybody."""
        if asked.path == "/":
            return Answer(status=303, headers={"location": f"{self.url_base}{WEB_ROOT}"})
        if asked.path != PATH:
            return Answer(status=404, body=INDEX_PAGE, content_type="text/html")
        return None if self.history.settings.api_enabled else failure("API not enabled")

    def admits(self, asked: Asked) -> bool:
        """The key counts in the query only; a header with it is no key."""
        return asked.auth == "query" and super().admits(asked)

    def denied(self, asked: Asked) -> Answer:
        """Not 401: every complaint is a bad request here."""
        return failure("Invalid apikey" if asked.auth == "query" else "Parameter apikey is required")


def success(data: Any) -> Answer:
    """The envelope around data."""
    return as_json({"response": {"result": "success", "message": None, "data": data}})


def failure(message: str, status: int = 400) -> Answer:
    """The envelope around a complaint."""
    return as_json({"response": {"result": "error", "message": message, "data": {}}}, status)
