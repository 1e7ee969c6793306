"""Events that may be lost: published straight to the stream, and counted when they are not."""

from datetime import datetime

import structlog
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError

from libs.common.events.base import Event
from libs.common.events.envelope import Envelope
from libs.common.messaging.reach import require_connection
from libs.common.messaging.subjects import event_subject
from libs.common.messaging.topology import EVENTS
from libs.common.messaging.work import PUBLISH_TIMEOUT_S
from libs.common.observability.correlation import correlation_id

log = structlog.get_logger(__name__)


class Transient:
    """The way out for class T events of one process. `dropped` counts those that never reached the stream."""

    def __init__(self, broker: NatsBroker, source: str) -> None:
        self._broker = broker
        self._source = source
        self.dropped = 0

    async def publish(self, event: Event, *, at: datetime, run_id: int | None = None) -> None:
        """Send it. An outage is counted and logged, never raised: nothing depends on a transient event."""
        envelope = Envelope.of_event(event, source=self._source, at=at, run_id=run_id)
        try:
            await require_connection(self._broker)
            await self._broker.publish(
                envelope.wire(),
                event_subject(event.family, event.type),
                stream=EVENTS.name,
                timeout=PUBLISH_TIMEOUT_S,
                correlation_id=correlation_id() or "",
                headers={"Nats-Msg-Id": str(envelope.id), "content-type": "application/json"},
            )
        except (NatsError, TimeoutError, OSError) as exc:
            self.dropped += 1
            log.debug("transient event lost", type=event.type, reason=type(exc).__name__)
