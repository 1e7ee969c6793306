import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import Access
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamConfusingError, UpstreamUnreachableError
from libs.integrations.http import UpstreamHttp
from libs.integrations.responses import read_body
from libs.integrations.systems import SYSTEMS
from libs.integrations.translation import Upstream

UPSTREAM = Upstream("Upstairs", SYSTEMS[IntegrationType.RADARR], "http://nas.test")


class Row(msgspec.Struct):
    id: int


def door(handler: Any, places: int = 16) -> UpstreamHttp:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return UpstreamHttp(client, UPSTREAM, access=Access(), places=asyncio.Semaphore(places))


async def never(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


class Endless(httpx.AsyncByteStream):
    """A list that goes on until nobody reads any more."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'[{"id":0}'
        while True:
            self.sent += 1
            yield b',{"id":1}' * 10_000

    async def aclose(self) -> None:
        self.is_closed = True


async def test_an_upstream_that_never_answers_is_given_up_at_the_deadline() -> None:
    with pytest.raises(UpstreamUnreachableError, match=r"nas\.test did not answer within 0\.05 s") as caught:
        await door(never).read("/x", list[Row], deadline_s=0.05)

    assert caught.value.error_class is ErrorClass.TIMEOUT


async def test_a_deadline_behind_a_failure_tells_the_failure() -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "1"})]

    async def handler(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else await never(request)

    with pytest.raises(UpstreamBusyError):
        await door(handler).read("/x", list[Row], deadline_s=0.05)


async def test_a_place_is_free_again_after_every_kind_of_end() -> None:
    stream = Endless()
    answers: list[httpx.Response | Exception] = [
        httpx.Response(500),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, stream=stream),
        httpx.Response(200, json=[]),
    ]

    def handler(_request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    upstream = door(handler, places=1)
    with pytest.raises(UpstreamUnreachableError):
        await upstream.read("/x", list[Row])
    rows = upstream.rows("/x", Row)
    first = await anext(rows)
    await rows.aclose()

    assert first[0] == Row(0)
    assert stream.is_closed
    assert await upstream.read("/x", list[Row], deadline_s=1) == []


async def test_a_list_is_handed_out_while_it_is_still_coming() -> None:
    stream = Endless()
    rows = door(lambda _request: httpx.Response(200, stream=stream)).rows("/x", Row)

    batches = [await anext(rows) for _ in range(3)]
    await rows.aclose()

    assert all(batches)
    assert stream.sent < 20


async def test_a_list_that_stops_coming_is_given_up() -> None:
    class Stuck(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b'[{"id":0}'
            await asyncio.Event().wait()

    rows = door(lambda _request: httpx.Response(200, stream=Stuck())).rows("/x", Row, deadline_s=0.05)
    with pytest.raises(UpstreamUnreachableError) as caught:
        await anext(rows)

    assert caught.value.error_class is ErrorClass.TIMEOUT


async def test_a_body_is_measured_unpacked() -> None:
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1000
    response = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})
    streamed = httpx.Response(200, stream=httpx.ByteStream(packed), headers={"Content-Encoding": "gzip"})

    assert len(response.content) == 100_000
    with pytest.raises(UpstreamConfusingError, match="larger than"):
        await read_body(streamed, UPSTREAM, max_bytes=50_000)


async def test_a_packed_body_that_is_damaged_is_unreadable() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})

    with pytest.raises(UpstreamConfusingError) as caught:
        await door(handler).read("/x", list[Row])

    assert caught.value.error_class is ErrorClass.BAD_RESPONSE


async def test_a_question_with_a_body_is_posted_and_answered() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=[{"id": 7}])

    rows = await door(answer).read("/history", list[Row], {"page": "1"}, body={"userid": "abc"})

    assert [row.id for row in rows] == [7]
    assert [(each.method, each.url.query, each.content) for each in sent] == [("POST", b"page=1", b'{"userid":"abc"}')]
    assert sent[0].headers["content-type"] == "application/json"


async def test_a_question_with_a_body_is_asked_once() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(503)

    with pytest.raises(UpstreamUnreachableError):
        await door(answer).read("/history", list[Row], body={"userid": "abc"})

    assert len(sent) == 1
