"""The approval queue on the wire."""

from pydantic import Field

from libs.common.domain.enums import ApprovalStatus, MediaType, Trigger
from services.api.rows import AnyRow
from services.api.wire import Answer, Body, Num, Text, Time

_DIGITS = 4


class ApprovalEntry(Answer):
    """An item that waits for a person, was approved, or is snoozed (`rejected`). `score` is 0 to 100.

    `lastError`: why nothing came of a former approval. `version` moves with the state and with the facts shown, and
    not with the score.
    """

    id: int
    media_name: str
    media_type: MediaType
    score_details: str
    size_bytes: int
    score: Num
    poster_url: str
    integration_id: int
    external_id: str
    disk_group_id: int | None = None
    status: ApprovalStatus
    trigger: Trigger
    user_initiated: bool
    collection_group: str | None = None
    snoozed_until: Time | None = None
    last_error: str | None = None
    version: int
    created_at: Time
    updated_at: Time

    @classmethod
    def of_row(cls, row: AnyRow, *, reference: bool) -> "ApprovalEntry":
        """As the list shows it. `reference`: the score as it is stored."""
        return cls(
            id=row.id,
            media_name=row.media_name,
            media_type=row.media_type,
            score_details=row.score_details,
            size_bytes=row.size_bytes,
            score=row.score if reference else round(min(row.score, 1.0) * 100, _DIGITS),
            poster_url=row.poster_url,
            integration_id=row.integration_id,
            external_id=row.external_id,
            disk_group_id=row.disk_group_id,
            status=row.status,
            trigger=row.trigger,
            user_initiated=row.user_initiated,
            collection_group=row.collection_group or None,
            snoozed_until=row.snoozed_until,
            last_error=row.last_error or None,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class CollectionName(Body):
    """Which collection, as the rows name it."""

    collection_group: Text = Field(min_length=1)


class ApprovedGroup(Answer):
    approved: int
    items: list[ApprovalEntry]


class RejectedGroup(Answer):
    rejected: int
    items: list[ApprovalEntry]


class Dismissed(Answer):
    status: str = "dismissed"


class ClearedList(Answer):
    cleared: int
