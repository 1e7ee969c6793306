"""What a deletion would meet: asked of the upstream before it, and told again when a group is to act alone."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType
from libs.simulator.builders import world_with
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from libs.simulator.specs import MovieSpec, SeasonSpec, ShowSpec
from services.api.preflight.warnings import BIN_UNKNOWN, NO_BIN
from services.api.preflight.wire import Preflight
from services.sync.fetch import Reader
from services.sync.handlers import preflight_router
from services.sync.preflight import PreflightLook
from services.sync.upstreams import Upstreams
from tests.harness.bus import running_broker
from tests.harness.jumping_clock import JumpingClock
from tests.service.api import rows
from tests.service.sync.rows import BOX, House

pytestmark = pytest.mark.service

AUTO = {"thresholdPct": 90, "targetPct": 80, "mode": "auto"}


@pytest.fixture
def house(database: Database, clock: JumpingClock) -> House:
    """A database without integrations."""
    return House(database, clock.now())


@pytest.fixture
async def town(house: House, nats_url: str, api: httpx.AsyncClient) -> AsyncIterator[SimulatorServer]:
    """A Radarr and a Sonarr, and a sync that asks them."""
    look = PreflightLook(house.db, Upstreams(BOX, allow_loopback=True))
    show = ShowSpec(title="Show", seasons=[SeasonSpec(number=1, episodes=1)])
    async with running_broker(nats_url, preflight_router(look)):
        with SimulatorServer(world_with(movies=[MovieSpec(title="Movie")], shows=[show])) as server:
            yield server


def settings(town: SimulatorServer, key: str, **changes: Any) -> None:
    def change() -> None:
        for name, value in changes.items():
            setattr(town.world.instances[key].settings, name, value)

    town.do(change)


def lose_roots(town: SimulatorServer, key: str) -> str:
    def change() -> str:
        for root in town.world.instances[key].roots:
            root.accessible = False
        return root.path

    return town.do(change)


async def look(api: httpx.AsyncClient, integration_id: int) -> dict[str, Any]:
    answer = await api.get(f"/integrations/{integration_id}/preflight")
    assert answer.status_code == 200, answer.text
    Preflight.model_validate(answer.json())
    return dict(answer.json())


async def test_it_says_that_there_is_no_way_back(api: httpx.AsyncClient, house: House, town: SimulatorServer) -> None:
    radarr = await house.connect(town.instance("radarr"))

    seen = await look(api, radarr)

    assert "recycleBin" not in seen
    assert seen["warnings"] == [NO_BIN]
    assert (seen["integrationId"], seen["type"], seen["canDelete"]) == (radarr, "radarr", True)
    assert [folder["accessible"] for folder in seen["rootFolders"]] == [True]
    assert seen["unmonitor"] == {"supported": False, "enabled": True, "byUpstream": False}
    assert seen["addImportExclusion"] is True


async def test_with_a_bin_it_says_how_long_the_space_stays_taken(
    api: httpx.AsyncClient, house: House, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    settings(town, "radarr", recycle_bin="/data/bin")

    seen = await look(api, radarr)

    assert seen["recycleBin"] == {"path": "/data/bin", "cleanupDays": 7}
    assert seen["warnings"] == [
        "deleted files go to the recycle bin /data/bin and take up space until it is emptied after 7 days"
    ]


async def test_seasons_that_may_come_back_are_warned_of(
    api: httpx.AsyncClient, house: House, database: Database, town: SimulatorServer
) -> None:
    sonarr = await house.connect(town.instance("sonarr"))
    async with database.begin() as tx:
        await tx.execute(update(m.Preferences).values(unmonitor_seasons=False))
        await tx.execute(update(m.Integration).values(add_import_exclusion=False))

    seen = await look(api, sonarr)
    settings(town, "sonarr", auto_unmonitor=True)
    covered = await look(api, sonarr)

    assert seen["unmonitor"] == {"supported": True, "enabled": False, "byUpstream": False}
    again = "seasons are not unmonitored before their files go: they may be fetched again"
    assert seen["warnings"] == [NO_BIN, again, "no import exclusion: an import list may bring deleted items back"]
    assert again not in covered["warnings"]


async def test_S22_an_unreachable_root_folder_stands_out(
    api: httpx.AsyncClient, house: House, town: SimulatorServer
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    path = lose_roots(town, "radarr")

    seen = await look(api, radarr)

    assert seen["canDelete"] is False
    assert [folder["accessible"] for folder in seen["rootFolders"]] == [False]
    assert f"the root folder {path} cannot be reached: nothing below it is deleted" in seen["warnings"]
    (problem,) = [problem for problem in seen["problems"] if problem["blocksDeletions"]]
    assert seen["warnings"][0] == f"nothing is deleted while it reports: {problem['message']}"


@pytest.mark.parametrize(
    ("fault", "error_class", "word"),
    [
        (FaultRule(kind=FaultKind.STATUS, status=401), "auth", "key"),
        (FaultRule(kind=FaultKind.STATUS, status=503, path_glob="*/health"), "server_error", "503"),
        (FaultRule(kind=FaultKind.HTML_LOGIN, path_glob="*/rootfolder"), "login_page", "log"),
    ],
)
async def test_an_upstream_that_fails_is_a_502_with_its_trouble(
    api: httpx.AsyncClient, house: House, town: SimulatorServer, fault: FaultRule, error_class: str, word: str
) -> None:
    radarr = await house.connect(town.instance("radarr"))
    town.break_calls(fault)

    answer = await api.get(f"/integrations/{radarr}/preflight")

    assert (answer.status_code, set(answer.json())) == (502, {"error", "errorClass"})
    assert answer.json()["errorClass"] == error_class
    assert word in answer.json()["error"].lower()


async def test_what_cannot_be_looked_at(api: httpx.AsyncClient, house: House) -> None:
    plex = await house.integration(IntegrationType.PLEX)
    off = await house.integration(IntegrationType.RADARR, enabled=False)
    alone = await house.integration(IntegrationType.RADARR)

    statuses = [(await api.get(f"/integrations/{place}/preflight")).status_code for place in (plex, off, 999, "x")]

    assert statuses == [400, 409, 404, 400]
    assert (await api.get(f"/integrations/{alone}/preflight")).status_code == 503


async def test_a_group_that_is_to_act_alone_warns_from_what_was_read_last(
    api: httpx.AsyncClient, house: House, town: SimulatorServer, clock: JumpingClock
) -> None:
    radarr = await house.connect(town.instance("radarr"), name="My Radarr")
    settings(town, "radarr", recycle_bin="/data/bin")
    path = lose_roots(town, "radarr")
    reader = Reader(house.db, clock, Upstreams(BOX, allow_loopback=True), lambda: "reader")
    await reader.read(await house.request(radarr))
    group = int(await house.scalar(select(m.DiskGroup.id)))
    calls = len(town.ledger())

    shown = (await api.put(f"/disk-groups/{group}", json=AUTO)).json()

    assert shown["warnings"] == [
        "My Radarr: deleted files go to the recycle bin /data/bin and take up space until it is emptied after 7 days",
        f"My Radarr: the root folder {path} cannot be reached: nothing below it is deleted",
    ]
    assert (await api.get("/disk-groups")).json()[0]["warnings"] == shown["warnings"]
    assert len(town.ledger()) == calls


async def test_what_was_not_read_yet_is_said_to_be_unknown_and_no_bin_is_no_way_back(
    api: httpx.AsyncClient, database: Database
) -> None:
    group = await rows.disk_group(database)
    unread = await rows.integration(database, "Unread")
    empty = await rows.integration(database, "Empty", recycle_bin="")
    server = await rows.integration(database, "Plex", type="plex")
    off = await rows.integration(database, "Off", enabled=False)
    for source in (unread, empty, server, off):
        await rows.add(database, m.DiskGroupIntegration, disk_group_id=group, integration_id=source)

    assert "warnings" not in (await api.put(f"/disk-groups/{group}", json=AUTO | {"mode": "dry-run"})).json()
    shown = (await api.put(f"/disk-groups/{group}", json=AUTO)).json()
    counting = (await api.put(f"/disk-groups/{group}", json=AUTO | {"mode": "sunset", "sunsetPct": 60})).json()

    assert shown["warnings"] == counting["warnings"] == [f"Unread: {BIN_UNKNOWN}", f"Empty: {NO_BIN}"]


async def test_an_integration_that_is_saved_may_be_another_one_with_another_bin(
    api: httpx.AsyncClient, database: Database
) -> None:
    source = await rows.integration(database, recycle_bin="/bin", recycle_bin_days=7)

    assert (await api.put(f"/integrations/{source}", json={"url": "http://other:8989"})).status_code == 200

    async with database.connect() as conn:
        row = (await conn.execute(select(m.Integration.recycle_bin, m.Integration.recycle_bin_days))).one()
    assert tuple(row) == (None, None)
