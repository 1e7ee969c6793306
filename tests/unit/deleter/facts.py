"""A movie that may be deleted, to be changed by a test in one respect."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.common.deletions.job import Job
from libs.common.domain.enums import ExecutionMode, IntegrationType, MediaType, Trigger
from libs.common.domain.target import DeletionTarget
from libs.integrations.models import ItemState, RootFolder, UpstreamSafety
from services.deleter.claimed import Claimed, Settings, Source
from services.deleter.recheck import Sight

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
PATH = "/data/media/movies/Movie (2015)"
SETTINGS = Settings(min_file_age_days=7, unmonitor_seasons=True, refuse_while_playing=True, evidence_max_age_hours=48)
FINGERPRINT = {"title": "Movie", "path": PATH, "sizeBytes": 10, "fileFingerprint": "f1"}


def job(**changes: Any) -> Job:
    known = Job(
        id=1,
        batch_id=UUID(int=1),
        run_id=None,
        integration_id=1,
        media_type=MediaType.MOVIE,
        external_id="7",
        title="Movie",
        size_bytes=10,
        path=PATH,
        score=0.5,
        trigger=Trigger.ENGINE,
        disk_group_id=1,
        enqueued_mode=ExecutionMode.AUTO,
        force_dry_run=False,
        upsert_audit=False,
        add_import_exclusion=True,
        collection_group="",
        approval_id=None,
        sunset_id=None,
        fingerprint=FINGERPRINT,
    )
    return replace(known, **changes)


def claimed(its_job: Job | None = None, **changes: Any) -> Claimed:
    source = Source(1, IntegrationType.RADARR, "radarr", "http://127.0.0.1:9", b"", True, None, NOW)  # noqa: FBT003  verify_tls
    known = Claimed(
        job=its_job or job(),
        fence=1,
        owner="worker",
        attempts=0,
        began_at=None,
        source=source,
        settings=SETTINGS,
        is_interrupted=False,
        is_known=True,
    )
    return replace(known, **changes)


def state(**changes: Any) -> ItemState:
    known = ItemState(
        target=DeletionTarget(1, MediaType.MOVIE, 7),
        title="Movie",
        path=PATH,
        size_bytes=10,
        monitored=True,
        file_ids=(1,),
        file_fingerprint="f1",
        newest_file_at=NOW - timedelta(days=400),
    )
    return replace(known, **changes)


def safety(*roots: RootFolder, **changes: Any) -> UpstreamSafety:
    folders = roots or (RootFolder("/data/media/movies", is_accessible=True),)
    return replace(UpstreamSafety(recycle_bin="", unmonitors_deleted=None, root_folders=folders), **changes)


def sight(**changes: Any) -> Sight:
    known = Sight(claimed=claimed(), state=state(), safety=safety(), neighbour=None, now=NOW)
    return replace(known, **changes)
