"""The parts of the gateway process, built once in app.py and handed down."""

from dataclasses import dataclass

from faststream.nats import NatsBroker
from starlette.requests import Request

from libs.common.clock import Clock
from libs.common.db import Database
from libs.common.messaging.transient import Transient
from libs.common.security.secrets import SecretBox
from libs.common.settings import Settings
from services.api.auth.client_address import TrustedProxies
from services.api.auth.passwords import Passwords
from services.api.auth.tokens import TokenMint
from services.api.preview.blob import PreparedPreview
from services.api.preview.truth import Truth
from services.api.sse.hub import EventHub
from services.api.webhooks.door import WebhookDoor

SOURCE = "api"
"""How our events name their origin."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """What routes may ask for."""

    settings: Settings
    db: Database
    clock: Clock
    broker: NatsBroker
    transient: Transient
    box: SecretBox
    mint: TokenMint
    passwords: Passwords
    proxies: TrustedProxies
    hub: EventHub
    preview: PreparedPreview
    truth: Truth
    webhooks: WebhookDoor


def gateway_of(request: Request) -> Gateway:
    """The gateway that serves this request."""
    found: Gateway = request.app.state.gateway
    return found
