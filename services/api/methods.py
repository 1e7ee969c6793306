"""Which methods an address takes: others get 405 and the list (RFC 9110 15.5.6), also where an id could have stood."""

from collections.abc import Iterable

from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api.errors import WrongMethodError, answer

Call = tuple[str, set[str]]
"""A path with its parameters in braces, and methods it takes; a path may come several times."""


class MethodGate:
    """Stands before routing, which knows the methods of one route only and would read `/integrations/test` as an id."""

    def __init__(self, app: ASGIApp, calls: Iterable[Call]) -> None:
        self._app = app
        taken: dict[str, set[str]] = {}
        for path, methods in calls:
            taken.setdefault(path, set()).update(methods)
        self._fixed = {path: methods for path, methods in taken.items() if "{" not in path}
        self._patterns = [(compile_path(path)[0], methods) for path, methods in taken.items() if "{" in path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            allowed = self._allowed(scope["path"])
            if allowed and scope["method"] not in allowed:
                await answer(WrongMethodError(scope["method"], sorted(allowed)))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _allowed(self, path: str) -> set[str]:
        """Empty for an address that is none of ours."""
        if path in self._fixed:
            return self._fixed[path]
        return set().union(*(methods for pattern, methods in self._patterns if pattern.match(path)))
