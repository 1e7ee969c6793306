"""Whatever goes wrong on the way to a Plex is an error with its class, and never a shorter list (T73, T74)."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.integrations.audience import Reading
from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.integrations.plex import PlexClient
from libs.simulator.audience import ServerCollection
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_plex import NAME, all_of, client_of, finished, impatient, media_of

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
PAGE_CAP = 25

Read = Callable[[PlexClient], Reading[Any]]
READS: dict[str, tuple[Read, str]] = {
    "titles": (lambda client: client.titles(), "/library/sections/*/all"),
    "plays": (lambda client: client.plays(), "/status/sessions/history/all"),
    "collections": (lambda client: client.collections(), "/library/sections/*/collections"),
    "members": (lambda client: client.collections(), "/library/collections/*/items"),
    "labels": (lambda client: client.labels(), "/library/sections/*/label"),
    "labelled": (lambda client: client.labels(), "/library/sections/*/all"),
    "wishes": (lambda client: client.wishes(), "/library/onDeck"),
}
SINGLE: dict[str, tuple[Callable[[PlexClient], Awaitable[Any]], str]] = {
    "servers": (lambda client: client.servers(), "/identity"),
    "users": (lambda client: client.users(), "/accounts"),
    "sections": (lambda client: all_of(client.titles()), "/library/sections"),
    "now playing": (lambda client: client.now_playing(), "/status/sessions"),
    "test": (lambda client: client.test(), "/identity"),
    "test of the token": (lambda client: client.test(), "/library/sections"),
    "probe": (lambda client: client.probe(), "/identity"),
}
FAULTS: dict[str, tuple[FaultRule, ErrorClass]] = {
    "no answer": (FaultRule(kind=FaultKind.TIMEOUT), ErrorClass.TIMEOUT),
    "reset": (FaultRule(kind=FaultKind.CONNECTION_RESET), ErrorClass.REFUSED),
    "404": (FaultRule(kind=FaultKind.STATUS, status=404), ErrorClass.NOT_FOUND),
    "500": (FaultRule(kind=FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR),
    "starting": (FaultRule(kind=FaultKind.STATUS, status=503, retry_after=1), ErrorClass.STARTING),
    "login page": (FaultRule(kind=FaultKind.HTML_LOGIN), ErrorClass.LOGIN_PAGE),
    "web page": (FaultRule(kind=FaultKind.HTML_PAGE), ErrorClass.HTML_PAGE),
    "truncated": (FaultRule(kind=FaultKind.TRUNCATED), ErrorClass.BAD_JSON),
    "another shape": (FaultRule(kind=FaultKind.EMPTY_LIST), ErrorClass.BAD_JSON),
    "redirect": (FaultRule(kind=FaultKind.REDIRECT), ErrorClass.REDIRECT_OTHER_HOST),
}
REFUSED: dict[str, tuple[FaultRule, ErrorClass]] = {
    "401": (FaultRule(kind=FaultKind.STATUS, status=401), ErrorClass.AUTH),
    "403": (FaultRule(kind=FaultKind.STATUS, status=403), ErrorClass.FORBIDDEN),
}


@pytest.fixture(scope="module")
def served() -> Iterator[SimulatorServer]:
    with SimulatorServer(generate("small", 1, NOW)) as server:
        media = media_of(server)
        media.settings.page_cap = PAGE_CAP
        movies = sorted(title.native for title in media.titles.values() if title.section == 1)
        media.collections[77] = ServerCollection(native=77, name="Ninety", section=1, members=movies)
        for native in movies:
            media.titles[native].labels = ["Keep"]
        yield server


@pytest.fixture
def simulator(served: SimulatorServer) -> Iterator[SimulatorServer]:
    yield served
    served.heal()


async def fails(simulator: SimulatorServer, ask: Callable[[PlexClient], Awaitable[Any]]) -> UpstreamError:
    """The error a read ends with; its text has the name a person gave, and not the token."""
    client = impatient(simulator)
    try:
        with pytest.raises(UpstreamError) as caught:
            await ask(client)
    finally:
        await client.aclose()
    text = str(caught.value)
    assert media_of(simulator).api_key not in text
    assert text.endswith(".") or "redirects to" in text
    return caught.value


@pytest.mark.parametrize(
    ("read", "fault"), [(read, fault) for read in READS for fault in FAULTS if (read, fault) != ("members", "404")]
)
async def test_T73_a_fault_in_a_list_is_an_error_of_its_class(
    simulator: SimulatorServer, read: str, fault: str
) -> None:
    ask, path = READS[read]
    rule, expected = FAULTS[fault]
    simulator.break_calls(_at(rule, path))

    error = await fails(simulator, lambda client: all_of(ask(client)))

    assert error.error_class is expected


async def test_a_collection_that_went_away_while_it_was_read_makes_the_list_incomplete(
    simulator: SimulatorServer,
) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob="/library/collections/*"))

    error = await fails(simulator, lambda client: all_of(client.collections()))

    assert error.error_class is ErrorClass.INCOMPLETE
    assert "went away" in str(error)


# Accounts that are refused say whose token it is, and are no fault.
@pytest.mark.parametrize(
    ("read", "fault"),
    [(read, fault) for read in SINGLE for fault in [*FAULTS, *REFUSED] if read != "users" or fault in FAULTS],
)
async def test_a_fault_in_a_single_answer_is_an_error_of_its_class(
    simulator: SimulatorServer, read: str, fault: str
) -> None:
    ask, path = SINGLE[read]
    rule, expected = (FAULTS | REFUSED)[fault]
    simulator.break_calls(_at(rule, path))

    error = await fails(simulator, ask)

    assert error.error_class is expected


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.parametrize("read", [read for read in READS if read != "plays"])
async def test_a_refused_list_is_an_error_of_its_class(simulator: SimulatorServer, read: str, fault: str) -> None:
    ask, path = READS[read]
    rule, expected = REFUSED[fault]
    simulator.break_calls(_at(rule, path))

    error = await fails(simulator, lambda client: all_of(ask(client)))

    assert error.error_class is expected


@pytest.mark.parametrize("read", READS)
async def test_a_limit_is_passed_on_with_its_pause(simulator: SimulatorServer, read: str) -> None:
    ask, path = READS[read]
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=429, retry_after=17, path_glob=path))

    error = await fails(simulator, lambda client: all_of(ask(client)))

    assert isinstance(error, UpstreamBusyError)
    assert error.retry_after_s == 17
    assert NAME in str(error)


@pytest.mark.parametrize("read", ["titles", "plays", "collections", "members", "labelled", "wishes"])
@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.WRONG_TOTAL])
async def test_numbers_that_disagree_are_an_incomplete_list(
    simulator: SimulatorServer, read: str, kind: FaultKind
) -> None:
    ask, path = READS[read]
    simulator.break_calls(FaultRule(kind=kind, path_glob=path))

    error = await fails(simulator, lambda client: all_of(ask(client)))

    assert error.error_class is ErrorClass.INCOMPLETE
    assert not error.counts_as_down


@pytest.mark.parametrize("read", ["titles", "plays", "labelled"])
async def test_a_page_that_comes_twice_is_an_incomplete_list(simulator: SimulatorServer, read: str) -> None:
    ask, path = READS[read]
    simulator.break_calls(FaultRule(kind=FaultKind.REPEATED_PAGE, path_glob=path))

    error = await fails(simulator, lambda client: all_of(ask(client)))

    assert error.error_class is ErrorClass.INCOMPLETE
    assert "came twice" in str(error)


@pytest.mark.parametrize("read", ["titles", "plays"])
@pytest.mark.parametrize("status", [401, 404, 500])
async def test_T73_a_later_page_that_fails_ends_the_reading_with_an_error(
    simulator: SimulatorServer, read: str, status: int
) -> None:
    ask, path = READS[read]
    broken = FaultRule(kind=FaultKind.STATUS, status=status, path_glob=path)
    readings: list[Reading[Any]] = []
    pages = 0

    async def read_two_pages_and_more(client: PlexClient) -> None:
        nonlocal pages
        readings.append(ask(client))
        async for _ in readings[0]:
            pages += 1
            if pages == 2:
                simulator.break_calls(broken)

    await fails(simulator, read_two_pages_and_more)

    assert pages == 2
    assert not readings[0].is_complete


async def test_T74_one_library_of_several_that_fails_fails_the_titles(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, path_glob="/library/sections/4/all"))

    error = await fails(simulator, lambda client: all_of(client.titles()))

    assert error.error_class is ErrorClass.SERVER_ERROR


async def test_an_episode_list_that_fails_fails_the_plays_that_need_it(simulator: SimulatorServer) -> None:
    media_of(simulator).settings.grandparent_keys = False
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, path_glob="/library/sections/*/all"))

    error = await fails(simulator, lambda client: all_of(client.plays()))

    media_of(simulator).settings.grandparent_keys = True
    assert error.error_class is ErrorClass.SERVER_ERROR


@pytest.mark.parametrize("kind", [FaultKind.SLOW_DRIP, FaultKind.WRONG_CONTENT_TYPE, FaultKind.LATENCY])
async def test_answers_that_are_only_slow_or_oddly_named_are_read_to_their_end(
    simulator: SimulatorServer, kind: FaultKind
) -> None:
    simulator.break_calls(FaultRule(kind=kind, seconds=0.05, path_glob="/status/sessions/history/all", times=8))
    client = client_of(simulator)

    plays = await all_of(client.plays())

    assert len(plays) == len(finished(media_of(simulator)))
    await client.aclose()


async def test_a_drip_that_takes_too_long_is_given_up(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.SLOW_DRIP, seconds=30, path_glob="/status/sessions/history/all"))

    error = await fails(simulator, lambda client: all_of(client.plays()))

    assert error.error_class is ErrorClass.TIMEOUT


async def test_a_server_in_maintenance_heals_by_itself(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=503, path_glob="/library/sections", times=2))
    client = client_of(simulator)

    assert len(await all_of(client.titles())) == len(media_of(simulator).titles)
    await client.aclose()


def _at(rule: FaultRule, path: str) -> FaultRule:
    """The rule for calls below a path."""
    return FaultRule(kind=rule.kind, status=rule.status, retry_after=rule.retry_after, path_glob=path)
