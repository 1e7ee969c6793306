"""Two Radarrs and a media server share a library: what one Radarr is told is its own affair (S-20)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType, Trigger
from libs.simulator.builders import fill, world_with
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, MovieSpec
from libs.simulator.venues import add_media_server, person, stock
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service

_TMDB = 16_320


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """A movie that both Radarrs have, in a copy of its own each; a Plex shows both copies as one title."""
    world = world_with(movies=[MovieSpec(title="Serenity", tmdb_id=_TMDB, size_bytes=20 * GB)])
    mounts = world.instances["radarr"].mounts
    second = world.add_instance("radarr4k", IntegrationType.RADARR, roots=["/data/media/movies4k"], mounts=mounts)
    fill(world, second, movies=[MovieSpec(title="Serenity", tmdb_id=_TMDB, size_bytes=60 * GB)])
    world.people = [person(0)]
    stock(world, add_media_server(world, "plex", IntegrationType.PLEX, [0]), ["radarr", "radarr4k"])
    with SimulatorServer(world) as running:
        yield running


@pytest.mark.parametrize("trigger", [Trigger.ENGINE, Trigger.USER])
async def test_S20_deleting_one_copy_leaves_the_other_and_the_media_server_alone(town: Town, trigger: Trigger) -> None:
    await town.content_with_little()
    await town.owner.enqueue(await town.job("radarr", "1", trigger=trigger))

    await town.drain()
    await town.read()

    assert town.deleted == [("radarr", "1")]
    assert {entry.instance for entry in town.server.ledger()} == {"radarr"}
    item = m.MediaItem
    left = await town.owner.one(select(item.external_id, item.size_bytes).where(item.tmdb_id == _TMDB))
    assert tuple(left) == ("1", 60 * GB)
    assert list(town.server.world.instances["radarr4k"].movies) == [1]
