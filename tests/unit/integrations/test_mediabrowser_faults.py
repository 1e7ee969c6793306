"""What the clients of Jellyfin and Emby make of faults: an error with its class, never a list that is too short."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest

from libs.common.domain.enums import IntegrationType
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.integrations.mediabrowser.client import MediaBrowserClient
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.mediabrowser_upstream import KINDS, NAME, NOW, client_on, counted, everything, media

ITEMS = "*/Items"
PAGE_ROWS = 10


@pytest.fixture(scope="module")
def library() -> Iterator[SimulatorServer]:
    """A generated library in small pages."""
    world = generate("small", 7, NOW)
    for held in world.media_servers.values():
        held.settings.page_cap = PAGE_ROWS
    with SimulatorServer(world) as server:
        yield server


@pytest.fixture
def server(library: SimulatorServer) -> Iterator[SimulatorServer]:
    """The library, healed after each test."""
    yield library
    library.heal()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> IntegrationType:
    """Both servers."""
    found: IntegrationType = request.param
    return found


async def read_titles(client: MediaBrowserClient) -> list[Any]:
    return await everything(client.titles())


async def read_plays(client: MediaBrowserClient) -> list[Any]:
    return await everything(client.plays())


async def read_wishes(client: MediaBrowserClient) -> list[Any]:
    return await everything(client.wishes())


async def read_collections(client: MediaBrowserClient) -> list[Any]:
    return await everything(client.collections())


async def read_labels(client: MediaBrowserClient) -> list[Any]:
    return await everything(client.labels())


READS: dict[str, Callable[[MediaBrowserClient], Awaitable[list[Any]]]] = {
    "titles": read_titles,
    "plays": read_plays,
    "wishes": read_wishes,
    "collections": read_collections,
    "labels": read_labels,
}


class Trouble(NamedTuple):
    """A fault, and what it must become."""

    rule: FaultRule
    error_class: ErrorClass
    says: str


TROUBLES = {
    "timeout": Trouble(FaultRule(kind=FaultKind.TIMEOUT), ErrorClass.TIMEOUT, "did not answer within"),
    "401": Trouble(FaultRule(kind=FaultKind.STATUS, status=401), ErrorClass.AUTH, "Copy it again from"),
    "403": Trouble(FaultRule(kind=FaultKind.STATUS, status=403), ErrorClass.FORBIDDEN, "lacks permission"),
    "404": Trouble(FaultRule(kind=FaultKind.STATUS, status=404), ErrorClass.INCOMPLETE, "disappeared"),
    "429": Trouble(
        FaultRule(kind=FaultKind.STATUS, status=429, retry_after=17), ErrorClass.RATE_LIMITED, "pause of 17 s"
    ),
    "500": Trouble(FaultRule(kind=FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR, "internal error"),
    "503": Trouble(FaultRule(kind=FaultKind.STATUS, status=503), ErrorClass.STARTING, "still starting"),
    "login page": Trouble(FaultRule(kind=FaultKind.HTML_LOGIN), ErrorClass.LOGIN_PAGE, "login page"),
    "web page": Trouble(FaultRule(kind=FaultKind.HTML_PAGE), ErrorClass.HTML_PAGE, "Check the port and URL base"),
    "truncated": Trouble(FaultRule(kind=FaultKind.TRUNCATED), ErrorClass.BAD_JSON, "cannot be read"),
    "bare list": Trouble(FaultRule(kind=FaultKind.EMPTY_LIST), ErrorClass.BAD_JSON, "cannot be read"),
    "reset": Trouble(FaultRule(kind=FaultKind.CONNECTION_RESET), ErrorClass.REFUSED, "broke the connection off"),
    "other host": Trouble(FaultRule(kind=FaultKind.REDIRECT), ErrorClass.REDIRECT_OTHER_HOST, "elsewhere.invalid"),
    "slow drip": Trouble(FaultRule(kind=FaultKind.SLOW_DRIP, seconds=60), ErrorClass.TIMEOUT, "did not answer within"),
}


def patience(name: str) -> dict[str, Any]:
    """Little with a server that keeps its caller waiting; with all others as much as a busy machine needs."""
    return {"read_timeout_s": 0.3, "deadline_s": 1} if name in {"timeout", "slow drip"} else {}


def broken(server: SimulatorServer, rule: FaultRule, kind: IntegrationType, path: str) -> None:
    """Put a copy of the rule in force for one path of one server."""
    settings = {name: getattr(rule, name) for name in ("kind", "status", "seconds", "retry_after", "times")}
    server.break_calls(FaultRule(**settings, instance=kind.value, method="GET", path_glob=path))


@pytest.mark.parametrize("name", TROUBLES)
@pytest.mark.parametrize("read", READS)
async def test_T73_a_fault_fails_the_whole_read_and_says_what_to_do(
    server: SimulatorServer, kind: IntegrationType, read: str, name: str
) -> None:
    trouble = TROUBLES[name]
    broken(server, trouble.rule, kind, ITEMS)
    async with client_on(server, kind, **patience(name)) as client:
        with pytest.raises(UpstreamError) as failed:
            await READS[read](client)

    assert failed.value.error_class is trouble.error_class
    assert trouble.says in str(failed.value)
    assert server.world.systems[kind.value].api_key not in str(failed.value)


async def test_an_answer_that_drips_on_and_on_runs_out_of_time(server: SimulatorServer, kind: IntegrationType) -> None:
    broken(server, FaultRule(kind=FaultKind.SLOW_DRIP, seconds=10), kind, ITEMS)
    async with client_on(server, kind, deadline_s=0.3) as client:
        with pytest.raises(UpstreamError, match=r"did not answer within 0\.3 s") as failed:
            await read_titles(client)

    assert failed.value.error_class is ErrorClass.TIMEOUT


async def test_a_limit_is_passed_on_with_its_pause(server: SimulatorServer, kind: IntegrationType) -> None:
    broken(server, TROUBLES["429"].rule, kind, ITEMS)
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamBusyError) as failed:
            await read_plays(client)

    assert failed.value.retry_after_s == 17
    assert not failed.value.counts_as_down


@pytest.mark.parametrize("page_fault", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE, FaultKind.WRONG_TOTAL])
@pytest.mark.parametrize("read", ["titles", "plays", "labels"])
async def test_a_list_that_contradicts_itself_is_incomplete(
    server: SimulatorServer, kind: IntegrationType, read: str, page_fault: FaultKind
) -> None:
    broken(server, FaultRule(kind=page_fault), kind, ITEMS)
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamError) as failed:
            await READS[read](client)

    assert failed.value.error_class is ErrorClass.INCOMPLETE
    assert f"of {NAME} could be read" in str(failed.value)


@pytest.mark.parametrize("page_fault", [FaultKind.EMPTY_PAGE, FaultKind.WRONG_TOTAL])
@pytest.mark.parametrize("read", ["wishes", "collections"])
async def test_a_short_list_that_contradicts_itself_is_incomplete_too(
    server: SimulatorServer, kind: IntegrationType, read: str, page_fault: FaultKind
) -> None:
    broken(server, FaultRule(kind=page_fault), kind, ITEMS)
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamError) as failed:
            await READS[read](client)

    assert failed.value.error_class is ErrorClass.INCOMPLETE


async def test_T74_one_user_who_cannot_be_read_fails_the_read(server: SimulatorServer, kind: IntegrationType) -> None:
    if kind is IntegrationType.EMBY:
        user = server.world.people[media(server, kind).users[-1]].media_id
        broken(server, TROUBLES["500"].rule, kind, f"/Users/{user}/Items")
    else:
        # Jellyfin names the user in the query: the last of all calls belongs to the last one.
        fresh = server.simulation.counts
        fresh.clear()
        async with client_on(server, kind) as client:
            await read_plays(client)
        calls = fresh[f"GET /{kind.value}/Items"]
        broken(server, FaultRule(kind=FaultKind.LATENCY, seconds=0, times=calls - 1), kind, ITEMS)
        broken(server, TROUBLES["500"].rule, kind, ITEMS)
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamError) as failed:
            await read_plays(client)

    assert failed.value.error_class is ErrorClass.SERVER_ERROR


@pytest.mark.parametrize("trouble", ["401", "500", "login page", "truncated", "timeout"])
@pytest.mark.parametrize("read", READS)
async def test_without_its_users_nothing_is_read(
    server: SimulatorServer, kind: IntegrationType, read: str, trouble: str
) -> None:
    broken(server, TROUBLES[trouble].rule, kind, "/Users*" if kind is IntegrationType.JELLYFIN else "/Users/Query")
    async with client_on(server, kind, **patience(trouble)) as client:
        with pytest.raises(UpstreamError) as failed:
            await READS[read](client)

    assert failed.value.error_class is TROUBLES[trouble].error_class


async def test_an_address_without_users_is_no_server_of_this_kind(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    broken(server, FaultRule(kind=FaultKind.STATUS, status=404), kind, "/Users*")
    async with client_on(server, kind) as client:
        with pytest.raises(UpstreamError, match="Check the port and the URL base") as failed:
            await client.users()

    assert failed.value.error_class is ErrorClass.NOT_FOUND


async def test_emby_users_that_stop_in_the_middle_are_incomplete(server: SimulatorServer) -> None:
    broken(server, FaultRule(kind=FaultKind.WRONG_TOTAL), IntegrationType.EMBY, "/Users/Query")
    async with client_on(server, IntegrationType.EMBY) as client:
        with pytest.raises(UpstreamError) as failed:
            await client.users()

    assert failed.value.error_class is ErrorClass.INCOMPLETE


async def test_jellyfin_without_any_user_cannot_be_read(server: SimulatorServer) -> None:
    broken(server, FaultRule(kind=FaultKind.EMPTY_LIST), IntegrationType.JELLYFIN, "/Users")
    async with client_on(server, IntegrationType.JELLYFIN) as client:
        for read in READS.values():
            with pytest.raises(UpstreamError, match="it names no users"):
                await read(client)


async def test_a_passing_failure_is_tried_again_and_costs_no_row(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    broken(server, FaultRule(kind=FaultKind.STATUS, status=503, times=2), kind, ITEMS)
    async with client_on(server, kind) as client:
        assert len(await read_titles(client)) == len(media(server, kind).titles)


@pytest.mark.parametrize(
    "harmless",
    [FaultRule(kind=FaultKind.SLOW_DRIP, seconds=0.02), FaultRule(kind=FaultKind.WRONG_CONTENT_TYPE)],
    ids=["slow", "named text"],
)
async def test_a_slow_answer_and_one_that_calls_itself_text_are_read_whole(
    server: SimulatorServer, kind: IntegrationType, harmless: FaultRule
) -> None:
    broken(server, harmless, kind, ITEMS)
    async with client_on(server, kind) as client:
        assert {play.play_id for play in await read_plays(client)} == set(counted(server, kind))


@pytest.mark.parametrize("trouble", ["timeout", "401", "500", "login page", "truncated"])
async def test_sessions_that_cannot_be_read_are_not_nobody(
    server: SimulatorServer, kind: IntegrationType, trouble: str
) -> None:
    broken(server, TROUBLES[trouble].rule, kind, "/Sessions")
    async with client_on(server, kind, **patience(trouble)) as client:
        with pytest.raises(UpstreamError) as failed:
            await client.now_playing()

    assert failed.value.error_class is TROUBLES[trouble].error_class
