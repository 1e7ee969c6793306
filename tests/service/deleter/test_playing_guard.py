"""What somebody is watching is left alone, and so is everything while nobody can tell who is watching what."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, HoldCode, IntegrationType, JobState, Trigger
from libs.simulator.audience import MediaServer, ServerTitle, ViewEvent
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import GB, MovieSpec, SeasonSpec, ShowSpec
from libs.simulator.venues import add_history, add_media_server, person, stock
from services.deleter.circuit import PAUSE
from tests.service.deleter.rows import DELAY_S
from tests.service.deleter.town import Town

pytestmark = pytest.mark.service


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """Four movies and a show; a Plex and a Jellyfin have all of it but the last movie. A Tautulli records the Plex."""
    movies = [MovieSpec(title=f"Movie {number}", size_bytes=20 * GB) for number in range(1, 5)]
    shows = [ShowSpec(title="Show", seasons=[SeasonSpec(number=number, episodes=2) for number in (1, 2)])]
    world = world_with(movies=movies, shows=shows)
    world.people = [person(0), person(1)]
    for key, kind in (("plex", IntegrationType.PLEX), ("jellyfin", IntegrationType.JELLYFIN)):
        house = add_media_server(world, key, kind, [0, 1])
        stock(world, house, ["radarr", "sonarr"])
        house.titles.pop(_title(house, "Movie 4").native)
    add_history(world, "tautulli", IntegrationType.TAUTULLI, ["plex"], since=0)
    with SimulatorServer(world) as running:
        yield running


@pytest.fixture
async def town(town: Town) -> Town:
    """The engine chose jobs here although little is known of their items: nobody has watched anything so far."""
    await town.content_with_little()
    return town


def _title(house: MediaServer, name: str) -> ServerTitle:
    return next(title for title in house.titles.values() if title.title == name)


def _play(town: Town, key: str, name: str, season: int = 0, episode: int = 0) -> None:
    house = town.server.world.media_servers[key]
    native = _title(house, name).native
    view = ViewEvent(number=1, person=1, title=native, season=season, episode=episode, at=1_700_000_000, seconds=600)
    town.server.do(lambda: house.playing.append(view))


def _stop_playing(town: Town) -> None:
    for house in town.server.world.media_servers.values():
        town.server.do(house.playing.clear)


async def _put_off(town: Town, job_id: int, *, going: int = 0) -> Any:
    """A replica works until this job was looked at and waits, and so many others have gone; answers the job's row."""
    town.owner.clock.jump(seconds=DELAY_S + 1)
    queue = town.deleter()

    async def waits() -> bool:
        row = await town.owner.job(job_id)
        return row.state is JobState.WAITING and row.last_error != "" and len(town.deleted) >= going

    await town.work(queue, waits)
    await queue.stop()
    return await town.owner.job(job_id)


async def _go_on(town: Town) -> None:
    """The pause is over: another replica works until every job has ended."""
    town.owner.clock.jump(seconds=PAUSE.total_seconds() + 1)
    await town.work(town.deleter(), town.all_ended)


@pytest.mark.parametrize(
    ("server_key", "playing", "external_id"),
    [
        pytest.param("plex", ("Movie 1",), ("radarr", "1"), id="movie-on-plex"),
        pytest.param("jellyfin", ("Movie 1",), ("radarr", "1"), id="movie-on-jellyfin"),
        pytest.param("plex", ("Show", 1, 2), ("sonarr", "1-s2"), id="episode-of-its-show"),
        pytest.param("jellyfin", ("Show", 1, 2), ("sonarr", "1"), id="episode-of-the-show"),
    ],
)
async def test_S14_refuseWhilePlaying_waits_until_it_is_over(
    town: Town, server_key: str, playing: tuple[str, int, int], external_id: tuple[str, str]
) -> None:
    (job_id,) = await town.owner.enqueue(await town.job(*external_id, score=0.9))
    await town.owner.enqueue(await town.job("radarr", "2", score=0.1))
    _play(town, server_key, *playing)

    waiting = await _put_off(town, job_id, going=1)
    _stop_playing(town)
    await _go_on(town)

    assert waiting.state is JobState.WAITING
    assert waiting.attempts == 0
    assert waiting.last_error.startswith("somebody is watching")
    assert town.deleted == [("radarr", "2"), external_id], "the others do not wait for it"


async def test_person_has_to_wait_too_unless_the_owner_does_not_mind(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1", trigger=Trigger.USER))
    _play(town, "plex", "Movie 1")

    await _put_off(town, job_id)
    before = town.deleted
    await town.owner.prefer(refuse_while_playing=False)
    await _go_on(town)

    assert (before, town.deleted) == ([], [("radarr", "1")])


async def test_server_that_does_not_tell_holds_everything_until_it_does(town: Town) -> None:
    jobs = [await town.job("radarr", "1", score=0.9), await town.job("radarr", "4")]
    (first, _) = await town.owner.enqueue(*jobs)
    town.server.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="jellyfin"))

    await _put_off(town, first)
    held = await town.owner.rows(select(m.Hold.code, m.Hold.message, m.Hold.released_at))
    states, before = await town.owner.states(), town.deleted
    town.server.heal()
    await _go_on(town)

    assert (states, before) == (["waiting", "waiting"], [])
    (hold,) = held
    assert hold.code is HoldCode.SESSIONS_UNKNOWN
    assert "jellyfin cannot be asked who is watching" in hold.message
    assert sorted(town.deleted) == [("radarr", "1"), ("radarr", "4")]
    assert await town.owner.scalar(select(m.Hold.released_at)) is not None


async def test_item_no_server_has_goes_only_when_that_is_certain(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "4"))
    _play(town, "plex", "Movie 1")
    reading = m.SourceReading
    titles = (reading.integration_id == town.ids["plex"], reading.capability == Capability.TITLES)
    await town.owner.execute(update(reading).where(*titles).values(partial="not all of it"))

    waiting = await _put_off(town, job_id)
    await town.owner.execute(update(reading).where(*titles).values(partial=""))
    await _go_on(town)

    assert "it is not known whether it is Movie 4" in waiting.last_error
    assert town.deleted == [("radarr", "4")]


async def test_history_is_asked_only_for_a_server_that_is_not_connected(town: Town) -> None:
    """A Tautulli that is away must not stop anything while its Plex answers itself."""
    await town.owner.enqueue(await town.job("radarr", "1"), await town.job("radarr", "2"))
    town.server.break_calls(FaultRule(kind=FaultKind.STATUS, status=500, instance="tautulli"))
    await town.drain()
    with_plex = len(town.deleted)

    town.server.heal()
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "3"))
    plex = m.Integration.id == town.ids["plex"]
    await town.owner.execute(update(m.Integration).where(plex).values(enabled=False))
    _play(town, "plex", "Movie 3")
    waiting = await _put_off(town, job_id)

    assert (with_plex, len(town.deleted)) == (2, 2)
    assert waiting.last_error == "somebody is watching Movie 3 on tautulli"


async def test_one_question_serves_all_jobs_of_a_few_seconds(town: Town) -> None:
    await town.owner.enqueue(*[await town.job("radarr", number) for number in ("1", "2", "3")])
    town.server.do(town.server.simulation.traffic.clear)
    town.owner.clock.jump(seconds=DELAY_S + 1)

    await town.work(town.deleter(), town.all_ended)

    asked = town.server.simulation.traffic.calls["plex"]
    sessions = sum(sum(sorts.values()) for route, sorts in asked.items() if route.endswith("/status/sessions"))
    assert len(town.deleted) == 3
    assert sessions <= 2, "three jobs; a machine that is slow may need a second question"


async def test_title_that_nobody_has_matched_may_be_the_one(town: Town) -> None:
    (job_id,) = await town.owner.enqueue(await town.job("radarr", "1"))
    _play(town, "plex", "Movie 2")
    await town.owner.execute(delete(m.TitleMatch).where(m.TitleMatch.integration_id == town.ids["plex"]))

    waiting = await _put_off(town, job_id)

    assert "it is not known whether it is Movie 1" in waiting.last_error
    assert town.deleted == []
