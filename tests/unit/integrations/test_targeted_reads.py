"""Every client that can read one thing brings what a read of everything would, and asks for nothing else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.audience import Activity, Play, PlayedItem, Wish
from libs.integrations.capabilities import ActivitySource, ItemSource, SingleRequest, capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import ErrorClass, UpstreamError
from libs.integrations.models import TitleItems
from libs.integrations.registry import open_client
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture import fixture_world
from libs.simulator.fixture_audience import EMBY_SERENITY, JELLYFIN_FIREFLY, KAYLEE, MAL, SALVAGE_RUN, SERENITY
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MISSING = 999_999
ITEMS = {
    IntegrationType.SONARR: (8, "/series/"),
    IntegrationType.RADARR: (12, "/movie/"),
    IntegrationType.LIDARR: (5, "/artist/"),
    IntegrationType.READARR: (41, "/book/"),
}
LISTS = ("/series", "/movie", "/artist", "/book", "/album", "/author")
ARRS = [pytest.param(kind, id=kind.value) for kind in ITEMS]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(fixture_world(NOW)) as running:
        yield running


@asynccontextmanager
async def client_of(server: SimulatorServer, kind: IntegrationType) -> AsyncIterator[Any]:
    row = server.instance(kind.value)
    config = IntegrationConfig(1, kind, "Upstairs", row["url"], SecretStr(row["apiKey"]))
    client = open_client(config, Network(allow_loopback=True))
    try:
        yield client
    finally:
        await client.aclose()


def asked(server: SimulatorServer) -> dict[str, int]:
    """How often each route was asked since the last time."""
    counts = server.do(lambda: dict(server.simulation.counts))
    server.do(server.simulation.counts.clear)
    return counts


async def activity(server: SimulatorServer, kind: IntegrationType, native_id: str, user_id: str = "") -> Activity:
    async with client_of(server, kind) as client:
        source: ActivitySource = capability(client, ActivitySource)
        return await source.activity(PlayedItem(native_id, user_id))


async def all_plays(server: SimulatorServer, kind: IntegrationType) -> list[Play]:
    async with client_of(server, kind) as client:
        return [play async for page in client.plays() for play in page]


def media_id(server: SimulatorServer, person: int) -> str:
    return server.world.people[person].media_id


def hexed(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize("kind", ARRS)
async def test_one_title_is_read_as_a_read_of_everything_reads_it(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    native_id, path = ITEMS[kind]
    async with client_of(server, kind) as client:
        reading = client.media()
        everything = [item async for page in reading for item in page]
        asked(server)
        source: ItemSource = capability(client, ItemSource)
        found = await source.items(native_id)
        counts = asked(server)

    theirs = {str(native_id)}
    expected = [item for item in everything if {item.external_id, item.parent_external_id} & theirs]
    assert expected
    assert list(found.items) == expected
    assert found.digests == {number: digest for number, digest in reading.digests.items() if number == native_id}
    assert sum(count for route, count in counts.items() if path in route) == 1
    assert not [route for route in counts if route.endswith(LISTS)]


@pytest.mark.parametrize("kind", ARRS)
async def test_missing_title_is_gone_when_the_application_itself_says_so(
    server: SimulatorServer, kind: IntegrationType
) -> None:
    async with client_of(server, kind) as client:
        assert await client.items(MISSING) == TitleItems()

        server.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob="*/api/*", instance=kind.value))
        with pytest.raises(UpstreamError) as raised:
            await client.items(ITEMS[kind][0])

    assert raised.value.status == 404


@pytest.mark.parametrize("kind", ARRS)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(FaultRule(kind=FaultKind.STATUS, status=500), ErrorClass.SERVER_ERROR, id="500"),
        pytest.param(FaultRule(kind=FaultKind.STATUS, status=401), ErrorClass.AUTH, id="401"),
    ],
)
async def test_failing_title_is_never_an_empty_one(
    server: SimulatorServer, kind: IntegrationType, fault: FaultRule, expected: ErrorClass
) -> None:
    server.break_calls(fault)

    async with client_of(server, kind) as client:
        with pytest.raises(UpstreamError) as raised:
            await client.items(ITEMS[kind][0])

    assert raised.value.error_class is expected


async def test_plex_tells_the_plays_of_one_movie_in_one_call(server: SimulatorServer) -> None:
    everything = await all_plays(server, IntegrationType.PLEX)
    asked(server)

    found = await activity(server, IntegrationType.PLEX, str(SERENITY))

    assert sorted(found.plays, key=repr) == sorted(
        (play for play in everything if play.title_id == str(SERENITY)), key=repr
    )
    assert [(title.native_id, title.title) for title in found.titles] == [(str(SERENITY), "Serenity")]
    assert asked(server) == {"GET /plex/status/sessions/history/all": 1}


@pytest.mark.parametrize("names_shows", [pytest.param(True, id="new"), pytest.param(False, id="old")])
async def test_plex_tells_the_show_of_one_episode_without_listing_others(
    server: SimulatorServer, *, names_shows: bool
) -> None:
    change = {"instance": "plex", "settings": {"grandparentKeys": names_shows}}
    server.do(lambda: intervene(server.simulation, "settings", change))
    everything = await all_plays(server, IntegrationType.PLEX)
    wanted = next(play for play in everything if play.episode_id)
    asked(server)

    found = await activity(server, IntegrationType.PLEX, wanted.episode_id)

    assert list(found.plays) == [wanted]
    assert not [route for route in asked(server) if "sections" in route]


async def test_plex_of_a_guest_may_not_tell_and_says_so(server: SimulatorServer) -> None:
    server.break_calls(FaultRule(kind=FaultKind.STATUS, status=403, path_glob="*history*"))

    with pytest.raises(UpstreamError) as raised:
        await activity(server, IntegrationType.PLEX, str(SERENITY))

    assert not raised.value.retryable


async def test_tautulli_tells_the_plays_of_one_item_in_one_call(server: SimulatorServer) -> None:
    everything = await all_plays(server, IntegrationType.TAUTULLI)
    asked(server)

    found = await activity(server, IntegrationType.TAUTULLI, str(SERENITY))
    counts = asked(server)
    unseen = await activity(server, IntegrationType.TAUTULLI, str(SALVAGE_RUN))

    assert found.plays
    assert list(found.plays) == [play for play in everything if play.title_id == str(SERENITY)]
    assert sum(counts.values()) == 1
    assert unseen == Activity()


async def test_jellyfin_counts_what_one_user_did_with_one_episode(server: SimulatorServer) -> None:
    person = media_id(server, KAYLEE)
    everything = await all_plays(server, IntegrationType.JELLYFIN)
    wanted = next(play for play in everything if play.user_id == person)
    asked(server)

    found = await activity(server, IntegrationType.JELLYFIN, wanted.episode_id.upper(), person.upper())

    assert found == Activity((wanted,))
    assert asked(server) == {"GET /jellyfin/Items": 1}


async def test_favourite_show_is_told_with_its_item(server: SimulatorServer) -> None:
    person = media_id(server, KAYLEE)

    found = await activity(server, IntegrationType.JELLYFIN, hexed(JELLYFIN_FIREFLY), person)

    assert found == Activity(wishes=(Wish(hexed(JELLYFIN_FIREFLY), person),))


async def test_emby_counts_what_one_user_did_with_one_movie(server: SimulatorServer) -> None:
    person = media_id(server, MAL)
    everything = await all_plays(server, IntegrationType.EMBY)
    asked(server)

    found = await activity(server, IntegrationType.EMBY, str(EMBY_SERENITY), person)
    counts = asked(server)
    of_others = await activity(server, IntegrationType.EMBY, str(EMBY_SERENITY), media_id(server, KAYLEE))

    assert list(found.plays) == [play for play in everything if play.title_id == str(EMBY_SERENITY)]
    assert sum(counts.values()) == 1
    assert of_others == Activity()


@pytest.mark.parametrize(
    ("kind", "native_id", "user_id"),
    [
        pytest.param(IntegrationType.EMBY, "4101", "../System", id="path as user"),
        pytest.param(IntegrationType.EMBY, "4101,4200", "1" * 32, id="two items"),
        pytest.param(IntegrationType.JELLYFIN, "", "1" * 32, id="no item"),
        pytest.param(IntegrationType.TAUTULLI, "501&cmd=restart", "", id="more of a query"),
    ],
)
async def test_ids_that_nobody_gives_are_never_sent(
    server: SimulatorServer, kind: IntegrationType, native_id: str, user_id: str
) -> None:
    with pytest.raises(UpstreamError) as raised:
        await activity(server, kind, native_id, user_id)

    assert raised.value.error_class is ErrorClass.NOT_FOUND
    assert asked(server) == {}


async def test_seerr_tells_one_request_as_the_list_does(server: SimulatorServer) -> None:
    async with client_of(server, IntegrationType.SEERR) as client:
        everything = [request async for page in client.requests() for request in page]
        asked(server)
        source: SingleRequest = capability(client, SingleRequest)
        found = await source.request(31)
        counts = asked(server)
        missing = await source.request(MISSING)

    assert found == next(each for each in everything if each.request_id == "31")
    assert counts == {"GET /seerr/api/v1/request/{id:int}": 1}
    assert missing is None


async def test_missing_request_is_gone_only_when_seerr_itself_says_so(server: SimulatorServer) -> None:
    server.break_calls(FaultRule(kind=FaultKind.STATUS, status=404, path_glob="*/api/*", instance="seerr"))

    async with client_of(server, IntegrationType.SEERR) as client:
        with pytest.raises(UpstreamError) as raised:
            await client.request(31)

    assert raised.value.status == 404
