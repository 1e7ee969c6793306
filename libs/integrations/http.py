"""The one door to an upstream: time limits, retries of reads, redirects, checks of answers, and how much at once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import msgspec
import stamina
import structlog

from libs.common.observability.correlation import HEADER as CORRELATION_HEADER
from libs.common.observability.correlation import correlation_id
from libs.integrations.access import Access
from libs.integrations.errors import ErrorClass, OutcomeUnknownError, UpstreamDeniedError, UpstreamError
from libs.integrations.loose import UNREADABLE, decoder_for
from libs.integrations.redirects import MAX_HOPS, Hop, base_after, next_hop
from libs.integrations.responses import MAX_STREAM_BYTES, capped, check_content, check_failure, check_no_page, read_body
from libs.integrations.retries import ONCE, READ, WAIT_INITIAL_S, WAIT_JITTER_S, RetryRule
from libs.integrations.streaming import BrokenArrayError, rows
from libs.integrations.translation import (
    TRANSLATED,
    Upstream,
    from_declined_change,
    from_exception,
    from_status,
    timed_out,
    too_many_redirects,
    unreadable_json,
)
from libs.integrations.urls import join

log = structlog.get_logger()

T = TypeVar("T")
Params = Mapping[str, str | Sequence[str]]

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
DEADLINE_S = 120.0
TEST_DEADLINE_S = 10.0
PARALLEL_OVERALL = 16
_LOGGED_BODY_BYTES = 1024
_SEARCHED_PER_LOGGED = 16
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_UNCLEAR_STATUSES = frozenset({408, 425, 499})
"""4xx with which a proxy says that it gave up waiting: the upstream may have acted."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, before it has a host."""

    method: str
    endpoint: str
    params: Params | None = None
    body: bytes | None = None


class UpstreamHttp:
    """Calls to one upstream over its own pooled client. Every failure leaves it as an `UpstreamError`."""

    def __init__(
        self, client: httpx.AsyncClient, upstream: Upstream, *, access: Access, places: asyncio.Semaphore
    ) -> None:
        self.upstream = upstream
        self.moved_to: str | None = None
        """The base URL that redirects led to; a person should save it instead."""
        self._client = client
        self._access = access
        self._places = places
        self._own_places = asyncio.Semaphore(upstream.system.parallel)
        self._one_change = asyncio.Lock()

    async def aclose(self) -> None:
        """Close the pooled connections."""
        await self._client.aclose()

    async def read(
        self,
        endpoint: str,
        shape: type[T],
        params: Params | None = None,
        *,
        rule: RetryRule = READ,
        deadline_s: float = DEADLINE_S,
        body: Mapping[str, str] | None = None,
    ) -> T:
        """GET, decoded to `shape`. Tried again as `rule` says; `deadline_s` covers all of it.

        With a `body` it is a POST, for questions that some systems want to be asked that way: tried once.
        """
        if body is None:
            call = Call("GET", endpoint, params)
        else:
            call, rule = Call("POST", endpoint, params, msgspec.json.encode(body)), ONCE
        return await self._retried(rule, deadline_s, lambda: self._read_once(call, shape))

    async def rows(
        self, endpoint: str, row_type: type[T], params: Params | None = None, *, deadline_s: float = DEADLINE_S
    ) -> AsyncGenerator[list[T], None]:
        """GET of a list of any length, in pieces. Ends normally only behind the last row; close it when leaving early.

        Only the opening is tried again: rows that were handed out cannot be taken back.
        """
        call = Call("GET", endpoint, params)
        stack, response = await self._retried(READ, deadline_s, lambda: self._open_list(call))
        async with stack:
            with self._translated():
                async with (
                    aclosing(self._pieces(response, deadline_s)) as pieces,
                    aclosing(rows(pieces, row_type)) as batches,
                ):
                    async for batch in batches:
                        yield batch

    async def change(self, method: str, endpoint: str, params: Params | None = None, body: Any = None) -> None:
        """One change at a time, sent once and never again.

        Raises `UpstreamGoneError` (404), `UpstreamRefusedError`, `UpstreamDeniedError` or `UpstreamBusyError` when it
        was declined, `UpstreamUnreachableError` when it was never sent, else `OutcomeUnknownError`.
        """
        call = Call(method, endpoint, params, None if body is None else msgspec.json.encode(body))
        with self._translated():
            request = self._request(call)
        async with self._one_change, self._place():
            declined = await self._send_change(call, request)
        if declined is not None:
            raise declined

    async def _send_change(self, call: Call, request: httpx.Request) -> UpstreamError | None:
        """The error of a change that was declined; None when it was accepted."""
        try:
            async with asyncio.timeout(DEADLINE_S), self._exchange(call, request) as response:
                start = await read_body(response, self.upstream)
                self._log_change(call, response, start)
                if response.is_success:
                    check_no_page(start, self.upstream)
                    return None
                if not response.is_client_error or response.status_code in _UNCLEAR_STATUSES:
                    raise from_status(response, self.upstream)
                if response.status_code == 404:
                    check_failure(start, self.upstream)
                return from_declined_change(response, self.upstream)
        except _NOT_SENT as exc:
            raise from_exception(exc, self.upstream) from exc
        except TRANSLATED as exc:
            raise _unknown(from_exception(exc, self.upstream)) from exc
        except TimeoutError as exc:
            raise _unknown(timed_out(self.upstream, DEADLINE_S)) from exc
        except UpstreamError as exc:
            raise _unknown(exc) from exc

    async def _retried(self, rule: RetryRule, deadline_s: float, once: Callable[[], Awaitable[T]]) -> T:
        """Ask as often as `rule` says. When time runs out in a pause, the failure before the pause is the answer."""
        failed: list[UpstreamError] = []

        async def attempt() -> T:
            try:
                return await once()
            except UpstreamError as exc:
                failed.append(exc)
                raise

        caller = stamina.AsyncRetryingCaller(
            attempts=rule.attempts, timeout=None, wait_initial=WAIT_INITIAL_S, wait_max=8, wait_jitter=WAIT_JITTER_S
        )
        try:
            async with asyncio.timeout(deadline_s):
                return await caller(rule.pause_before_next, attempt)
        except TimeoutError as exc:
            raise (failed[-1] if failed else timed_out(self.upstream, deadline_s)) from exc

    async def _read_once(self, call: Call, shape: type[T]) -> T:
        with self._translated():
            async with self._place(), self._exchange(call, self._request(call)) as response:
                await self._require_success(response)
                body = await read_body(response, self.upstream)
        check_content(response, body, self.upstream)
        try:
            found: T = decoder_for(shape).decode(body)
        except UNREADABLE as exc:
            raise unreadable_json(self.upstream) from exc
        return found

    async def _open_list(self, call: Call) -> tuple[AsyncExitStack, httpx.Response]:
        with self._translated():
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._place())
                response = await stack.enter_async_context(self._exchange(call, self._request(call)))
                await self._require_success(response)
                return stack.pop_all(), response

    async def _pieces(self, response: httpx.Response, deadline_s: float) -> AsyncGenerator[bytes, None]:
        """The pieces of a list. The time limit counts the waiting for the upstream, not the work of the reader."""
        loop, left_s, is_first = asyncio.get_running_loop(), deadline_s, True
        async with aclosing(capped(response, self.upstream, max_bytes=MAX_STREAM_BYTES)) as pieces:
            while True:
                began = loop.time()
                try:
                    async with asyncio.timeout(left_s):
                        piece = await anext(pieces, b"")
                except TimeoutError as exc:
                    raise timed_out(self.upstream, deadline_s) from exc
                left_s -= loop.time() - began
                if is_first:
                    check_content(response, piece, self.upstream)
                    is_first = False
                if not piece:
                    return
                yield piece

    async def _require_success(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        start = await read_body(response, self.upstream)
        log.debug("upstream error body", upstream=self.upstream.name, body=self._shown(start))
        if response.status_code not in {401, 429} and not response.is_server_error:
            check_failure(start, self.upstream)
        raise from_status(response, self.upstream, start)

    @asynccontextmanager
    async def _exchange(self, call: Call, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """Send the request, follow the redirects that may be followed, and hand out the open response."""
        for _ in range(MAX_HOPS + 1):
            response = await self._client.send(request, stream=True, follow_redirects=False)
            path = self._access.hide_key(request.url.path)
            log.debug("upstream call", upstream=self.upstream.name, method=request.method, path=path)
            if not response.has_redirect_location and response.status_code not in {301, 302, 303, 307, 308}:
                try:
                    yield response
                finally:
                    await response.aclose()
                return
            await response.aclose()
            request = self._follow(request, response, call)
        raise too_many_redirects(self.upstream)

    def _follow(self, request: httpx.Request, response: httpx.Response, call: Call) -> httpx.Request:
        decision = next_hop(request, response, self.upstream)
        if not isinstance(decision, Hop):
            raise decision
        moved_to = base_after(decision.url, call.endpoint)
        if moved_to is not None and self._access.hide_key(moved_to) == moved_to:
            self.moved_to = moved_to
        return self._client.build_request(
            request.method, decision.url, content=call.body, headers=self._headers(call.body)
        )

    def _request(self, call: Call) -> httpx.Request:
        url = join(self.upstream.base_url, call.endpoint)
        headers = self._headers(call.body)
        params = {**self._access.params, **(call.params or {})} or None
        return self._client.build_request(call.method, url, params=params, content=call.body, headers=headers)

    def _headers(self, body: bytes | None) -> dict[str, str]:
        headers = {"Accept": "application/json", **self._access.headers}
        if not self._access.is_sendable:
            message = f"The API key of {self.upstream.name} has characters no key has. Copy it again."
            raise UpstreamDeniedError(ErrorClass.AUTH, message)
        bound = correlation_id()
        if bound is not None:
            headers[CORRELATION_HEADER] = bound
        if body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        async with self._own_places, self._places:
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TRANSLATED as exc:
            raise from_exception(exc, self.upstream) from exc
        except (BrokenArrayError, *UNREADABLE) as exc:
            raise unreadable_json(self.upstream) from exc

    def _log_change(self, call: Call, response: httpx.Response, body: bytes) -> None:
        name, status = self.upstream.name, response.status_code
        log.info("upstream change", upstream=name, method=call.method, path=call.endpoint, status=status)
        if not response.is_success:
            log.debug("upstream error body", upstream=name, body=self._shown(body))

    def _shown(self, body: bytes) -> str:
        """Its beginning without our key. More is searched, so that no key is cut where the shown part ends."""
        beginning = body[: _SEARCHED_PER_LOGGED * _LOGGED_BODY_BYTES].decode("utf-8", "replace")
        return self._access.hide_key(beginning)[:_LOGGED_BODY_BYTES]


def _unknown(exc: UpstreamError) -> OutcomeUnknownError:
    return OutcomeUnknownError(exc.error_class, str(exc), status=exc.status)
