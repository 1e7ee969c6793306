"""What the episode files of each series said last time, so that only changed series are asked again (W41)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.integrations.models import SeriesDigest, seasons_from_json, seasons_to_json

log = structlog.get_logger(__name__)

_D = m.EpisodeFileDigest

_WRITE = insert(_D)
_UPSERT = _WRITE.on_conflict_do_update(
    index_elements=["integration_id", "series_id"],
    set_={name: _WRITE.excluded[name] for name in ("file_count", "size_bytes", "seasons", "path")},
)

_BATCH = 500
"""Series at a time: reading or writing thousands in one go would keep the event loop for a tenth of a second."""


async def load(tx: AsyncConnection, integration_id: int) -> dict[int, SeriesDigest]:
    """The digests of the last complete read, by series id."""
    columns = (_D.series_id, _D.file_count, _D.size_bytes, _D.seasons, _D.path)
    digests: dict[int, SeriesDigest] = {}
    async with tx.stream(select(*columns).where(_D.integration_id == integration_id)) as found:
        async for batch in found.partitions(_BATCH):
            digests.update(digest for row in batch if (digest := _digest_of(row)) is not None)
    return digests


def _digest_of(row: Row[*tuple[Any, ...]]) -> tuple[int, SeriesDigest] | None:
    try:
        seasons = seasons_from_json(row.seasons)
    except msgspec.ValidationError:
        log.warning("episode digest unreadable, asking again", series_id=row.series_id)
        return None
    return row.series_id, SeriesDigest(row.file_count, row.size_bytes, seasons, row.path)


async def replace(
    tx: AsyncConnection,
    integration_id: int,
    known: Mapping[int, SeriesDigest],
    digests: Mapping[int, SeriesDigest],
) -> None:
    """Make `digests` the stored ones; of those in `known` (what `load` answered) only changed ones are written."""
    for batch in _batches(sorted(known.keys() - digests.keys())):
        await tx.execute(delete(_D).where(_D.integration_id == integration_id, _D.series_id.in_(batch)))
    changed = [series_id for series_id, digest in digests.items() if known.get(series_id) != digest]
    for batch in _batches(changed):
        await tx.execute(_UPSERT, [_row_of(integration_id, series_id, digests[series_id]) for series_id in batch])


async def replace_one(tx: AsyncConnection, integration_id: int, series_id: int, digest: SeriesDigest | None) -> None:
    """Make this the stored digest of one title; None: it is gone, or has none."""
    if digest is None:
        await tx.execute(delete(_D).where(_D.integration_id == integration_id, _D.series_id == series_id))
        return
    await tx.execute(_UPSERT, _row_of(integration_id, series_id, digest))


def _row_of(integration_id: int, series_id: int, digest: SeriesDigest) -> dict[str, Any]:
    return {
        "integration_id": integration_id,
        "series_id": series_id,
        "file_count": digest.file_count,
        "size_bytes": digest.size_bytes,
        "seasons": seasons_to_json(digest),
        "path": digest.path.replace("\x00", ""),  # Postgres keeps no NUL character
    }


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
