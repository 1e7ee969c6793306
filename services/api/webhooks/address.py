"""The address of an integration's webhook, as it is seen from where the person sits."""

from urllib.parse import urlsplit

from starlette.requests import Request

from services.api.errors import MissingError
from services.api.gateway import Gateway
from services.api.rows import AnyRow
from services.api.webhooks.guide import GUIDES
from services.api.webhooks.wire import WebhookAddress


def address_of(gateway: Gateway, request: Request, row: AnyRow) -> WebhookAddress:
    """The address with what to do with it. Raises `MissingError` for a system that sends nothing."""
    guide = GUIDES.get(row.type)
    if guide is None:
        raise MissingError(f"{row.name} is a {row.type.value.capitalize()}, which sends no webhooks")
    settings = gateway.settings
    token = gateway.webhooks.tokens.token_of(row.id, row.created_at)
    path = f"{settings.base_url}api/v1/webhooks/{row.id}/{token}"
    return WebhookAddress(
        url=_absolute(settings.public_url or str(request.base_url), settings.base_url, path),
        path=path,
        where=guide.where,
        events=list(guide.events),
        content_type=guide.content_type,
        body=guide.body,
    )


def _absolute(base: str, prefix: str, path: str) -> str:
    """`base` with or without the prefix that every path of ours has already."""
    origin = base.rstrip("/")
    if urlsplit(origin).path.endswith(prefix.rstrip("/")):
        origin = origin.removesuffix(prefix.rstrip("/"))
    return f"{origin}{path}"
