"""The checks behind /readyz that every process shares: schema, bus, and its own consumers."""

from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from libs.common.db.migrate import HEAD, schema_version
from libs.common.messaging.topology import Worker
from libs.common.observability.admin import Check


def schema_ready(db: Database) -> Check:
    """The database answers and has the schema of this code."""

    async def check() -> str | None:
        try:
            async with db.connect() as conn:
                version = await schema_version(conn)
        except (SQLAlchemyError, OSError) as exc:
            return f"the database does not answer ({type(exc).__name__})"
        return None if version == HEAD else f"the database has schema {version or 'none'}, this needs {HEAD}"

    return check


def bus_ready(broker: NatsBroker, *workers: Worker) -> Check:
    """NATS is connected, every subscriber runs, and the durable consumers of this process exist."""

    async def check() -> str | None:
        if not await broker.ping(timeout=1.0):
            return "NATS is not connected"
        if not all(subscriber.running for subscriber in broker.subscribers):
            return "not listening yet"
        js = broker.connection.jetstream(timeout=1.0)
        for worker in workers:
            try:
                await js.consumer_info(worker.stream.name, worker.durable)
            except NatsError as exc:
                return f"the consumer {worker.durable} is missing ({type(exc).__name__})"
        return None

    return check
