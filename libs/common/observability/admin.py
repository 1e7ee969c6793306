"""The port for operators that every process serves: /livez, /readyz and /metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""Answers None when all is well, else in a few words what is missing. May raise: that counts as missing."""

CHECK_TIMEOUT_S = 2.0


def build_admin_app(checks: Mapping[str, Check], registry: CollectorRegistry) -> Starlette:
    """The ASGI app. `/livez` asks nobody, so that an outage of Postgres or NATS restarts no process."""

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("alive")

    async def readyz(_request: Request) -> Response:
        missing = await unready(checks)
        return JSONResponse({"ready": not missing, "missing": missing}, status_code=503 if missing else 200)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])


async def unready(checks: Mapping[str, Check]) -> dict[str, str]:
    """What is missing, by the name of its check."""
    answers = await asyncio.gather(*(_ask(check) for check in checks.values()))
    return {name: answer for name, answer in zip(checks, answers, strict=True) if answer is not None}


async def _ask(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_S:g} s"
    except Exception as exc:  # noqa: BLE001  whatever breaks a check means not ready, and is shown
        log.debug("readiness check failed", reason=repr(exc))
        return type(exc).__name__
