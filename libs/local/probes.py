"""Asking a local process over HTTP whether it is ready."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

_TIMEOUT_S = 3.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A proxy of the environment is for the way out; nothing here leaves the machine."""


class NoAnswerError(Exception):
    """Nobody answered at a local address, or with something else than was asked for."""


def is_ready(admin_port: int) -> bool:
    """Whether a service says so itself."""
    return missing(admin_port) == {}


def missing(admin_port: int) -> dict[str, str] | None:
    """What a service lacks, by its own words; empty when it is ready, None when it does not answer."""
    try:
        with _DIRECT.open(f"http://127.0.0.1:{admin_port}/readyz", timeout=_TIMEOUT_S):
            return {}
    except urllib.error.HTTPError as exc:
        return _named(exc)
    except (OSError, HTTPException):
        return None


def read_json(url: str) -> Any:
    """The JSON at a local address. Raises `NoAnswerError`."""
    try:
        with _DIRECT.open(url, timeout=_TIMEOUT_S) as answer:
            return json.load(answer)
    except (OSError, HTTPException, ValueError) as exc:
        raise NoAnswerError(str(exc)) from exc


def in_words(lacks: dict[str, str] | None) -> str:
    """An answer of `missing`, for people."""
    if lacks is None:
        return "not running"
    return "ready" if not lacks else "; ".join(f"{name}: {reason}" for name, reason in lacks.items())


def _named(refusal: urllib.error.HTTPError) -> dict[str, str] | None:
    """A refusal in another form than ours comes from another program."""
    try:
        named = json.loads(refusal.read())["missing"]
        return {str(name): str(reason) for name, reason in named.items()} or {"readyz": f"HTTP {refusal.code}"}
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return None
