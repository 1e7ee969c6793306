"""Whether NATS can be reached now."""

from faststream.nats import NatsBroker

_PATIENCE_S = 0.1


async def require_connection(broker: NatsBroker) -> None:
    """Raise `ConnectionError` when NATS is away. Otherwise nats-py waits and sends later after all."""
    if not await broker.ping(timeout=_PATIENCE_S):
        raise ConnectionError("NATS is not connected")
