"""Webhooks end to end: one event is one targeted read and a new fact, a hundred are two reads, a forged one is none."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from libs.common.clock import real_now
from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import RefreshState
from libs.simulator.changes import delete_movie
from libs.simulator.fixture import fixture_world
from libs.simulator.fixture_audience import EMBY_SERENITY, JELLYFIN_FIREFLY, KAYLEE, SUNSHINE_DRIFT, WASH
from libs.simulator.interventions import intervene
from libs.simulator.serve import SimulatorServer
from tests.harness.eventually import eventually
from tests.harness.system import RunningSystem
from tests.unit.api import webhook_events as events

SENDERS = ("radarr", "sonarr", "lidarr", "readarr", "plex", "tautulli", "jellyfin", "emby", "seerr")
WASH_ID = "22222222333344445555666666666666"
PROBES = re.compile(
    r".*(/ping|/system/status|/identity|/library/sections|/System/Info.*|/System/Ping|/status|/auth/me)"
)
_AT_REST = text(
    "select wanted = merged and not exists (select from snapshots where state in ('requested', 'reading'))"
    " from enrichment_state"
)

Item = dict[str, Any]


@pytest.fixture
def upstreams() -> Iterator[SimulatorServer]:
    """All systems with the little library that the specification's samples share."""
    with SimulatorServer(fixture_world(real_now())) as server:
        yield server


@pytest.fixture
async def database(system: RunningSystem) -> AsyncIterator[Database]:
    """A look into the tables of the running system."""
    db = Database(system.database_url, pool_size=2)
    yield db
    await db.dispose()


class Told:
    """The system with all senders connected and read, and the addresses it gave for their webhooks."""

    def __init__(self, system: RunningSystem, upstreams: SimulatorServer, database: Database) -> None:
        self.system = system
        self.upstreams = upstreams
        self.database = database
        self.ids: dict[str, int] = {}
        self.urls: dict[str, str] = {}

    async def connect(self, keys: Sequence[str]) -> None:
        instances = [self.upstreams.instance(key) for key in keys]
        self.ids = dict(zip(keys, await self.system.connect(instances), strict=True))
        await self.system.run_engine()
        await eventually(self._at_rest, within_s=60)
        if "plex" in keys:
            await eventually(self._shows_plays, within_s=30, every_s=0.1)
        for key, number in self.ids.items():
            self.urls[key] = (await self.system.get(f"/integrations/{number}/webhook"))["url"]
        self.asked()

    async def _at_rest(self) -> bool:
        async with self.database.connect() as conn:
            return bool((await conn.execute(_AT_REST)).scalar_one())

    async def _shows_plays(self) -> bool:
        """Whether the preview is made of what the last merge knew."""
        shown = [await self.item(*place) for place in (("radarr", "12"), ("radarr", "13"), ("sonarr", "7-s1"))]
        return all(item is not None and "playCount" in item for item in shown)

    async def requests(self) -> list[Any]:
        async with self.database.connect() as conn:
            return list(await conn.execute(select(m.RefreshRequest.__table__)))

    async def item(self, key: str, external_id: str) -> Item | None:
        for item in await self.system.get("/preview"):
            if (item["integrationId"], item["externalId"]) == (self.ids[key], external_id):
                return dict(item["item"])
        return None

    def asked(self) -> Mapping[str, int]:
        """The calls since the last time, probes left out, without the base of the address."""
        counts = self.upstreams.do(lambda: dict(self.upstreams.simulation.counts))
        self.upstreams.do(self.upstreams.simulation.counts.clear)
        return {route: count for route, count in counts.items() if not PROBES.fullmatch(route)}

    def change(self, name: str, **body: Any) -> dict[str, Any]:
        return self.upstreams.do(lambda: intervene(self.upstreams.simulation, name, body))


@pytest.fixture
async def told(system: RunningSystem, upstreams: SimulatorServer, database: Database) -> Told:
    made = Told(system, upstreams, database)
    await made.connect(SENDERS)
    return made


@pytest.fixture
async def told_by_few(system: RunningSystem, upstreams: SimulatorServer, database: Database) -> Told:
    """As `told`, with a Radarr, a Sonarr and a Seerr only."""
    made = Told(system, upstreams, database)
    await made.connect(("radarr", "sonarr", "seerr"))
    return made


@pytest.fixture
async def sender() -> AsyncIterator[httpx.AsyncClient]:
    """An upstream's side of the wire: no credentials."""
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


async def send(
    told: Told, sender: httpx.AsyncClient, key: str, event: Item, fact: Callable[[], Any]
) -> Mapping[str, int]:
    """One webhook, and the calls it led to by the time its fact is in the preview."""
    told.asked()
    answer = await sender.post(told.urls[key], json=event)
    assert (answer.status_code, answer.content) == (200, b""), (key, answer.text)
    await eventually(fact, within_s=30, every_s=0.1)
    calls = told.asked()
    return {route.partition(f"/{key}")[2]: count for route, count in calls.items()}


async def test_one_webhook_of_each_arr_is_one_targeted_read_and_the_new_fact(
    told: Told, sender: httpx.AsyncClient
) -> None:
    movie = {"title": "The Message", "year": 2003, "tmdbId": 900_777, "sizeBytes": 7 * 10**9}
    book = {"title": "A New Chapter", "author": "Jayne C", "authorId": 6, "sizeBytes": 4 * 10**6}
    album = {"title": "Third", "sizeBytes": 10**8, "tracks": 5, "files": 5}
    former = await told.item("lidarr", "5")
    assert former is not None
    new_movie = told.change("items", instance="radarr", movie=movie)["id"]
    new_book = told.change("items", instance="readarr", book=book)["id"]
    told.change("items", instance="sonarr", showId=7, season={"number": 2, "episodes": 5, "sizeBytes": 10**9})
    told.change("items", instance="lidarr", artistId=5, album=album)

    async def grown() -> bool:
        artist = await told.item("lidarr", "5")
        return artist is not None and artist["sizeBytes"] == former["sizeBytes"] + 10**8

    radarr = await send(
        told, sender, "radarr", events.radarr("Download", new_movie), lambda: told.item("radarr", str(new_movie))
    )
    sonarr = await send(told, sender, "sonarr", events.sonarr("Download", 7), lambda: told.item("sonarr", "7-s2"))
    lidarr = await send(told, sender, "lidarr", events.lidarr("Download", 5), grown)
    readarr = await send(
        told, sender, "readarr", events.readarr("Download", new_book), lambda: told.item("readarr", str(new_book))
    )

    names = {"/qualityprofile": 1, "/tag": 1}
    assert radarr == {f"/api/v3{path}": n for path, n in {"/movie/{id:int}": 1, **names}.items()}
    assert sonarr == {f"/api/v3{path}": n for path, n in {"/series/{id:int}": 1, "/episodefile": 1, **names}.items()}
    assert lidarr == {f"/api/v1{path}": n for path, n in {"/artist/{id:int}": 1, "/trackfile": 1, **names}.items()}
    book_calls = {"/book/{id:int}": 1, "/author/{id:int}": 1, "/bookfile": 1, **names}
    assert readarr == {f"/api/v1{path}": n for path, n in book_calls.items()}


async def test_one_webhook_of_each_other_system_is_one_call_and_the_new_fact(
    told: Told, sender: httpx.AsyncClient
) -> None:
    server = told.upstreams.world

    async def plays(key: str, external_id: str, more_than: int) -> bool:
        item = await told.item(key, external_id)
        return item is not None and item["playCount"] > more_than

    async def count(key: str, external_id: str) -> int:
        item = await told.item(key, external_id)
        assert item is not None
        return int(item["playCount"])

    async def watch(sender_key: str, place: str, event: Item, key: str, external_id: str) -> Mapping[str, int]:
        before = await count(key, external_id)
        person = WASH if sender_key != "jellyfin" else KAYLEE
        told.change("audience", server=place, play={"person": person, **PLAYED[sender_key]})
        return await send(told, sender, sender_key, event, lambda: plays(key, external_id, before))

    plex = await watch("plex", "plex", events.plex("media.scrobble", str(SUNSHINE_DRIFT)), "radarr", "13")
    episode = await episode_of_firefly(told)
    jellyfin = await watch(
        "jellyfin",
        "jellyfin",
        events.jellyfin("UserDataSaved", episode, "Episode", UserId=server.people[KAYLEE].media_id),
        "sonarr",
        "7-s1",
    )
    emby_event = events.emby("playback.stop", str(EMBY_SERENITY), User={"Id": WASH_ID})
    emby = await watch("emby", "emby", emby_event, "radarr", "12")
    tautulli = await watch("tautulli", "plex", events.tautulli("watched", str(SUNSHINE_DRIFT)), "radarr", "13")
    wanted = {"kind": "movie", "tmdbId": 900_001, "person": WASH}
    number = told.change("audience", desk="seerr", request=wanted)["id"]

    async def requested() -> bool:
        item = await told.item("radarr", "13")
        return item is not None and item["isRequested"] and item["requestedBy"] == "wash"

    seerr = await send(told, sender, "seerr", events.seerr("MEDIA_APPROVED", str(number)), requested)

    assert plex == {"/status/sessions/history/all": 1}
    assert jellyfin == {"/Items": 1}
    assert sum(emby.values()) == 1
    assert sum(tautulli.values()) == 1
    assert seerr == {"/api/v1/request/{id:int}": 1}


PLAYED: Mapping[str, Item] = {
    "plex": {"title": SUNSHINE_DRIFT},
    "tautulli": {"title": SUNSHINE_DRIFT},
    "jellyfin": {"title": JELLYFIN_FIREFLY, "season": 1, "episode": 2},
    "emby": {"title": EMBY_SERENITY},
}


async def episode_of_firefly(told: Told) -> str:
    """Jellyfin's id of the episode that Kaylee has seen."""
    play = m.SourcePlay
    wanted = select(play.episode_id).where(play.integration_id == told.ids["jellyfin"], play.episode_id != "")
    async with told.database.connect() as conn:
        return str((await conn.execute(wanted.limit(1))).scalar_one())


async def test_hundred_webhooks_for_one_item_are_two_reads_at_most(
    told_by_few: Told, sender: httpx.AsyncClient
) -> None:
    told = told_by_few
    answers = await asyncio.gather(
        *(sender.post(told.urls["radarr"], json=events.radarr("Rename", 12)) for _ in range(100))
    )

    async def all_read() -> bool:
        return {row.state for row in await told.requests()} == {RefreshState.DONE}

    await eventually(all_read, within_s=30, every_s=0.2)
    told.system.clock.jump(seconds=30)
    await eventually(all_read, within_s=30)
    reads = told.asked()
    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= reads["GET /radarr/api/v3/movie/{id:int}"] <= 2
    assert {route for route in reads if "/movie" in route} == {"GET /radarr/api/v3/movie/{id:int}"}


async def test_deleted_movie_leaves_the_preview_and_the_disk_is_measured_a_minute_later(
    told_by_few: Told, sender: httpx.AsyncClient
) -> None:
    told = told_by_few
    radarr = told.upstreams.world.instances["radarr"]
    used = (await told.system.get("/disk-groups"))[0]["usedBytes"]
    size = radarr.movies[13].size_bytes
    told.upstreams.do(lambda: delete_movie(told.upstreams.world, radarr, radarr.movies[13], with_files=True))

    async def gone() -> bool:
        return await told.item("radarr", "13") is None

    async def measured() -> bool:
        return bool((await told.system.get("/disk-groups"))[0]["usedBytes"] == used - size)

    await send(told, sender, "radarr", events.radarr("MovieDelete", 13, deletedFiles=True), gone)
    told.system.clock.jump(seconds=61)

    await eventually(measured, within_s=30)


async def test_S29_forged_foreign_and_outlived_tokens_change_nothing(
    told_by_few: Told, sender: httpx.AsyncClient
) -> None:
    told = told_by_few
    tokens = {key: url.rpartition("/")[2] for key, url in told.urls.items()}
    await told.system.send("DELETE", f"/integrations/{told.ids['seerr']}")
    before = await told.system.get("/preview")
    told.change("items", instance="radarr", movie={"title": "Unseen", "year": 2001, "tmdbId": 5, "sizeBytes": 10**9})
    radarr = told.urls["radarr"].rpartition("/")[0]
    told.asked()

    forged = await sender.post(f"{radarr}/{'A' * 43}", json=events.radarr("Download", 14))
    foreign = await sender.post(f"{radarr}/{tokens['sonarr']}", json=events.radarr("Download", 14))
    outlived = await sender.post(told.urls["seerr"], json=events.seerr())
    replayed = await sender.post(told.urls["radarr"], json=events.radarr("Test", 1))

    statuses = [answer.status_code for answer in (forged, foreign, outlived, replayed)]
    assert statuses == [404, 404, 404, 200]
    assert len({answer.text for answer in (forged, foreign, outlived)}) == 1
    assert await told.requests() == []
    assert told.asked() == {}
    kept = {(item["integrationId"], item["externalId"]) for item in before}
    assert {(item["integrationId"], item["externalId"]) for item in await told.system.get("/preview")} == kept
    written = "".join(process.log for process in told.system.processes.values())
    assert written
    assert not [token for token in tokens.values() if token in written]
