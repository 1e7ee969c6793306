"""Dry run: every candidate becomes a simulated job, whatever the switches say later."""

from libs.common.deletions.enqueue import NewJob
from libs.common.domain.enums import ExecutionMode
from services.engine.modes.dispatch import Item, Mode, job_of
from services.engine.scoring.details import Explainer


def _job(item: Item, explainer: Explainer) -> NewJob:
    return job_of(item, explainer, ExecutionMode.DRY_RUN, force_dry_run=True, upsert_audit=True)


DRY_RUN = Mode(ExecutionMode.DRY_RUN, deletes=False, job=_job)
