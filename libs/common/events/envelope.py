"""The wrapping in which an event crosses the bus, and its renderings for SSE and the feed."""

import json
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from libs.common.events.base import Event, compact_json
from libs.common.ids import uuid7


class Envelope(BaseModel):
    """`id` is the outbox row's id: the idempotency key everywhere. `runId` and `batchId` are never rendered."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)
    id: UUID
    type: str
    occurred_at: datetime
    source: str
    message: str
    data: dict[str, Any]
    run_id: int | None = None
    batch_id: UUID | None = None
    v: int = 1

    @classmethod
    def of_event(cls, event: Event, *, source: str, at: datetime, run_id: int | None = None) -> Self:
        """Wrap an event that does not pass through the outbox."""
        return cls(
            id=uuid7(),
            type=event.type,
            occurred_at=at,
            source=source,
            message=event.message,
            data=event.data(),
            run_id=run_id,
        )

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """Wrap a row of the outbox."""
        return cls(
            id=row.id,
            type=row.type,
            occurred_at=row.occurred_at,
            source=row.source,
            message=row.message,
            data=json.loads(row.data),
            run_id=row.run_id,
            batch_id=row.batch_id,
        )

    def wire(self) -> bytes:
        """As it is published."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()

    def sse_data(self) -> str:
        """One line of JSON with `message` first, as the seed shows it."""
        return compact_json({"message": self.message, **self.data})

    def metadata(self) -> str:
        """The feed's JSON text: the members without the message."""
        return compact_json(self.data)
