"""One instance as its handlers see it, and the prefix under which they answer."""

from dataclasses import dataclass

from libs.simulator.calls import Refusal, broken
from libs.simulator.library import Movie, Show
from libs.simulator.world import Instance, World

PREFIX = "/api/v3"


@dataclass
class ArrServer:
    """The world, and the instance in it that is asked."""

    world: World
    instance: Instance


def require_root(instance: Instance, item: Movie | Show) -> None:
    """Refuse with 409 when the item's root folder is gone: deleting then would only lose the entry."""
    root = instance.root_of(item.root)
    if root is None or not root.accessible:
        raise Refusal(409, broken(f"root folder missing: {item.root}"))
