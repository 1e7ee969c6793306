"""A message's correlation id becomes that of the work it starts."""

from collections.abc import Awaitable, Callable
from typing import Any

from faststream import BaseMiddleware, StreamMessage

from libs.common.observability.correlation import bind_correlation


class CorrelationBroker(BaseMiddleware):
    """Binds the id for the time of the handler."""

    async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: StreamMessage[Any]) -> Any:
        """Run the handler under the message's id, or a new one."""
        with bind_correlation(msg.correlation_id):
            return await call_next(msg)
