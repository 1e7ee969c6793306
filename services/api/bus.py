"""Questions to other services, with their failures as answers of ours."""

from typing import TypeVar

from faststream.exceptions import IncorrectState
from faststream.nats import NatsBroker
from pydantic import BaseModel

from libs.common.messaging.rpc import RefusedError, ServiceUnavailableError, ask
from services.api.errors import UnavailableError

Reply = TypeVar("Reply", bound=BaseModel)


async def ask_sync(
    broker: NatsBroker, subject: str, question: BaseModel, reply: type[Reply], timeout_s: float
) -> Reply:
    """Ask sync. Raises `UnavailableError` when it does not answer, says no, or NATS was never reached."""
    return await _ask("sync", broker, subject, question, reply, timeout_s)


async def ask_engine(
    broker: NatsBroker, subject: str, question: BaseModel, reply: type[Reply], timeout_s: float
) -> Reply:
    """Ask any engine. Raises `UnavailableError` as above."""
    return await _ask("engine", broker, subject, question, reply, timeout_s)


async def _ask(
    service: str, broker: NatsBroker, subject: str, question: BaseModel, reply: type[Reply], timeout_s: float
) -> Reply:
    try:
        return await ask(broker, subject, question, reply, timeout_s=timeout_s)
    except ServiceUnavailableError as exc:
        raise UnavailableError(str(exc)) from exc
    except RefusedError as exc:
        raise UnavailableError(f"the {service} service could not answer: {exc}") from exc
    except IncorrectState as exc:
        raise UnavailableError("the message bus is not connected yet") from exc
