"""The log level of a running process follows the owner's preference."""

import asyncio

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from libs.common.db import Database
from libs.common.db import models as m
from libs.common.domain.enums import LogLevel
from libs.common.observability import logs

log = structlog.get_logger(__name__)

EVERY_S = 15.0


async def follow_preference(db: Database, pinned: LogLevel | None, *, every_s: float = EVERY_S) -> None:
    """Until cancelled; returns at once when the level is pinned. While Postgres is away the last level stays."""
    current = pinned
    while pinned is None:
        try:
            async with db.connect() as conn:
                wanted = (await conn.execute(select(m.Preferences.log_level))).scalar_one_or_none()
        except (SQLAlchemyError, OSError) as exc:
            log.debug("log level not read", reason=type(exc).__name__)
        else:
            if wanted is not None and wanted != current:
                logs.set_level(wanted)
                current = wanted
        await asyncio.sleep(every_s)
