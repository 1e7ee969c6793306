"""Questions between services: a typed request, a typed answer or a typed refusal, and a deadline."""

from typing import TypeVar

import structlog
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.messaging.reach import require_connection
from libs.common.observability.correlation import correlation_id

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)


class ServiceUnavailableError(RuntimeError):
    """Nobody answered in time; the text names the question, and the same question may be asked again."""


class Refusal(BaseModel):
    """What a handler sends instead of raising, which the asker would only see as silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    refused: str


class RefusedError(RuntimeError):
    """The other service understood the question and cannot answer it; the text says why."""


async def ask(
    broker: NatsBroker, subject: str, question: BaseModel, answer_type: type[Answer], *, timeout_s: float
) -> Answer:
    """Ask and wait. Raises `ServiceUnavailableError` when nobody answers, `RefusedError` when somebody declines."""
    service = subject.split(".")[2]
    try:
        await require_connection(broker)
        reply = await broker.request(question, subject, timeout=timeout_s, correlation_id=correlation_id() or "")
    except (NatsError, TimeoutError, OSError) as exc:
        raise ServiceUnavailableError(f"the {service} service did not answer within {timeout_s:g} s") from exc
    refusal = _refusal(reply.body)
    if refusal is not None:
        raise RefusedError(refusal.refused)
    try:
        return answer_type.model_validate_json(reply.body)
    except ValidationError as exc:
        raise ServiceUnavailableError(f"the {service} service speaks another version of this question") from exc


async def tell_all(broker: NatsBroker, subject: str, message: BaseModel) -> None:
    """Tell every replica that listens now. Nothing may depend on it: one that is away never hears of it."""
    try:
        await require_connection(broker)
        told_by = correlation_id() or ""
        await broker.publish(message, subject, correlation_id=told_by)  # house: publish-stream for who listens now
    except (NatsError, TimeoutError, OSError) as exc:
        log.debug("message to all lost", subject=subject, reason=type(exc).__name__)


def _refusal(body: bytes) -> Refusal | None:
    """Looked for first: an answer whose members all have defaults would accept it."""
    try:
        return Refusal.model_validate_json(body)
    except ValidationError:
        return None
