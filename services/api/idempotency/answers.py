"""A request that is sent again gets the answer of the first time; only what was committed has one."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from services.api.errors import ConflictError
from services.api.idempotency import queries
from services.api.idempotency.asked import HEADER, Asked

KEPT = timedelta(hours=24)
"""Business time; a client that tries again does so within seconds or minutes."""

MOST_BYTES = 1024 * 1024
"""Of a kept answer: far above any of ours."""

REPLAYED = "Idempotent-Replayed"
"""The header of an answer that was kept."""

_KEPT_HEADERS = ("content-type", "location")
"""Nothing that could be a secret, a cookie least of all."""

_AT_WORK = f"a request with this {HEADER} is being carried out; send it again in a moment"
_OTHER = f"this {HEADER} belongs to another request of the last 24 hours; a new request needs a new key"
_TOO_LONG = f"the request with this {HEADER} was carried out; its answer was too long to be kept"


class AnsweredBeforeError(Exception):
    """The request was carried out already; `response` is what came of it."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


async def begin(tx: AsyncConnection, asked: Asked, now: datetime) -> None:
    """Claim the key for this transaction.

    Raises `AnsweredBeforeError` when the request was carried out already, `ConflictError` while it is being so, or when
    the key was used for another one.
    """
    if not await queries.try_lock(tx, asked):
        raise ConflictError(_AT_WORK, headers={"Retry-After": "1"})
    if await queries.take(tx, asked, now, now - KEPT):
        return
    kept = await queries.find(tx, asked)
    if kept.request_hash != asked.request_hash:
        raise ConflictError(_OTHER)
    if kept.body is None:
        raise ConflictError(_TOO_LONG)
    raise AnsweredBeforeError(Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"}))


async def keep(tx: AsyncConnection, asked: Asked, response: Response) -> None:
    """Store the answer in the transaction whose change it tells of, before either of them is seen by anybody."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    body = bytes(response.body)
    await queries.keep(tx, asked, response.status_code, headers, body if len(body) <= MOST_BYTES else None)


def register(app: FastAPI) -> None:
    """Give the application its handler."""

    @app.exception_handler(AnsweredBeforeError)
    async def again(_request: Request, exc: AnsweredBeforeError) -> Response:
        return exc.response


def answer_in_hand(request: Request) -> Response:
    """The finished answer of this request; a route without `ChangingRoute` has none, which is a mistake of ours."""
    response: Any = getattr(request.state, "answer", None)
    if not isinstance(response, Response):
        raise TypeError(f"{request.scope.get('route')} keeps no answer: its router needs route_class=ChangingRoute")
    return response
