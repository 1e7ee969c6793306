"""Asking a local process over HTTP whether it is ready."""

import json
import urllib.error
import urllib.request
from typing import Any

_TIMEOUT_S = 3.0


def is_ready(admin_port: int) -> bool:
    """Whether a service says so itself."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def missing(admin_port: int) -> dict[str, str] | None:
    """What a service lacks, by its own words; None when nobody answers there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=_TIMEOUT_S):
            return {}
    except urllib.error.HTTPError as exc:
        return dict(json.loads(exc.read() or b"{}").get("missing", {}))
    except OSError:
        return None


def read_json(url: str) -> Any:
    """The JSON at a local address. Raises `OSError` when nobody answers."""
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310  always loopback, from our own ports
        return json.load(answer)
