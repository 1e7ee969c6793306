"""The event stream over real sockets: what a client sees, misses and gets again (G8 to G21)."""

import asyncio
import json
import random
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import httpx
import pytest
from nats.js import JetStreamContext
from sqlalchemy import delete

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.events.auth import Login
from libs.common.events.deletion import DeletionSuccess
from libs.common.events.engine import EngineComplete, EngineStart
from libs.common.events.envelope import Envelope
from libs.common.messaging.topology import EVENTS
from libs.common.settings import Settings
from tests.harness.eventually import eventually
from tests.service.api.running_gateway import RunningGateway, serving
from tests.service.api.sse import Received, Stream, publish, publisher, stream


@pytest.fixture
async def js(gateway: RunningGateway, nats_url: str) -> AsyncIterator[JetStreamContext]:
    """The stream, once the gateway has brought it up and has published its own start and the owner's login."""
    async with publisher(nats_url) as context:

        async def settled() -> bool:
            return (await context.stream_info(EVENTS.name)).state.messages >= 3

        await eventually(settled)
        yield context


def login(number: int) -> Login:
    return Login(username=f"user-{number}")


async def usernames(opened: Stream, count: int) -> list[str]:
    """The users of the first `count` login frames."""
    await eventually(lambda: len(opened.frames) >= count)
    return [json.loads(frame.data).get("username", frame.event) for frame in opened.frames]


async def test_G8_G9_seed_events_render_as_in_the_seed(api: httpx.AsyncClient, js: JetStreamContext) -> None:
    async with stream(api, params={"types": "engine_start,engine_complete,deletion_success"}) as opened:
        await live(opened)
        await publish(js, EngineStart(execution_mode="approval"))
        await publish(
            js,
            EngineComplete(
                evaluated=97, flagged=12, duration_ms=5, execution_mode="approval", freed_bytes=0, completed_at_epoch=7
            ),
        )
        success = DeletionSuccess(title="Serenity", size_bytes=5069636198, media_type="movie", integration_id=1)
        await publish(js, success)
        await eventually(lambda: len(opened.frames) == 3)

    start, complete, deleted = opened.frames
    assert start.data == '{"message":"Engine run started in approval mode","executionMode":"approval"}'
    assert complete.data.startswith(
        '{"message":"Engine run completed: evaluated 97, flagged 12","evaluated":97,"flagged":12'
    )
    assert deleted.data.startswith(
        '{"message":"Deleted: Serenity (4.72 GB freed)","title":"Serenity","sizeBytes":5069636198'
    )
    assert all(re.fullmatch(r"[0-9]{10}-[0-9]{3,}", frame.id) for frame in opened.frames)
    assert start.sequence < complete.sequence < deleted.sequence


async def live(opened: Stream) -> None:
    """The first bytes have arrived; without an id the stream is live at once."""
    await eventually(lambda: opened.retries == ["3000"])
    await asyncio.sleep(0)


async def test_G17_first_bytes_and_headers_come_at_once(api: httpx.AsyncClient, js: JetStreamContext) -> None:
    async with stream(api, headers={"Accept-Encoding": "gzip"}) as opened:
        await eventually(lambda: opened.comments, within_s=1)
        headers = opened.response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert headers["connection"] == "keep-alive"
    assert "content-encoding" not in headers
    assert headers["x-frame-options"] == "DENY"


async def test_resume_gets_what_was_missed_once_and_in_order(api: httpx.AsyncClient, js: JetStreamContext) -> None:
    async with stream(api) as opened:
        await live(opened)
        await publish(js, login(0))
        await eventually(lambda: len(opened.frames) == 1)
        seen = opened.frames[0].id
    for number in range(1, 151):
        await publish(js, login(number))

    async with stream(api, headers={"Last-Event-ID": seen}) as resumed:
        await publish(js, login(151))
        names = await usernames(resumed, 151)

    assert names == [f"user-{number}" for number in range(1, 152)]


async def test_G11_random_cuts_over_two_replicas_lose_and_repeat_nothing(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    total, chance = 400, random.Random(7)
    frames: list[Received] = []
    cursor = str((await js.stream_info(EVENTS.name)).state.last_seq)

    async def feed() -> None:
        for number in range(total):
            await publish(js, login(number))

    async with serving(api_settings(), gateway.database) as other:
        other.key = gateway.key
        async with gateway.owner() as one, other.owner() as two:
            feeding = asyncio.create_task(feed())
            while len(frames) < total:
                client = chance.choice((one, two))
                options = {"headers": {"Last-Event-ID": cursor}, "params": {"types": "login"}}
                async with stream(client, **options) as opened:
                    await opened.received(1)
                    got = opened.frames[: chance.randint(1, len(opened.frames))]
                frames += got
                cursor = got[-1].id
            await feeding

    assert [json.loads(frame.data)["username"] for frame in frames] == [f"user-{number}" for number in range(total)]


async def test_G10_two_replicas_give_one_event_one_id(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    options = {
        "headers": {"Last-Event-ID": str((await js.stream_info(EVENTS.name)).state.last_seq)},
        "params": {"types": "login"},
    }
    async with serving(api_settings(), gateway.database) as other:
        other.key = gateway.key
        async with (
            gateway.owner() as one,
            other.owner() as two,
            stream(one, **options) as here,
            stream(two, **options) as there,
        ):
            for number in range(20):
                await publish(js, login(number))
            seen_here, seen_there = await here.received(20), await there.received(20)

    assert [frame.id for frame in seen_here] == [frame.id for frame in seen_there]


async def test_G13_expired_id_gets_one_gap_and_the_oldest_stored_none(
    api: httpx.AsyncClient, js: JetStreamContext
) -> None:
    for number in range(20):
        await publish(js, login(number))
    last = (await js.stream_info(EVENTS.name)).state.last_seq
    first = last - 4
    await js.purge_stream(EVENTS.name, seq=first)

    async with stream(api, headers={"Last-Event-ID": str(first - 5)}) as expired:
        await eventually(lambda: len(expired.frames) == 6)
    async with stream(api, headers={"Last-Event-ID": str(first - 1)}) as exact:
        await eventually(lambda: len(exact.frames) == 5)

    gap = json.loads(expired.frames[0].data)
    assert expired.frames[0].event == "replay_gap"
    assert (gap["reason"], gap["requested"]) == ("expired", str(first - 5))
    assert expired.frames[0].sequence == first - 1
    assert gap["oldestAvailable"] == expired.frames[1].id
    assert [frame.event for frame in expired.frames[1:]] == ["login"] * 5
    assert [frame.event for frame in exact.frames] == ["login"] * 5


BAD_IDS = [
    pytest.param("9" * 19, "unknown", id="huge"),
    pytest.param("9" * 20, "malformed", id="twenty digits"),
    pytest.param("-5", "malformed", id="negative"),
    pytest.param("1741199820-001", "unknown", id="another time"),
    pytest.param("abc", "malformed", id="words"),
    pytest.param("1-2-3", "malformed", id="three parts"),
    pytest.param("%D9%A1", "malformed", id="other digits"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_IDS)
async def test_G14_unusable_id_gets_a_gap_and_is_live_at_once(
    api: httpx.AsyncClient, js: JetStreamContext, bad: str, reason: str
) -> None:
    async with stream(api, params={"lastEventId": httpx.QueryParams(f"v={bad}")["v"]}) as opened:
        await eventually(lambda: opened.frames)
        await publish(js, login(1))
        await eventually(lambda: len(opened.frames) == 2, within_s=3)

    gap, following = opened.frames
    assert (gap.event, json.loads(gap.data)["reason"]) == ("replay_gap", reason)
    assert following.event == "login"
    assert following.sequence == gap.sequence + 1


async def test_id_beyond_the_end_is_live_at_once(api: httpx.AsyncClient, js: JetStreamContext) -> None:
    last = (await js.stream_info(EVENTS.name)).state.last_seq
    async with stream(api, headers={"Last-Event-ID": str(last + 500)}) as opened:
        await eventually(lambda: opened.frames)
        await publish(js, login(1))
        await eventually(lambda: len(opened.frames) == 2, within_s=3)

    assert [frame.event for frame in opened.frames] == ["replay_gap", "login"]


async def test_too_many_missed_events_get_the_newest_and_a_gap(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    before = (await js.stream_info(EVENTS.name)).state.last_seq
    for number in range(30):
        await publish(js, login(number))
    async with serving(api_settings(SSE_MAX_REPLAY="10"), gateway.database) as small:
        small.key = gateway.key
        async with small.owner() as client, stream(client, headers={"Last-Event-ID": str(before)}) as opened:
            await eventually(lambda: len(opened.frames) >= 11)

    assert json.loads(opened.frames[0].data)["reason"] == "too_many"
    assert all(frame.sequence > opened.frames[0].sequence for frame in opened.frames[1:])
    assert len(opened.frames) <= 12


async def test_replay_from_the_stream_reaches_beyond_memory(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    before = (await js.stream_info(EVENTS.name)).state.last_seq
    for number in range(1300):
        await js.publish_async(
            "capacitarr.events.auth.login",
            Envelope.of_event(login(number), source="test", at=datetime(2026, 3, 6, tzinfo=UTC)).wire(),
            stream=EVENTS.name,
        )
    await js.publish_async_completed()
    async with serving(api_settings(), gateway.database) as fresh:
        fresh.key = gateway.key
        async with fresh.owner() as client, stream(client, headers={"Last-Event-ID": str(before)}) as opened:
            names = await usernames(opened, 1300)

    assert names[:1300] == [f"user-{number}" for number in range(1300)]


async def test_repeat_of_an_envelope_outside_the_dedupe_window_is_not_sent_again(
    api: httpx.AsyncClient, js: JetStreamContext
) -> None:
    async with stream(api) as opened:
        await live(opened)
        sent = await publish(js, login(1))
        await publish(js, login(1), envelope=sent)
        await publish(js, login(2))
        names = await usernames(opened, 2)

    assert names[-2:] == ["user-1", "user-2"]


@pytest.mark.parametrize("title", ["a\nb", "a\r\nevent: x", "\u2028\u2029\x85", "id: 5\n\ndata: {}", "\u0000", "ü🦉"])
async def test_G19_titles_cannot_break_a_frame(api: httpx.AsyncClient, js: JetStreamContext, title: str) -> None:
    async with stream(api, params={"types": "deletion_success"}) as opened:
        await live(opened)
        await publish(js, DeletionSuccess(title=title, size_bytes=1, media_type="movie", integration_id=1))
        await eventually(lambda: opened.frames)

    assert json.loads(opened.frames[0].data)["title"] == title
    assert len(opened.frames[0].data.splitlines()) == 1


async def test_compat_adds_the_reference_names(api: httpx.AsyncClient, js: JetStreamContext) -> None:
    async with stream(api, params={"compat": "reference", "types": "deletion_success,engine_complete"}) as opened:
        await live(opened)
        await publish(js, DeletionSuccess(title="Serenity", size_bytes=1, media_type="movie", integration_id=1))
        await eventually(lambda: opened.frames)

    assert json.loads(opened.frames[0].data)["mediaName"] == "Serenity"


async def test_G18_key_bearer_and_cookie_each_open_a_stream(gateway: RunningGateway, js: JetStreamContext) -> None:
    ways: list[dict[str, dict[str, str]]] = [
        {"headers": {"X-Api-Key": gateway.key}},
        {"headers": {"Authorization": f"Bearer {gateway.token}"}},
        {"headers": {"Cookie": f"jwt={gateway.token}"}},
        {"params": {"apikey": gateway.key}},
    ]
    async with gateway.anybody() as anybody:
        for way in ways:
            async with stream(anybody, **way) as opened:
                await live(opened)
        refused = await anybody.get("/events")

    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/json"


async def test_G18_streams_end_when_their_credentials_do(
    gateway: RunningGateway, database: Database, js: JetStreamContext
) -> None:
    async with (
        gateway.owner() as by_key,
        gateway.session() as session,
        stream(by_key) as keyed,
        stream(session) as seated,
    ):
        await live(keyed)
        await live(seated)
        assert (await session.post("/auth/apikey")).status_code == 200
        await eventually(lambda: keyed.ended, within_s=40)
        assert not seated.ended
        async with database.begin() as tx:
            await tx.execute(delete(m.User))
        await eventually(lambda: seated.ended, within_s=40)


async def test_G20_over_the_limit_is_429_and_the_others_go_on(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    async with serving(api_settings(SSE_MAX_PER_USER="2"), gateway.database) as small:
        small.key = gateway.key
        async with small.owner() as client, stream(client) as one, stream(client) as two:
            third = await client.get("/events")
            await publish(js, login(1))
            await eventually(lambda: one.frames and two.frames)
        async with small.owner() as client, stream(client) as again:
            await live(again)

    assert third.status_code == 429
    assert int(third.headers["retry-after"]) > 0


async def test_G15_slow_client_is_cut_and_others_are_not_delayed(gateway: RunningGateway, js: JetStreamContext) -> None:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    slow.connect(("127.0.0.1", int(gateway.root.rsplit(":", 1)[1])))
    slow.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nX-Api-Key: {gateway.key}\r\n\r\n".encode())
    while b"event: login" not in await asyncio.to_thread(_arrived, slow):  # until then it may begin behind what comes
        await publish(js, Login(username="first"))
    async with gateway.owner() as client, stream(client, params={"types": "login"}) as healthy:
        await live(healthy)
        for number in range(600):
            await publish(js, Login(username=f"{number}-{'x' * 20_000}"))
        await eventually(lambda: len(healthy.frames) >= 600, within_s=30)
    with slow:
        slow.settimeout(25)
        rest = await asyncio.to_thread(_read_to_the_end, slow)

    assert [int(json.loads(frame.data)["username"].split("-")[0]) for frame in healthy.frames] == list(range(600))
    assert rest.count(b"event: login") < 600


def _arrived(slow: socket.socket) -> bytes:
    slow.settimeout(0.2)
    try:
        return slow.recv(65536)
    except TimeoutError:
        return b""


def _read_to_the_end(slow: socket.socket) -> bytes:
    pieces = []
    while piece := slow.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


async def test_G16_silence_is_broken_by_comments(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    async with serving(api_settings(SSE_KEEPALIVE_S="0.2"), gateway.database) as quick:
        quick.key = gateway.key
        async with quick.owner() as client, stream(client) as opened:
            await eventually(lambda: opened.comments.count("keepalive") >= 3)


async def test_G21_stopping_replica_says_when_to_come_back(
    api_settings: Callable[..., Settings], gateway: RunningGateway, js: JetStreamContext
) -> None:
    async with AsyncExitStack() as stack:
        async with serving(api_settings(), gateway.database) as leaving:
            leaving.key = gateway.key
            client = await stack.enter_async_context(leaving.owner())
            opened = await stack.enter_async_context(stream(client))
            await live(opened)
        await eventually(lambda: opened.ended)

    assert 1_000 <= int(opened.retries[-1]) <= 5_000


async def test_stream_made_anew_ends_the_streams_and_old_ids_get_a_gap(
    api: httpx.AsyncClient, js: JetStreamContext
) -> None:
    for number in range(10):
        await publish(js, login(number))
    async with stream(api) as opened:
        await live(opened)
        await publish(js, login(10))
        await eventually(lambda: opened.frames)
        old = opened.frames[-1].id
        config = (await js.stream_info(EVENTS.name)).config
        await js.delete_stream(EVENTS.name)
        await js.add_stream(config)
        await eventually(lambda: opened.ended, within_s=20)
    async with stream(api, headers={"Last-Event-ID": old}) as resumed:
        await eventually(lambda: resumed.frames)
        await publish(js, login(99))
        await eventually(lambda: len(resumed.frames) >= 2)

    assert resumed.frames[0].event == "replay_gap"
    assert json.loads(resumed.frames[-1].data)["username"] == "user-99"
