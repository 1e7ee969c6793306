"""Whatever goes wrong on the way to a Tracearr is an error with its class, and never a shorter list."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from libs.integrations.errors import ErrorClass, UpstreamBusyError, UpstreamError
from libs.integrations.tracearr import TracearrClient
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from tests.unit.integrations.simulated_watchers import all_of, history_of, tracearr_on
from tests.unit.integrations.web_faults import FAULTS, at, patience

V1, V2 = "/api/v1/public", "/api/v2/public"
READS: dict[str, tuple[Callable[[TracearrClient], Awaitable[Any]], str]] = {
    "servers": (lambda client: client.servers(), f"{V2}/servers"),
    "counts": (lambda client: all_of(client.plays()), f"{V2}/watched-media"),
    "history": (lambda client: all_of(client.plays()), f"{V2}/history"),
    "users": (lambda client: client.users(), f"{V2}/users"),
    "streams": (lambda client: client.now_playing(), f"{V2}/streams"),
    "test": (lambda client: client.test(), f"{V2}/servers"),
    "probe": (lambda client: client.probe(), f"{V2}/servers"),
}
OLD_READS: dict[str, tuple[Callable[[TracearrClient], Awaitable[Any]], str]] = {
    "servers": (lambda client: client.servers(), f"{V1}/health"),
    "history": (lambda client: all_of(client.plays()), f"{V1}/history"),
    "users": (lambda client: client.users(), f"{V1}/history"),
    "streams": (lambda client: client.now_playing(), f"{V1}/streams"),
    "test": (lambda client: client.test(), f"{V1}/health"),
}
MENDED_BY_THE_FIRST_API = {"servers", "users", "streams", "test", "probe"}
"""A 404 of the second API sends these to the first one."""


async def fails(
    simulator: SimulatorServer, ask: Callable[[TracearrClient], Awaitable[Any]], **how: Any
) -> UpstreamError:
    """The error a read ends with; its text is a sentence and holds no key."""
    async with tracearr_on(simulator, **how) as client:
        with pytest.raises(UpstreamError) as caught:
            await ask(client)
    text = str(caught.value)
    assert history_of(simulator).api_key not in text
    assert text.endswith(".") or "redirects to" in text
    return caught.value


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", READS)
async def test_S06_a_fault_is_an_error_of_its_class_and_never_an_empty_answer(
    simulator: SimulatorServer, name: str, fault: str
) -> None:
    ask, path = READS[name]
    rule, expected = FAULTS[fault]
    is_mended = fault == "404" and name in MENDED_BY_THE_FIRST_API
    simulator.break_calls(at(rule, "*" if is_mended else path))

    assert (await fails(simulator, ask, **patience(fault))).error_class is expected


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", OLD_READS)
async def test_S06_a_fault_of_the_first_api_is_an_error_of_its_class_too(
    old: SimulatorServer, name: str, fault: str
) -> None:
    ask, path = OLD_READS[name]
    rule, expected = FAULTS[fault]
    old.break_calls(at(rule, path))

    assert (await fails(old, ask, **patience(fault))).error_class is expected


@pytest.mark.parametrize("name", READS)
async def test_a_403_is_a_lack_of_permission(simulator: SimulatorServer, name: str) -> None:
    ask, path = READS[name]
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=403, path_glob=path))

    assert (await fails(simulator, ask)).error_class is ErrorClass.FORBIDDEN


async def test_a_limit_is_passed_on_with_its_pause(simulator: SimulatorServer) -> None:
    simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=429, retry_after=17))

    error = await fails(simulator, lambda client: client.users())

    assert isinstance(error, UpstreamBusyError)
    assert error.retry_after_s == 17


async def test_a_minute_that_is_used_up_is_waited_for_and_nothing_is_lost(simulator: SimulatorServer) -> None:
    rule = FaultRule(kind=FaultKind.STATUS, status=429, retry_after=1, times=2, path_glob=f"{V2}/history")
    async with tracearr_on(simulator) as client:
        whole = await all_of(client.plays())
        simulator.break_calls(rule)
        plays = await all_of(client.plays())

    assert [play.play_id for play in plays] == [play.play_id for play in whole]


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE])
@pytest.mark.parametrize("name", ["counts", "history"])
async def test_pages_that_cannot_be_right_are_an_incomplete_list(
    simulator: SimulatorServer, name: str, kind: FaultKind
) -> None:
    ask, path = READS[name]
    simulator.break_calls(FaultRule(kind=kind, path_glob=path))

    error = await fails(simulator, ask, tallies_per_page=20)

    assert error.error_class is ErrorClass.INCOMPLETE
    assert not error.counts_as_down


@pytest.mark.parametrize("name", ["counts", "history", "users"])
async def test_a_single_empty_page_is_not_believed_where_others_contradict_it(
    fixture_world: SimulatorServer, name: str
) -> None:
    ask, path = READS[name]
    fixture_world.break_calls(FaultRule(kind=FaultKind.EMPTY_PAGE, path_glob=path))

    error = await fails(fixture_world, ask)

    assert error.error_class is ErrorClass.INCOMPLETE


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.REPEATED_PAGE, FaultKind.WRONG_TOTAL])
async def test_pages_of_the_first_api_that_cannot_be_right_are_an_incomplete_list(
    old: SimulatorServer, kind: FaultKind
) -> None:
    old.break_calls(FaultRule(kind=kind, path_glob=f"{V1}/history"))

    error = await fails(old, lambda client: all_of(client.plays()))

    assert error.error_class is ErrorClass.INCOMPLETE


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_T73_a_later_page_that_fails_ends_the_reading_with_an_error(
    simulator: SimulatorServer, status: int
) -> None:
    async with tracearr_on(simulator) as client:
        found = client.plays()
        pages = aiter(found)
        while not (await anext(pages))[0].user_id:
            pass
        simulator.break_calls(FaultRule(kind=FaultKind.STATUS, status=status, path_glob=f"{V2}/history"))
        with pytest.raises(UpstreamError):
            await anext(pages)

    assert not found.is_complete
