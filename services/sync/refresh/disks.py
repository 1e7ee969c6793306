"""The disks of one *arr, after files came or went."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.preview import mark_scores_outdated
from libs.common.refresh import RefreshTarget
from libs.integrations.capabilities import Client, DiskReporter, capability
from libs.integrations.models import DiskSpace
from services.sync import integrations
from services.sync.catalogue.queries import reassign_groups
from services.sync.disks import queries
from services.sync.disks.discovery import discover
from services.sync.integrations import SourceChangedError
from services.sync.reading import DiskFacts, entries_of
from services.sync.refresh.told import Ending, Outcome, Told


async def ask(client: Client, _target: RefreshTarget) -> tuple[DiskSpace, ...]:
    """Every disk the application sees."""
    reporter: DiskReporter = capability(client, DiskReporter)
    return await reporter.disks()


async def keep(tx: AsyncConnection, told: Told[tuple[DiskSpace, ...]]) -> Ending:
    """Replace the readings of this source and bring the disk groups to them. Raises `SourceChangedError`."""
    source, now = told.source, told.claimed.began_at
    await queries.lock_groups(tx)
    if not await integrations.is_unchanged(tx, source):
        raise SourceChangedError
    facts = DiskFacts(entries_of(told.facts), roots=())
    await queries.replace_readings(tx, source.id, facts.readings(source.id, now))
    found = await discover(tx, run_id=None, now=now)
    if found.moves_items:
        await reassign_groups(tx)
    await mark_scores_outdated(tx)
    return Ending(Outcome.READ)
