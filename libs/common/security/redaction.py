"""The last net under the logs: values that look like credentials never reach them."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

HIDDEN = "[hidden]"
_SECRET_KEYS = re.compile(
    r"api[_-]?key|token|secret|password|passwd|authorization|cookie|webhook_?url|creds", re.IGNORECASE
)
_IN_TEXT = (
    re.compile(r"(?i)((?:api[_-]?key|token|password|secret)=)[^&\s\"']+"),
    re.compile(r"(?i)((?:bearer|apikey|api-key:|token:)\s+)[\w.\-~+/=]{8,}"),
    re.compile(r"(\bck_)[0-9a-f]{16,}"),
    re.compile(r"(/webhooks/[^/\s\"']+/)[^/\s\"'?]+"),
    re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"),
    re.compile(r"(?i)([\"'](?:x-)?(?:api[_-]?key|[a-z-]*token|password|secret|authorization)[\"']:\s*[\"'])[^\"']+"),
)


def redact_text(text: str) -> str:
    """The text with every credential we know the shape of replaced."""
    for pattern in _IN_TEXT:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def redact(value: Any) -> Any:
    """The same structure without credentials: values under telling names go whole, texts are searched."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {key: HIDDEN if _telling(key, held) else redact(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(repr(value) if isinstance(value, BaseException) else str(value))


def _telling(key: object, held: Any) -> bool:
    return isinstance(key, str) and isinstance(held, str | bytes) and bool(held) and bool(_SECRET_KEYS.search(key))


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor over the whole event."""
    return {key: _redacted(key, value) for key, value in event.items()}


def _redacted(key: str, value: Any) -> Any:
    if key.startswith("_"):  # structlog's own, never written
        return value
    return HIDDEN if _telling(key, value) else redact(value)
