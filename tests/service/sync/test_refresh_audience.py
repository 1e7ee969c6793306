"""What somebody did with one item, or one request: in the catalogue after one call, and never less than before."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import stamina
from sqlalchemy import delete, func, select, update

from libs.common.db import models as m
from libs.common.domain.enums import Capability, RefreshKind, RefreshState
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.fixture_audience import (
    EMBY_SERENITY,
    FIREFLY,
    JELLYFIN_FIREFLY,
    JELLYFIN_SERENITY,
    SUNSHINE_DRIFT,
    WASH,
)
from services.sync.audience.queries import plays_wanted_since
from tests.service.sync.refreshing import Refreshing

pytestmark = pytest.mark.service

ACTIVITY, REQUEST = RefreshKind.ACTIVITY, RefreshKind.REQUEST
WASH_ID = "22222222333344445555666666666666"
SERENITY, DRIFT, SHOW, SEASON = "12", "13", "7", "7-s1"


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


def hexed(number: int) -> str:
    return f"{number:032x}"


async def libraries(refreshing: Refreshing) -> tuple[int, int]:
    return await refreshing.connect("radarr"), await refreshing.connect("sonarr")


async def item(refreshing: Refreshing, integration_id: int, external_id: str) -> dict[str, Any]:
    found = await refreshing.item(integration_id, external_id)
    assert found is not None
    return found


async def leaf(refreshing: Refreshing, plex: int) -> str:
    """The rating key of an episode of Firefly that was played."""
    play = m.SourcePlay
    wanted = select(play.episode_id).where(play.integration_id == plex, play.title_id == str(FIREFLY)).limit(1)
    return str(await refreshing.house.scalar(wanted))


async def test_play_on_plex_is_in_the_catalogue_after_one_call(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    plex = await refreshing.connect("plex")
    before = await item(refreshing, radarr, DRIFT)
    refreshing.change("audience", server="plex", play={"person": WASH, "title": SUNSHINE_DRIFT})

    row = await refreshing.refresh(plex, ACTIVITY, str(SUNSHINE_DRIFT))

    after = await item(refreshing, radarr, DRIFT)
    assert row.state is RefreshState.DONE
    assert refreshing.asked() == {"GET /plex/status/sessions/history/all": 1}
    assert (before["play_count"], after["play_count"]) == (0, 1)
    assert (before["last_played"], before["watched_by_users"]) == (None, [])
    assert refreshing.clock.now() - after["last_played"] < timedelta(minutes=5)
    assert after["watched_by_users"] == ["wash"]


async def test_play_of_an_episode_counts_for_its_season_and_show(refreshing: Refreshing) -> None:
    _, sonarr = await libraries(refreshing)
    plex = await refreshing.connect("plex")
    episode = await leaf(refreshing, plex)
    before = await item(refreshing, sonarr, SHOW), await item(refreshing, sonarr, SEASON)
    refreshing.change("audience", server="plex", play={"person": WASH, "title": FIREFLY, "season": 1, "episode": 1})
    refreshing.change("audience", server="plex", play={"person": WASH, "title": FIREFLY, "season": 1, "episode": 2})

    await refreshing.refresh(plex, ACTIVITY, episode)

    after = await item(refreshing, sonarr, SHOW), await item(refreshing, sonarr, SEASON)
    assert [new["play_count"] - old["play_count"] for old, new in zip(before, after, strict=True)] == [1, 1]
    assert all(refreshing.clock.now() - new["last_played"] < timedelta(minutes=5) for new in after)


async def test_play_on_tautulli_is_in_the_catalogue_after_one_call(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    await refreshing.connect("plex")
    tautulli = await refreshing.connect("tautulli")
    refreshing.change("audience", server="plex", play={"person": WASH, "title": SUNSHINE_DRIFT})

    await refreshing.refresh(tautulli, ACTIVITY, str(SUNSHINE_DRIFT))

    assert sum(refreshing.asked().values()) == 1
    assert (await item(refreshing, radarr, DRIFT))["play_count"] == 1


@pytest.mark.parametrize(
    ("server", "native_id", "title"),
    [
        pytest.param("jellyfin", hexed(JELLYFIN_SERENITY), JELLYFIN_SERENITY, id="jellyfin"),
        pytest.param("emby", str(EMBY_SERENITY), EMBY_SERENITY, id="emby"),
    ],
)
async def test_play_on_a_counting_server_is_in_the_catalogue_after_one_call(
    refreshing: Refreshing, server: str, native_id: str, title: int
) -> None:
    radarr, _ = await libraries(refreshing)
    source = await refreshing.connect(server)
    before = await item(refreshing, radarr, SERENITY)
    refreshing.change("audience", server=server, play={"person": WASH, "title": title})

    await refreshing.refresh(source, ACTIVITY, native_id, WASH_ID)

    after = await item(refreshing, radarr, SERENITY)
    assert sum(refreshing.asked().values()) == 1
    assert after["play_count"] == before["play_count"] + 1
    assert set(after["watched_by_users"]) == {*before["watched_by_users"], "wash"}


async def test_favourite_protects_at_once_and_ends_with_a_full_read(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    jellyfin = await refreshing.connect("jellyfin")
    before = await item(refreshing, radarr, SERENITY)
    mark = {"person": WASH, "title": JELLYFIN_SERENITY}
    refreshing.change("audience", server="jellyfin", favourite=mark)

    await refreshing.refresh(jellyfin, ACTIVITY, hexed(JELLYFIN_SERENITY), WASH_ID)
    marked = await item(refreshing, radarr, SERENITY)
    refreshing.change("audience", server="jellyfin", favourite={**mark, "remove": True})
    refreshing.clock.jump(seconds=10)
    await refreshing.refresh(jellyfin, ACTIVITY, hexed(JELLYFIN_SERENITY), WASH_ID)
    still = await item(refreshing, radarr, SERENITY)
    await refreshing.read_all(jellyfin)

    ended = await item(refreshing, radarr, SERENITY)
    shown = [each["on_watchlist"] for each in (before, marked, still, ended)]
    assert shown == [False, True, True, False]


async def test_user_who_saw_nothing_of_it_changes_nothing(refreshing: Refreshing) -> None:
    await libraries(refreshing)
    jellyfin = await refreshing.connect("jellyfin")
    before = await refreshing.house.catalogue()

    await refreshing.refresh(jellyfin, ACTIVITY, hexed(JELLYFIN_FIREFLY), WASH_ID)

    assert await refreshing.house.catalogue() == before
    assert refreshing.count(ACTIVITY) == {"gone": 1}


async def test_request_is_in_the_catalogue_after_one_call(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    seerr = await refreshing.connect("seerr")
    before = await item(refreshing, radarr, DRIFT)
    request = {"kind": "movie", "tmdbId": 900_001, "person": WASH, "status": 1}
    number = refreshing.change("audience", desk="seerr", request=request)["id"]

    await refreshing.refresh(seerr, REQUEST, str(number))

    after = await item(refreshing, radarr, DRIFT)
    assert refreshing.asked() == {"GET /seerr/api/v1/request/{id:int}": 1}
    assert (before["requested"], after["requested"]) == (False, True)
    assert (after["requested_by"], after["request_count"]) == ("wash", 1)


async def test_request_that_is_not_found_protects_until_a_full_read_misses_it(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    seerr = await refreshing.connect("seerr")
    refreshing.do(refreshing.server.world.request_desks["seerr"].requests.clear)

    await refreshing.refresh(seerr, REQUEST, "31")
    still = await item(refreshing, radarr, SERENITY)

    assert still["requested"] is True
    assert refreshing.count(REQUEST) == {"gone": 1}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(FaultRule(kind=FaultKind.STATUS, status=500, path_glob="*history*"), id="500"),
        pytest.param(FaultRule(kind=FaultKind.STATUS, status=403, path_glob="*history*"), id="403"),
        pytest.param(FaultRule(kind=FaultKind.TRUNCATED, path_glob="*history*"), id="truncated"),
        pytest.param(FaultRule(kind=FaultKind.HTML_LOGIN, path_glob="*history*"), id="login page"),
    ],
)
async def test_play_that_cannot_be_read_changes_nothing(refreshing: Refreshing, fault: FaultRule) -> None:
    await libraries(refreshing)
    plex = await refreshing.connect("plex")
    before = await refreshing.house.catalogue()
    refreshing.change("audience", server="plex", play={"person": WASH, "title": SUNSHINE_DRIFT})
    refreshing.server.break_calls(fault)

    row = await refreshing.refresh(plex, ACTIVITY, str(SUNSHINE_DRIFT))

    assert row.state in {RefreshState.WAITING, RefreshState.GIVEN_UP}
    assert row.error_class
    assert await refreshing.house.catalogue() == before


async def test_answer_that_a_later_full_read_overtook_is_not_kept(refreshing: Refreshing) -> None:
    await libraries(refreshing)
    plex = await refreshing.connect("plex")
    later = refreshing.clock.now() + timedelta(hours=1)
    plays = m.SourceReading.capability == Capability.PLAYS
    await refreshing.house.execute(update(m.SourceReading).where(plays).values(complete_at=later))
    refreshing.change("audience", server="plex", play={"person": WASH, "title": SUNSHINE_DRIFT})
    counted = select(func.count()).select_from(m.SourcePlay)
    before = await refreshing.house.scalar(counted)

    await refreshing.refresh(plex, ACTIVITY, str(SUNSHINE_DRIFT))

    assert await refreshing.house.scalar(counted) == before
    assert refreshing.count(ACTIVITY) == {"overtaken": 1}


async def test_next_full_read_begins_where_the_last_one_ended_and_not_at_a_play_that_came_alone(
    refreshing: Refreshing,
) -> None:
    radarr, _ = await libraries(refreshing)
    plex = await refreshing.connect("plex")
    read_at = refreshing.clock.now()
    refreshing.clock.jump(days=4)
    refreshing.change("clock", seconds=4 * 86_400)
    two_days = 2 * 86_400
    refreshing.change("audience", server="plex", play={"person": WASH, "title": 501, "secondsAgo": two_days})
    refreshing.change("audience", server="plex", play={"person": WASH, "title": SUNSHINE_DRIFT})
    before = await item(refreshing, radarr, SERENITY)

    await refreshing.refresh(plex, ACTIVITY, str(SUNSHINE_DRIFT))
    async with refreshing.house.db.connect() as conn:
        since = await plays_wanted_since(conn, plex, refreshing.clock.now())
    await refreshing.read_all(plex)

    after = await item(refreshing, radarr, SERENITY)
    assert since is not None
    assert since <= read_at
    assert after["play_count"] == before["play_count"] + 1


async def test_age_of_the_evidence_is_that_of_the_last_full_read(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    plex = await refreshing.connect("plex")
    before = await item(refreshing, radarr, SERENITY)
    refreshing.clock.jump(hours=5)

    await refreshing.refresh(plex, ACTIVITY, "501")

    after = await item(refreshing, radarr, SERENITY)
    assert after["watch_evidence_at"] == before["watch_evidence_at"]
    assert after["watch_evidence"] == before["watch_evidence"]


async def test_play_of_a_source_that_was_never_read_leaves_evidence_unknown(refreshing: Refreshing) -> None:
    radarr, _ = await libraries(refreshing)
    plex = await refreshing.connect("plex")
    await refreshing.house.execute(delete(m.SourceReading))
    await refreshing.house.execute(delete(m.SourcePlay))

    await refreshing.refresh(plex, ACTIVITY, "501")

    found = await item(refreshing, radarr, SERENITY)
    assert found["play_count"] == 2
    assert found["watch_evidence_at"] is None
