"""One middleware that turns a handler's outcome into an ack, a delayed retry, or a parked message."""

from collections.abc import Awaitable, Callable, Sequence
from json import JSONDecodeError
from typing import Any

import structlog
from faststream import BaseMiddleware, StreamMessage
from faststream.exceptions import HandlerException, NackMessage, RejectMessage
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from nats.errors import NotJSMessageError
from pydantic import ValidationError

from libs.common.messaging.subjects import dead_subject
from libs.common.messaging.topology import DEAD, Worker
from libs.common.messaging.work import PUBLISH_TIMEOUT_S

log = structlog.get_logger(__name__)

RETRY_DELAYS_S = (5.0, 30.0, 120.0, 600.0)
"""After the first, second, … failed delivery; the last one repeats."""

UNREADABLE = (ValidationError, JSONDecodeError, UnicodeDecodeError)


class PermanentError(Exception):
    """A failure that no repetition can mend; the message is parked at once."""


def settle(worker: Worker, retry_delays_s: Sequence[float] = RETRY_DELAYS_S) -> type[BaseMiddleware]:
    """The middleware for the router of `worker`'s handlers."""

    class Settle(BaseMiddleware):
        async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Msg]) -> Any:
            try:
                return await call_next(msg)
            except HandlerException:
                raise
            except (PermanentError, *UNREADABLE) as exc:
                await self._park(msg, exc)
                raise RejectMessage from exc
            except Exception as exc:
                tries = deliveries(msg)
                if 0 < worker.max_deliver <= tries:
                    await self._park(msg, exc)
                    raise RejectMessage from exc
                delay_s = retry_delays_s[min(tries, len(retry_delays_s)) - 1]
                log.warning("work failed, trying again", worker=worker.durable, tries=tries, error=repr(exc))
                raise NackMessage(delay=delay_s) from exc

        async def _park(self, msg: StreamMessage[Msg], exc: Exception) -> None:
            """Before the reject: in a work queue a terminated message is gone."""
            log.error("work parked", worker=worker.durable, error=repr(exc))
            broker: NatsBroker = self.context.get("broker")
            await broker.publish(
                msg.body,
                dead_subject(msg.raw_message.subject),
                stream=DEAD.name,
                timeout=PUBLISH_TIMEOUT_S,
                correlation_id=msg.correlation_id,
                headers={
                    "content-type": msg.content_type or "",
                    "x-subject": msg.raw_message.subject,
                    "x-error": type(exc).__name__,
                    "Nats-Msg-Id": f"{worker.durable}:{_position(msg)}",
                },
            )

    return Settle


def deliveries(msg: StreamMessage[Msg]) -> int:
    """How often the server has handed this message out, this time included."""
    try:
        return int(msg.raw_message.metadata.num_delivered)
    except NotJSMessageError:  # the in-memory test broker has no metadata
        return 1


def _position(msg: StreamMessage[Msg]) -> int:
    try:
        return int(msg.raw_message.metadata.sequence.stream)
    except NotJSMessageError:
        return 0
