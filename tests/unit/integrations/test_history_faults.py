"""Clients of Tautulli and Jellystat answer every fault with an error and a sentence, and never with a short list."""

import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from libs.common.domain.enums import IntegrationType
from libs.integrations.capabilities import NowPlaying, capability
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_histories import KINDS, NAMES, answering, client_of, media_of, read

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
TAUTULLI, JELLYSTAT = KINDS
HISTORY = {TAUTULLI: "/api/v2", JELLYSTAT: "/stats/getPlaybackActivity"}
_SECONDS = {FaultKind.SLOW_DRIP: 60.0}
_DEADLINE_S = 1.0
_SLOW = frozenset({FaultKind.TIMEOUT, FaultKind.SLOW_DRIP})


def _rule(kind: FaultKind, **details: Any) -> FaultRule:
    return FaultRule(kind=kind, seconds=_SECONDS.get(kind), **details)


def _at(kind: IntegrationType, rule: FaultRule) -> FaultRule:
    return _rule(rule.kind, status=rule.status, retry_after=rule.retry_after, instance=kind.value)


FAULTS: dict[str, tuple[FaultRule, ErrorClass, str]] = {
    "timeout": (_rule(FaultKind.TIMEOUT), ErrorClass.TIMEOUT, "did not answer within 1 s"),
    "slow drip": (_rule(FaultKind.SLOW_DRIP), ErrorClass.TIMEOUT, "did not answer within 1 s"),
    "connection reset": (_rule(FaultKind.CONNECTION_RESET), ErrorClass.REFUSED, "broke the connection off"),
    "401": (_rule(FaultKind.STATUS, status=401), ErrorClass.AUTH, "Copy it again from Settings"),
    "404": (_rule(FaultKind.STATUS, status=404), ErrorClass.NOT_FOUND, "Check the port and the URL base"),
    "500": (_rule(FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR, "internal error (500)"),
    "503": (_rule(FaultKind.STATUS, status=503), ErrorClass.SERVER_ERROR, "internal error (503)"),
    "starting": (_rule(FaultKind.STATUS, status=503, retry_after=1), ErrorClass.STARTING, "still starting"),
    "429": (_rule(FaultKind.STATUS, status=429, retry_after=90), ErrorClass.RATE_LIMITED, "a pause of 60 s"),
    "login page": (_rule(FaultKind.HTML_LOGIN), ErrorClass.LOGIN_PAGE, "exempt the API path"),
    "web page": (_rule(FaultKind.HTML_PAGE), ErrorClass.HTML_PAGE, "Check the port and URL base"),
    "truncated": (_rule(FaultKind.TRUNCATED), ErrorClass.BAD_JSON, "cannot be read"),
    "empty list": (_rule(FaultKind.EMPTY_LIST), ErrorClass.BAD_JSON, "cannot be read"),
    "redirect": (_rule(FaultKind.REDIRECT), ErrorClass.REDIRECT_OTHER_HOST, "enter that address if it is right"),
}
PAGE_FAULTS = {
    FaultKind.EMPTY_PAGE: "",
    FaultKind.REPEATED_PAGE: "a page came twice",
    FaultKind.WRONG_TOTAL: "were announced",
}


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("small", 1, NOW)) as server:
        yield server


@pytest.fixture
def simulator(shared: SimulatorServer) -> Iterator[SimulatorServer]:
    """A healthy simulator; plays that a test takes away come back, and faults go."""
    servers = shared.world.media_servers.values()
    plays = {media.key: media.plays for media in servers}
    yield shared
    shared.heal()
    for media in servers:
        media.plays = plays[media.key]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound, so that nobody else takes it, and not listened on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


async def _failure(simulator: SimulatorServer, kind: IntegrationType, ask: str, **options: Any) -> UpstreamError:
    """The error of a question, which tells neither key nor query."""
    is_slow = any(rule.kind in _SLOW for rule in simulator.simulation.faults.rules)
    client = client_of(simulator, kind, deadline_s=_DEADLINE_S if is_slow else 30, **options)
    with capture_logs() as logs, pytest.raises(UpstreamError) as caught:
        await (read(client) if ask == "plays" else getattr(client, ask)())
    await client.aclose()
    told = "".join(traceback.format_exception(caught.value)) + repr(logs)
    assert simulator.instance(kind.value)["apiKey"] not in told
    assert "apikey=" not in told
    return caught.value


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("ask", ["plays", "users", "servers"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_fault_is_an_error_with_cause_and_remedy(
    simulator: SimulatorServer, kind: IntegrationType, ask: str, fault: str
) -> None:
    rule, error_class, words = FAULTS[fault]
    simulator.break_calls(_at(kind, rule))

    error = await _failure(simulator, kind, ask)

    assert (error.error_class, words in str(error)) == (error_class, True), str(error)


@pytest.mark.parametrize(("kind", "error_class"), [(TAUTULLI, ErrorClass.FORBIDDEN), (JELLYSTAT, ErrorClass.AUTH)])
async def test_403_means_what_it_means_in_each_system(
    simulator: SimulatorServer, kind: IntegrationType, error_class: ErrorClass
) -> None:
    simulator.break_calls(_rule(FaultKind.STATUS, status=403, instance=kind.value))

    assert (await _failure(simulator, kind, "plays")).error_class is error_class


@pytest.mark.parametrize("kind", KINDS)
async def test_a_pause_that_is_asked_for_is_passed_on(simulator: SimulatorServer, kind: IntegrationType) -> None:
    simulator.break_calls(_rule(FaultKind.STATUS, status=429, retry_after=17, instance=kind.value))

    error = await _failure(simulator, kind, "probe")

    assert isinstance(error, UpstreamBusyError)
    assert error.retry_after_s == 17
    assert not error.counts_as_down


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_T73_a_page_that_fails_in_the_middle_fails_the_read(
    simulator: SimulatorServer, kind: IntegrationType, fault: str
) -> None:
    rule, error_class, _ = FAULTS[fault]
    client = client_of(simulator, kind, deadline_s=_DEADLINE_S if rule.kind in _SLOW else 30, page_rows=40)
    reading = client.plays()

    async def read_on() -> None:
        async for _ in reading:
            simulator.break_calls(
                _rule(rule.kind, status=rule.status, retry_after=rule.retry_after, instance=kind.value)
            )

    with pytest.raises(UpstreamError) as caught:
        await read_on()
    await client.aclose()

    assert caught.value.error_class is error_class
    assert not reading.is_complete


@pytest.mark.parametrize(("fault", "words"), PAGE_FAULTS.items(), ids=PAGE_FAULTS)
@pytest.mark.parametrize("kind", KINDS)
async def test_S08_pages_that_do_not_add_up_are_incomplete(
    simulator: SimulatorServer, kind: IntegrationType, fault: FaultKind, words: str
) -> None:
    _keep_plays(simulator, kind, 200)
    simulator.break_calls(_rule(fault, instance=kind.value, path_glob=HISTORY[kind]))

    error = await _failure(simulator, kind, "plays", page_rows=40)

    assert error.error_class is ErrorClass.INCOMPLETE
    assert words in str(error)
    assert NAMES[kind] in str(error)


@pytest.mark.parametrize("kind", KINDS)
async def test_another_content_type_is_read_by_its_content(simulator: SimulatorServer, kind: IntegrationType) -> None:
    client = client_of(simulator, kind, page_rows=100)
    whole, _ = await read(client)
    simulator.break_calls(_rule(FaultKind.WRONG_CONTENT_TYPE, instance=kind.value))

    plays, _ = await read(client)
    await client.aclose()

    assert plays == whole


@pytest.mark.parametrize("kind", KINDS)
async def test_a_passing_failure_is_asked_again(simulator: SimulatorServer, kind: IntegrationType) -> None:
    client = client_of(simulator, kind)
    whole, _ = await read(client)
    simulator.break_calls(_rule(FaultKind.STATUS, status=502, instance=kind.value, times=2))

    plays, _ = await read(client)
    await client.aclose()

    assert plays == whole


@pytest.mark.parametrize("ask", ["test", "probe"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_test_and_a_probe_ask_once(simulator: SimulatorServer, kind: IntegrationType, ask: str) -> None:
    rule = simulator.break_calls(_rule(FaultKind.STATUS, status=502, instance=kind.value))

    await _failure(simulator, kind, ask)

    assert rule.hits == 1


@pytest.mark.parametrize("ask", ["test", "probe", "plays", "users", "servers"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_key_is_named_with_its_place(simulator: SimulatorServer, kind: IntegrationType, ask: str) -> None:
    error = await _failure(simulator, kind, ask, key="not-the-key")

    assert error.error_class is ErrorClass.AUTH
    assert f"{NAMES[kind]} rejected the API key. Copy it again from Settings" in str(error)
    assert "not-the-key" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("other", ["radarr", "jellyfin", "seerr", "plex"])
@pytest.mark.parametrize("kind", KINDS)
async def test_another_system_is_no_history(simulator: SimulatorServer, kind: IntegrationType, other: str) -> None:
    error = await _failure(simulator, kind, "test", url=simulator.instance(other)["url"])

    assert error.error_class in {ErrorClass.AUTH, ErrorClass.FORBIDDEN, ErrorClass.NOT_FOUND, ErrorClass.HTML_PAGE}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_address_where_nobody_listens_is_named(
    simulator: SimulatorServer, kind: IntegrationType, closed_port: int
) -> None:
    error = await _failure(simulator, kind, "plays", url=f"http://127.0.0.1:{closed_port}")

    assert error.error_class is ErrorClass.REFUSED
    assert "Nothing is listening on 127.0.0.1" in str(error)


async def test_S29_tautullis_key_is_in_no_line_and_no_redirect_goes_elsewhere(simulator: SimulatorServer) -> None:
    key = simulator.instance("tautulli")["apiKey"]
    client = client_of(simulator, TAUTULLI)

    with capture_logs() as logs:
        await read(client)
        await client.users()
    await client.aclose()

    assert [line["path"] for line in logs] == ["/tautulli/api/v2"] * len(logs) != []
    assert key not in repr(logs)


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        ({"response": {"result": "error", "message": "Invalid apikey", "data": {}}}, ErrorClass.AUTH),
        ({"response": {"result": "error", "message": "API not enabled", "data": []}}, ErrorClass.API_DISABLED),
        ({"response": {"result": "error", "message": "Unable to reach k3y", "data": {}}}, ErrorClass.BAD_RESPONSE),
        ({"response": {"result": "success", "data": {}}}, ErrorClass.WRONG_SERVICE),
        ({"response": {"result": "success", "data": "yes"}}, ErrorClass.BAD_JSON),
        ({"appName": "Radarr", "version": "5"}, ErrorClass.WRONG_SERVICE),
        ({"response": "no"}, ErrorClass.BAD_JSON),
    ],
    ids=str,
)
async def test_a_tautulli_that_complains_with_a_good_status_is_heard(
    answer: dict[str, Any], error_class: ErrorClass
) -> None:
    with pytest.raises(UpstreamError) as caught:
        await answering(TAUTULLI, answer).test()

    assert caught.value.error_class is error_class
    assert "k3y" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        ([{"name": "a library of something else"}], ErrorClass.WRONG_SERVICE),
        ({"message": "hello"}, ErrorClass.BAD_JSON),
        ([], ErrorClass.BAD_JSON),
    ],
    ids=str,
)
async def test_a_list_of_something_else_is_no_jellystat(answer: Any, error_class: ErrorClass) -> None:
    with pytest.raises(UpstreamError) as caught:
        await answering(JELLYSTAT, answer).test()

    assert caught.value.error_class is error_class


async def test_a_history_without_a_number_of_rows_is_not_believed() -> None:
    tautulli = {"response": {"result": "success", "data": {"data": []}}}

    with pytest.raises(UpstreamError):
        await read(answering(TAUTULLI, tautulli))


async def test_activity_that_could_not_be_asked_is_not_an_idle_server() -> None:
    for data in ({}, {"stream_count": "2", "sessions": []}):
        client = capability(answering(TAUTULLI, {"response": {"result": "success", "data": data}}), NowPlaying)
        with pytest.raises(UpstreamError, match="could not tell who is watching"):
            await client.now_playing()


def _keep_plays(simulator: SimulatorServer, kind: IntegrationType, count: int) -> None:
    """Leave so many plays that full pages hold them, so that a wrong total means a page more."""
    media = media_of(simulator, kind)
    media.plays = media.plays[-count:]
    media.revision += 1
