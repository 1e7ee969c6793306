"""17.2: the cheap sign of life of an *arr, and how often it proves the key."""

import httpx
import pytest

from libs.common.domain.enums import IntegrationType
from libs.integrations.capabilities import Probe, capability
from libs.integrations.errors import ErrorClass, UpstreamError
from tests.unit.integrations.wire import PREFIXES, Answer, Wire, arr_wire, client_of, fails, says

PING = "GET /ping"


@pytest.fixture(params=PREFIXES)
def kind(request: pytest.FixtureRequest) -> IntegrationType:
    """All four applications."""
    found: IntegrationType = request.param
    return found


@pytest.fixture
def status(kind: IntegrationType) -> str:
    """The call that checks the key."""
    return f"GET {PREFIXES[kind]}/system/status"


@pytest.fixture
def wire(kind: IntegrationType) -> Wire:
    wire = arr_wire(kind)
    wire.on(PING, says({"status": "OK"}))
    return wire


def prober(wire: Wire, kind: IntegrationType) -> Probe:
    return capability(client_of(wire, kind), Probe)


async def test_the_first_and_every_tenth_probe_check_the_key_and_the_others_ping(
    wire: Wire, kind: IntegrationType, status: str
) -> None:
    probing = prober(wire, kind)

    for _ in range(21):
        await probing.probe()

    assert wire.calls == [status, *[PING] * 9, status, *[PING] * 9, status]


async def test_after_a_failed_ping_the_key_is_checked_again(wire: Wire, kind: IntegrationType, status: str) -> None:
    wire.on(PING, says({}, 500), says({"status": "OK"}))
    probing = prober(wire, kind)
    await probing.probe()

    with pytest.raises(UpstreamError) as failed:
        await probing.probe()
    await probing.probe()
    await probing.probe()

    assert failed.value.error_class is ErrorClass.SERVER_ERROR
    assert wire.calls == [status, PING, status, PING]


async def test_a_failed_key_check_is_repeated_until_it_passes(wire: Wire, kind: IntegrationType, status: str) -> None:
    answer = wire.routes[status][0]
    wire.on(status, lambda _: httpx.Response(401), lambda _: httpx.Response(401), answer)
    probing = prober(wire, kind)

    for _ in range(2):
        with pytest.raises(UpstreamError) as failed:
            await probing.probe()
        assert failed.value.error_class is ErrorClass.AUTH
    await probing.probe()

    assert wire.calls == [status] * 3


@pytest.mark.parametrize(
    "ping",
    [
        lambda _: httpx.Response(404),
        lambda _: httpx.Response(200, text="<html><body>Log in<input type='password'></body></html>"),
        lambda _: httpx.Response(401),
        says({"status": "Error"}),
        says(["pong"]),
    ],
    ids=["not let through", "login page", "denied", "not well", "somebody else"],
)
async def test_what_a_proxy_says_to_a_ping_is_no_failure_while_the_api_answers(
    wire: Wire, kind: IntegrationType, status: str, ping: Answer
) -> None:
    wire.on(PING, ping)
    probing = prober(wire, kind)
    await probing.probe()

    await probing.probe()

    assert wire.calls == [status, PING, status]


async def test_nobody_there_is_asked_once_and_raises(wire: Wire, kind: IntegrationType, status: str) -> None:
    probing = prober(wire, kind)
    await probing.probe()
    wire.on(PING, fails(httpx.ConnectError("refused")))

    with pytest.raises(UpstreamError) as failed:
        await probing.probe()

    assert failed.value.counts_as_down
    assert wire.calls == [status, PING]


async def test_another_product_there_fails_the_key_check(wire: Wire, kind: IntegrationType, status: str) -> None:
    wire.on(status, says({"appName": "Whisparr", "version": "2.0"}))

    with pytest.raises(UpstreamError) as failed:
        await prober(wire, kind).probe()

    assert failed.value.error_class is ErrorClass.WRONG_SERVICE
