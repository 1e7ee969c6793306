"""The OpenAPI description as it really is: our error envelope, no 422, and who may call what."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.api.auth.access import PUBLIC, SESSION_ONLY, TOKEN
from services.api.idempotency.asked import HEADER

TITLE = "Capacitarr"
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "jwt"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "apiKeyQuery": {"type": "apiKey", "in": "query", "name": "apikey"},
}
_JSON = "application/json"
_CONFLICT = {
    "description": "the Idempotency-Key was used for another request, or its request is being carried out just now",
    "content": {_JSON: {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
}
_SESSION: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_ANY = [*_SESSION, {"apiKey": []}, {"apiKeyQuery": []}]


def describe_app(app: FastAPI, api_root: str) -> dict[str, Any]:
    """The description, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=TITLE, version=app.version, routes=app.routes, summary=app.summary)
        schema.setdefault("components", {})["securitySchemes"] = _SCHEMES
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _tell_the_truth(operation, (method.upper(), path.removeprefix(api_root)))
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"].get("schemas", {}).pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


def _tell_the_truth(operation: dict[str, Any], call: tuple[str, str]) -> None:
    operation["responses"].pop("422", None)
    for status, described in operation["responses"].items():
        if status.startswith(("4", "5")):  # the framework describes them in the media type of success
            (schema,) = described["content"].values()
            described["content"] = {_JSON: schema}
    if any(parameter["name"] == HEADER for parameter in operation.get("parameters", ())):
        operation["responses"].setdefault("409", _CONFLICT)
    if call in PUBLIC | TOKEN:
        operation["security"] = []
        if call[1] != "/auth/login":
            operation["responses"].pop("401", None)
    else:
        operation["security"] = _SESSION if call in SESSION_ONLY else _ANY
