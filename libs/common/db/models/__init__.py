"""Every table, by its subject; `Base.metadata` is what the migrations must amount to."""

from libs.common.db.models.audience import (
    EnrichmentState,
    HouseCoverage,
    SourceCollectionMember,
    SourceLabel,
    SourcePlay,
    SourceReading,
    SourceRequest,
    SourceServer,
    SourceTitle,
    SourceUser,
    SourceWish,
    TitleMatch,
)
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
    PreviewPart,
    PreviewState,
)
from libs.common.db.models.integrations import Integration, Snapshot
from libs.common.db.models.marks import LabelState, PosterOriginal, PosterState
from libs.common.db.models.notifications import DigestState, NotificationChannel, NotificationDelivery
from libs.common.db.models.queues import ApprovalItem, DeletionBatch, DeletionJob, DepartedItem, SunsetItem
from libs.common.db.models.records import ActivityEvent, AuditEntry, LifetimeStats
from libs.common.db.models.refreshes import RefreshRequest
from libs.common.db.models.settings import CustomRule, FactorWeight, Preferences

__all__ = [
    "ActivityEvent",
    "ApprovalItem",
    "AuditEntry",
    "Base",
    "CustomRule",
    "DeletionBatch",
    "DeletionJob",
    "DepartedItem",
    "DigestState",
    "DiskGroup",
    "DiskGroupIntegration",
    "DiskReading",
    "EngineRun",
    "EngineRunGroup",
    "EnrichmentState",
    "EpisodeFileDigest",
    "FactorWeight",
    "Hold",
    "HouseCoverage",
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
    "PreviewPart",
    "PreviewState",
    "RateLimitHit",
    "RefreshRequest",
    "RollupCheckpoint",
    "RootFolder",
    "Snapshot",
    "SourceCollectionMember",
    "SourceLabel",
    "SourcePlay",
    "SourceReading",
    "SourceRequest",
    "SourceServer",
    "SourceTitle",
    "SourceUser",
    "SourceWish",
    "SunsetItem",
    "TitleMatch",
    "User",
]
