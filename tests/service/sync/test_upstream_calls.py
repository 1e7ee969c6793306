"""How often a full read asks: pages of lists, and a handful of calls besides, whatever the library holds."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import pytest

from libs.common.clock import real_now
from libs.simulator.generator import generate
from libs.simulator.serve import SimulatorServer
from libs.simulator.sizes import SIZES, profile_of
from libs.simulator.traffic import Sort
from libs.simulator.world import World
from services.sync.fetch import Reader
from tests.service.sync.rows import House

pytestmark = pytest.mark.service

BESIDES_PAGES = 40
"""What a system may be asked besides the next pages of its lists."""

FILES = ("/sonarr/api/v3/episodefile", "/sonarr-4k/api/v3/episodefile", "/lidarr/api/v1/trackfile")
"""Files are asked for once, and again when their owner changes.

Sonarr tells those of one series at a time; Lidarr is asked about a few artists singly, and about many by their albums.
"""


class Asked(NamedTuple):
    """The calls of a read that were no next pages, by system and route, and how many calls there were in all."""

    besides_pages: dict[str, Counter[str]]
    calls: Counter[str]

    def without_files(self) -> dict[str, Counter[str]]:
        return {
            system: Counter({route: count for route, count in routes.items() if not route.endswith(FILES)})
            for system, routes in self.besides_pages.items()
        }

    def for_files(self) -> int:
        without = self.without_files()
        return sum(routes.total() - without[system].total() for system, routes in self.besides_pages.items())


class Neighbourhood:
    """Integrations with all systems of a world, read side by side."""

    def __init__(self, house: House, reader: Reader, town: SimulatorServer) -> None:
        self._house = house
        self._reader = reader
        self._town = town
        self._integrations: list[int] = []

    async def read(self) -> Asked:
        """Read everything."""
        traffic = self._town.simulation.traffic
        self._town.do(traffic.clear)
        if not self._integrations:
            keys = self._town.world.systems
            self._integrations = [await self._house.connect(self._town.instance(key)) for key in keys]
        snapshots = [await self._house.request(integration_id) for integration_id in self._integrations]
        reports = await asyncio.gather(*(self._reader.read(snapshot_id) for snapshot_id in snapshots))
        assert [None if report is None else report.failure for report in reports] == [None] * len(snapshots)
        assert None not in reports
        return self._town.do(lambda: asked_of(traffic.calls))


def asked_of(calls: dict[str, dict[str, Counter[Sort]]]) -> Asked:
    return Asked(
        {
            system: Counter({route: told[Sort.FIRST] + told[Sort.SINGLE] for route, told in routes.items()})
            for system, routes in calls.items()
        },
        Counter({system: sum(told.total() for told in routes.values()) for system, routes in calls.items()}),
    )


def world_of(profile: str) -> World:
    return generate(profile, 5, real_now() - timedelta(days=2))


async def first_read(house: House, reader: Reader, items: int) -> Asked:
    """Of a library without labels: each asks for a list of its own, and a larger library has more of them."""
    world = world_of(profile_of(items))
    for server in world.media_servers.values():
        for title in server.titles.values():
            title.labels = []
    with SimulatorServer(world) as town:
        return await Neighbourhood(house, reader, town).read()


async def test_no_system_is_asked_more_than_forty_times_besides_the_pages_of_its_lists(
    house: House, reader: Reader
) -> None:
    with SimulatorServer(world_of("small")) as town:
        neighbourhood = Neighbourhood(house, reader, town)
        first = await neighbourhood.read()
        again = await neighbourhood.read()

    assert set(first.calls) == set(again.calls) == set(town.world.systems)
    assert first.for_files() == SIZES["small"].shows + SIZES["small"].shows_4k + SIZES["small"].artists
    assert again.for_files() == 0
    too_many = [
        (system, routes)
        for asked in (first, again)
        for system, routes in asked.without_files().items()
        if routes.total() > BESIDES_PAGES
    ]
    assert too_many == []


async def test_a_library_of_twice_the_size_is_read_with_the_same_calls_and_more_pages(
    house: House, reader: Reader
) -> None:
    few = await first_read(house, reader, items=400)
    many = await first_read(house, reader, items=800)

    assert many.without_files() == few.without_files()
    assert many.calls.total() > few.calls.total()
