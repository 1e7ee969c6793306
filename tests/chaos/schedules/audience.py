"""Who watches what on a Jellyfin that has the whole library: before a schedule, and while it is carried out."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.domain.enums import IntegrationType
from libs.simulator.audience import MediaServer, ServerTitle, ViewEvent
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer
from libs.simulator.venues import add_media_server, person, stock
from libs.simulator.world import World
from tests.chaos.schedules.owner import Owner
from tests.chaos.schedules.record import Played, Watched, family

HOUSE = "jellyfin"

_DAY_S = 86_400
_REMEMBERS_DAYS = 1_500
"""Longer than any file is there: else nobody could say that something was never watched."""

_LOOK_EVERY_S = 0.1
_PLAYS = "select integration_id, external_id, last_played from media_items where last_played is not null"


def invite_audience(world: World, dice: random.Random) -> None:
    """Two people, who have watched a third of the library."""
    world.people = [person(0), person(1)]
    house = add_media_server(world, HOUSE, IntegrationType.JELLYFIN, [0, 1])
    stock(world, house, ["radarr", "sonarr"])
    now = int(world.clock.now().timestamp())
    oldest, *titles = house.titles.values()  # of each title Jellyfin tells the last play only
    watched = [_view(title, now - dice.randint(20, 400) * _DAY_S) for title in dice.sample(titles, len(titles) // 3)]
    house.plays = sorted([*watched, _view(oldest, now - _REMEMBERS_DAYS * _DAY_S)], key=lambda view: view.at)
    for number, view in enumerate(house.plays, start=1):
        view.number = number


def _view(title: ServerTitle, at: int, season: int | None = None) -> ViewEvent:
    """All of a movie, or the first episode of a season, by default the first one."""
    seasons = [each.number for each in title.seasons]
    number = season or min(seasons, default=0)
    return ViewEvent(
        number=0, person=1, title=title.native, season=number, episode=int(number > 0), at=at, seconds=title.runtime_s
    )


@dataclass
class Audience:
    """People who watch what is about to be deleted, and what the product is known to have heard of it."""

    server: SimulatorServer
    owner: Owner
    instances: dict[int, str]
    webhook_url: str = ""
    _known: dict[tuple[int, str], datetime] = field(default_factory=dict)

    async def watch(self, share: float, seconds: float) -> None:
        """Somebody watches an item whose deletion waits, for so many real seconds."""
        job = await self.owner.waiting(share)
        view = None if job is None else self._view_of(job)
        if job is None or view is None:
            return
        playing = self._house.playing
        self.server.do(lambda: playing.append(view))
        watched = Watched(job["integrationId"], job["externalId"], real_now())
        self.owner.record.watched.append(watched)
        await asyncio.sleep(seconds)
        watched.until = real_now()
        self.server.do(lambda: playing.remove(view))

    async def play(self, share: float) -> None:
        """Somebody has watched an item whose deletion waits, and the server tells that by its webhook."""
        job = await self.owner.waiting(share)
        view = None if job is None else self._view_of(job)
        if view is None:
            return
        play = {"person": view.person, "title": view.title, "season": view.season, "episode": view.episode}
        self.server.do(lambda: intervene(self.server.simulation, "audience", {"server": HOUSE, "play": play}))
        await self.owner.ask("POST", self.webhook_url, self._told_of(view))

    @asynccontextmanager
    async def listening(self, db: Database) -> AsyncIterator[None]:
        """Meanwhile, remember from when on the catalogue knows of which plays."""
        listening = asyncio.create_task(self._listen(db))
        try:
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, db: Database) -> None:
        while True:
            with suppress(SQLAlchemyError, OSError):  # the database has been killed
                async with db.connect() as conn:
                    rows = (await conn.execute(text(_PLAYS))).all()
                self._note([(row[0], row[1], row[2]) for row in rows])
            await asyncio.sleep(_LOOK_EVERY_S)

    def _note(self, rows: list[tuple[int, str, datetime]]) -> None:
        seen_at = real_now()
        for integration_id, external_id, played_at in rows:
            if self._known.get((integration_id, external_id)) != played_at:
                self._known[integration_id, external_id] = played_at
                self.owner.record.played.append(Played(integration_id, external_id, played_at, seen_at))

    def _told_of(self, view: ViewEvent) -> dict[str, str]:
        seasons = self._house.titles[view.title].seasons
        season = next((each for each in seasons if each.number == view.season), None)
        return {
            "NotificationType": "PlaybackStop",
            "ServerId": self._house.machine_id,
            "ItemId": f"{view.title if season is None else season.first:032x}",
            "ItemType": "Movie" if season is None else "Episode",
            "UserId": self.server.world.people[view.person].media_id,
        }

    def _view_of(self, job: dict[str, Any]) -> ViewEvent | None:
        """None when the item has left its upstream behind the product's back."""
        instance = self.server.world.instances[self.instances[job["integrationId"]]]
        number = int(family(job["externalId"]))
        item = instance.movies.get(number) or instance.shows.get(number)
        title = next((each for each in self._house.titles.values() if item and each.path == item.path), None)
        season = int(job["externalId"].partition("-s")[2] or 0)
        return None if title is None else _view(title, int(self.server.world.clock.now().timestamp()), season)

    @property
    def _house(self) -> MediaServer:
        return self.server.world.media_servers[HOUSE]
