"""The SQL about who belongs to a collection that a person is asked about, whether they stand on the list or not."""

from collections.abc import Iterable, Sequence

from sqlalchemy import BigInteger, Exists, Text, and_, column, exists, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from libs.common.db import models as m
from libs.common.db.whole_collections import MEMBERSHIPS
from libs.common.deletions.gone import GONE
from libs.common.domain.enums import MediaType
from services.api.rows import AnyRow

_ITEM = aliased(m.MediaItem, name="i")
_JOB = aliased(m.DeletionJob, name="j")
"""Named as the text about what is gone names them."""


async def missing_from(tx: AsyncConnection, rows: Iterable[AnyRow]) -> Sequence[str]:
    """The titles of other items that are to leave with these rows' items, by what the catalogue says now.

    What has no files, or goes season by season, is no member itself; what was deleted has gone with the others.
    """
    row, item = m.ApprovalItem, m.MediaItem
    on_list = and_(row.integration_id == item.integration_id, row.external_id == item.external_id)
    listed = select(item.id).join(row, on_list).where(row.id.in_([each.id for each in rows])).cte("listed")
    columns = (column("id", BigInteger), column("source", Text), column("name", Text))
    mine = text(MEMBERSHIPS).columns(*columns).cte("memberships")
    other = mine.alias("other")
    found = await tx.execute(
        select(_ITEM.title)
        .join(other, other.c.id == _ITEM.id)
        .join(mine, and_(mine.c.source == other.c.source, mine.c.name == other.c.name))
        .join(m.Integration, m.Integration.id == _ITEM.integration_id)
        .where(
            mine.c.id.in_(select(listed.c.id)),
            _ITEM.id.not_in(select(listed.c.id)),
            m.Integration.enabled,
            m.Integration.removed_at.is_(None),
            _ITEM.size_bytes > 0,
            ~_goes_by_season(),
            ~_is_gone(),
        )
        .distinct()
        .order_by(_ITEM.title)
    )
    return found.scalars().all()


def _goes_by_season() -> Exists:
    """A show of which a season may go; of one whose seasons are all protected none may."""
    season, scored, state = aliased(m.MediaItem), m.PreviewItem, m.PreviewState
    is_current = scored.preview_id == select(state.preview_id).scalar_subquery()
    kept = exists().where(scored.item_id == season.id, is_current, scored.protected)
    return exists().where(
        season.integration_id == _ITEM.integration_id,
        season.parent_external_id == _ITEM.external_id,
        season.media_type == MediaType.SEASON,
        season.size_bytes > 0,
        ~kept,
    )


def _is_gone() -> Exists:
    same = and_(_JOB.integration_id == _ITEM.integration_id, _JOB.external_id == _ITEM.external_id)
    return exists().where(same, text(GONE))
