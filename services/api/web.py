"""The web application: routes in their order, and the layers every request passes through."""

from collections.abc import Iterator

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from libs.common.observability.correlation import HEADER as CORRELATION
from libs.common.observability.correlation import CorrelationMiddleware
from libs.common.settings import Settings
from services.api import errors
from services.api.auth.gate import AccessGate
from services.api.bodies import JsonBodies
from services.api.build_stamp import read_build
from services.api.gateway import Gateway
from services.api.headers import SecurityHeaders
from services.api.idempotency import answers
from services.api.last_resort import LastResort, internal_error
from services.api.methods import Call, MethodGate
from services.api.openapi import TITLE, describe_app
from services.api.routes import (
    activity,
    analytics,
    approval_queue,
    audit_log,
    auth,
    dashboard,
    dead_letters,
    deletion_queue,
    disk_groups,
    engine,
    events,
    factor_weights,
    health,
    holds,
    integrations,
    items,
    manual_delete,
    metrics,
    preferences,
    preview,
    rule_insight,
    rule_values,
    rules,
    simulate,
    webhooks,
)

SECTIONS = (
    health,
    auth,
    disk_groups,
    dashboard,
    metrics,
    engine,
    simulate,
    integrations,
    rules,
    rule_insight,
    rule_values,
    factor_weights,
    preview,
    items,
    preferences,
    approval_queue,
    dead_letters,
    deletion_queue,
    manual_delete,
    audit_log,
    activity,
    events,
    holds,
    analytics,
    webhooks,
)
"""One module per section of the API; an unknown path is answered by the framework, behind the gate."""

_SHOWN_HEADERS = ("ETag", preview.TOTAL, preview.NEXT, CORRELATION, "Retry-After", answers.REPLAYED)
"""What pages of other origins may read besides what browsers show anyway."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def build_web(gateway: Gateway, registry: CollectorRegistry) -> ASGIApp:
    """Everything that answers on the public port."""
    settings = gateway.settings
    api_root = f"{settings.base_url}api/v1"
    app = build_routes(api_root)
    app.state.gateway = gateway
    _add_outside_api(app, settings, registry)
    guarded: ASGIApp = AccessGate(MethodGate(JsonBodies(app), _calls(api_root)), gateway, api_root)
    guarded = LastResort(guarded)
    if origins := _origins(settings):
        guarded = CORSMiddleware(
            guarded, allow_origins=origins, allow_methods=_METHODS, allow_headers=["*"], expose_headers=_SHOWN_HEADERS
        )
    return SecurityHeaders(CorrelationMiddleware(guarded), strict_transport=settings.secure_cookies)


def build_routes(api_root: str) -> FastAPI:
    """The application with all routes, without the layers around it."""
    app = FastAPI(
        title=TITLE,
        summary="Frees disk space by removing the least valuable media, and says why.",
        version=read_build().version,
        openapi_url=f"{api_root}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    errors.register(app)
    answers.register(app)
    app.add_exception_handler(Exception, internal_error)
    root = APIRouter()
    for section in SECTIONS:
        root.include_router(section.router)
    # given here and not to the router: without a prefix the framework builds every route once more, to see its path
    app.include_router(root, prefix=api_root)
    app.openapi = lambda: describe_app(app, api_root)  # type: ignore[method-assign]  # the framework's documented way
    return app


def _calls(api_root: str) -> Iterator[Call]:
    for section in SECTIONS:
        for route in section.router.routes:
            if isinstance(route, APIRoute):
                yield f"{api_root}{route.path}", set(route.methods or ())


def _add_outside_api(app: FastAPI, settings: Settings, registry: CollectorRegistry) -> None:
    if settings.base_url != "/":

        async def to_prefix(_request: Request) -> Response:
            return RedirectResponse(settings.base_url, 301)

        for path in ("/", settings.base_url.rstrip("/")):
            app.add_route(path, to_prefix, methods=["GET"], include_in_schema=False)
    if settings.public_metrics:

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

        app.add_route(f"{settings.base_url}metrics", metrics, methods=["GET"], include_in_schema=False)


def _origins(settings: Settings) -> list[str]:
    """Origins that may call across sites: none unless set; any while debugging."""
    return list(settings.cors_origins) or (["*"] if settings.debug else [])
