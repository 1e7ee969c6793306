"""What the *arr have in common: one instance, the prefix under which it answers, and who may ask."""

from typing import ClassVar

from libs.simulator.calls import Answer, Refusal, as_json, broken
from libs.simulator.library import Tagged
from libs.simulator.server import Asked, SimulatedServer, index_page
from libs.simulator.world import Instance, World

V1, V3 = "/api/v1", "/api/v3"
"""The prefix of Lidarr and Readarr, and that of Sonarr and Radarr."""


class ArrServer(SimulatedServer):
    """The world, and the instance in it that is asked."""

    prefix: ClassVar[str]

    def __init__(self, world: World, instance: Instance) -> None:
        super().__init__(world, instance)
        self.instance = instance

    def open_answer(self, asked: Asked) -> Answer | None:
        """The sign of life, and the web interface wherever no API is."""
        if asked.path == "/ping":
            return as_json({"status": "OK"})
        return None if asked.path.startswith(("/api/", "/MediaCover/")) else index_page()


def require_root(instance: Instance, item: Tagged) -> None:
    """Refuse with 409 when the item's root folder is gone: deleting then would only lose the entry."""
    root = instance.root_of(item.root)
    if root is None or not root.accessible:
        raise Refusal(409, broken(f"root folder missing: {item.root}"))
