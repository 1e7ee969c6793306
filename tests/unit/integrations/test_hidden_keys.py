"""An upstream, or somebody in front of it, that repeats our key: it comes into no log and no hint."""

from urllib.parse import quote, quote_plus

import httpx
import pytest
import structlog
from pydantic import SecretStr

from libs.common.domain.enums import IntegrationType
from libs.integrations.access import access_for
from libs.integrations.capabilities import ConnectionTest, capability
from libs.integrations.config import IntegrationConfig, Network
from libs.integrations.errors import UpstreamError
from libs.integrations.registry import open_client
from tests.unit.integrations.wire import HOST, Wire, arr_wire, fixture, says

KEY = "kE+y/that=is repeated"
STATUS = "GET /api/v3/system/status"


def radarr(wire: Wire) -> ConnectionTest:
    config = IntegrationConfig(1, IntegrationType.RADARR, "Upstairs", f"http://{HOST}", SecretStr(KEY))
    client = open_client(config, Network(transport=httpx.MockTransport(wire)))
    return capability(client, ConnectionTest)


@pytest.mark.parametrize("form", [KEY, quote(KEY), quote(KEY, safe=""), quote_plus(KEY)])
@pytest.mark.parametrize("before", [0, 1015, 2040])
async def test_key_in_the_body_of_an_error_is_not_logged(form: str, before: int) -> None:
    wire = arr_wire(IntegrationType.RADARR)
    wire.on(STATUS, lambda _: httpx.Response(500, text=f"{'x' * before} no such key: {form}, {form}"))

    with structlog.testing.capture_logs() as logs, pytest.raises(UpstreamError):
        await radarr(wire).test()

    assert any(log["event"] == "upstream error body" for log in logs)
    assert not any(form[:12] in repr(log) for log in logs)


async def test_address_that_holds_the_key_is_neither_logged_nor_recommended() -> None:
    wire = arr_wire(IntegrationType.RADARR)
    elsewhere = f"/{quote(KEY, safe='')}/api/v3/system/status"
    wire.on(STATUS, lambda _: httpx.Response(307, headers={"location": elsewhere}))
    wire.otherwise = says({**fixture("arr_status"), "appName": "Radarr"})

    with structlog.testing.capture_logs() as logs:
        found = await radarr(wire).test()

    assert found.hint is None or "repeated" not in found.hint
    assert not any("repeated" in repr(log) for log in logs)


@pytest.mark.parametrize("kind", IntegrationType)
def test_what_goes_along_with_a_call_does_not_show_the_key(kind: IntegrationType) -> None:
    access = access_for(kind, f" {KEY} ")

    assert KEY not in repr(access)
    assert KEY not in access.hide_key(f"{access.headers} {access.params}")
