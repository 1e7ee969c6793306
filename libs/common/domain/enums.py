"""The closed sets of words that travel: over HTTP, over the bus and into the database."""

from enum import StrEnum


class IntegrationType(StrEnum):
    """The eleven upstream systems."""

    SONARR = "sonarr"
    RADARR = "radarr"
    LIDARR = "lidarr"
    READARR = "readarr"
    PLEX = "plex"
    JELLYFIN = "jellyfin"
    EMBY = "emby"
    TAUTULLI = "tautulli"
    JELLYSTAT = "jellystat"
    TRACEARR = "tracearr"
    SEERR = "seerr"


MEDIA_SOURCE_TYPES = frozenset(
    {IntegrationType.SONARR, IntegrationType.RADARR, IntegrationType.LIDARR, IntegrationType.READARR}
)
"""Only these contribute items, report disks and can delete; everything else enriches."""

WATCH_SOURCE_TYPES = frozenset(
    {
        IntegrationType.PLEX,
        IntegrationType.TAUTULLI,
        IntegrationType.JELLYFIN,
        IntegrationType.JELLYSTAT,
        IntegrationType.EMBY,
        IntegrationType.TRACEARR,
    }
)
"""The givers of plays; the watch factors apply when at least one of them is enabled."""


MEDIA_SERVER_TYPES = frozenset({IntegrationType.PLEX, IntegrationType.JELLYFIN, IntegrationType.EMBY})
"""They have titles of their own, on which plays, wishes, labels and collections hang."""


SESSION_TYPES = MEDIA_SERVER_TYPES | {IntegrationType.TAUTULLI, IntegrationType.TRACEARR}
"""They can tell what is being watched at this moment."""


class MediaType(StrEnum):
    MOVIE = "movie"
    SHOW = "show"
    SEASON = "season"
    EPISODE = "episode"
    ARTIST = "artist"
    BOOK = "book"


class TitleKind(StrEnum):
    """The number space of an outside id: TMDb numbers movies and TV apart, so an id without its kind says nothing."""

    MOVIE = "movie"
    TV = "tv"
    ARTIST = "artist"
    BOOK = "book"


class Capability(StrEnum):
    """What a source that enriches can tell; each is complete or stale by itself."""

    TITLES = "titles"
    PLAYS = "plays"
    WISHES = "wishes"
    COLLECTIONS = "collections"
    LABELS = "labels"
    REQUESTS = "requests"


class MatchedBy(StrEnum):
    """By what an outside title was recognised as an item of ours, in the order in which it is tried."""

    SERVER = "server"
    TVDB = "tvdb"
    TMDB = "tmdb"
    IMDB = "imdb"
    MUSICBRAINZ = "musicbrainz"
    GUID = "guid"
    FOLDER = "folder"
    TITLE = "title"


class ExecutionMode(StrEnum):
    """What happens to the candidates of a disk group."""

    DRY_RUN = "dry-run"
    APPROVAL = "approval"
    AUTO = "auto"
    SUNSET = "sunset"


ACTS_ALONE = frozenset({ExecutionMode.AUTO, ExecutionMode.SUNSET})
"""Modes that delete without asking, in which missing evidence holds an item."""


class Tiebreaker(StrEnum):
    SIZE_DESC = "size_desc"
    SIZE_ASC = "size_asc"
    NAME_ASC = "name_asc"
    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class RuleEffect(StrEnum):
    ALWAYS_KEEP = "always_keep"
    PREFER_KEEP = "prefer_keep"
    LEAN_KEEP = "lean_keep"
    LEAN_REMOVE = "lean_remove"
    PREFER_REMOVE = "prefer_remove"
    ALWAYS_REMOVE = "always_remove"


class FactorKey(StrEnum):
    """The seven scoring factors, in evaluation and display order."""

    WATCH_HISTORY = "watch_history"
    LAST_WATCHED = "last_watched"
    FILE_SIZE = "file_size"
    RATING = "rating"
    TIME_IN_LIBRARY = "time_in_library"
    SERIES_STATUS = "series_status"
    REQUEST_POPULARITY = "request_popularity"


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Trigger(StrEnum):
    """Who wanted a row: the engine, a person, or (jobs and audit only) an approval."""

    ENGINE = "engine"
    USER = "user"
    APPROVAL = "approval"


class AuditAction(StrEnum):
    DELETED = "deleted"
    DRY_RUN = "dry_run"
    DRY_DELETE = "dry_delete"
    CANCELLED = "cancelled"


class DryRunReason(StrEnum):
    NONE = ""
    DELETIONS_DISABLED = "deletions_disabled"
    EXECUTION_MODE = "execution_mode"


class SunsetStatus(StrEnum):
    PENDING = "pending"
    SAVED = "saved"
    EXPIRED = "expired"


class JobState(StrEnum):
    """A deletion job's life. `DELETING` is written before the upstream call, so a crash behind it means: go and ask."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DELETING = "deleting"
    VERIFYING = "verifying"
    DELETED = "deleted"
    SIMULATED = "simulated"
    CANCELLED = "cancelled"
    FAILED = "failed"


ACTIVE_JOB_STATES = (JobState.WAITING, JobState.CLAIMED, JobState.DELETING, JobState.VERIFYING)
"""The states in which a target may have only one job."""


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RunTrigger(StrEnum):
    """Why a run was asked for."""

    STARTUP = "startup"
    TIMER = "timer"
    MANUAL = "manual"
    THRESHOLD = "threshold"
    RELEASE = "release"


class SnapshotState(StrEnum):
    """One read of one source. Only `COMPLETE` replaces what was known before."""

    REQUESTED = "requested"
    READING = "reading"
    COMPLETE = "complete"
    FAILED = "failed"


class RefreshKind(StrEnum):
    """What is to be read again because an upstream said that it changed."""

    ITEM = "item"
    ACTIVITY = "activity"
    REQUEST = "request"
    DISKS = "disks"
    SOURCE = "source"


class RefreshState(StrEnum):
    """How far a targeted read is. `GIVEN_UP`: the next read of the whole source has to bring it."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    GIVEN_UP = "given_up"


class HoldScope(StrEnum):
    DISK_GROUP = "disk_group"
    INTEGRATION = "integration"


class HoldCode(StrEnum):
    """Why a disk group or a source is held back; the API shows code and sentence."""

    SOURCE_FAILED = "source_failed"
    SOURCE_PARTIAL = "source_partial"
    SOURCE_STALE = "source_stale"
    SOURCE_SHRANK = "source_shrank"
    MASS_CHANGE = "mass_change"
    NOT_CONVERGING = "not_converging"
    DISK_DISPUTED = "disk_disputed"
    DISK_UNKNOWN = "disk_unknown"
    ROOT_FOLDER_INACCESSIBLE = "root_folder_inaccessible"
    UPSTREAM_REFUSES = "upstream_refuses"
    SESSIONS_UNKNOWN = "sessions_unknown"


class HistoryResolution(StrEnum):
    RAW = "raw"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class PosterOverlayStyle(StrEnum):
    OFF = "off"
    COUNTDOWN = "countdown"
    SIMPLE = "simple"


class ChannelType(StrEnum):
    DISCORD = "discord"
    APPRISE = "apprise"


class NotificationLevel(StrEnum):
    OFF = "off"
    CRITICAL = "critical"
    IMPORTANT = "important"
    NORMAL = "normal"
    VERBOSE = "verbose"
