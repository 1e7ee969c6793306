"""Asks sync what an integration says about deletions, and makes it an answer."""

from sqlalchemy import select

from libs.common.db import models as m
from libs.common.domain.enums import MEDIA_SOURCE_TYPES, IntegrationType
from libs.common.domain.safety import safe_switch
from libs.common.messaging import questions
from services.api.bus import ask_sync
from services.api.errors import BadInputError, ConflictError, SourceFailedError
from services.api.gateway import Gateway
from services.api.integrations.edit import missing
from services.api.integrations.queries import integration
from services.api.preflight.warnings import warnings
from services.api.preflight.wire import CheckedFolder, Preflight, RecycleBin, Unmonitoring, UpstreamProblem
from services.api.rows import AnyRow


async def preflight(gateway: Gateway, integration_id: int) -> Preflight:
    """Raises `MissingError`, `BadInputError` for what cannot delete, `ConflictError` for what is switched off.

    `SourceFailedError` tells why the upstream did not answer, `UnavailableError` that sync did not.
    """
    async with gateway.db.connect() as conn:
        row = await integration(conn, integration_id)
        unmonitors = (await conn.execute(select(m.Preferences.unmonitor_seasons))).scalar_one_or_none()
    if row is None:
        raise missing(integration_id)
    if row.type not in MEDIA_SOURCE_TYPES:
        raise BadInputError(f"integration {integration_id} is a {row.type}, through which nothing is deleted")
    if not row.enabled:
        raise ConflictError(f"integration {integration_id} is switched off")
    found = await ask_sync(
        gateway.broker,
        questions.PREFLIGHT,
        questions.AskPreflight(integration_id=integration_id),
        questions.PreflightFound,
        questions.PREFLIGHT_TIMEOUT_S,
    )
    if found.seen is None:
        raise SourceFailedError(found.error, found.error_class)
    seen = _shown(row, found.seen, unmonitors=safe_switch("unmonitor_seasons", unmonitors))
    return seen.model_copy(update={"warnings": list(warnings(seen))})


def _shown(row: AnyRow, seen: questions.SafetySeen, *, unmonitors: bool) -> Preflight:
    folders = [CheckedFolder.model_validate(folder.model_dump()) for folder in seen.root_folders]
    problems = [
        UpstreamProblem(source=one.source, level=one.level, message=one.message, blocks_deletions=one.blocks)
        for one in seen.problems
    ]
    found = RecycleBin(path=seen.recycle_bin, cleanup_days=seen.recycle_bin_days) if seen.recycle_bin else None
    return Preflight(
        integration_id=row.id,
        type=row.type,
        recycle_bin=found,
        root_folders=folders,
        problems=problems,
        unmonitor=Unmonitoring(
            supported=row.type is IntegrationType.SONARR, enabled=unmonitors, by_upstream=seen.unmonitors_deleted
        ),
        add_import_exclusion=row.add_import_exclusion,
        can_delete=any(folder.accessible for folder in folders) and not any(one.blocks_deletions for one in problems),
        warnings=[],
    )
