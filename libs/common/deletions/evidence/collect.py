"""Reads the evidence of many decisions at once, in the transaction that writes them down."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.deletions.evidence.build import Ground, Teller, evidence_of
from libs.common.domain.enums import MEDIA_SOURCE_TYPES
from libs.common.domain.safety import NUMBERS


class Decision(Protocol):
    """What is to be deleted. `facts` are those the decider went by, where they may be others than the stored ones."""

    @property
    def integration_id(self) -> int: ...

    @property
    def external_id(self) -> str: ...

    @property
    def disk_group_id(self) -> int | None: ...

    @property
    def score_details(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...


async def collect(tx: AsyncConnection, decisions: Sequence[Decision], now: datetime) -> list[dict[str, Any]]:
    """The evidence of each decision, in their order. What the catalogue does not hold has no facts."""
    ground = Ground(now, await _max_age(tx), await _tellers(tx))
    stored = await tx.execute(
        _STORED,
        {
            "integrations": [one.integration_id for one in decisions],
            "externals": [one.external_id for one in decisions],
            "groups": [one.disk_group_id for one in decisions],
        },
    )
    rows = stored.mappings().all()
    return [
        evidence_of({**row, **one.facts}, one.score_details, ground) for one, row in zip(decisions, rows, strict=True)
    ]


_STORED = text(
    """
    select w.integration_id, g.name as integration_name, g.type as integration_type,
           d.id as disk_group_id, d.mount_path, d.mode, d.threshold_pct, d.target_pct, d.sunset_pct, d.used_bytes,
           coalesce(d.total_bytes_override, d.total_bytes) as total_bytes, d.read_at,
           i.seen_at, i.size_bytes, i.rating, i.added_at, i.file_added_at, i.series_status, i.monitored,
           i.play_count, i.last_played, i.watch_evidence_at, i.watch_evidence,
           i.requested, i.requested_by, i.request_count, i.watched_by_requestor, i.request_evidence_at,
           i.on_watchlist, i.labels, i.collections
      from unnest(cast(:integrations as bigint[]), cast(:externals as text[]), cast(:groups as bigint[]))
           with ordinality w(integration_id, external_id, group_id, place)
      left join integrations g on g.id = w.integration_id
      left join disk_groups d on d.id = w.group_id
      left join media_items i on i.integration_id = w.integration_id and i.external_id = w.external_id
     order by w.place
    """
).columns(watch_evidence=JSONB)


async def _max_age(tx: AsyncConnection) -> timedelta:
    stored = (await tx.execute(select(m.Preferences.evidence_max_age_hours))).scalar_one_or_none()
    return timedelta(hours=NUMBERS["evidence_max_age_hours"].admit(stored))


async def _tellers(tx: AsyncConnection) -> list[Teller]:
    """Every enabled source that enriches, by id."""
    integration, reading = m.Integration, m.SourceReading
    rows = await tx.execute(
        select(integration.id, integration.name, integration.type, reading.capability, reading.complete_at)
        .outerjoin(reading, reading.integration_id == integration.id)
        .where(integration.enabled, integration.removed_at.is_(None), integration.type.not_in(MEDIA_SOURCE_TYPES))
        .order_by(integration.id)
    )
    tellers: dict[int, Teller] = {}
    for row in rows:
        teller = tellers.setdefault(row.id, Teller(row.id, row.name, row.type, {}))
        if row.capability is not None:
            teller.told_at[row.capability] = row.complete_at
    return list(tellers.values())
