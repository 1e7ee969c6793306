"""What a person does to an integration is in the catalogue without a new read: its facts go, and come back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from libs.common.db import models as m
from libs.simulator.serve import SimulatorServer
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from tests.service.sync.rows import House

pytestmark = pytest.mark.service


async def plays(house: House) -> dict[str, int | None]:
    rows = await house.rows(select(m.MediaItem.external_id, m.MediaItem.play_count))
    return {row.external_id: row.play_count for row in rows}


async def test_a_source_that_is_switched_off_takes_its_facts_along_and_brings_them_back(
    house: House, reader: Reader, crew: SimulatorServer
) -> None:
    radarr, plex = await house.connect(crew.instance("radarr")), await house.connect(crew.instance("plex"))
    for source in (radarr, plex):
        await reader.read(await house.request(source))
    before = await plays(house)
    mine = update(m.Integration).where(m.Integration.id == plex)

    await house.execute(mine.values(enabled=False, updated_at=house.now + timedelta(minutes=1)))
    merged = await merge_if_outdated(house.db, house.now + timedelta(minutes=2))
    without = await plays(house)
    await house.execute(mine.values(enabled=True, updated_at=house.now + timedelta(minutes=3)))
    await merge_if_outdated(house.db, house.now + timedelta(minutes=4))

    assert merged
    assert before["12"] == 2
    assert without == dict.fromkeys(before)
    assert await plays(house) == before


async def test_nothing_is_merged_while_nothing_changed(house: House, reader: Reader, crew: SimulatorServer) -> None:
    radarr = await house.connect(crew.instance("radarr"))
    await reader.read(await house.request(radarr))

    assert not await merge_if_outdated(house.db, house.now + timedelta(hours=1))
