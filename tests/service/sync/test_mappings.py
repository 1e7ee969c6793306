"""What a full listing of a media server leaves behind: its map of ids, and the word that the merge is done."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.simulator.fixture_audience import FIREFLY, SALVAGE_RUN, SERENITY
from libs.simulator.serve import SimulatorServer
from services.sync.fetch import Reader
from tests.service.sync.rows import House

pytestmark = pytest.mark.service


async def read(house: House, reader: Reader, integration_id: int) -> None:
    await reader.read(await house.request(integration_id))


async def mapped(house: House) -> dict[tuple[str, str, str], list[str]]:
    rows = await house.rows(select(m.MediaMapping.__table__))
    return {(row.kind, row.provider, row.provider_id): row.native_ids for row in rows}


async def test_T79_the_map_keeps_movie_and_show_of_one_number_apart(
    house: House, reader: Reader, crew: SimulatorServer
) -> None:
    await read(house, reader, await house.connect(crew.instance("plex")))

    found = await mapped(house)
    assert found["movie", "tmdb", "16320"] == [str(SERENITY)]
    assert found["tv", "tmdb", "16320"] == [str(SALVAGE_RUN)]
    assert found["tv", "tvdb", "78874"] == [str(FIREFLY)]


async def test_a_copy_joins_its_entry_and_a_title_that_went_leaves_the_map(
    house: House, reader: Reader, crew: SimulatorServer
) -> None:
    plex = await house.connect(crew.instance("plex"))
    await read(house, reader, plex)

    def change() -> None:
        titles = crew.world.media_servers["plex"].titles
        copy: Any = titles[SERENITY]
        titles[9_000] = type(copy)(**{name: getattr(copy, name) for name in copy.__struct_fields__} | {"native": 9_000})
        del titles[SALVAGE_RUN]
        crew.world.media_servers["plex"].revision += 1

    crew.do(change)
    await read(house, reader, plex)

    found = await mapped(house)
    assert found["movie", "tmdb", "16320"] == [str(SERENITY), "9000"]
    assert ("tv", "tmdb", "16320") not in found


async def test_T76_a_merge_is_announced_with_the_sources_that_recognised_nothing(
    house: House, new_reader: Callable[..., Reader], crew: SimulatorServer
) -> None:
    for key in ("radarr", "plex"):
        await read(house, new_reader(), await house.connect(crew.instance(key), name=key))
    assert "enrichment_complete" in await house.events()
    await read(house, new_reader(), await house.connect(crew.instance("seerr"), name="seerr"))

    (newest,) = (await house.rows(select(m.Outbox.data).where(m.Outbox.type == "enrichment_complete")))[-1:]
    assert '"zeroMatchers":[]' in newest.data.replace(" ", "")
    assert '"enrichersRun":2' in newest.data.replace(" ", "")
    assert re.search(r'"timestamp":"[0-9-]{10}T[0-9:]{8}Z"', newest.data.replace(" ", ""))


async def test_T76_a_source_that_recognised_nothing_is_named_and_not_failed(
    house: House, reader: Reader, crew: SimulatorServer
) -> None:
    plex = await house.connect(crew.instance("plex"), name="Plex upstairs")

    await read(house, reader, plex)

    (event,) = await house.rows(select(m.Outbox.data).where(m.Outbox.type == "enrichment_complete"))
    assert '"zeroMatchers":["Plex upstairs"]' in event.data.replace('": ', '":')
    assert (await house.source(plex)).consecutive_failures == 0
