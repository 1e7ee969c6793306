"""The preflight of a person: what an *arr says about deletions right now. Nothing is stored, no health changes."""

import asyncio

import structlog

from libs.common.db import Database
from libs.common.messaging.questions import AskPreflight, FolderSeen, PreflightFound, ProblemSeen, SafetySeen
from libs.common.security.redaction import redact_text
from libs.integrations.capabilities import Preflight, capability
from libs.integrations.models import UpstreamSafety
from services.sync import failures, integrations
from services.sync.health.rules import Failure
from services.sync.upstreams import Upstreams

log = structlog.get_logger(__name__)

DEADLINE_S = 10.0
_MOST_PROBLEMS = 100
_MOST_TEXT = 1_000


class PreflightLook:
    """Answers `AskPreflight` within `deadline_s`."""

    def __init__(self, db: Database, upstreams: Upstreams, *, deadline_s: float = DEADLINE_S) -> None:
        self._db = db
        self._upstreams = upstreams
        self._deadline_s = deadline_s

    async def look(self, question: AskPreflight) -> PreflightFound:
        """Ask the source. Its failure is the answer; only an error of our own database comes out."""
        async with self._db.connect() as conn:
            source = await integrations.load_active(conn, question.integration_id)
        if source is None:
            return _failed(failures.inactive())
        try:
            async with asyncio.timeout(self._deadline_s), self._upstreams.open(source) as client:
                return PreflightFound(seen=_seen(await capability(client, Preflight).safety()))
        except Exception as exc:
            failure = failures.explain(exc, source.name)
            if failure.error_class == failures.INTERNAL:
                log.exception("preflight broke", integration_id=source.id)
            return _failed(failure)


def _failed(failure: Failure) -> PreflightFound:
    return PreflightFound(error=failure.error, error_class=failure.error_class)


def _seen(safety: UpstreamSafety) -> SafetySeen:
    blocking = set(safety.blocking)
    return SafetySeen(
        recycle_bin=safety.recycle_bin,
        recycle_bin_days=safety.recycle_bin_days,
        unmonitors_deleted=safety.unmonitors_deleted,
        root_folders=tuple(
            FolderSeen(path=folder.path, accessible=folder.is_accessible, free_bytes=folder.free_bytes)
            for folder in safety.root_folders
        ),
        problems=tuple(
            ProblemSeen(
                source=one.source,
                level=one.level,
                message=redact_text(one.message)[:_MOST_TEXT],
                blocks=one in blocking,
            )
            for one in sorted(safety.problems, key=lambda one: one not in blocking)[:_MOST_PROBLEMS]
        ),
    )
