"""The route class of sections that change something: their transaction sees the answer before it is committed."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class ChangingRoute(APIRoute):
    """Puts the finished answer into the request's state; after that the transaction ends, then the answer leaves."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, and what becomes of its answer."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            response = await handle(request)
            request.state.answer = response
            return response

        return handler
