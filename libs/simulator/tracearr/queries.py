"""What Tracearr checks in a query before it answers, and how it cuts its lists."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from libs.simulator.calls import Call
from libs.simulator.pages import page_of
from libs.simulator.tracearr.ids import is_uid, user_id
from libs.simulator.tracearr.server import TracearrServer, bad_request

T = TypeVar("T")


def page_size(call: Call, *, default: int, cap: int) -> int:
    """Rows in a page. More than the cap is refused, not cut down to it."""
    size = whole(call, "pageSize", default)
    if not 1 <= size <= cap:
        raise bad_request(f"pageSize must be between 1 and {cap}")
    return size


def whole(call: Call, name: str, default: int) -> int:
    """A whole number of the query."""
    value = call.text(name)
    if value is None:
        return default
    if not value.isdigit():
        raise bad_request(f"{name} must be a number")
    return int(value)


def choice(call: Call, name: str, allowed: Sequence[str], default: str | None) -> str:
    """One of the words that are allowed; without a default the query must have it."""
    value = call.text(name) or default
    if value is None or value not in allowed:
        raise bad_request(f"{name} must be one of {', '.join(allowed)}")
    return value


def server_key(here: TracearrServer, call: Call, name: str) -> str | None:
    """The key of the server that is asked for, None for all; a server nobody knows matches nothing."""
    wanted = _uid(call, name)
    if wanted is None:
        return None
    server = here.servers.get(wanted)
    return "" if server is None else server.key


def person(here: TracearrServer, call: Call) -> int | None:
    """The number of the person that is asked for, None for all; a person nobody knows matches nothing."""
    wanted = _uid(call, "user_id")
    if wanted is None:
        return None
    return next((each.number for each in here.people() if user_id(each.number) == wanted), -1)


def moment(call: Call, name: str) -> int | None:
    """A time of the query in epoch seconds."""
    value = call.text(name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError as exc:
        raise bad_request(f"{name} must be a date") from exc
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def by_cursor(rows: Sequence[T], call: Call, size: int) -> tuple[Sequence[T], dict[str, Any]]:
    """The page behind the cursor, and its `meta`. While more follow, pages come one row short, as filtered ones do."""
    start = _position(call)
    more = len(rows) > start + size
    taken = max(1, size - 1) if more else size
    page, _ = page_of(rows, call, start=start, size=taken)
    return page, {"nextCursor": _cursor(start + taken) if more else None, "pageSize": size}


def _uid(call: Call, name: str) -> str | None:
    value = call.text(name)
    if value is not None and not is_uid(value):
        raise bad_request(f"{name} must be a UUID")
    return value


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _position(call: Call) -> int:
    value = call.text("cursor")
    if value is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(value).decode().removeprefix("at:"))
    except (binascii.Error, ValueError) as exc:
        raise bad_request("cursor is not valid") from exc
