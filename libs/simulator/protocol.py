"""The web server's protocol with one door more: an application may cut the connection, as broken networks do."""

import asyncio
from typing import cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_KEY = "simulator.transport"


class CuttableProtocol(HttpToolsProtocol):
    """Puts the transport into the request's scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("Scope", self.scope)[_KEY] = self.transport


def cut_connection(scope: Scope) -> None:
    """Reset the connection at once; nothing that was not sent yet leaves."""
    transport = scope.get(_KEY)
    if isinstance(transport, asyncio.Transport):
        transport.abort()
