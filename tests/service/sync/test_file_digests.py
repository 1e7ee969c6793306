"""What is remembered about files: only as long as it can still be true."""

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import SnapshotState
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.fetch import Reader
from tests.service.sync.rows import House

pytestmark = pytest.mark.service

FILES = "/episodefile"


async def read(house: House, reader: Reader, integration_id: int) -> m.Snapshot:
    snapshot_id = await house.request(integration_id)
    await reader.read(snapshot_id)
    snapshot: m.Snapshot = await house.snapshot(snapshot_id)
    return snapshot


def asked_for_files(town: SimulatorServer) -> int:
    """How often since the last time."""
    counts = town.do(lambda: dict(town.simulation.counts))
    town.do(town.simulation.counts.clear)
    return sum(count for route, count in counts.items() if route.endswith(FILES))


async def test_S19_show_with_bytes_and_no_listed_files_fails_the_read_and_keeps_the_former(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    town.break_calls(FaultRule(kind=FaultKind.EMPTY_LIST, path_glob="*/episodefile", times=1))

    failed = await read(house, reader, sonarr)
    before = await house.catalogue()
    complete = await read(house, reader, sonarr)

    assert (failed.state, failed.error_class) == (SnapshotState.FAILED, "incomplete")
    assert "contradicts itself about the files of Show" in failed.error
    assert before == {}
    assert complete.state is SnapshotState.COMPLETE
    assert all(item["file_added_at"] is not None for item in (await house.catalogue()).values())


async def test_show_that_moved_is_listed_anew_and_all_of_it_lies_elsewhere(
    house: House, reader: Reader, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    await read(house, reader, sonarr)
    await read(house, reader, sonarr)
    first = asked_for_files(town)
    shows = town.world.instances["sonarr"].shows

    def move() -> None:
        shows[1].path = "/data/media/tv/Elsewhere"
        shows[1].revision += 1

    town.do(move)
    await read(house, reader, sonarr)

    catalogue = await house.catalogue()
    paths = {external_id: item["path"] for (_, external_id), item in catalogue.items() if external_id[0] == "1"}
    digests = await house.rows(select(m.EpisodeFileDigest.path).order_by(m.EpisodeFileDigest.series_id))
    assert first == len(shows)
    assert asked_for_files(town) == 1
    assert paths == {
        "1": "/data/media/tv/Elsewhere",
        **{f"1-s{number}": f"/data/media/tv/Elsewhere/Season {number:02d}" for number in (1, 2, 3)},
    }
    assert [row.path for row in digests] == ["/data/media/tv/Elsewhere", shows[2].path]


async def test_other_titles_become_keys_of_the_item(
    house: House, reader: Reader, fixture_town: SimulatorServer
) -> None:
    radarr = await house.connect(fixture_town.instance("radarr"))
    sonarr = await house.connect(fixture_town.instance("sonarr"))

    await read(house, reader, radarr)
    await read(house, reader, sonarr)

    catalogue = await house.catalogue()
    assert catalogue[radarr, "13"]["title_keys"] == ["sunshinedrift", "sonnendrift", "derivesolaire"]
    assert catalogue[sonarr, "8-s1"]["title_keys"] == ["salvagerun", "bergungslauf"]
