"""Auto: every candidate becomes a real job, which still waits out its grace period and is checked again."""

from libs.common.deletions.enqueue import NewJob
from libs.common.domain.enums import ExecutionMode
from services.engine.modes.dispatch import Item, Mode, job_of
from services.engine.scoring.details import Explainer


def _job(item: Item, explainer: Explainer) -> NewJob:
    return job_of(item, explainer, ExecutionMode.AUTO, force_dry_run=False, upsert_audit=False)


AUTO = Mode(ExecutionMode.AUTO, deletes=True, job=_job)
