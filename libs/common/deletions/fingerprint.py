"""The facts a decision rests on, as they were shown to whoever made it (S-26), and the installation that told them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db import models as m
from libs.common.domain.enums import IntegrationType


@dataclass(frozen=True, slots=True)
class Instance:
    """The installation an integration points at. `saved_at` moves whenever a person changes the integration."""

    integration_id: int
    type: IntegrationType
    url: str
    saved_at: datetime

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this one; another address may be another library with the same ids and titles."""
        return {"integrationId": self.integration_id, "type": self.type.value, "url": self.url}


async def load_instances(tx: AsyncConnection, integration_ids: Collection[int]) -> dict[int, Instance]:
    """The installations by integration id."""
    row = m.Integration
    rows = await tx.execute(
        select(row.id, row.type, row.url, row.updated_at).where(row.id.in_(sorted(set(integration_ids))))
    )
    return {found.id: Instance(*found) for found in rows}


def fingerprint_of(item: Mapping[str, Any], instance: Instance | None) -> dict[str, Any]:
    """From columns of the catalogue to what has to be the same when the decision is carried out.

    `instance` is null in it where the item was read before the integration was saved: then nobody knows from where.
    """
    is_known = instance is not None and item["seen_at"] >= instance.saved_at
    return {
        "title": item["title"],
        "path": item["path"],
        "sizeBytes": item["size_bytes"],
        "fileFingerprint": item["file_fingerprint"],
        "instance": instance.identity if instance is not None and is_known else None,
        "watch": watch_facts(item["play_count"], item["last_played"]),
        "watchEvidenceAt": _moment(item["watch_evidence_at"]),
    }


def watch_facts(play_count: int | None, last_played: datetime | None) -> dict[str, Any]:
    """How often and when it was played; null where that is not known."""
    return {"playCount": play_count, "lastPlayed": _moment(last_played)}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
