"""Quality profiles, tags and languages of an *arr, asked when somebody writes a rule and kept for five minutes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from libs.common.db import Database
from libs.common.messaging.questions import AskRuleValues, RuleValuesFound
from libs.integrations.capabilities import RuleValues, capability
from libs.integrations.errors import UpstreamConfusingError
from services.sync import failures, integrations
from services.sync.integrations import Source
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

KEPT_S = 300.0
DEADLINE_S = 10.0

_Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """`changed_at`: the configuration it was asked under; another one may be another system."""

    values: tuple[str, ...]
    changed_at: datetime
    until_s: float


class RuleValueLookup:
    """One replica's cache. `now_s` is any clock of seconds that only goes forward."""

    def __init__(self, db: Database, upstreams: Upstreams, now_s: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._upstreams = upstreams
        self._now_s = now_s
        self._known: dict[_Key, _Known] = {}
        self._asking: defaultdict[_Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._forgotten = 0

    async def values(self, question: AskRuleValues) -> RuleValuesFound:
        """From the cache, else from the source, whose failure is the answer and is not kept."""
        async with self._db.connect() as conn:
            source = await integrations.load_active(conn, question.integration_id)
        if source is None:
            return RuleValuesFound(error=failures.inactive().error)
        key = (source.id, question.matter)
        async with self._asking[key]:  # several who ask at once are one call
            known = self._known.get(key)
            if known is not None and known.changed_at == source.changed_at and self._now_s() < known.until_s:
                return RuleValuesFound(values=known.values)
            return await self._ask(source, key)

    def forget(self, integration_id: int | None) -> None:
        """Drop what is cached of one integration, or of all. An answer that is still under way is not kept either."""
        self._forgotten += 1
        if integration_id is None:
            self._known.clear()
            return
        for key in [key for key in self._known if key[0] == integration_id]:
            del self._known[key]

    async def _ask(self, source: Source, key: _Key) -> RuleValuesFound:
        forgotten = self._forgotten
        try:
            async with asyncio.timeout(DEADLINE_S), self._upstreams.open(source) as client:
                values = await _read(capability(client, RuleValues), key[1])
        except Exception as exc:
            failure = failures.explain(exc, source.name)
            if failure.error_class == failures.INTERNAL:
                log.exception("rule values not read", integration_id=source.id)
            return RuleValuesFound(error=failure.error)
        if forgotten == self._forgotten:
            self._known[key] = _Known(values, source.changed_at, self._now_s() + KEPT_S)
        return RuleValuesFound(values=values)


async def _read(client: RuleValues, matter: str) -> tuple[str, ...]:
    match matter:
        case "quality":
            return await client.quality_profiles()
        case "tag":
            return await client.tags()
    try:
        return await client.languages()
    except UpstreamConfusingError as exc:
        if exc.status != 404:
            raise
        return ()  # this version keeps no list of languages
