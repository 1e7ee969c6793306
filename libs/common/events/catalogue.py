"""All event types by name."""

from collections.abc import Iterator

from libs.common.events import (
    approval,
    auth,
    deletion,
    disk,
    engine,
    integration,
    notification,
    poster,
    preview,
    rules,
    safety,
    settings,
    sunset,
    system,
)
from libs.common.events.base import Event

FAMILIES = (
    engine,
    settings,
    auth,
    integration,
    approval,
    deletion,
    disk,
    rules,
    notification,
    sunset,
    poster,
    preview,
    system,
    safety,
)


def _concrete(cls: type[Event]) -> Iterator[type[Event]]:
    if "type" in cls.__dict__:
        yield cls
    for child in cls.__subclasses__():
        yield from _concrete(child)


EVENT_TYPES: dict[str, type[Event]] = {cls.type: cls for cls in _concrete(Event)}
DURABLE_TYPES = frozenset(name for name, cls in EVENT_TYPES.items() if cls.durable)
