"""What every client does about every fault, written once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from libs.common.domain.enums import IntegrationType, MediaType
from libs.common.domain.target import DeletionTarget
from libs.common.observability.correlation import bind_correlation
from libs.integrations.arr.client import ArrClient
from libs.integrations.capabilities import (
    ConnectionTest,
    Deleter,
    DiskReporter,
    MediaSource,
    Preflight,
    RuleValues,
    capability,
)
from libs.integrations.config import IntegrationConfig
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.integrations.models import SourceItem
from libs.integrations.registry import Network
from tests.unit.integrations.wire import (
    HOST,
    KEY,
    LISTS,
    PREFIXES,
    Answer,
    Wire,
    arr_wire,
    client_of,
    fails,
    opened,
    says,
)

KINDS = [*PREFIXES]
TYPES = {
    IntegrationType.SONARR: MediaType.SHOW,
    IntegrationType.RADARR: MediaType.MOVIE,
    IntegrationType.LIDARR: MediaType.ARTIST,
    IntegrationType.READARR: MediaType.BOOK,
}


def status_of(kind: IntegrationType) -> str:
    return f"{PREFIXES[kind]}/system/status"


async def read_all(client: ArrClient) -> list[SourceItem]:
    reading = capability(client, MediaSource).media()
    items = [item async for page in reading for item in page]
    assert reading.is_complete
    return items


async def read_test(client: ArrClient) -> Any:
    return await capability(client, ConnectionTest).test()


async def read_disks(client: ArrClient) -> Any:
    return await capability(client, DiskReporter).disks()


async def read_safety(client: ArrClient) -> Any:
    return await capability(client, Preflight).safety()


async def read_tags(client: ArrClient) -> Any:
    return await capability(client, RuleValues).tags()


READS: dict[str, tuple[Callable[[ArrClient], Awaitable[Any]], Callable[[IntegrationType], str]]] = {
    "test": (read_test, status_of),
    "media": (read_all, lambda kind: LISTS[kind]),
    "names": (read_all, lambda kind: f"{PREFIXES[kind]}/tag"),
    "disks": (read_disks, lambda kind: f"{PREFIXES[kind]}/diskspace"),
    "safety": (read_safety, lambda kind: f"{PREFIXES[kind]}/health"),
    "rule values": (read_tags, lambda kind: f"{PREFIXES[kind]}/tag"),
}


def content(body: bytes, kind: str = "application/json", status: int = 200) -> Answer:
    return lambda _request: httpx.Response(status, content=body, headers={"Content-Type": kind})


def moved(location: str, status: int = 302) -> Answer:
    return lambda _request: httpx.Response(status, headers={"Location": location})


class Broken(httpx.AsyncByteStream):
    """A body that breaks off."""

    async def __aiter__(self) -> Any:
        yield b'[{"id":1,'
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


LOGIN = b'<!DOCTYPE html><form action="/login"><input type="password"></form>'
FAULTS: dict[str, tuple[Answer, ErrorClass]] = {
    "timeout": (fails(httpx.ReadTimeout("slow")), ErrorClass.TIMEOUT),
    "no connection": (fails(httpx.ConnectError("refused")), ErrorClass.REFUSED),
    "401": (content(b"", status=401), ErrorClass.AUTH),
    "401 page of a proxy": (content(LOGIN, "text/html", status=401), ErrorClass.AUTH),
    "403": (content(b"", status=403), ErrorClass.FORBIDDEN),
    "404": (content(b"", status=404), ErrorClass.NOT_FOUND),
    "500": (says({"message": "database is locked", "description": "at Stack.Trace"}, 500), ErrorClass.SERVER_ERROR),
    "503": (content(b"", status=503), ErrorClass.SERVER_ERROR),
    "empty body": (content(b""), ErrorClass.BAD_RESPONSE),
    "web page": (content(b"\n <!doctype html><html>", "text/html"), ErrorClass.HTML_PAGE),
    "login page": (content(LOGIN, "text/html"), ErrorClass.LOGIN_PAGE),
    "login page of a known proxy": (content(b"<html>Authelia</html>", "text/html"), ErrorClass.LOGIN_PAGE),
    "truncated": (content(b'[{"id":7,"title":"Fire'), ErrorClass.BAD_JSON),
    "broken off": (lambda _request: httpx.Response(200, stream=Broken()), ErrorClass.REFUSED),
    "wrong content type": (content(b"[]", "image/png"), ErrorClass.BAD_RESPONSE),
    "text": (content(b"service unavailable", "text/plain"), ErrorClass.BAD_JSON),
    "another shape": (says("yes"), ErrorClass.BAD_JSON),
    "redirect to another host": (moved("http://evil.test/api"), ErrorClass.REDIRECT_OTHER_HOST),
    "redirect to another port": (moved(f"http://{HOST}:81/api"), ErrorClass.REDIRECT_OTHER_HOST),
    "redirect to a login": (moved("/login"), ErrorClass.LOGIN_PAGE),
    "redirect to nowhere": (content(b"", status=302), ErrorClass.BAD_RESPONSE),
    "redirects without end": (lambda request: moved(str(request.url))(request), ErrorClass.BAD_RESPONSE),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("kind", KINDS)
async def test_S06_a_fault_is_an_error_with_its_class_and_never_an_empty_answer(
    kind: IntegrationType, read: str, fault: str
) -> None:
    ask, path_of = READS[read]
    answer, error_class = FAULTS[fault]
    wire = arr_wire(kind)
    wire.on(f"GET {path_of(kind)}", answer)

    with pytest.raises(UpstreamError) as caught:
        await ask(client_of(wire, kind))

    assert caught.value.error_class is error_class
    assert KEY not in str(caught.value)
    assert "Stack.Trace" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_limit_is_passed_on_with_its_pause(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {LISTS[kind]}", lambda _request: httpx.Response(429, headers={"Retry-After": "17"}))

    with pytest.raises(UpstreamBusyError) as caught:
        await read_all(client_of(wire, kind))

    assert caught.value.retry_after_s == 17
    assert not caught.value.counts_as_down


@pytest.mark.parametrize("read", [read for read in READS if read != "test"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_read_is_tried_three_times_and_heals(kind: IntegrationType, read: str) -> None:
    ask, path_of = READS[read]
    wire = arr_wire(kind)
    healthy = wire.routes[f"GET {path_of(kind)}"][0]
    wire.on(f"GET {path_of(kind)}", fails(httpx.ConnectError("refused")), content(b"", status=502), healthy)

    await ask(client_of(wire, kind))

    assert wire.calls.count(f"GET {path_of(kind)}") == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_test_asks_once(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {status_of(kind)}", fails(httpx.ConnectError("refused")))

    with pytest.raises(UpstreamError):
        await read_test(client_of(wire, kind))

    assert wire.calls == [f"GET {status_of(kind)}"]


@pytest.mark.parametrize("found", ["Whisparr", "Prowlarr"])
@pytest.mark.parametrize("kind", KINDS)
async def test_another_product_is_named(kind: IntegrationType, found: str) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {status_of(kind)}", says({"appName": found, "version": "1"}))

    with pytest.raises(UpstreamError, match=f"This is {found}, not {kind.value.capitalize()}") as caught:
        await read_test(client_of(wire, kind))

    assert caught.value.error_class is ErrorClass.WRONG_SERVICE


@pytest.mark.parametrize("kind", KINDS)
async def test_the_right_product_is_recognised_below_its_url_base(kind: IntegrationType) -> None:
    base = f"/{kind.value}"
    wire = arr_wire(kind, base)

    facts = await read_test(client_of(wire, kind, f"http://{HOST}:80{base}"))

    assert (facts.app_name, facts.url_base, facts.hint) == (kind.value.capitalize(), base, None)
    assert facts.version


@pytest.mark.parametrize("kind", KINDS)
async def test_a_missing_url_base_is_followed_and_reported(kind: IntegrationType) -> None:
    base = f"/{kind.value}"
    wire = arr_wire(kind, base)
    status = wire.routes[f"GET {status_of(kind)}"][0]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(base):
            return status(request)
        return httpx.Response(307, headers={"Location": f"{base}{request.url.path}"})

    wire.on(f"GET {status_of(kind)}", answer)

    facts = await read_test(client_of(wire, kind))

    assert f"http://{HOST}:8989{base}" in facts.hint
    assert [request.headers["X-Api-Key"] for request in wire.sent] == [KEY, KEY]


@pytest.mark.parametrize("kind", KINDS)
async def test_S29_the_key_travels_in_its_header_only_and_into_no_log(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    client = client_of(wire, kind)
    with capture_logs() as logs, bind_correlation("run-7"):
        await read_all(client)
        await read_safety(client)

    assert logs
    assert KEY not in repr(logs)
    assert "?" not in repr(logs)
    for request in wire.sent:
        assert request.headers["X-Api-Key"] == KEY
        assert KEY not in str(request.url)
        assert request.headers["Accept"] == "application/json"
        assert request.headers["X-Request-ID"] == "run-7"
        assert request.headers["User-Agent"].startswith("capacitarr/")
    assert KEY not in repr(client.__dict__)


@pytest.mark.parametrize("kind", KINDS)
async def test_S29_T114_the_key_is_sent_to_no_other_host(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {status_of(kind)}", moved(f"https://evil.test{status_of(kind)}", 308))

    with pytest.raises(UpstreamError):
        await read_test(client_of(wire, kind))

    assert {request.url.host for request in wire.sent} == {HOST}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_masked_key_is_a_wrong_key_and_is_not_sent(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    config = IntegrationConfig(1, kind, "Upstairs", f"http://{HOST}", SecretStr("••••cdef"))

    with pytest.raises(UpstreamError) as caught:
        await read_test(opened(config, Network(transport=httpx.MockTransport(wire))))

    assert caught.value.error_class is ErrorClass.AUTH
    assert wire.sent == []


@pytest.mark.parametrize("kind", KINDS)
async def test_at_most_four_calls_are_under_way_per_integration_and_one_change(kind: IntegrationType) -> None:
    running = {"GET": 0, "change": 0}
    most = dict(running)

    async def handler(request: httpx.Request) -> httpx.Response:
        what = "GET" if request.method == "GET" else "change"
        running[what] += 1
        most[what] = max(most[what], running[what])
        for _ in range(5):
            await asyncio.sleep(0)
        running[what] -= 1
        return httpx.Response(200, json=[] if what == "GET" else {})

    config = client_of(Wire(), kind)._config
    client = opened(config, Network(transport=httpx.MockTransport(handler)))
    await asyncio.gather(*(read_tags(client) for _ in range(12)))
    await asyncio.gather(*(client._change("DELETE", f"/x/{number}") for number in range(1, 4)))

    assert most == {"GET": 4, "change": 1}


async def test_all_integrations_together_stay_below_the_overall_limit() -> None:
    running = most = 0

    async def handler(_request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200, json=[])

    network = Network(transport=httpx.MockTransport(handler))
    configs = [client_of(Wire(), IntegrationType.RADARR)._config] * 6
    clients = [opened(config, network) for config in configs]
    await asyncio.gather(*(read_tags(client) for client in clients for _ in range(4)))

    assert most == 16


@pytest.mark.parametrize("kind", KINDS)
async def test_disks_and_root_folders_are_told_as_reported(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {PREFIXES[kind]}/diskspace", says([{"path": "D:\\Media\\", "freeSpace": "5"}]))
    wire.on(f"GET {PREFIXES[kind]}/rootfolder", says([{"path": "/data/tv/", "accessible": True}, {"path": "/gone"}]))
    reporter = capability(client_of(wire, kind), DiskReporter)

    (disk,) = await reporter.disks()
    roots = await reporter.root_folders()

    assert (disk.path, disk.total_bytes, disk.free_bytes) == ("D:/Media", None, 5)
    assert [(root.path, root.is_accessible) for root in roots] == [("/data/tv", True), ("/gone", False)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_disk_without_a_path_is_no_answer(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    wire.on(f"GET {PREFIXES[kind]}/diskspace", says([{"freeSpace": 5, "totalSpace": 10}]))

    with pytest.raises(UpstreamError, match="no path"):
        await read_disks(client_of(wire, kind))


@pytest.mark.parametrize("kind", KINDS)
async def test_S22_a_root_folder_problem_blocks_deletions(kind: IntegrationType) -> None:
    wire = arr_wire(kind)
    problem = {"source": "RootFolderCheck", "type": "error", "message": "Missing root folder: /data"}
    other = {"source": "UpdateCheck", "type": "error", "message": "New update"}
    wire.on(f"GET {PREFIXES[kind]}/health", says([problem, other, {**problem, "type": "warning"}]))
    wire.on(f"GET {PREFIXES[kind]}/config/mediamanagement", says({"recycleBin": "/bin/"}))

    safety = await read_safety(client_of(wire, kind))

    assert [found.message for found in safety.blocking] == ["Missing root folder: /data"]
    assert safety.recycle_bin == "/bin"
    assert safety.unmonitors_deleted is None


@pytest.mark.parametrize("kind", KINDS)
async def test_rule_values_are_sorted_names_without_pseudo_languages(kind: IntegrationType) -> None:
    values = capability(client_of(arr_wire(kind), kind), RuleValues)

    assert await values.languages() == ("English", "German")
    assert await values.tags() == ("kaylee", "keep")
    assert await values.quality_profiles() == ("HD-1080p",)


@pytest.mark.parametrize("kind", KINDS)
async def test_S02_an_item_that_is_not_found_is_gone_only_when_the_product_itself_answers(
    kind: IntegrationType,
) -> None:
    target = DeletionTarget(1, TYPES[kind], 7)
    wire = arr_wire(kind)
    deleter = capability(client_of(wire, kind), Deleter)
    assert await deleter.item_state(target) is None

    wire.on(f"GET {status_of(kind)}", content(b"", status=404))
    with pytest.raises(UpstreamError) as caught:
        await deleter.item_state(target)
    assert caught.value.error_class is ErrorClass.NOT_FOUND
