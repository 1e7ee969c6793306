"""The order in which a source that enriches is asked. One matter that fails leaves the others standing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import structlog

from libs.common.domain.enums import Capability
from libs.integrations.audience import PlayNotes, PlayReading, Reading
from libs.integrations.capabilities import (
    Client,
    CollectionSource,
    ConnectionTest,
    LabelSource,
    RequestSource,
    ServerDirectory,
    TitleLibrary,
    UserDirectory,
    WatchlistSource,
    WatchSource,
    capability,
)
from libs.integrations.errors import ErrorClass, UpstreamError
from services.sync import failures
from services.sync.audience.columns import KEPT, SERVERS, USERS
from services.sync.audience.rows import ROWS, named_rows, server_row, user_row
from services.sync.audience.staging import NAMED, AudienceStaging
from services.sync.health.rules import Failure

log = structlog.get_logger(__name__)

_OUTAGES = frozenset(
    {ErrorClass.TIMEOUT, ErrorClass.DNS, ErrorClass.REFUSED, ErrorClass.TLS, ErrorClass.AUTH, ErrorClass.API_DISABLED}
)
"""After one of these nothing more is asked: the answer would be the same, and waiting for it takes minutes."""


@dataclass(slots=True)
class Told:
    """What became of one capability. `failure` None: read to its end, `rows` of it; `notes` come with plays."""

    failure: Failure | None = None
    rows: int = 0
    is_addition: bool = False
    notes: PlayNotes | None = None


@dataclass(slots=True)
class AudienceFacts:
    """What a reading has found out. `asked_at` is when it began and the time of every fact.

    `since` is from when on plays are wanted (None: all). `identity` is the machine id of a media server.
    """

    asked_at: datetime
    since: datetime | None = None
    app_version: str | None = None
    identity: str | None = None
    told: dict[Capability, Told] = field(default_factory=dict)

    @property
    def failures(self) -> list[Failure]:
        """What went wrong, in the order in which it did."""
        return [told.failure for told in self.told.values() if told.failure is not None]


_PAGE_ROWS = 1000

_READINGS: Mapping[Capability, tuple[Any, Callable[[Any, datetime | None], Reading[Any]]]] = {
    Capability.TITLES: (TitleLibrary, lambda client, _since: client.titles()),
    Capability.PLAYS: (WatchSource, lambda client, since: client.plays(since)),
    Capability.WISHES: (WatchlistSource, lambda client, _since: client.wishes()),
    Capability.COLLECTIONS: (CollectionSource, lambda client, _since: client.collections()),
    Capability.LABELS: (LabelSource, lambda client, _since: client.labels()),
    Capability.REQUESTS: (RequestSource, lambda client, _since: client.requests()),
}


def capabilities_of(client: Client) -> list[Capability]:
    """What this client can tell, in the order of asking."""
    return [each for each, (protocol, _) in _READINGS.items() if isinstance(client, protocol)]


async def read_audience(client: Client, name: str, stage: AudienceStaging, facts: AudienceFacts) -> None:
    """Ask for identity, people and then every capability. Raises when the first two fail; else `facts` has it all."""
    tester: ConnectionTest = capability(client, ConnectionTest)
    facts.app_version = (await tester.test()).version
    await _read_directories(client, stage, facts)
    stopped_by: Failure | None = None
    for each in capabilities_of(client):
        if stopped_by is not None:
            facts.told[each] = Told(failure=stopped_by)
            continue
        told = await _read_capability(client, each, name, stage, facts.since)
        facts.told[each] = told
        if told.failure is not None and told.failure.error_class in _OUTAGES:
            stopped_by = told.failure


async def _read_directories(client: Client, stage: AudienceStaging, facts: AudienceFacts) -> None:
    if isinstance(client, ServerDirectory):
        servers = await client.servers()
        await stage.add(SERVERS, map(server_row, servers))
        own = [server.identity for server in servers if server.server == ""]
        facts.identity = own[0] if own and isinstance(client, TitleLibrary) else None
    if isinstance(client, UserDirectory):
        await stage.add(USERS, map(user_row, await client.users()))


async def _read_capability(
    client: Client, each: Capability, name: str, stage: AudienceStaging, since: datetime | None
) -> Told:
    try:
        reading = _READINGS[each][1](client, since)
        told = await _read_rows(reading, each, stage)
    except Exception as exc:
        if failures.is_our_database(exc):
            raise
        if not isinstance(exc, UpstreamError):
            log.exception("reading broke", integration=name, capability=each)
        await stage.discard(KEPT[each])
        return Told(failure=failures.explain(exc, name))
    _log_gaps(reading, name, each)
    return told


def _log_gaps(reading: Reading[Any], name: str, each: Capability) -> None:
    """Say what a whole reading could not tell, so that nobody has to wonder why something is missing."""
    if reading.rows_skipped:
        log.info("rows name no title", integration=name, capability=each, rows=reading.rows_skipped)
    if isinstance(reading, PlayReading) and reading.notes.people_since is not None:
        log.info("watchers are named only since then", integration=name, since=reading.notes.people_since)


async def _read_rows(reading: Reading[Any], each: Capability, stage: AudienceStaging) -> Told:
    rows = 0
    async for page in reading:
        rows += len(page)
        await stage.add(KEPT[each], map(ROWS[each], page))
    if not isinstance(reading, PlayReading):
        return Told(rows=rows)
    await _add_in_pages(stage, reading.notes)
    return Told(rows=rows, is_addition=reading.is_addition, notes=reading.notes)


async def _add_in_pages(stage: AudienceStaging, notes: PlayNotes) -> None:
    """One page at a time: rows of all titles at once would add most of what the titles themselves take."""
    titles = iter(notes.titles.values())
    while page := list(islice(titles, _PAGE_ROWS)):
        await stage.add(NAMED, named_rows(page))
