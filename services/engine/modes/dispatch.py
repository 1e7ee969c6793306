"""From chosen items to jobs: what all modes that queue have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from libs.common.deletions.enqueue import NewJob
from libs.common.domain.enums import ExecutionMode, MediaType, Trigger
from services.engine.scoring.details import Explainer

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mode:
    """How a mode acts. `deletes`: its jobs are real, so every doubt about the group holds it."""

    mode: ExecutionMode
    deletes: bool
    job: Callable[[Item, Explainer], NewJob]


def job_of(item: Item, explainer: Explainer, mode: ExecutionMode, *, force_dry_run: bool, upsert_audit: bool) -> NewJob:
    """The job of one candidate, with the facts its decision rests on (S-26)."""
    return NewJob(
        integration_id=item["integration_id"],
        media_type=MediaType(item["media_type"]),
        external_id=item["external_id"],
        title=item["title"],
        size_bytes=item["size_bytes"],
        path=item["path"],
        poster_url=item["poster_url"],
        score=item["score"],
        score_details=explainer.details_json(item),
        trigger=Trigger.ENGINE,
        disk_group_id=item["disk_group_id"],
        enqueued_mode=mode,
        force_dry_run=force_dry_run,
        upsert_audit=upsert_audit,
        add_import_exclusion=item["add_import_exclusion"],
        fingerprint={
            "title": item["title"],
            "path": item["path"],
            "sizeBytes": item["size_bytes"],
            "fileFingerprint": item["file_fingerprint"],
        },
    )
