"""What a fault makes of an answer: pages instead of data, cut, slow, endless or absent bodies."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from starlette.responses import Response, StreamingResponse

from libs.simulator.calls import JSON, Answer, as_json, broken
from libs.simulator.faults import FaultKind, FaultRule, Faults

_CHUNK_BYTES = 256 * 1024
_DRIPS = 20
# Fault bodies must arrive byte for byte, so they stay out of the compressor's hands.
_PLAIN = {"content-encoding": "identity"}
_LOGIN = (
    b"<!doctype html><html><head><title>Login</title></head><body><form method='post' action='/login'>"
    b"<input name='username'><input name='password' type='password'></form></body></html>"
)
_PAGE = b"<!doctype html><html><head><title>Welcome to nginx!</title></head><body><h1>It works</h1></body></html>"


def plain(answer: Answer) -> Response:
    """The answer as it should be; lists are streamed in pieces."""
    if answer.rows is None:
        return Response(answer.body, answer.status, answer.headers, answer.content_type)
    return StreamingResponse(_streamed(answer.rows), answer.status, answer.headers, answer.content_type)


async def _streamed(rows: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in _pieces(rows):
        yield piece
        await asyncio.sleep(0)


def _pieces(rows: Iterable[bytes]) -> Iterable[bytes]:
    """The JSON array in pieces of bounded size."""
    held, size, comma = [b"["], 1, b""
    for row in rows:
        held += (comma, row)
        size += len(row) + 1
        comma = b","
        if size >= _CHUNK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join((*held, b"]"))


def instead(rule: FaultRule) -> Response | None:
    """The answer of a fault that keeps the call from the instance; `None` for faults of another sort."""
    make = _INSTEAD.get(rule.kind)
    return make(rule) if make else None


def _status(rule: FaultRule) -> Response:
    headers = {} if rule.retry_after is None else {"retry-after": str(rule.retry_after)}
    if rule.status < 500 and not rule.message:
        return Response(b"", rule.status, headers)
    answer = as_json(broken(rule.message or "database is locked"), rule.status)
    answer.headers = headers
    return plain(answer)


async def _endless(size_bytes: int) -> AsyncIterator[bytes]:
    """A valid empty list behind so many bytes of white space."""
    yield b"["
    for _ in range(size_bytes // _CHUNK_BYTES + 1):
        yield b" " * _CHUNK_BYTES
        await asyncio.sleep(0)
    yield b"]"


def _redirect(rule: FaultRule) -> Response:
    status = rule.status if 300 <= rule.status < 400 else 302
    return Response(status_code=status, headers={"location": rule.location})


_INSTEAD: dict[FaultKind, Callable[[FaultRule], Response]] = {
    FaultKind.HTML_LOGIN: lambda _: Response(_LOGIN, 200, media_type="text/html"),
    FaultKind.HTML_PAGE: lambda _: Response(_PAGE, 200, media_type="text/html"),
    FaultKind.EMPTY_LIST: lambda _: Response(b"[]", 200, media_type=JSON),
    FaultKind.REDIRECT: _redirect,
    FaultKind.OVERSIZED: lambda rule: StreamingResponse(_endless(rule.size_bytes), 200, _PLAIN, JSON),
    FaultKind.STATUS: _status,
}


def bent(answer: Answer, rule: FaultRule, faults: Faults) -> Response:
    """The answer of an instance that did its part, bent by a fault."""
    if rule.kind is FaultKind.WRONG_CONTENT_TYPE:
        answer.content_type = "text/plain"
        return plain(answer)
    if rule.kind is FaultKind.TRUNCATED:
        body = _body(answer)
        return StreamingResponse(_once(body[: len(body) // 2]), answer.status, _PLAIN, answer.content_type)
    if rule.kind is FaultKind.SLOW_DRIP:
        drops = _drops(_body(answer), rule.seconds, faults)
        return StreamingResponse(drops, answer.status, _PLAIN, answer.content_type)
    return plain(answer)


def _body(answer: Answer) -> bytes:
    return answer.body if answer.rows is None else b"".join(_pieces(answer.rows))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _drops(body: bytes, seconds: float | None, faults: Faults) -> AsyncIterator[bytes]:
    """The body in equal drops over `seconds` (10 when left out)."""
    size = max(1, -(-len(body) // _DRIPS))
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await faults.wait((10.0 if seconds is None else seconds) / _DRIPS)
