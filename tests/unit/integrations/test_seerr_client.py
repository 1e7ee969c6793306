"""What the client of Seerr reads is what the desk holds, and every fault on the way is an error."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType, TitleKind
from libs.integrations.audience import TitleRequest
from libs.integrations.capabilities import (
    ConnectionTest,
    Probe,
    RequestSource,
    UserDirectory,
    WatchSource,
    capability,
)
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, MissingCapabilityError, UpstreamBusyError, UpstreamError
from libs.integrations.registry import open_client
from libs.integrations.seerr import SeerrClient
from libs.simulator.audience import Request, RequestDesk
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_watchers import (
    NAME,
    all_of,
    config_of,
    seerr_on,
    simulated,
    upstream,
)
from tests.unit.integrations.web_faults import FAULTS, at, patience

PAGE_CAP = 4
READS: dict[str, tuple[Callable[[SeerrClient], Awaitable[Any]], str]] = {
    "requests": (lambda client: all_of(client.requests()), "/api/v1/request"),
    "users": (lambda client: client.users(), "/api/v1/user"),
    "test": (lambda client: client.test(), "/api/v1/auth/me"),
    "test of the version": (lambda client: client.test(), "/api/v1/status"),
    "probe": (lambda client: client.probe(), "/api/v1/auth/me"),
}
LISTS = ["requests", "users"]


@pytest.fixture(scope="module")
def served() -> Iterator[SimulatorServer]:
    with simulated("small") as server:
        desk_of(server).page_cap = PAGE_CAP
        yield server


def desk_of(simulator: SimulatorServer) -> RequestDesk:
    return simulator.world.request_desks["seerr"]


def calls(simulator: SimulatorServer, path: str) -> int:
    return simulator.simulation.counts[f"GET /seerr/api/v1{path}"]


async def requests_of(simulator: SimulatorServer) -> list[TitleRequest]:
    async with seerr_on(simulator) as client:
        return await all_of(client.requests())


async def fails(simulator: SimulatorServer, ask: Callable[[SeerrClient], Awaitable[Any]], **how: Any) -> UpstreamError:
    """The error a read ends with; its text is a sentence and holds no key."""
    async with seerr_on(simulator, **how) as client:
        with pytest.raises(UpstreamError) as caught:
            await ask(client)
    text = str(caught.value)
    assert desk_of(simulator).api_key not in text
    assert text.endswith(".") or "redirects to" in text
    return caught.value


async def test_the_client_has_the_capabilities_of_its_system(simulator: SimulatorServer) -> None:
    client = open_client(config_of(simulator, IntegrationType.SEERR), Network())

    for wanted in (ConnectionTest, Probe, UserDirectory, RequestSource):
        assert capability(client, wanted) is client
    with pytest.raises(MissingCapabilityError):
        capability(client, WatchSource)
    await client.aclose()


@pytest.mark.parametrize(("version", "flavour"), [("2.7.3", "Seerr"), ("1.34.0", "Overseerr"), ("develop", "Seerr")])
async def test_a_working_connection_tells_flavour_and_version(
    fixture_world: SimulatorServer, version: str, flavour: str
) -> None:
    desk_of(fixture_world).version = version

    async with seerr_on(fixture_world) as client:
        facts = await client.test()

    assert (facts.app_name, facts.version, facts.hint) == (flavour, version, None)


async def test_T84_a_wrong_key_fails_the_test_although_the_public_version_answers(simulator: SimulatorServer) -> None:
    error = await fails(simulator, lambda client: client.test(), key="d3Jvbmc=")

    assert error.error_class is ErrorClass.AUTH
    assert str(error) == f"{NAME} rejected the API key. Copy it again from Settings → General → API Key."


async def test_a_wrong_key_is_found_by_the_first_probe_and_a_status_is_enough_after_it(
    simulator: SimulatorServer,
) -> None:
    assert (await fails(simulator, lambda client: client.probe(), key="d3Jvbmc=")).error_class is ErrorClass.AUTH
    simulator.do(simulator.simulation.counts.clear)

    async with seerr_on(simulator) as client:
        for _ in range(11):
            await client.probe()

    assert calls(simulator, "/auth/me") == 2


async def test_the_probe_behind_a_failed_one_checks_the_key_again(simulator: SimulatorServer) -> None:
    simulator.do(simulator.simulation.counts.clear)
    async with seerr_on(simulator) as client:
        await client.probe()
        simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, path_glob="/api/v1/status"))
        with pytest.raises(UpstreamError):
            await client.probe()
        await client.probe()

    assert calls(simulator, "/auth/me") == 2


async def test_another_product_behind_the_address_is_not_taken_for_a_desk(simulator: SimulatorServer) -> None:
    radarr = simulator.instance("radarr")
    config = IntegrationConfig(1, IntegrationType.SEERR, NAME, radarr["url"], SecretStr(radarr["apiKey"]))
    client = SeerrClient(upstream(config), config)

    with pytest.raises(UpstreamError, match="does not look like Seerr") as caught:
        await client.test()

    assert caught.value.error_class is ErrorClass.NOT_FOUND
    await client.aclose()


@pytest.mark.parametrize(
    ("answer", "found"), [({"appName": "Lidarr", "id": 1}, "Lidarr"), ({"ok": True}, "something else")]
)
async def test_another_product_that_answers_is_named(answer: dict[str, Any], found: str) -> None:
    config = IntegrationConfig(1, IntegrationType.SEERR, NAME, "http://nas.test", SecretStr("key"))
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))

    with pytest.raises(UpstreamError, match=f"This is {found}, not Seerr") as caught:
        await SeerrClient(upstream(config, transport), config).test()

    assert caught.value.error_class is ErrorClass.WRONG_SERVICE


async def test_the_fixture_requests_are_read_field_by_field(fixture_world: SimulatorServer) -> None:
    declined, movie = await requests_of(fixture_world)

    assert (movie.request_id, movie.kind, movie.tmdb_id, movie.tvdb_id) == ("31", TitleKind.MOVIE, 16320, None)
    assert (movie.counts, movie.is_pending, movie.arr_id, movie.seasons) == (True, False, "12", frozenset())
    assert (movie.user_id, movie.requested_by, movie.is_4k) == ("2", "kaylee", False)
    assert movie.requested_at == desk_of(fixture_world).requests[0].created_at
    assert (declined.kind, declined.tmdb_id, declined.tvdb_id) == (TitleKind.TV, 16320, 990002)
    assert (declined.counts, declined.seasons, declined.arr_id) == (False, frozenset({1}), "")


async def test_people_are_known_by_the_ids_that_other_systems_share(fixture_world: SimulatorServer) -> None:
    async with seerr_on(fixture_world) as client:
        mal, kaylee, wash = await client.users()

    assert (mal.user_id, mal.names, mal.ids) == ("1", ("mal", "mal@example.org"), frozenset({"plex:4000"}))
    assert kaylee.ids == {"plex:4021"}
    assert wash.ids == {"jellyfin:22222222333344445555666666666666"}


async def test_every_request_and_every_person_is_read_over_many_pages(simulator: SimulatorServer) -> None:
    desk = desk_of(simulator)
    simulator.do(simulator.simulation.counts.clear)

    async with seerr_on(simulator) as client:
        reading = client.requests()
        found = await all_of(reading)
        users = await client.users()

    assert {row.request_id for row in found} == {str(each.id) for each in desk.requests}
    assert (reading.rows_declared, reading.rows_skipped) == (len(desk.requests), 0)
    assert calls(simulator, "/request") == -(-len(desk.requests) // PAGE_CAP)
    assert [user.user_id for user in users] == [str(number + 1) for number in desk.users]
    by_id = {row.request_id: row for row in found}
    for each in desk.requests:
        row = by_id[str(each.id)]
        assert (row.kind, row.tmdb_id, row.user_id) == (each.kind, each.tmdb_id, str(each.person + 1))
        assert (row.counts, row.is_pending) == (each.status not in {3, 4}, each.status == 1)
        assert (row.arr_id, row.is_4k, row.seasons) == (str(each.arr_id or ""), each.is_4k, frozenset(each.seasons))


async def test_T85_three_requests_of_which_one_was_declined_are_two(fixture_world: SimulatorServer) -> None:
    for number, status in ((50, 2), (51, 3), (52, 5)):
        desk_of(fixture_world).requests.append(asked_for(fixture_world, number, status))

    found = [row for row in await requests_of(fixture_world) if row.tmdb_id == 900001]

    assert [row.counts for row in found] == [True, False, True]
    assert len(found) == 3


async def test_T86_a_title_that_was_only_declined_is_not_requested(fixture_world: SimulatorServer) -> None:
    show = [row for row in await requests_of(fixture_world) if row.kind is TitleKind.TV]

    assert [row.counts for row in show] == [False]


async def test_a_damaged_row_is_skipped_and_counted(fixture_world: SimulatorServer) -> None:
    damaged = asked_for(fixture_world, 60, 2)
    damaged.damaged = True
    desk_of(fixture_world).requests.append(damaged)

    async with seerr_on(fixture_world) as client:
        reading = client.requests()
        found = await all_of(reading)

    assert [row.request_id for row in found] == ["32", "31"]
    assert (reading.rows_declared, reading.rows_skipped) == (3, 1)


async def test_a_desk_without_requests_is_read_completely(fixture_world: SimulatorServer) -> None:
    desk_of(fixture_world).requests = []

    assert await requests_of(fixture_world) == []


async def test_the_ancestor_answers_the_same_questions(fixture_world: SimulatorServer) -> None:
    desk_of(fixture_world).version = "1.34.0"
    desk_of(fixture_world).unreachable = frozenset({"radarr", "sonarr"})

    assert [row.counts for row in await requests_of(fixture_world)] == [False, True]


async def test_a_request_that_comes_while_reading_moves_no_other_out_of_sight(simulator: SimulatorServer) -> None:
    desk = desk_of(simulator)
    before = {str(each.id) for each in desk.requests}
    found: set[str] = set()

    async with seerr_on(simulator) as client:
        async for page in client.requests():
            found |= {row.request_id for row in page}
            if len(found) == PAGE_CAP:
                simulator.do(lambda: desk.requests.append(asked_for(simulator, 900, 2)))

    simulator.do(desk.requests.pop)
    assert before <= found


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("read", READS)
async def test_S06_a_fault_is_an_error_of_its_class_and_never_an_empty_answer(
    simulator: SimulatorServer, read: str, fault: str
) -> None:
    ask, path = READS[read]
    rule, expected = FAULTS[fault]
    simulator.break_calls(at(rule, path))

    error = await fails(simulator, ask, **patience(fault))

    assert error.error_class is expected


@pytest.mark.parametrize("read", READS)
async def test_a_403_is_a_wrong_key(simulator: SimulatorServer, read: str) -> None:
    ask, path = READS[read]
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=403, path_glob=path))

    assert (await fails(simulator, ask)).error_class is ErrorClass.AUTH


async def test_a_limit_is_passed_on_with_its_pause(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=429, retry_after=17))

    error = await fails(simulator, lambda client: client.users())

    assert isinstance(error, UpstreamBusyError)
    assert error.retry_after_s == 17


@pytest.mark.parametrize("read", LISTS)
@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE, FaultKind.WRONG_TOTAL])
async def test_pages_that_cannot_be_right_are_an_incomplete_list(
    simulator: SimulatorServer, read: str, kind: FaultKind
) -> None:
    ask, path = READS[read]
    simulator.break_calls(FaultRule(kind=kind, path_glob=path))

    error = await fails(simulator, ask)

    assert error.error_class is ErrorClass.INCOMPLETE
    assert not error.counts_as_down


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_T73_a_later_page_that_fails_ends_the_reading_with_an_error(
    simulator: SimulatorServer, status: int
) -> None:
    rule = FaultRule(kind=FaultKind.STATUS, status=status, path_glob="/api/v1/request")
    async with seerr_on(simulator) as client:
        reading = client.requests()
        pages = aiter(reading)
        await anext(pages)
        simulator.break_calls(rule)
        with pytest.raises(UpstreamError):
            await anext(pages)

    assert not reading.is_complete


async def test_data_that_call_themselves_text_are_read_all_the_same(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.WRONG_CONTENT_TYPE))

    assert len(await requests_of(simulator)) == len(desk_of(simulator).requests)


def asked_for(simulator: SimulatorServer, number: int, status: int) -> Request:
    """A request for the second movie of the fixture world, at the present."""
    now = simulator.world.clock.now()
    return Request(id=number, kind=TitleKind.MOVIE, tmdb_id=900001, person=0, status=status, created_at=now)
