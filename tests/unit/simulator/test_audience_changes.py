"""The audience changes by order, and a restarted simulator has it as it was."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from libs.simulator.audience import Favourite
from libs.simulator.fixture_audience import FIREFLY, JELLYFIN_SERENITY, KAYLEE, MAL, SERENITY, WASH
from libs.simulator.interventions import intervene
from libs.simulator.simulation import Simulation
from libs.simulator.state import Birth, open_simulation
from libs.simulator.world import World
from tests.unit.simulator.conftest import NOW

PLAY = {"server": "plex", "play": {"person": WASH, "title": SERENITY, "secondsAgo": 3600}}


def order(simulation: Simulation, **body: Any) -> dict[str, Any]:
    return intervene(simulation, "audience", body)


def test_a_play_is_put_where_its_time_belongs(simulation: Simulation) -> None:
    plex = simulation.world.media_servers["plex"]
    newest = plex.plays[-1]
    days = (NOW.timestamp() - newest.at) / 86_400

    late = order(simulation, **PLAY)
    early = {"person": MAL, "title": FIREFLY, "season": 1, "episode": 14, "secondsAgo": (days + 1) * 86_400}
    order(simulation, server="plex", play=early | {"seconds": 5})

    assert [view.at for view in plex.plays] == sorted(view.at for view in plex.plays)
    assert plex.plays[-1].number == late["number"]
    assert abs(plex.plays[-1].at - (NOW - timedelta(hours=1)).timestamp()) < 60
    assert (plex.plays[-3].episode, plex.plays[-3].seconds) == (14, 5)
    assert len({view.number for view in plex.plays}) == len(plex.plays)
    assert plex.revision == 2


def test_marks_and_labels_come_and_go(simulation: Simulation) -> None:
    plex = simulation.world.media_servers["plex"]
    mark = {"person": WASH, "title": FIREFLY, "season": 1}

    for _ in range(2):
        order(simulation, server="plex", favourite=mark)
        order(simulation, server="plex", label={"title": SERENITY, "label": "Leaving"})
    assert plex.favourites == [Favourite(WASH, FIREFLY, 1)]
    assert plex.titles[SERENITY].labels == ["Keep", "Leaving"]

    order(simulation, server="plex", favourite=mark | {"remove": True})
    order(simulation, server="plex", label={"title": SERENITY, "label": "keep", "remove": True})
    assert plex.favourites == []
    assert plex.titles[SERENITY].labels == ["Leaving"]


def test_a_forgotten_title_leaves_its_plays_behind(simulation: Simulation) -> None:
    plex = simulation.world.media_servers["plex"]
    before = len(plex.plays)

    order(simulation, server="plex", forget=SERENITY)
    order(simulation, server="plex", forget=FIREFLY)

    assert sorted(plex.titles) == [502, 800]
    assert len(plex.plays) == before
    assert plex.collections[950].members == [502]
    assert plex.on_deck == []


def test_a_request_gets_the_next_number(simulation: Simulation) -> None:
    wanted = {"kind": "movie", "tmdbId": 900001, "person": KAYLEE, "arr": "radarr", "arrId": 13}

    assert order(simulation, desk="seerr", request=wanted) == {"id": 33}

    request = simulation.world.request_desks["seerr"].requests[-1]
    assert (request.id, request.tmdb_id, request.person, request.created_at) == (33, 900001, KAYLEE, request.created_at)
    assert abs(request.created_at - NOW) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"server": "tv", "forget": 1}, "server must be one of plex, jellyfin, emby"),
        ({"server": "plex"}, "exactly one of"),
        ({"server": "plex", "forget": SERENITY, "label": {}}, "exactly one of"),
        ({"server": "plex", "forget": 1}, "no title 1"),
        ({"server": "plex", "forget": "501"}, "Expected `int`"),
        ({"server": "plex", "play": {"person": 9, "title": SERENITY}}, "person must be one of 0, 1, 2"),
        ({"server": "plex", "play": {"person": 0, "title": SERENITY, "season": 1, "episode": 1}}, "is a movie"),
        ({"server": "plex", "play": {"person": 0, "title": FIREFLY}}, "no episode 0"),
        ({"server": "plex", "play": {"person": 0, "title": FIREFLY, "season": 1, "episode": 15}}, "no episode 15"),
        ({"server": "plex", "favourite": {"person": 0, "title": FIREFLY, "season": 2}}, "season 2"),
        ({"server": "plex", "play": {"person": 0, "title": SERENITY, "when": 1}}, "unknown field"),
        ({"desk": "shop", "request": {}}, "desk must be one of seerr"),
        ({"desk": "seerr"}, "Expected `object`"),
        ({"desk": "seerr", "request": {"kind": "tv", "tmdbId": 1, "person": 0, "id": 31}}, "already has a request 31"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_changes_nothing(simulation: Simulation, body: Any, why: str) -> None:
    before = _audience(simulation.world)

    with pytest.raises(ValueError, match=why):
        order(simulation, **body)

    assert _audience(simulation.world) == before
    assert simulation.ledger.since() == []


@pytest.mark.parametrize(
    ("system", "settings"),
    [("plex", {"grandparentKeys": False}), ("emby", {"listUserData": False}), ("tracearr", {"hasV2": False})],
)
def test_a_media_server_and_a_history_can_be_set_up_differently(
    simulation: Simulation, system: str, settings: dict[str, bool]
) -> None:
    answer = intervene(simulation, "settings", {"instance": system, "settings": settings})

    assert settings.items() <= answer.items()
    with pytest.raises(ValueError, match="does not know recycleBin"):
        intervene(simulation, "settings", {"instance": system, "settings": {"recycleBin": "/bin"}})
    with pytest.raises(ValueError, match="does not know /data"):
        intervene(simulation, "settings", {"instance": system, "rootAccessible": {"/data": False}})


def test_a_restarted_simulator_has_the_same_audience(tmp_path: Path) -> None:
    first = open_simulation(Birth("fixture", 0, NOW), tmp_path)
    order(first, **PLAY)
    order(first, server="jellyfin", favourite={"person": MAL, "title": JELLYFIN_SERENITY})
    order(first, server="jellyfin", label={"title": JELLYFIN_SERENITY, "label": "Leaving"})
    order(first, server="emby", forget=4101)
    order(first, desk="seerr", request={"kind": "tv", "tmdbId": 1437, "person": WASH, "seasons": [1]})
    intervene(first, "settings", {"instance": "jellyfin", "settings": {"legacyAuth": False}})
    first.ledger.close()

    second = open_simulation(Birth("fixture", 0, NOW + timedelta(days=1)), tmp_path)
    second.ledger.close()

    assert _audience(second.world) == _audience(first.world)
    assert not second.world.media_servers["jellyfin"].settings.legacy_auth


def _audience(world: World) -> Any:
    servers = [
        (server.plays, server.favourites, server.titles, server.collections, server.on_deck)
        for server in world.media_servers.values()
    ]
    return repr((servers, [desk.requests for desk in world.request_desks.values()]))
