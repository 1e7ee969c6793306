"""How often each system was asked for what, how many of these calls only went on in a list, and how much came back."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OFFSETS = frozenset({"x-plex-container-start", "startindex", "start", "skip"})
_WINDOWS = _OFFSETS | {"page", "cursor", "pagesize"}


class Sort(StrEnum):
    """What one call is for a reading: a list's first page, one of its next pages, or neither.

    A call about several things at once counts as a next page: it is a piece of a list of ids.
    """

    FIRST = "first"
    NEXT = "next"
    SINGLE = "single"


class Traffic:
    """Counters by system since they were last cleared. A payload is weighed as it is read, `sent` as it travels."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Counter[Sort]]] = {}
        self.payload_bytes: Counter[str] = Counter()
        self.sent_bytes: Counter[str] = Counter()

    def note(self, instance: str, route: str, query: Mapping[str, list[str]]) -> None:
        """Count one call."""
        self.calls.setdefault(instance, defaultdict(Counter))[route][sort_of(query)] += 1

    def clear(self) -> None:
        """Start anew."""
        for counter in (self.calls, self.payload_bytes, self.sent_bytes):
            counter.clear()

    def report(self) -> dict[str, Any]:
        """Everything by system."""
        return {
            instance: {
                "calls": routes,
                "payloadBytes": self.payload_bytes[instance],
                "sentBytes": self.sent_bytes[instance],
            }
            for instance, routes in self.calls.items()
        }


def sort_of(query: Mapping[str, list[str]]) -> Sort:
    """Told by the words with which the systems let their lists be cut, whatever their spelling."""
    asked = {name.lower(): values for name, values in query.items()}
    if any(len(values) > 1 for values in asked.values()):
        return Sort.NEXT
    first = {name: values[0] for name, values in asked.items() if name in _WINDOWS and values}
    if any(_is_behind(name, value) for name, value in first.items()):
        return Sort.NEXT
    return Sort.FIRST if first else Sort.SINGLE


def _is_behind(name: str, value: str) -> bool:
    if name in _OFFSETS:
        return value != "0"
    return (name == "page" and value != "1") or name == "cursor"


class Weighed:
    """An ASGI application whose answers are weighed, by the system that the path begins with."""

    def __init__(self, app: ASGIApp, weights: Counter[str]) -> None:
        self._app = app
        self._weights = weights

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def weigh(message: Message) -> None:
            if message["type"] == "http.response.body":
                self._weights[instance] += len(message.get("body", b""))
            await send(message)

        instance = scope.get("path", "").lstrip("/").partition("/")[0]
        await self._app(scope, receive, weigh)
