"""An engine that answers questions over a real bus, and questions to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from faststream.nats import NatsBroker
from pydantic import BaseModel

from libs.common.messaging.rpc import ask
from libs.common.messaging.transient import Transient
from services.engine.preview.refresh import PreviewRefresh
from services.engine.questions.evaluations import Evaluations
from services.engine.questions.router import question_router
from tests.harness.bus import running_broker
from tests.service.engine.rows import Library

Answer = TypeVar("Answer", bound=BaseModel)


class Asking:
    """Asks the engine under test. `refresh` is that engine's own, so that a test may let it score."""

    def __init__(self, broker: NatsBroker, refresh: PreviewRefresh) -> None:
        self.refresh = refresh
        self._broker = broker

    async def ask(self, subject: str, question: BaseModel, answer: type[Answer]) -> Answer:
        """The typed answer; raises as the gateway's own question would."""
        return await ask(self._broker, subject, question, answer, timeout_s=20)


@asynccontextmanager
async def answering(library: Library, nats_url: str, broker: NatsBroker) -> AsyncIterator[Asking]:
    """An engine that does not lead until the test lets it."""
    refresh = PreviewRefresh(library.db, library.clock, Transient(broker, "engine"))
    evaluations = Evaluations(library.db, library.clock, refresh)
    async with running_broker(nats_url, question_router(library.db, evaluations)) as serving:
        yield Asking(serving, refresh)
