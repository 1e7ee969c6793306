"""One title of an *arr: asked for, and put in the place of its former items."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.show_level import reads_shows_only
from libs.common.preview import mark_scores_outdated
from libs.common.refresh import RefreshTarget
from libs.integrations.capabilities import Client, ItemSource, capability
from libs.integrations.models import TitleItems
from services.sync import digests, integrations
from services.sync.catalogue import queries as catalogue
from services.sync.catalogue.columns import SOURCE_COLUMNS
from services.sync.catalogue.returns import notice_returns
from services.sync.catalogue.rows import row_of
from services.sync.disks.queries import lock_groups
from services.sync.enrichment.local import TitleChange
from services.sync.enrichment.state import mark_outdated
from services.sync.integrations import SourceChangedError
from services.sync.refresh import queries
from services.sync.refresh.staged import stage
from services.sync.refresh.told import Ending, Outcome, Told


async def ask(client: Client, target: RefreshTarget) -> TitleItems:
    """The title as it is now."""
    source: ItemSource = capability(client, ItemSource)
    return await source.items(int(target.native_id))


async def keep(tx: AsyncConnection, told: Told[TitleItems]) -> Ending:
    """Replace the items of the title. A read of everything that began later knows better; before the first one nothing.

    Takes the locks that end a full read. Raises `SourceChangedError`.
    """
    source, asked_at, native_id = told.source, told.claimed.began_at, told.claimed.target.native_id
    await lock_groups(tx)
    if not await integrations.is_unchanged(tx, source):
        raise SourceChangedError
    last = await queries.last_complete(tx, source.id)
    if last is None or (last.started_at is not None and last.started_at > asked_at):
        return Ending(Outcome.OVERTAKEN)
    await stage(tx, catalogue.STAGED, SOURCE_COLUMNS, map(row_of, told.facts.items))
    merged = await catalogue.merge_title(
        tx,
        catalogue.Title(source.id, native_id, snapshot_id=last.id),
        shows_only=await reads_shows_only(tx, source.id),
        seen_at=asked_at,
    )
    await notice_returns(tx, source.id, None, asked_at)
    await queries.count_anew(tx, last.id, merged.grown_by)
    await digests.replace_one(tx, source.id, int(native_id), told.facts.digests.get(int(native_id)))
    await mark_scores_outdated(tx)
    number = await mark_outdated(tx) if merged.wants_enrichment else None
    return Ending(Outcome.READ if told.facts.items else Outcome.GONE, change_of(merged, number))


def change_of(merged: catalogue.MergedTitle, number: int | None) -> TitleChange | None:
    """None for what needs no merge, and for what takes something from others."""
    if number is None or merged.is_renamed or not merged.before <= merged.after:
        return None
    return TitleChange(number, merged.after, merged.after - merged.before)
