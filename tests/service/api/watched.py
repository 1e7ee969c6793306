"""A scored library as sync and the engine would have left it, in few words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.factors import FACTORS
from tests.service.api import rows

GIB = 1024**3


@dataclass
class Library:
    """Items of one Sonarr and the preview of them. Ages are in days before `now`."""

    db: Database
    now: datetime
    source: int

    async def item(self, name: str, *, age: float | None = 400, played: float | None = None, **columns: Any) -> int:
        """A movie of 1 GiB, never seen unless `played` days ago, by sources that know for sure."""
        watched: dict[str, Any] = {"play_count": 0, "watch_evidence_at": self.now, "watch_matched": True}
        if played is not None:
            watched |= {"play_count": 1, "last_played": self.now - timedelta(days=played)}
        values = {
            "integration_id": self.source,
            "external_id": name,
            "media_type": "movie",
            "title": name,
            "size_bytes": GIB,
            "path": f"/mnt/media/{name}",
            "monitored": True,
            "added_at": None if age is None else self.now - timedelta(days=age),
            "snapshot_id": 1,
            "seen_at": self.now,
            "first_seen_at": self.now,
        }
        return int(await rows.add(self.db, m.MediaItem, **{**values, **watched, **columns}))

    async def show(self, name: str, seasons: int, **columns: Any) -> None:
        """A show of as many GiB as it has seasons, with these."""
        size = seasons * GIB
        await self.item(name, **{"media_type": "show", "size_bytes": size, "external_id": name, **columns})
        for number in range(1, seasons + 1):
            await self.item(
                f"{name} - Season {number}",
                **{
                    "external_id": f"{name}-s{number}",
                    "media_type": "season",
                    "season_number": number,
                    "parent_external_id": name,
                    **columns,
                },
            )

    async def score(self, *, protected: tuple[str, ...] = (), left_out: tuple[str, ...] = ()) -> None:
        """Make a new preview of all items the current one. Named are external ids."""
        async with self.db.begin() as tx:
            items = (await tx.execute(select(m.MediaItem.id, m.MediaItem.external_id))).all()
            count = len(items)
            preview = insert(m.Preview).values(
                created_at=self.now, item_count=count, protected_count=len(protected), weights={}, rules={"list": []}
            )
            number = (await tx.execute(preview.returning(m.Preview.id))).scalar_one()
            await tx.execute(
                text(f"create table preview_items_{number} partition of preview_items for values in ({number})")
            )
            scored = [
                {
                    "preview_id": number,
                    "item_id": item.id,
                    "rank": rank,
                    "score": 0.5,
                    "modifier": 1.0,
                    "protected": item.external_id in protected,
                    "rule_bits": 0,
                    **{factor.key.value: 0.5 for factor in FACTORS},
                }
                for rank, item in enumerate(items)
                if item.external_id not in left_out
            ]
            if scored:
                await tx.execute(insert(m.PreviewItem), scored)
            await tx.execute(update(m.PreviewState).values(preview_id=number))
