"""The connection test of a person: diagnostic only, nothing is stored and no health changes (T112)."""

import asyncio

import structlog
from pydantic import SecretStr

from libs.common.messaging.questions import ConnectionTested, TestConnection
from libs.common.security.secrets import SecretBox
from libs.integrations.capabilities import ConnectionTest, capability
from libs.integrations.config import IntegrationConfig
from libs.integrations.models import ConnectionFacts
from libs.integrations.systems import SYSTEMS
from libs.integrations.urls import normalise_base_url
from services.sync import failures
from services.sync.health.rules import Failure
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

TEST_DEADLINE_S = 10.0


class ConnectionTester:
    """Answers `TestConnection` within `deadline_s`."""

    def __init__(self, upstreams: Upstreams, box: SecretBox, *, deadline_s: float = TEST_DEADLINE_S) -> None:
        self._upstreams = upstreams
        self._box = box
        self._deadline_s = deadline_s

    async def test(self, question: TestConnection) -> ConnectionTested:
        """Try address and key. Whatever goes wrong is the answer, never an exception."""
        name = SYSTEMS[question.type].label
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await self._ask(question, name)
        except Exception as exc:
            failure = failures.explain(exc, name)
            if failure.error_class == failures.INTERNAL:
                log.exception("connection test broke", type=question.type)
            return _failed(failure)
        told = f"Connected to {found.app_name} {found.version}."
        return ConnectionTested(
            success=True, message=f"{told} {found.hint}" if found.hint else told, app_version=found.version
        )

    async def _ask(self, question: TestConnection, name: str) -> ConnectionFacts:
        config = IntegrationConfig(
            id=0,
            type=question.type,
            name=name,
            url=normalise_base_url(question.url),
            api_key=SecretStr(self._box.open(question.sealed_key).strip()),
            verify_tls=question.verify_tls,
            ca_bundle=question.ca_bundle,
        )
        async with self._upstreams.open_config(config) as client:
            return await capability(client, ConnectionTest).test()


def _failed(failure: Failure) -> ConnectionTested:
    return ConnectionTested(success=False, error=failure.error, error_class=failure.error_class)
