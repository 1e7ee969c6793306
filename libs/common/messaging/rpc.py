"""Questions between services: a typed request, a typed answer or a typed refusal, and a deadline."""

from typing import TypeVar

from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common.observability.correlation import correlation_id

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
    try:
        reply = await broker.request(question, subject, timeout=timeout_s, correlation_id=correlation_id() or "")
    except (NatsError, TimeoutError) as exc:
        service = subject.split(".")[2]
        raise ServiceUnavailableError(f"the {service} service did not answer within {timeout_s:g} s") from exc
    try:
        return answer_type.model_validate_json(reply.body)
    except ValidationError:
        raise RefusedError(Refusal.model_validate_json(reply.body).refused) from None
