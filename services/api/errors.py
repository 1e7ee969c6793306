"""The one place where what went wrong becomes a status and `{"error": text}`."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

log = structlog.get_logger(__name__)

_LONGEST_NAME = 60
"""A client may have made up the name of a member, and an error is one line."""


class ApiError(Exception):
    """An answer other than success. `extra` are members beside `error`; `headers` go out with it."""

    status = 500

    def __init__(
        self, message: str, *, extra: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class BadInputError(ApiError):
    """The request cannot be meant: the text names the member and what would be right."""

    status = 400


class UnauthenticatedError(ApiError):
    """No credentials, or none that are good."""

    status = 401


class MissingError(ApiError):
    """The thing the address names does not exist."""

    status = 404


class WrongMethodError(ApiError):
    """The address exists and takes only the `allowed` methods."""

    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        listed = ", ".join(allowed)
        super().__init__(f"{method} is not possible here; use {listed}", headers={"Allow": listed})


class ConflictError(ApiError):
    """The request is right, but not in the present state."""

    status = 409


class TooManyError(ApiError):
    """A limit was reached; `retry_after_s` says when to try again."""

    status = 429

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, headers={"Retry-After": str(max(1, retry_after_s))})


class UpstreamFailedError(ApiError):
    """A source had to be asked and failed; the text says how. 500, as clients know it."""


class SourceFailedError(ApiError):
    """A source was asked on behalf of a person and did not answer well; `errorClass` says how, for machines."""

    status = 502

    def __init__(self, message: str, error_class: str) -> None:
        super().__init__(message, extra={"errorClass": error_class})


class UnavailableError(ApiError):
    """An internal service did not answer in time; trying again may help."""

    status = 503


Described = dict[int | str, dict[str, Any]]
"""Answers of a route by status, as OpenAPI wants them."""


class ErrorBody(BaseModel):
    """What every error answers."""

    error: str


def describe(*statuses: int) -> Described:
    """The errors of a route for its OpenAPI description; 401 and 500 stand everywhere."""
    return {status: {"model": ErrorBody} for status in (*statuses, 401, 500)}


def answer(exc: ApiError) -> JSONResponse:
    """The response for one of our errors."""
    return JSONResponse({"error": exc.message, **exc.extra}, exc.status, headers=exc.headers)


def register(app: FastAPI) -> None:
    """Give the application its handlers."""

    @app.exception_handler(ApiError)
    async def ours(_request: Request, exc: ApiError) -> JSONResponse:
        return answer(exc)

    @app.exception_handler(RequestValidationError)
    async def unfit(_request: Request, exc: RequestValidationError) -> JSONResponse:
        return answer(BadInputError(sentence(exc.errors())))

    @app.exception_handler(HTTPException)
    async def framework(_request: Request, exc: HTTPException) -> JSONResponse:
        return JSONResponse({"error": str(exc.detail)}, exc.status_code, headers=exc.headers)


def sentence(errors: Sequence[Any]) -> str:
    """The first thing wrong with a request, beginning with the name of the member."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return "the body is not valid JSON"
    place = [str(part) for part in first["loc"] if part not in {"body", "query", "path", "header", "[key]"}]
    where = ".".join(place) or "the body"
    if first["type"] == "missing" and not place:
        return "a JSON body is required"
    shown = where if len(where) <= _LONGEST_NAME else f"{where[: _LONGEST_NAME - 1]}…"
    return f"{shown}: {_complaint(first)}"


def _complaint(error: Mapping[str, Any]) -> str:
    """What is wrong with the value; of a text the framework would count "items"."""
    bounds = error.get("ctx", {}) if isinstance(error.get("input"), str) else {}
    if "max_length" in bounds:
        return f"must not be longer than {bounds['max_length']} characters"
    if bounds.get("min_length") == 1:
        return "must not be empty"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{message[:1].lower()}{message[1:]}"
