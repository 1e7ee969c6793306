"""What the episode files of each series said last time, so that only changed series are asked again (W41)."""

from collections.abc import Mapping

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.integrations.models import SeriesDigest, seasons_from_json, seasons_to_json

log = structlog.get_logger(__name__)

_D = m.EpisodeFileDigest


async def load(tx: AsyncConnection, integration_id: int) -> dict[int, SeriesDigest]:
    """The digests of the last complete read, by series id."""
    found = await tx.execute(
        select(_D.series_id, _D.file_count, _D.size_bytes, _D.seasons).where(_D.integration_id == integration_id)
    )
    digests = {}
    for row in found:
        try:
            digests[row.series_id] = SeriesDigest(row.file_count, row.size_bytes, seasons_from_json(row.seasons))
        except msgspec.ValidationError:
            log.warning("episode digest unreadable, asking again", series_id=row.series_id)
    return digests


async def replace(
    tx: AsyncConnection,
    integration_id: int,
    known: Mapping[int, SeriesDigest],
    digests: Mapping[int, SeriesDigest],
) -> None:
    """Make `digests` the stored ones; of those in `known` (what `load` answered) only changed ones are written."""
    gone = sorted(known.keys() - digests.keys())
    if gone:
        await tx.execute(delete(_D).where(_D.integration_id == integration_id, _D.series_id.in_(gone)))
    rows = [
        {
            "integration_id": integration_id,
            "series_id": series_id,
            "file_count": digest.file_count,
            "size_bytes": digest.size_bytes,
            "seasons": seasons_to_json(digest),
        }
        for series_id, digest in digests.items()
        if known.get(series_id) != digest
    ]
    if not rows:
        return
    write = insert(_D)
    newer = {name: write.excluded[name] for name in ("file_count", "size_bytes", "seasons")}
    await tx.execute(write.on_conflict_do_update(index_elements=["integration_id", "series_id"], set_=newer), rows)
