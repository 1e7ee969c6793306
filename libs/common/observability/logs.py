"""Structured logs on stderr: one line an event, ids bound, no credential in it."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from libs.common.domain.enums import LogLevel
from libs.common.observability.correlation import correlation_id
from libs.common.security.redaction import redact_event

_LEVELS = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARN: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}
_CHATTY = ("nats", "uvicorn", "asyncio", "sqlalchemy.engine", "httpx", "httpcore", "faststream")
"""Libraries whose every-day lines are noise; their warnings still come through."""


def configure(service: str, level: LogLevel, fmt: str) -> None:
    """Route structlog and the standard library through one handler. Call once, before anything logs."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _add_ids(service),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False) if fmt == "console" else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    set_level(level)


def set_level(level: LogLevel) -> None:
    """Change the level of a running process."""
    logging.getLogger().setLevel(_LEVELS[level])


def _add_ids(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        bound = correlation_id()
        if bound is not None:
            event["correlation_id"] = bound
        return event

    return add
