"""How a Plex wraps its answers: XML unless JSON is asked for, lists in windows, failures as little web pages."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

import msgspec

from libs.simulator.calls import Answer, Call, Refusal
from libs.simulator.changes import Effect
from libs.simulator.pages import page_of

T = TypeVar("T")
Fields = dict[str, Any]

_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_DIRECTORIES = frozenset({"show", "season", "collection"})
_VIDEOS = frozenset({"movie", "episode"})


class PageRefusal(Refusal):
    """A refusal as Plex sends it: a page with nothing but the status on it."""

    def answer(self) -> Answer:
        """The page."""
        title = _TITLES.get(self.status, "Error")
        page = f"<html><head><title>{title}</title></head><body><h1>{self.status} {title}</h1></body></html>"
        return Answer(status=self.status, body=page.encode(), content_type="text/html", effects=self.effects)


def no_such_thing() -> PageRefusal:
    """The answer for a path or a rating key that does not exist."""
    return PageRefusal(404)


def container(headers: Mapping[str, str], fields: Fields) -> Answer:
    """One `MediaContainer`. Empty lists are left out, as there is no element to make them of."""
    kept = {name: value for name, value in fields.items() if value != []}
    if "json" in headers.get("accept", ""):
        return Answer(body=msgspec.json.encode({"MediaContainer": kept}))
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{_element("MediaContainer", kept)}'
    return Answer(body=body.encode(), content_type="text/xml;charset=utf-8")


def accepted(*effects: Effect) -> Answer:
    """A change that was made: no body at all."""
    return Answer(effects=[*effects], content_type="text/html")


def window(call: Call) -> tuple[int, int | None]:
    """Where the caller wants the list to start, and how many rows; None: all. From the query or the headers."""
    return _number(call, "X-Plex-Container-Start") or 0, _number(call, "X-Plex-Container-Size")


def listing(
    call: Call, rows: Sequence[T], build: Callable[[T], Fields], *, cap: int = 0, name: str = "Metadata", **more: Any
) -> Answer:
    """The wanted window of `rows`, at most `cap` of them (0: no limit). Only a windowed answer tells the total."""
    start, size = window(call)
    limits = [limit for limit in (size, cap or None) if limit is not None]
    page, total = page_of(rows, call, start=start, size=min(limits, default=len(rows)))
    fields: Fields = {"size": len(page)}
    if limits:
        fields |= {"totalSize": total, "offset": start}
    return container(call.headers, fields | more | {name: [build(row) for row in page]})


def _number(call: Call, name: str) -> int | None:
    text = call.text(name) or call.headers.get(name.lower())
    if text is None:
        return None
    if not text.isdecimal():
        raise PageRefusal(400)
    return int(text)


def _element(name: str, fields: Fields) -> str:
    """Single values are attributes, objects and lists are elements inside."""
    attributes, inside = [], []
    for key, value in fields.items():
        if isinstance(value, dict | list):
            rows = value if isinstance(value, list) else [value]
            inside += [_element(_tag(key, row), row) for row in rows]
        else:
            attributes.append(f' {key}="{escape(_word(value))}"')
    return f"<{name}{''.join(attributes)}>{''.join(inside)}</{name}>"


def _tag(key: str, row: Fields) -> str:
    if key != "Metadata":
        return key
    if row.get("type") in _DIRECTORIES:
        return "Directory"
    return "Video" if row.get("type") in _VIDEOS else "Photo"


def _word(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
