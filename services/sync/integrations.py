"""The integrations as sync needs them: what to connect to, and what the owner chose about their items."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType

_I = m.Integration


class SourceChangedError(Exception):
    """The integration was edited while it was being read; the snapshot is free for a new read."""


@dataclass(frozen=True, slots=True)
class Source:
    """One configured integration. `api_key` is sealed; `changed_at` moves whenever a person saves it."""

    id: int
    type: IntegrationType
    name: str
    url: str
    api_key: bytes
    verify_tls: bool
    ca_bundle: str | None
    changed_at: datetime


_COLUMNS = (
    _I.id,
    _I.type,
    _I.name,
    _I.url,
    _I.api_key,
    _I.verify_tls,
    _I.ca_bundle,
    _I.updated_at,
)
_ACTIVE = (_I.enabled, _I.removed_at.is_(None))


async def load_active(tx: AsyncConnection, integration_id: int) -> Source | None:
    """The integration; None when it is disabled, being removed, or gone."""
    found = await tx.execute(select(*_COLUMNS).where(_I.id == integration_id, *_ACTIVE))
    row = found.one_or_none()
    return None if row is None else _source(row)


async def load_all_active(tx: AsyncConnection) -> list[Source]:
    """Every enabled integration, oldest first."""
    return [_source(row) for row in await tx.execute(select(*_COLUMNS).where(*_ACTIVE).order_by(_I.id))]


async def is_unchanged(tx: AsyncConnection, source: Source) -> bool:
    """True while the configuration a read began with still holds; the row stays locked against a new one."""
    found = await tx.execute(
        select(_I.id).where(_I.id == source.id, _I.updated_at == source.changed_at, *_ACTIVE).with_for_update()
    )
    return found.one_or_none() is not None


def _source(row: Row[*tuple[Any, ...]]) -> Source:
    return Source(*tuple(row))


async def record_read(tx: AsyncConnection, integration_id: int, **columns: str | int | None) -> None:
    """What a complete read found out about the integration itself: version, recycle bin, count and size of items."""
    await tx.execute(update(_I).where(_I.id == integration_id).values(**columns))


async def media_count(tx: AsyncConnection, integration_id: int) -> int:
    """Items of the last complete read; where there are shows, only they count."""
    return (await tx.execute(select(_I.media_count).where(_I.id == integration_id))).scalar_one()
