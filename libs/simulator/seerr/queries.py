"""What Seerr checks in a query before it answers, and how it cuts its lists."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from libs.simulator.calls import Call, Refusal
from libs.simulator.pages import page_of
from libs.simulator.seerr.server import SeerrServer

T = TypeVar("T")


def require_known(call: Call, names: Collection[str]) -> None:
    """Refuse a query name that the published description does not have."""
    for name in call.query:
        if name not in names:
            raise invalid(name, f"Unknown query parameter '{name}'")


def choice(call: Call, name: str, allowed: Sequence[str]) -> str:
    """One of the words that are allowed, the first when there is none; others are refused."""
    value = call.text(name) or allowed[0]
    if value not in allowed:
        raise invalid(name, f"must be equal to one of the allowed values: {', '.join(allowed)}")
    return value


def number(call: Call, name: str, default: int) -> int:
    """A whole number of the query; text is refused, zero and less stand for the default."""
    value = call.text(name)
    if value is None:
        return default
    if not value.isdigit():
        raise invalid(name, "must be number")
    return int(value) or default


def listed(here: SeerrServer, call: Call, rows: Sequence[T], *, take: int) -> tuple[Sequence[T], dict[str, Any]]:
    """The page that was asked for, and its `pageInfo`. `take` is the size of a page when none is asked for."""
    size = min(number(call, "take", take), here.desk.page_cap)
    skip = number(call, "skip", 0)
    page, total = page_of(rows, call, start=skip, size=size)
    info = {"pages": -(-total // size), "pageSize": size, "results": total, "page": -(-skip // size) + 1}
    return page, info


def invalid(name: str, message: str) -> Refusal:
    """The complaint of the schema validation."""
    error = {"path": f"/query/{name}", "message": message, "errorCode": "enum.openapi.validation"}
    return Refusal(400, {"message": message, "errors": [error]})
