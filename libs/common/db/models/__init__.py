"""Every table, by its subject; `Base.metadata` is what the migrations must amount to."""

from libs.common.db.models.auth import IdempotencyKey, RateLimitHit, User
from libs.common.db.models.base import Base
from libs.common.db.models.bus import Lease, Outbox
from libs.common.db.models.catalogue import EpisodeFileDigest, MediaItem, MediaMapping
from libs.common.db.models.disks import (
    DiskGroup,
    DiskGroupIntegration,
    DiskReading,
    LibraryHistory,
    RollupCheckpoint,
    RootFolder,
)
from libs.common.db.models.engine import (
    EngineRun,
    EngineRunGroup,
    Hold,
    Preview,
    PreviewBody,
    PreviewItem,
    PreviewState,
)
from libs.common.db.models.integrations import Integration, Snapshot
from libs.common.db.models.marks import LabelState, PosterOriginal, PosterState
from libs.common.db.models.notifications import DigestState, NotificationChannel, NotificationDelivery
from libs.common.db.models.queues import ApprovalItem, DeletionBatch, DeletionJob, SunsetItem
from libs.common.db.models.records import ActivityEvent, AuditEntry, LifetimeStats
from libs.common.db.models.settings import CustomRule, FactorWeight, Preferences

__all__ = [
    "ActivityEvent",
    "ApprovalItem",
    "AuditEntry",
    "Base",
    "CustomRule",
    "DeletionBatch",
    "DeletionJob",
    "DigestState",
    "DiskGroup",
    "DiskGroupIntegration",
    "DiskReading",
    "EngineRun",
    "EngineRunGroup",
    "EpisodeFileDigest",
    "FactorWeight",
    "Hold",
    "IdempotencyKey",
    "Integration",
    "LabelState",
    "Lease",
    "LibraryHistory",
    "LifetimeStats",
    "MediaItem",
    "MediaMapping",
    "NotificationChannel",
    "NotificationDelivery",
    "Outbox",
    "PosterOriginal",
    "PosterState",
    "Preferences",
    "Preview",
    "PreviewBody",
    "PreviewItem",
    "PreviewState",
    "RateLimitHit",
    "RollupCheckpoint",
    "RootFolder",
    "Snapshot",
    "SunsetItem",
    "User",
]
