"""The other end of the questions the gateway asks: answers as sync would, and remembers what was asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import BaseModel

from libs.common.messaging import questions
from libs.common.security.secrets import SecretBox
from tests.service.api.running_gateway import SECRET_KEY


class AnsweringSync:
    """Answers every question with what the test set."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.tested: list[questions.TestConnection] = []
        self.test_answer: BaseModel = questions.ConnectionTested(success=True, message="Connected to Sonarr 4.0")
        self.sync_answer = questions.SyncedAll(results=())

    @property
    def last_key(self) -> str:
        """The key of the newest test, opened."""
        return SecretBox(SECRET_KEY).open(self.tested[-1].sealed_key)

    async def test_connection(self, message: Msg) -> None:
        """Remember and answer."""
        self.tested.append(questions.TestConnection.model_validate_json(message.data))
        await message.respond(self.test_answer.model_dump_json(by_alias=True).encode())

    @asynccontextmanager
    async def listening(self, subject: str) -> AsyncIterator[list[Any]]:
        """What is said to all on a subject until the block ends."""
        heard: list[Any] = []

        async def note(message: Msg) -> None:
            heard.append(json.loads(message.data))

        said = await self._client.subscribe(subject, cb=note)
        await self._client.flush()
        yield heard
        await said.drain()  # type: ignore[no-untyped-call]  # nats-py has no types here

    async def sync_all(self, message: Msg) -> None:
        """Answer."""
        await message.respond(self.sync_answer.model_dump_json(by_alias=True).encode())


@asynccontextmanager
async def answering_sync(nats_url: str) -> AsyncIterator[AnsweringSync]:
    """Listen on the subjects of sync until the block ends."""
    client = await nats.connect(nats_url)
    answering = AnsweringSync(client)
    try:
        await client.subscribe(questions.TEST_CONNECTION, cb=answering.test_connection)
        await client.subscribe(questions.SYNC_ALL, cb=answering.sync_all)
        await client.flush()
        yield answering
    finally:
        await client.close()
