"""Whether the catalogue shows everything that was read, and the right to bring it up to date."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import Row, Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import SnapshotState
from libs.common.domain.safety import SWITCHES

_S = m.EnrichmentState
_LOCK = 0x656E_7269_6368  # any constant of ours; it only has to differ from other advisory locks
_COUNT_EARLIER = func.coalesce(m.Preferences.count_earlier_plays, SWITCHES["count_earlier_plays"])
_SEASON_INHERITS = func.coalesce(m.Preferences.season_inherits_show_activity, SWITCHES["season_inherits_show_activity"])
_PATIENCE = text("clock_timestamp() - make_interval(secs => 30)")


class Extent(IntEnum):
    """How much of the catalogue a reading makes outdated; each includes the ones below it."""

    TIMES = 0
    """Everything was told again: only the age of the evidence is another."""
    FACTS = 1
    """Plays, marks or requests are others, of the same titles."""
    TITLES = 2
    """There are other items, titles or servers."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the owner decided about evidence."""

    count_earlier: bool
    season_inherits: bool


@dataclass(frozen=True, slots=True)
class Outdated:
    """There is something to merge, up to the reading number `wanted`.

    `merged` is the number up to which the catalogue shows everything; None when a person decided something since.
    """

    wanted: int
    extent: Extent
    choices: Choices
    merged: int | None

    def consists_of(self, numbers: Collection[int]) -> bool:
        """Whether nothing but these readings is to be merged."""
        return self.merged is not None and set(range(self.merged + 1, self.wanted + 1)) <= set(numbers)


async def mark_outdated(tx: AsyncConnection, extent: Extent = Extent.TITLES) -> int:
    """A reading was kept; answers its number. Called last in its transaction, because all of them share the row."""
    number = _S.wanted + 1
    values: dict[str, Any] = {"wanted": number, "wanted_at": func.clock_timestamp()}
    if extent >= Extent.FACTS:
        values["changed"] = number
    if extent >= Extent.TITLES:
        values["retitled"] = number
    return int((await tx.execute(update(_S).values(values).returning(_S.wanted))).scalar_one())


async def claim(tx: AsyncConnection, *, patiently: bool) -> Outdated | None:
    """The right to merge, until the transaction ends. None: nothing to do, or somebody else is at it.

    There is something to do after a reading, and after a person has added, switched or removed an integration or
    decided otherwise about evidence. `patiently` also answers None while sources are still being read, for half a
    minute: the last of them merges.
    """
    if not (await tx.execute(select(func.pg_try_advisory_xact_lock(_LOCK)))).scalar_one():
        return None
    row = (await tx.execute(_looked_at())).one()
    is_new = row.is_reconfigured or row.is_rechosen or row.wanted > row.merged
    if not is_new or (patiently and row.is_reading and row.is_recent):
        return None
    merged = None if row.is_reconfigured or row.is_rechosen else row.merged
    return Outdated(row.wanted, _extent(row), await choices_of(tx), merged)


def _looked_at() -> Select[*tuple[Any, ...]]:
    snapshot, integration, preferences = m.Snapshot, m.Integration, m.Preferences
    is_reading = select(snapshot.id).where(snapshot.state.in_((SnapshotState.REQUESTED, SnapshotState.READING)))
    is_reconfigured = select(integration.id).where(_S.merged_at.is_(None) | (integration.updated_at > _S.merged_at))
    is_rechosen = select(preferences.id).where(
        _COUNT_EARLIER.is_distinct_from(_S.counted_earlier) | _SEASON_INHERITS.is_distinct_from(_S.inherited)
    )
    return select(
        *(_S.wanted, _S.merged, _S.changed, _S.retitled),
        (_S.wanted_at > _PATIENCE).label("is_recent"),
        is_reading.exists().label("is_reading"),
        is_reconfigured.exists().label("is_reconfigured"),
        (_S.merged_at.is_not(None) & is_rechosen.exists()).label("is_rechosen"),
    )


def _extent(row: Row[Any]) -> Extent:
    if row.is_reconfigured or row.retitled > row.merged:
        return Extent.TITLES
    return Extent.FACTS if row.is_rechosen or row.changed > row.merged else Extent.TIMES


async def choices_of(tx: AsyncConnection) -> Choices:
    """The owner's choices as they are now."""
    return Choices(*tuple((await tx.execute(select(_COUNT_EARLIER, _SEASON_INHERITS))).one()))


async def mark_merged(tx: AsyncConnection, outdated: Outdated, now: datetime) -> None:
    """The catalogue shows every reading up to this one."""
    chosen = {"counted_earlier": outdated.choices.count_earlier, "inherited": outdated.choices.season_inherits}
    await tx.execute(update(_S).values(merged=outdated.wanted, merged_at=now, **chosen))
