"""How Jellystat hands out a table: sorted, filtered and in numbered pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from libs.simulator.calls import Answer, Call, Refusal, as_json
from libs.simulator.jellystat.server import Entry, JellystatServer
from libs.simulator.pages import page_of

T = TypeVar("T")
_DEFAULT_SIZE = 50
_TIME = "ActivityDateInserted"
_EXAMPLE = [{"field": _TIME, "min": "2026-01-01T00:00:00.000Z", "max": "2026-12-31T23:59:59.999Z"}]
_ORDERS: Mapping[str, Callable[[JellystatServer, Entry], Any]] = {
    _TIME: lambda _here, entry: entry.written_at,
    "PlaybackDuration": lambda _here, entry: entry.view.seconds,
    "UserName": lambda here, entry: here.world.people[entry.view.person].name,
}


def table(here: JellystatServer, call: Call, found: Sequence[T], encode: Callable[[T], dict[str, Any]]) -> Answer:
    """One page; what was asked for comes back as the text it was asked with."""
    size, page = _number(call, "size", _DEFAULT_SIZE), _number(call, "page", 1)
    cap = here.history.settings.page_cap
    if cap and size > cap:
        size = cap
        call.query["size"] = [str(cap)]
    rows, total = page_of(found, call, start=(page - 1) * size, size=size)
    return _page(call, -(-total // size), [encode(row) for row in rows])


def empty_table(call: Call) -> Answer:
    """How some routes answer when the database cannot be read."""
    return _page(call, 0, [])


def _page(call: Call, pages: int, rows: list[dict[str, Any]]) -> Answer:
    return as_json(
        {
            "current_page": call.text("page") or 1,
            "pages": pages,
            "size": call.text("size") or _DEFAULT_SIZE,
            "sort": call.text("sort") or _TIME,
            "desc": call.text("desc") or True,
            "results": rows,
        }
    )


def arranged(here: JellystatServer, call: Call, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Filtered and sorted; entries come newest first."""
    earliest, latest = period_of(call)
    if earliest is not None or latest is not None:
        entries = [entry for entry in entries if is_within(entry.written_at, earliest, latest)]
    column, is_descending = call.text("sort") or _TIME, (call.text("desc") or "true") == "true"
    key = _ORDERS.get(column, _ORDERS[_TIME])
    if column not in _ORDERS or (column == _TIME and is_descending):
        return entries
    return sorted(entries, key=lambda entry: key(here, entry), reverse=is_descending)


def period_of(call: Call) -> tuple[float | None, float | None]:
    """The times between which rows are wanted; refuses what is no list of filters."""
    raw = call.text("filters")
    if not raw:
        return None, None
    try:
        filters = msgspec.json.decode(raw, type=list[dict[str, Any]])
        bounds = next((each for each in filters if each.get("field") == _TIME), {})
        return _moment(bounds.get("min")), _moment(bounds.get("max"))
    except (msgspec.MsgspecError, ValueError) as exc:
        raise Refusal(400, {"error": "Invalid filters JSON", "example": _EXAMPLE}) from exc


def is_within(seconds: float, earliest: float | None, latest: float | None) -> bool:
    """Both ends belong to the period."""
    return (earliest is None or seconds >= earliest) and (latest is None or seconds <= latest)


def unreadable() -> Refusal:
    """The honest answer of a route whose database read failed."""
    return Refusal(503, {"error": "Database error"})


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.text(name) or ""
    return max(1, int(text)) if text.isdecimal() else otherwise
