"""Things to do, as messages: each only names a row, and the row is the truth."""

from typing import ClassVar

from faststream.nats import NatsBroker
from pydantic import BaseModel, ConfigDict, PositiveInt

from libs.common.ids import uuid7
from libs.common.messaging import subjects
from libs.common.messaging.reach import require_connection
from libs.common.messaging.topology import WORK
from libs.common.observability.correlation import correlation_id

PUBLISH_TIMEOUT_S = 2.0


class Work(BaseModel):
    """A nudge. Losing one loses no work: the service it is for also sweeps its tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: ClassVar[str]


class SyncIntegration(Work):
    """Read one source; `snapshot_id` is the row that says which."""

    subject: ClassVar[str] = subjects.SYNC_INTEGRATION
    snapshot_id: PositiveInt


class RefreshTargets(Work):
    """Things of one integration are to be read again; rows of `refresh_requests` say which."""

    subject: ClassVar[str] = subjects.REFRESH_TARGETS
    integration_id: PositiveInt


class RunEngine(Work):
    """A run row is queued."""

    subject: ClassVar[str] = subjects.RUN_ENGINE
    run_id: PositiveInt


class RescorePreview(Work):
    """The catalogue wants new scores, or its rendered body does."""

    subject: ClassVar[str] = subjects.RESCORE_PREVIEW
    reason: str


class DrainDeletions(Work):
    """Jobs of one integration may be due."""

    subject: ClassVar[str] = subjects.DRAIN_DELETIONS
    integration_id: PositiveInt


async def publish_work(broker: NatsBroker, work: Work) -> None:
    """Put it into the work queue and wait for the server's word.

    Raises `ConnectionError` at once when NATS is away, and what nats-py raises when its word does not come.

    Every request has an id of its own: in a work queue a consumed id would block its own repetition.
    """
    await require_connection(broker)
    await broker.publish(
        work,
        work.subject,
        stream=WORK.name,
        timeout=PUBLISH_TIMEOUT_S,
        correlation_id=correlation_id() or "",
        headers={"Nats-Msg-Id": str(uuid7())},
    )
