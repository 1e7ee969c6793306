"""What may go wrong at each of the simulated systems, and reading them all."""

from collections.abc import Iterable
from typing import Any

from libs.common.domain.enums import SnapshotState
from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.serve import SimulatorServer
from services.sync.enrichment.merge import merge_if_outdated
from services.sync.fetch import Reader
from tests.service.sync.rows import House

FAULTS = {
    "timeout": FaultRule(kind=FaultKind.TIMEOUT),
    "401": FaultRule(kind=FaultKind.STATUS, status=401),
    "403": FaultRule(kind=FaultKind.STATUS, status=403),
    "404": FaultRule(kind=FaultKind.STATUS, status=404),
    "429": FaultRule(kind=FaultKind.STATUS, status=429, retry_after=1),
    "500": FaultRule(kind=FaultKind.STATUS, status=500),
    "login page": FaultRule(kind=FaultKind.HTML_LOGIN),
    "truncated": FaultRule(kind=FaultKind.TRUNCATED),
    "wrong content type": FaultRule(kind=FaultKind.WRONG_CONTENT_TYPE),
    "empty page": FaultRule(kind=FaultKind.EMPTY_PAGE),
    "repeated page": FaultRule(kind=FaultKind.REPEATED_PAGE),
    "wrong total": FaultRule(kind=FaultKind.WRONG_TOTAL),
    "slow drip": FaultRule(kind=FaultKind.SLOW_DRIP, seconds=30),
}
HARMLESS = {"wrong content type", "repeated page", "wrong total"}
"""Answers with which a read may come to its end all the same: one page has no second, cursors have no total."""

HARMLESS_AT = {("tracearr", "empty page")}
"""What it counted comes whole each time; the page that is empty only adds who watched since."""

DATA = {
    "plex": "/status/sessions/history/all",
    "jellyfin": "/Items*",
    "emby": "/Users/*/Items*",
    "tautulli": "/api/v2*",
    "jellystat": "/stats/*",
    "tracearr": "*/history*",
    "seerr": "/api/v1/request*",
}
LISTS = {
    "sonarr": "/api/v3/series*",
    "radarr": "/api/v3/movie*",
    "lidarr": "/api/v1/artist*",
    "readarr": "/api/v1/book*",
}


async def read(house: House, reader: Reader, integration_id: int) -> Any:
    snapshot_id = await house.request(integration_id)
    await reader.read(snapshot_id)
    return await house.snapshot(snapshot_id)


async def all_read(
    house: House, reader: Reader, crew: SimulatorServer, keys: Iterable[str] | None = None
) -> dict[str, int]:
    """These systems (None: every one) connected and read; the integration's id by key."""
    ids = {}
    for key in keys or crew.world.systems:
        ids[key] = await house.connect(crew.instance(key), name=f"My {key}")
        snapshot = await read(house, reader, ids[key])
        assert snapshot.state is SnapshotState.COMPLETE, f"{key}: {snapshot.error}"
    await merge_if_outdated(house.db, house.now, patiently=False)
    return ids
