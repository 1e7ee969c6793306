"""One upstream call and its answer, free of any web framework, so that a restart can play calls again."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from starlette.routing import compile_path

from libs.simulator.changes import Effect
from libs.simulator.faults import FaultKind

S = TypeVar("S")

JSON = "application/json; charset=utf-8"
MUTATING = frozenset({"POST", "PUT", "DELETE", "PATCH"})


class Call(msgspec.Struct, kw_only=True):
    """A request to one system. `path` is without the URL base; `file_limit` makes a bulk delete break down midway.

    `body` is the parsed JSON where it is some, `raw` what was sent. `params` and `words` are the numbers and the texts
    of the path; header names are lower case.
    """

    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    body: Any = None
    raw: bytes = b""
    at: datetime
    params: dict[str, int] = {}
    words: dict[str, str] = {}
    file_limit: int | None = None
    page_fault: FaultKind | None = None

    def flag(self, name: str) -> bool:
        """A boolean query value, false when absent. Names are exact; other names are ignored, as the systems do."""
        text = self.text(name)
        if text is None:
            return False
        if text.lower() not in {"true", "false"}:
            raise Refusal(400, problem({name: [f"The value '{text}' is not valid."]}))
        return text.lower() == "true"

    def text(self, name: str) -> str | None:
        """The first value of a query name; `None` when it is not there."""
        values = self.query.get(name)
        return values[0] if values else None

    def numbers(self, name: str) -> list[int]:
        """All values of a repeated numeric query name."""
        values = self.query.get(name, [])
        if bad := [value for value in values if not re.fullmatch(r"-?\d+", value)]:
            raise Refusal(400, problem({name: [f"The value '{bad[0]}' is not valid."]}))
        return [int(value) for value in values]

    def fields(self) -> dict[str, Any]:
        """The body as an object; anything else is refused as a model that cannot be bound."""
        if not isinstance(self.body, dict):
            raise Refusal(400, problem({"$": ["The JSON value could not be converted."]}))
        return self.body

    def ids(self, name: str) -> list[int]:
        """A list of ids in the body; an absent list is an empty one."""
        values = self.fields().get(name) or []
        if not isinstance(values, list) or not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            raise Refusal(400, problem({name: ["The JSON value could not be converted to System.Int32."]}))
        return values


class Answer(msgspec.Struct, kw_only=True):
    """What goes back: a body, or `rows` that are streamed as one JSON array. `effects` go to the ledger."""

    status: int = 200
    body: bytes = b""
    rows: Iterable[bytes] | None = None
    content_type: str = JSON
    headers: dict[str, str] = {}
    effects: list[Effect] = []


class Refusal(Exception):  # noqa: N818  a refusal is an answer of the upstream, not a failure of ours
    """The upstream says no. `effects` are what had happened before it broke down."""

    def __init__(self, status: int, payload: Any = None, *, effects: list[Effect] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.payload = payload
        self.effects = effects or []

    def answer(self) -> Answer:
        """The refusal as it goes over the wire; without a payload the body is empty."""
        body = b"" if self.payload is None else msgspec.json.encode(self.payload)
        return Answer(status=self.status, body=body, effects=self.effects)


def as_json(payload: Any, status: int = 200, *, effects: list[Effect] | None = None) -> Answer:
    """An answer with one JSON document."""
    return Answer(status=status, body=msgspec.json.encode(payload), effects=effects or [])


def problem(errors: dict[str, list[str]]) -> dict[str, Any]:
    """The web framework's own complaint about a request it cannot bind."""
    return {"title": "One or more validation errors occurred.", "status": 400, "errors": errors}


def broken(message: str) -> dict[str, str]:
    """The systems' own shape of an error."""
    return {"message": message, "description": ""}


def not_found() -> Refusal:
    """The answer for an id or an API path that does not exist."""
    return Refusal(404, broken("NotFound"))


Handler = Callable[[S, Call], Answer]


class RouteTable(Generic[S]):
    """Method and path to handler. A known path with another method is refused with 405."""

    def __init__(self, routes: list[tuple[str, str, Handler[S]]]) -> None:
        self._routes = [(method, path, compile_path(path), handler) for method, path, handler in routes]

    def find(self, call: Call) -> tuple[str, Handler[S]]:
        """The route's template and its handler; what the path names goes into the call. Raises `Refusal`."""
        other_method = False
        for known, template, (pattern, _, convertors), handler in self._routes:
            if (match := pattern.match(call.path)) is None:
                continue
            if known == call.method:
                named = {name: convertors[name].convert(text) for name, text in match.groupdict().items()}
                call.params = {name: value for name, value in named.items() if isinstance(value, int)}
                call.words = {name: value for name, value in named.items() if isinstance(value, str)}
                return template, handler
            other_method = True
        raise Refusal(405) if other_method else not_found()
