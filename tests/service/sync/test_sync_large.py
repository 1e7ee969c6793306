"""A large library: pages through, statements and calls that do not grow with it. Counts, no clocks."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import event

from libs.common.domain.enums import SnapshotState
from libs.simulator.builders import world_with
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import MovieSpec, SeasonSpec, ShowSpec
from services.sync import integrations
from services.sync.catalogue.staging import Row, Staging, staging
from services.sync.fetch import Reader
from services.sync.reading import Facts, read_source
from services.sync.upstreams import Upstreams
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service


class CountingStaging(Staging):
    """Remembers how many items each page held."""

    sizes: list[int]

    async def add(self, rows: Iterable[Row]) -> None:
        page = list(rows)
        self.sizes.append(len(page))
        await super().add(page)


async def test_a_list_passes_through_in_pages_and_is_never_held_whole(house: House) -> None:
    many = 4000
    world = world_with(movies=[MovieSpec(title=f"Movie {n}") for n in range(many)])
    with SimulatorServer(world) as town:
        radarr = await house.connect(town.instance("radarr"))
        async with house.db.connect() as conn:
            source = await integrations.load_active(conn, radarr)
        assert source is not None
        async with Upstreams(BOX, allow_loopback=True).open(source) as client, staging(house.db) as stage:
            counting = CountingStaging(stage.connection)
            counting.sizes = []
            await read_source(client, counting, Facts(house.now))

    assert sum(counting.sizes) == many
    assert max(counting.sizes) <= many / 4


async def statements_of_a_read(house: House, reader: Reader, movies: int) -> int:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    world = world_with(movies=[MovieSpec(title=f"Movie {n}") for n in range(movies)])
    with SimulatorServer(world) as town:
        radarr = await house.connect(town.instance("radarr"))
        await reader.read(await house.request(radarr))
        snapshot_id = await house.request(radarr)
        event.listen(house.db.engine.sync_engine, "before_cursor_execute", note)
        await reader.read(snapshot_id)
        event.remove(house.db.engine.sync_engine, "before_cursor_execute", note)
    assert (await house.snapshot(snapshot_id)).state is SnapshotState.COMPLETE
    return len(seen)


async def test_statements_do_not_grow_with_the_library(house: House, reader: Reader) -> None:
    few = await statements_of_a_read(house, reader, movies=5)
    many = await statements_of_a_read(house, reader, movies=500)

    assert few == many


async def test_w41_episode_files_are_asked_for_changed_series_only(house: House, reader: Reader) -> None:
    shows = [ShowSpec(title=f"Show {n}", seasons=[SeasonSpec(number=1)]) for n in range(8)]
    asked = "GET /sonarr/api/v3/episodefile"
    with SimulatorServer(world_with(shows=shows)) as town:
        sonarr = await house.connect(town.instance("sonarr"))
        counts = town.simulation.counts

        await reader.read(await house.request(sonarr))
        first = counts[asked]
        await reader.read(await house.request(sonarr))
        second = counts[asked]

    assert (first, second) == (8, 8)
