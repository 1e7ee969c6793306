"""The door of the simulated systems: from an HTTP request to a call, through the faults, to an HTTP answer."""

import asyncio
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from libs.simulator.faults import FaultKind, FaultRule
from libs.simulator.protocol import cut_connection
from libs.simulator.server import Asked, credentials
from libs.simulator.shapes import bent, instead, plain
from libs.simulator.simulation import Simulation

_CUTTING = {FaultKind.CONNECTION_RESET, FaultKind.RESET_AFTER_EFFECT}


class Gate:
    """An ASGI application for every path that is not the control API's."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            raw = await request.body()
        except ClientDisconnect:
            return
        response = await self._answer(request, raw)
        if response is None:
            cut_connection(scope)
            await _until_gone(receive)
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request, raw: bytes) -> Response | None:
        """The response; `None` when the connection is to be cut."""
        asked = self._asked(request, raw)
        if asked.instance not in self._simulation.systems:
            return self._astray(request, asked)
        faults = self._simulation.faults
        rule = faults.match(asked.instance, asked.method, asked.path)
        if rule is None:
            return plain(self._simulation.perform(asked))
        if rule.kind is FaultKind.LATENCY:
            await self._hold(request, rule.seconds)
            return plain(self._simulation.perform(asked, rule))
        return await self._faulty(request, asked, rule)

    async def _faulty(self, request: Request, asked: Asked, rule: FaultRule) -> Response | None:
        substitute = instead(rule)
        if substitute is not None:
            self._simulation.note_lost(asked, rule, substitute.status_code)
            return substitute
        if rule.kind in {FaultKind.TIMEOUT, FaultKind.CONNECTION_RESET}:
            self._simulation.note_lost(asked, rule, 0)
            if rule.kind is FaultKind.TIMEOUT:
                await self._hold(request, rule.seconds)
            return None
        answer = self._simulation.perform(asked, rule)
        if rule.kind is FaultKind.HANG_AFTER_EFFECT:
            await self._hold(request, rule.seconds)
        return None if rule.kind in _CUTTING else bent(answer, rule, self._simulation.faults)

    async def _hold(self, request: Request, seconds: float | None) -> None:
        """Wait, but not for a caller who has given up."""
        waits = [
            asyncio.create_task(self._simulation.faults.wait(seconds)),
            asyncio.create_task(_until_gone(request.receive)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _asked(self, request: Request, raw: bytes) -> Asked:
        """Who is meant by the first part of the path, and what is asked."""
        key, _, rest = request.scope["path"].lstrip("/").partition("/")
        query = parse_qs(request.url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in request.headers.items()}
        api_key, auth = credentials(headers, query)
        return Asked(
            instance=key,
            method=request.method,
            path=f"/{rest}",
            query=query,
            headers=headers,
            raw=raw,
            key=api_key,
            auth=auth,
        )

    def _astray(self, request: Request, asked: Asked) -> Response:
        """Without its URL base a lone instance redirects to where it lives; among several nobody is meant."""
        lone = self._simulation.world.lone_key
        self._simulation.note_lost(asked, None, 404 if lone is None else 307)
        if lone is None:
            return Response(status_code=404)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/{lone}{request.scope['path']}{query}", 307)


async def _until_gone(receive: Receive) -> None:
    """Return when the other side has closed."""
    while (await receive())["type"] != "http.disconnect":
        continue
