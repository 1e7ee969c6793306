"""Who tells what, as the engine believes it, is what the clients can be asked for."""

import pytest
from pydantic import SecretStr

from libs.common.domain.enums import Capability, IntegrationType
from libs.common.domain.tellers import TELLERS
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.registry import open_client
from services.sync.audience.reading import capabilities_of


@pytest.mark.parametrize("kind", IntegrationType)
async def test_tellers_are_the_clients_that_have_the_capability(kind: IntegrationType) -> None:
    client = open_client(IntegrationConfig(1, kind, "It", "http://127.0.0.1:9", SecretStr("0" * 32)), Network())

    told = capabilities_of(client)
    await client.aclose()

    assert set(told) == {each for each in Capability if kind in TELLERS[each]}
