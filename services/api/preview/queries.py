"""All SQL about the prepared preview: what is current, how far behind it is, its parts, and who stands where in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from services.api.preview.disk_context import Disk


@dataclass(frozen=True, slots=True)
class BodyKey:
    """One rendered body. Equal keys have equal bytes."""

    preview_id: int
    revision: int
    encoding: str
    etag: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class State:
    """What is prepared, against what is wanted. `preview_id` None: nothing was ever scored.

    `bodies` by encoding, all of one rendering; none while it is being made.
    """

    preview_id: int | None
    wanted_scoring: int
    scored_scoring: int
    item_count: int
    has_sources: bool
    bodies: Mapping[str, BodyKey]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items of the list, all conditions together. `search` is looked for in the titles of item and show."""

    search: str = ""
    disk_group_id: int | None = None
    integration_id: int | None = None

    @property
    def passes_all(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Filter()


@dataclass(frozen=True, slots=True)
class Hits:
    """How many items a filter leaves, and the ranks of those on one page."""

    total: int
    ranks: Sequence[int]


_STATE = text(
    """
    select s.preview_id, s.wanted_scoring, s.scored_scoring, coalesce(p.item_count, 0) as item_count,
           exists (select from integrations where enabled and removed_at is null) as has_sources,
           b.revision, b.encoding, b.etag, b.size_bytes
      from preview_state s
      left join previews p on p.id = s.preview_id
      left join preview_bodies b on b.preview_id = s.preview_id and b.revision = s.rendered_revision
    """
)


async def state(conn: AsyncConnection) -> State:
    """The current state; an installation without the row has prepared nothing."""
    rows = (await conn.execute(_STATE)).all()
    if not rows:
        return State(None, 0, 0, 0, has_sources=False, bodies={})
    preview_id, wanted, scored, item_count, has_sources = rows[0][:5]
    bodies = {row.encoding: BodyKey(preview_id, *row[5:]) for row in rows if row.encoding is not None}
    return State(preview_id, wanted, scored, item_count, has_sources=has_sources, bodies=bodies)


async def parts(conn: AsyncConnection, key: BodyKey) -> Sequence[bytes]:
    """The body's parts in their order; none when a newer rendering has replaced it meanwhile."""
    part = m.PreviewPart
    found = await conn.execute(select(part.body).where(*_of(key)).order_by(part.part))
    return found.scalars().all()


async def some_parts(conn: AsyncConnection, key: BodyKey, numbers: Sequence[int]) -> Mapping[int, bytes]:
    """The named parts of the gzip body; fewer when a newer rendering has replaced it meanwhile."""
    part = m.PreviewPart
    found = await conn.execute(select(part.part, part.body).where(*_of(key), part.part.in_(numbers)))
    return {row.part: row.body for row in found}


def _of(key: BodyKey) -> tuple[ColumnElement[bool], ...]:
    part = m.PreviewPart
    return part.preview_id == key.preview_id, part.revision == key.revision, part.encoding == key.encoding


_TITLES = "(i.title ilike any(:patterns) or i.show_title ilike any(:patterns))"
_CONDITIONS = {
    "patterns": _TITLES,
    "disk_group_id": "i.disk_group_id = :disk_group_id",
    "integration_id": "i.integration_id = :integration_id",
}


async def hits(conn: AsyncConnection, preview_id: int, wanted: Filter, *, after: int, offset: int, limit: int) -> Hits:
    """One page behind rank `after`. The total is of everything the filter leaves, wherever the page begins."""
    given = {
        "patterns": _patterns(wanted.search),
        "disk_group_id": wanted.disk_group_id,
        "integration_id": wanted.integration_id,
    }
    values = {name: value for name, value in given.items() if value}
    conditions = " and ".join(["p.preview_id = :preview_id", *(_CONDITIONS[name] for name in values)])
    query = text(
        "with hits as materialized ("  # noqa: S608  composed of constants
        f"select p.rank from preview_items p join media_items i on i.id = p.item_id where {conditions}"
        ") select (select count(*) from hits),"
        " array(select rank from hits where rank > :after order by rank limit :limit offset :offset)"
    )
    page = {"preview_id": preview_id, "after": after, "limit": limit, "offset": offset}
    total, ranks = (await conn.execute(query, values | page)).one()
    return Hits(total, ranks)


def _patterns(search: str) -> list[str]:
    """Patterns for ilike. A database without a language knows the case of English letters only, so we help it."""
    if not search:
        return []
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{spelling}%" for spelling in {escaped, escaped.lower(), escaped.upper(), escaped.title()}]


async def disks(conn: AsyncConnection) -> list[Disk]:
    """The numbers of every disk group that is still reported."""
    group = m.DiskGroup
    found = await conn.execute(
        select(
            func.coalesce(group.total_bytes_override, group.total_bytes),
            group.used_bytes,
            group.target_pct,
            group.threshold_pct,
        ).where(group.stale_since.is_(None))
    )
    return [Disk(*row) for row in found]
